"""`egosearch transcript`: what is said in a recording."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from egosearch.cli import options
from egosearch.cli.boundary import NOTHING_MATCHED
from egosearch.cli.options import LibraryOption
from egosearch.cli.output import say, write_json, write_line
from egosearch.cli.places import parse_time
from egosearch.cli.show import RecordingArgument

if TYPE_CHECKING:
    from indexers.types import Span

EXAMPLES = """\b
Examples:
  egosearch transcript GX010042.MP4
  egosearch transcript GX010042.MP4 --from 12:00 --to 14:30
  egosearch transcript GX010042.MP4 --format srt > GX010042.srt"""


THE_END_S = 1e9
"""After the end of any recording; finite, since the owner of a library is asked in JSON."""


class Format(StrEnum):
    """How a transcript is printed."""

    TEXT = "text"
    SRT = "srt"
    JSON = "json"


def transcript(
    recording: RecordingArgument,
    *,
    library: LibraryOption = None,
    form: Annotated[
        Format, typer.Option("--format", help="Lines of text, subtitles, or JSON with the time of every word.")
    ] = Format.TEXT,
    start: Annotated[
        str | None,
        typer.Option("--from", metavar="TIME", show_default="its start", help="Only what is said from here on."),
    ] = None,
    end: Annotated[
        str | None,
        typer.Option("--to", metavar="TIME", show_default="its end", help="Only what is said up to here."),
    ] = None,
) -> None:
    """Print what is said in a recording.

    The library must be indexed with speech: `egosearch index --encoder speech=whisper:tiny.en PATH`. Times are as
    seconds, m:ss or h:mm:ss from the recording's start.
    """
    from egosearch.transcripts import as_json, as_srt, as_text

    within = _within(start, end)
    with options.open_library(library, read_only=True) as opened:
        found = opened.find(recording)
        utterances = opened.transcript(found.recording_id, within)
    if form is Format.JSON:
        write_json(
            {
                "recording": str(found.path),
                "recording_id": found.recording_id,
                "utterances": as_json(utterances),
            }
        )
    else:
        for line in as_srt(utterances) if form is Format.SRT else as_text(utterances):
            write_line(line)
    if not utterances:
        say(f"Nobody speaks in {found.path.name}{'' if within is None else ' there'}.")
        raise typer.Exit(NOTHING_MATCHED)


def _within(start: str | None, end: str | None) -> "Span | None":
    """Return the span between two times as typed; None for all."""
    from indexers.types import Span

    if start is None and end is None:
        return None
    start_s = 0.0 if start is None else parse_time(start)
    end_s = THE_END_S if end is None else parse_time(end)
    if end_s <= start_s:
        raise typer.BadParameter("it must be later than --from", param_hint="--to")
    return Span(start_s, end_s)
