"""Put a report together: what is shown of each moment, its surroundings, and its recording from end to end."""

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from egosearch.clips.files import new_file
from egosearch.errors import QueryError
from egosearch.report.media import Budget
from egosearch.report.page import Drawn, Overview, page
from egosearch.report.timeline import Found, timeline
from egosearch.types import Answer, Curve, RecordingSummary
from indexers.facts import Span

if TYPE_CHECKING:
    from egosearch.owner.verbs import LibraryVerbs

SURROUNDINGS_S = 15.0
"""Drawn on either side of a moment: the lag of one sense behind the other is seconds."""


def write_report(
    library: "LibraryVerbs",
    answer: Answer,
    path: Path,
    *,
    replace: bool = False,
    on_progress: Callable[[float, float], None] | None = None,
) -> None:
    """Write an answer as one HTML file that holds all it shows: pictures, clips of some seconds, timelines, reasons.

    Args:
        library: What was asked.
        answer: With at least one moment.
        path: A new file.
        replace: Whether it may be there already.
        on_progress: Called with the moments done and their number.

    Raises:
        QueryError: The file is there already, there is no such folder, or there is no moment.
    """
    if not answer.moments:
        raise QueryError("there is nothing to report on; ask for something else")
    found = [Found(rank, moment) for rank, moment in enumerate(answer.moments, start=1)]
    wanted = dict.fromkeys(moment.recording_id for moment in answer.moments)
    known = {one.recording_id: one for one in library.recordings() if one.recording_id in wanted}
    curves = {one: library.curves(answer.query, one) for one in wanted if one in known}
    drawn = []
    with new_file(path, replace=replace) as partial, Budget() as budget:
        for one in found:
            recording = known.get(one.moment.recording_id)
            if recording is None:  # removed meanwhile
                continue
            shown = budget.show(library, one.moment, recording)
            drawn.append(Drawn(one.rank, one.moment, shown, _around(one, curves[recording.recording_id], recording)))
            if on_progress is not None:
                on_progress(one.rank, len(found))
        overviews = [_overview(recording, found, curves[one]) for one, recording in known.items()]
        partial.write_text(page(answer, drawn, overviews, datetime.now().astimezone()), "utf-8", errors="replace")


def _around(found: Found, curves: Mapping[str, Curve], recording: RecordingSummary) -> str:
    span = found.moment.span
    around = Span(max(0.0, span.start_s - SURROUNDINGS_S), min(recording.duration_s, span.end_s + SURROUNDINGS_S))
    label = f"what each sense noticed around moment {found.rank}"
    return timeline(curves, around, [found], label=label, shows_lag=True)


def _overview(recording: RecordingSummary, found: list[Found], curves: Mapping[str, Curve]) -> Overview:
    here = [one for one in found if one.moment.recording_id == recording.recording_id]
    whole = Span(0.0, recording.duration_s)
    drawing = timeline(curves, whole, here, label="what each sense noticed from end to end")
    return Overview(recording.path.name, recording.recorded_at, recording.duration_s, drawing)
