"""Captions of a cut: a subtitle that players can switch off, and chapters to jump to."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from av.container import OutputContainer
    from av.container.core import Chapter
    from av.subtitles.stream import SubtitleStream

CAPTION_S = 4.0
"""How long a caption stays, at most: long enough to read, and then the picture is free again."""

_MILLISECONDS = Fraction(1, 1000)
# What FFmpeg's encoders of subtitles ask for; players use their own style.
_ASS_HEADER = b"""[Script Info]
ScriptType: v4.00+

[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, Italic, Underline, \
StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV, Encoding
Style: Default,Arial,16,&Hffffff,&Hffffff,&H0,&H0,0,0,0,0,100,100,0,0,1,1,0,2,10,10,10,1

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
"""


@dataclass(frozen=True)
class Caption:
    """What is told at some time."""

    at_s: float
    """In seconds of the recording, within the piece that it is of."""
    text: str


@dataclass(frozen=True)
class Told:
    """A part of the file that is told of at its start; the parts of a file follow each other."""

    start_s: float
    """In seconds of the file."""
    end_s: float
    text: str
    """Empty where nothing is told."""


def parts_of(start_s: float, begins_s: float, duration_s: float, captions: Iterable[Caption]) -> list[Told]:
    """Return the parts of a piece: one from each caption to the next.

    Args:
        start_s: Of the piece, in seconds of its recording.
        begins_s: Of the piece, in seconds of the file.
        duration_s: Of the piece.
        captions: By time, within the piece.

    Worked example: a piece from 60 to 90 s, which begins the file, with captions at 60 and 75 s has the parts 0 to 15
    and 15 to 30 s.
    """
    told = list(captions)
    if not told or told[0].at_s > start_s:
        told.insert(0, Caption(start_s, ""))
    starts = [begins_s + one.at_s - start_s for one in told]
    ends = [*starts[1:], begins_s + duration_s]
    return [Told(start, end, one.text) for start, end, one in zip(starts, ends, told, strict=True)]


def set_chapters(output: "OutputContainer", parts: Sequence[Told]) -> None:
    """Make a chapter of each part, where there are several."""
    if len(parts) > 1:
        chapters: list[Chapter] = [
            {
                "id": number,
                "start": round(part.start_s * 1000),
                "end": round(part.end_s * 1000),
                "time_base": _MILLISECONDS,
                "metadata": {"title": part.text.replace("\n", " · ")},
            }
            for number, part in enumerate(parts)
        ]
        output.set_chapters(chapters)


def add_captions(output: "OutputContainer", parts: Iterable[Told], codec: str) -> None:
    """Add a track with the captions; all at once, since the muxer orders what it is given."""
    from av.subtitles.subtitle import SubtitleSet

    stream: SubtitleStream = output.add_stream(codec)  # type: ignore[assignment]
    stream.codec_context.subtitle_header = _ASS_HEADER
    stream.codec_context.time_base = _MILLISECONDS
    for part in parts:
        if part.text:
            length_ms = round(min(part.end_s - part.start_s, CAPTION_S) * 1000)
            text = f"0,0,Default,,0,0,0,,{_as_ass(part.text)}"
            packet = stream.codec_context.encode_subtitle(SubtitleSet.create(text.encode(), 0, length_ms))
            packet.stream, packet.time_base = stream, _MILLISECONDS
            packet.pts = packet.dts = round(part.start_s * 1000)
            packet.duration = length_ms
            output.mux_one(packet)


def _as_ass(text: str) -> str:
    r"""Return text in which nothing is read as a command of the subtitle format: no braces, no backslashes.

    >>> _as_ass("a {b}\\c\nd")
    'a (b)/c\\Nd'
    """
    encodable = text.encode("utf-8", "replace").decode()
    return encodable.replace("{", "(").replace("}", ")").replace("\\", "/").replace("\n", "\\N")
