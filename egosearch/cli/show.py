"""`egosearch show`: one recording in detail."""

from typing import Annotated

import typer

from egosearch.cli import options
from egosearch.cli.completion import complete_recording
from egosearch.cli.options import JsonOption, LibraryOption
from egosearch.cli.output import clock, size, when, write_json, write_line
from egosearch.cli.recordings import recording_as_json, state
from egosearch.day import Neighbour
from egosearch.day.neighbours import neighbours
from egosearch.telling import length

EXAMPLES = """\b
Examples:
  egosearch show GX010042.MP4
  egosearch show 1f3a9c --json"""

RecordingArgument = Annotated[
    str,
    typer.Argument(
        metavar="RECORDING",
        show_default=False,
        help="Its file name, its path, or the beginning of its id.",
        autocompletion=complete_recording,
    ),
]


def show(recording: RecordingArgument, library: LibraryOption = None, json: JsonOption = False) -> None:
    """Show one recording in detail.

    When it was made, with what, what it holds, how far it is indexed, and which come before and after it on the clock.
    """
    with options.open_library(library, read_only=True) as opened:
        found = opened.find(recording)
        dated = found.recorded_at is not None and not json
        around = neighbours(opened.recordings(), found.recording_id) if dated else None
    if json:
        write_json(recording_as_json(found))
        return
    senses = [name for name, is_there in (("sound", found.has_sound), ("pictures", found.has_pictures)) if is_there]
    facts = {
        "path": str(found.path),
        "id": found.recording_id,
        "recorded": when(found.recorded_at) or "unknown",
        "device": found.device or "unknown",
        "length": clock(found.duration_s),
        "size": size(found.size_bytes),
        "holds": " and ".join(senses) or "nothing to search",
        "state": state(found) or "indexed from end to end",
    }
    if around is not None:
        facts |= {"before": _told(around.before), "after": _told(around.after)}
    for name, fact in facts.items():
        write_line(f"{name:<9} {fact}")


def _told(neighbour: Neighbour | None) -> str:
    """Name the recording before or after on the clock, and say how far away it is."""
    if neighbour is None:
        return "none"
    gap_s = neighbour.gap_s
    apart = "at once" if abs(gap_s) < 1 else f"{length(abs(gap_s))} {'between' if gap_s > 0 else 'in common'}"
    return f"{neighbour.recording.path.name} ({apart})"
