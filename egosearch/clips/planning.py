"""Which files a cut makes: where they go, what they are called, and that nothing is in their way."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from egosearch.clips.cutting import endings
from egosearch.clips.files import check_new
from egosearch.clips.naming import clip_name, named_after, told_apart
from egosearch.clips.types import ClipOptions, Cut
from egosearch.errors import QueryError
from egosearch.types import Moment, RecordingSummary
from indexers.facts import Span

SOUND = ".wav"
PICTURES = ".mp4"


@dataclass(frozen=True)
class PlannedFile:
    """A file that is to be written, and what goes into it."""

    path: Path
    parts: tuple[Moment | Cut, ...]


@dataclass(frozen=True)
class Wish:
    """What somebody wants of a cut besides how it is encoded."""

    target: Path | None = None
    """A file, or a folder, which is made where it is new; None for the current one."""
    sound_only: bool = False
    joins: bool = False
    """All in one file."""
    named_after: str = ""
    """What a file that joins several is called after."""


def planned(
    parts: Sequence[Moment | Cut], recordings: Mapping[str, RecordingSummary], wish: Wish, options: ClipOptions
) -> list[PlannedFile]:
    """Return the files that a cut makes, before any is written.

    Args:
        parts: At least one.
        recordings: By id; those of the parts.
        wish: Where to.
        options: How.

    Raises:
        QueryError: One of the files is there already, or they cannot all be one file.
    """
    groups = [tuple(parts)] if wish.joins else [(part,) for part in parts]
    target = wish.target
    if target is not None and target.suffix.lower() in endings(copy=options.copy) and not target.is_dir():
        if len(groups) > 1:
            raise QueryError(f"{target} is one file and there are {len(groups)} clips; name a folder, or join them")
        if wish.sound_only and target.suffix.lower() not in (SOUND, ".flac", ".m4a"):
            raise QueryError(f"{target.name} is no file for sound alone; let it end in .wav, .flac or .m4a")
        names, folder = [target.name], target.parent
    else:
        names = told_apart(_name(group, recordings, wish, options) for group in groups)
        folder = Path() if target is None else target
        if target is not None:
            _make(folder)
    files = [PlannedFile(folder / name, group) for name, group in zip(names, groups, strict=True)]
    for file in files:
        check_new(file.path, replace=options.replace)
    return files


def _make(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise QueryError(f"the folder {folder} cannot be made ({error.strerror}); name another") from error


def _name(
    group: Sequence[Moment | Cut], recordings: Mapping[str, RecordingSummary], wish: Wish, options: ClipOptions
) -> str:
    of = [recordings[part.recording_id] for part in group]
    if options.copy:
        from indexers.media.clip_copy import ending_for_copy

        ending = ending_for_copy(of[0].path)
    else:
        ending = SOUND if wish.sound_only or not any(one.has_pictures for one in of) else PICTURES
    if wish.joins:
        return named_after(wish.named_after, "reel", ending)
    span = group[0].span
    start_s, end_s = max(0.0, span.start_s - options.pad_s), min(of[0].duration_s, span.end_s + options.pad_s)
    return clip_name(of[0].path, Span(start_s, max(start_s, end_s)), ending)
