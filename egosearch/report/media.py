"""Pictures and clips small enough to be part of a page."""

import tempfile
from base64 import b64encode
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from egosearch.clips.types import ClipOptions, Cut
from egosearch.errors import MediaError
from egosearch.types import Moment, RecordingSummary
from indexers.facts import Span

if TYPE_CHECKING:
    from egosearch.owner.verbs import LibraryVerbs

CLIP_S = 15.0
"""Of a longer moment only so much from its beginning is embedded."""
AROUND_S = 1.5
SHORT_SIDE_PX = 240
JPEG_QUALITY = 80


@dataclass(frozen=True)
class Shown:
    """What there is to see and hear of a moment."""

    poster: str = ""
    """A data: URI of its picture; empty where there is none."""
    clip: str = ""
    """A data: URI; empty where there is none."""
    has_pictures: bool = False
    """Whether the clip has pictures."""
    span: Span | None = None
    """What the clip holds of the recording."""
    problem: str = ""
    """Why there is none."""


@dataclass
class Budget:
    """Bytes that may still be spent on clips, before they are written as text, which takes a third more."""

    left_bytes: int = 24_000_000
    """A page of 32 MB opens at once and can be sent by mail."""
    _folder: "tempfile.TemporaryDirectory[str]" = field(init=False, repr=False)

    def __enter__(self) -> "Budget":
        self._folder = tempfile.TemporaryDirectory(prefix="egosearch-report-")
        return self

    def __exit__(self, *error: object) -> None:
        self._folder.cleanup()

    def show(self, library: "LibraryVerbs", moment: Moment, recording: RecordingSummary) -> Shown:
        """Return what there is to see and hear of a moment; no clip where that would be too much."""
        try:
            poster = _poster(library, moment) if recording.has_pictures else ""
            clip, span = self._clip(library, moment, recording)
        except MediaError as error:
            return Shown(problem=f"{error.reason}; {error.remedy}")
        if len(clip) > self.left_bytes:
            return Shown(poster, problem="its clip would make this page too large")
        self.left_bytes -= len(clip)
        kind = "video/mp4" if recording.has_pictures else "audio/mp4"
        return Shown(poster, data_uri(kind, clip), recording.has_pictures, span)

    def _clip(self, library: "LibraryVerbs", moment: Moment, recording: RecordingSummary) -> tuple[bytes, Span]:
        span = moment.span
        begun = Cut(moment.recording_id, Span(span.start_s, min(span.end_s, span.start_s + CLIP_S)))
        path = Path(self._folder.name) / ("clip.mp4" if recording.has_pictures else "clip.m4a")
        options = ClipOptions(pad_s=AROUND_S, replace=True, short_side_px=SHORT_SIDE_PX, is_small=True)
        written = library.clip(begun, path, options=options)
        return path.read_bytes(), written.spans[0]


def data_uri(kind: str, data: bytes) -> str:
    """Return data as an address that holds them.

    >>> data_uri("text/plain", b"hi")
    'data:text/plain;base64,aGk='
    """
    return f"data:{kind};base64,{b64encode(data).decode('ascii')}"


def _poster(library: "LibraryVerbs", moment: Moment) -> str:
    from PIL import Image

    middle_s = (moment.span.start_s + moment.span.end_s) / 2
    picture = library.picture(moment.recording_id, middle_s, short_side_px=SHORT_SIDE_PX)
    if picture is None:
        return ""
    jpeg = BytesIO()
    Image.fromarray(picture).save(jpeg, "JPEG", quality=JPEG_QUALITY, optimize=True)
    return data_uri("image/jpeg", jpeg.getvalue())
