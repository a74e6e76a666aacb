"""`egosearch show`: one recording in detail."""

from typing import Annotated

import typer

from egosearch.cli import options
from egosearch.cli.completion import complete_recording
from egosearch.cli.options import JsonOption, LibraryOption
from egosearch.cli.output import clock, size, when, write_json, write_line
from egosearch.cli.recordings import recording_as_json, state

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

    When it was made, with what, what it holds, and how far it is indexed.
    """
    with options.open_library(library, read_only=True) as opened:
        found = opened.find(recording)
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
    for name, fact in facts.items():
        write_line(f"{name:<9} {fact}")
