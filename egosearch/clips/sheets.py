"""What is on a contact sheet: the moments of an answer, or a recording at even distances."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from egosearch.clips.drawing import Cell, Layout, draw_sheet
from egosearch.clips.files import check_new
from egosearch.errors import MediaError, QueryError
from egosearch.telling import asked_in_words, clock, length, when, why
from egosearch.types import Answer, Moment, RecordingSummary

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOMENTS = Layout(columns=4, rows_of_text=5)
FRAMES = Layout(columns=6, picture_px=(240, 135), rows_of_text=1)
AT_EASE = 48
"""Pictures of a recording that one looks through at a glance: eight rows of six."""
MOST_PICTURES = 600
STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600)
"""Distances that people count in."""


class Pictured(Protocol):
    """A library, as far as sheets need one."""

    def picture(self, recording_id: str, time_s: float, *, short_side_px: int = 180) -> "NDArray[np.uint8] | None": ...


OnProgress = Callable[[float, float], None]
"""Called with the pictures done and their number."""


def sheet_of_answer(
    library: Pictured,
    answer: Answer,
    path: Path,
    *,
    replace: bool = False,
    on_progress: OnProgress | None = None,
) -> None:
    """Write the moments of an answer, best first, each with a picture of its middle, where, when, how sure and why.

    Args:
        library: What was asked.
        answer: With at least one moment.
        path: A new PNG file.
        replace: Whether it may be there already.
        on_progress: Told of each picture.

    Raises:
        QueryError: The file is there already, there is no such folder, or there is no moment.
    """
    if not answer.moments:
        raise QueryError("there is nothing to draw; ask for something else")
    check_new(path, replace=replace)
    cells = []
    for rank, moment in enumerate(answer.moments, start=1):
        cells.append(_of_moment(library, rank, moment))
        _tell(on_progress, cells, answer.moments)
    draw_sheet(path, asked_in_words(answer.query), cells, MOMENTS, replace=replace)


def sheet_of_recording(
    library: Pictured,
    recording: RecordingSummary,
    path: Path,
    *,
    every_s: float | None = None,
    replace: bool = False,
    on_progress: OnProgress | None = None,
) -> None:
    """Write pictures of a recording at even distances, with their times.

    Args:
        library: Which it is of.
        recording: One with pictures.
        path: A new PNG file.
        every_s: Seconds from one to the next; None for what gives about `AT_EASE` of them.
        replace: Whether the file may be there already.
        on_progress: Told of each picture.

    Raises:
        QueryError: The file is there already, there is no such folder, the recording has no pictures, or there would be
            more than `MOST_PICTURES` of them.
        MediaError: The recording is gone or cannot be read.
    """
    if not recording.has_pictures:
        raise QueryError(f"{recording.path.name} has no pictures; name another recording")
    times_s = times_of(recording.duration_s, every_s)
    check_new(path, replace=replace)
    cells = []
    for time_s in times_s:
        cells.append(Cell(_picture(library, recording.recording_id, time_s), (clock(time_s),)))
        _tell(on_progress, cells, times_s)
    facts = recording.path.name, when(recording.recorded_at), length(recording.duration_s)
    draw_sheet(path, " · ".join(fact for fact in facts if fact), cells, FRAMES, replace=replace)


def times_of(duration_s: float, every_s: float | None) -> Sequence[float]:
    """Return when to take pictures: from the start on, at even distances.

    >>> times_of(10.0, 4.0)
    [0.0, 4.0, 8.0]

    Raises:
        QueryError: There would be more than `MOST_PICTURES`.
    """
    if every_s is None:
        every_s = next((step for step in STEPS_S if duration_s / step <= AT_EASE), STEPS_S[-1])
    if not every_s > 0 or duration_s / every_s > MOST_PICTURES:
        least_s = duration_s / MOST_PICTURES
        raise QueryError(f"a picture every {every_s:g} s is too many; name {least_s:.1f} s or more")
    return [number * float(every_s) for number in range(max(1, -int(-duration_s // every_s)))]


def _tell(on_progress: OnProgress | None, done: Sequence[object], wanted: Sequence[object]) -> None:
    if on_progress is not None:
        on_progress(len(done), len(wanted))


def _of_moment(library: Pictured, rank: int, moment: Moment) -> Cell:
    middle_s = (moment.span.start_s + moment.span.end_s) / 2
    try:
        picture = _picture(library, moment.recording_id, middle_s)
    except MediaError:  # the disk it is on may not be there; the other moments are
        picture = None
    place = f"{rank} · {moment.path.name} at {clock(moment.span.start_s)}, {length(moment.span.duration_s)}"
    sure = f"{round(moment.confidence * 100)} %"
    dated = " · ".join(one for one in (when(moment.recorded_at), sure) if one)
    return Cell(picture, tuple(line for line in (place, dated, why(moment)) if line))


def _picture(library: Pictured, recording_id: str, time_s: float) -> "NDArray[np.uint8] | None":
    return library.picture(recording_id, time_s, short_side_px=MOMENTS.picture_px[1])
