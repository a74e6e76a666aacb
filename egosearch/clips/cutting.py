"""Cutting moments out of recordings: the verb of `Library` that writes clips."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from math import isfinite
from pathlib import Path

from egosearch.clips.files import new_file
from egosearch.clips.stretches import Stretch, joined
from egosearch.clips.types import ClipFile, ClipOptions, Cut
from egosearch.errors import QueryError
from egosearch.printable import plain
from egosearch.telling import clock, when, why
from egosearch.types import Moment
from indexers.facts import Recording, Span

SMALL_CRF = 30
SMALL_AUDIO_BIT_RATE = 64_000


class Cutting(ABC):
    """The part of a library that cuts recordings. It reads media files alone, so it needs no owner's leave."""

    @abstractmethod
    def _recording(self, recording_id: str) -> Recording:
        """Return a recording of the library; `Library` does."""

    def clip(
        self,
        what: Moment | Cut | Sequence[Moment | Cut],
        path: Path | str,
        *,
        options: ClipOptions | None = None,
        on_progress: Callable[[float, float], None] | None = None,
    ) -> ClipFile:
        """Write a moment to a file of its own, exact to the frame; several are joined, with captions and chapters.

        Args:
            what: What to cut out, in this order; what overlaps is cut out once, with the captions of all.
            path: A new file. Its ending says what is written: .mp4, .m4v, .mov or .mkv, or the sound alone as .wav,
                .flac or .m4a.
            options: How.
            on_progress: Called with the seconds written and those to write; what it raises ends the writing.

        Raises:
            QueryError: There is such a file already, nothing is known of its ending, or there is nothing to cut.
            LibraryError: There is no such recording.
            MediaError: A recording is gone or cannot be read, has nothing to write, or the file cannot be written.
        """
        options, path = options or ClipOptions(), Path(path).expanduser()
        wanted = [what] if isinstance(what, Moment | Cut) else list(what)
        _check(wanted, path, options)
        stretches = [_stretch(one, self._recording(one.recording_id), options.pad_s) for one in wanted]
        is_reel = len(stretches) > 1
        with new_file(path, replace=options.replace) as partial:
            if options.copy:
                return ClipFile(path, (_copied(partial, stretches[0]),))
            stretches = joined(stretches) if is_reel else [replace(stretches[0], captions=())]
            _cut(partial, stretches, options, on_progress, is_reel=is_reel)
        return ClipFile(path, tuple(one.span for one in stretches))


def padded(span: Span, pad_s: float, recording: Recording) -> Span:
    """Return a span with seconds added on both sides, within its recording.

    Raises:
        QueryError: Nothing of it is in the recording.
    """
    if not (isfinite(pad_s) and pad_s >= 0):
        raise QueryError(f"{pad_s:g} s cannot be added around a moment; name a number from 0 on")
    start_s, end_s = max(0.0, span.start_s - pad_s), min(recording.duration_s, span.end_s + pad_s)
    if end_s <= start_s:
        raise QueryError(
            f"{recording.path.name} goes from 0 to {recording.duration_s:.1f} s, nothing of it lies between"
            f" {span.start_s:g} and {span.end_s:g} s; name other times"
        )
    return Span(start_s, end_s)


def endings(*, copy: bool = False) -> tuple[str, ...]:
    """Return the endings that clips can have."""
    from indexers.media.clip import KINDS
    from indexers.media.clip_copy import ENDINGS

    return tuple(ENDINGS if copy else KINDS)


def _check(wanted: Sequence[Moment | Cut], path: Path, options: ClipOptions) -> None:
    known = endings(copy=options.copy)
    if path.suffix.lower() not in known:
        raise QueryError(f"{path.name} does not say what to write; let it end in {', '.join(known)}")
    if not wanted:
        raise QueryError("there is nothing to cut out; name a moment")
    if options.copy and len(wanted) > 1:
        raise QueryError(
            "copies cannot be joined, since recordings differ in format; leave out --copy, or join nothing"
        )


def _stretch(one: Moment | Cut, recording: Recording, pad_s: float) -> Stretch:
    from indexers.media.clip_captions import Caption

    span, caption = padded(one.span, pad_s, recording), _caption(one, recording)
    return Stretch(recording, span, (Caption(span.start_s, caption),) if caption else ())


def _caption(one: Moment | Cut, recording: Recording) -> str:
    if isinstance(one, Cut):
        return one.caption
    place = f"{recording.path.name} · {when(one.recorded_at) or 'at ' + clock(one.span.start_s)}"
    return "\n".join(plain(line) for line in (place, why(one)) if line)


def _copied(path: Path, one: Stretch) -> Span:
    from indexers.media.clip_copy import copy_clip

    title, began = _title(one.recording, one.span), _began(one.recording, one.span)
    return copy_clip(path, one.recording, one.span, title=title, recorded_at=began)


def _cut(
    path: Path,
    stretches: Sequence[Stretch],
    options: ClipOptions,
    on_progress: Callable[[float, float], None] | None,
    *,
    is_reel: bool,
) -> None:
    from indexers.media.clip import Look, Piece, write_clip

    total_s = sum(one.span.duration_s for one in stretches)
    first = stretches[0]
    look = Look(short_side_px=options.short_side_px)
    if options.is_small:
        look = Look(options.short_side_px, crf=SMALL_CRF, audio_bit_rate=SMALL_AUDIO_BIT_RATE)
    write_clip(
        path,
        [Piece(one.recording, one.span, one.captions) for one in stretches],
        look=look,
        title="" if is_reel else _title(first.recording, first.span),
        recorded_at=None if is_reel else _began(first.recording, first.span),
        on_progress=None if on_progress is None else lambda done_s: on_progress(done_s, total_s),
    )


def _title(recording: Recording, span: Span) -> str:
    return f"{plain(recording.path.name)} {clock(span.start_s)}-{clock(span.end_s)}"


def _began(recording: Recording, span: Span) -> datetime | None:
    return None if recording.recorded_at is None else recording.recorded_at + timedelta(seconds=span.start_s)
