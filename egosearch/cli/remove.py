"""`egosearch remove`: take a recording out of the library."""

import sys
from typing import Annotated

import typer

from egosearch.cli import options
from egosearch.cli.boundary import USAGE
from egosearch.cli.options import LibraryOption
from egosearch.cli.output import clock, complain, plain, say
from egosearch.cli.show import RecordingArgument

EXAMPLES = """\b
Examples:
  egosearch remove GX010042.MP4
  egosearch remove 1f3a9c --yes"""


def remove(
    recording: RecordingArgument,
    library: LibraryOption = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Take a recording out of the library. The file itself is not touched.

    What was marked and noted in it goes, too. It comes back when its file or folder is indexed again; `egosearch
    forget` keeps it out, and leaves nothing of it in the library's files.
    """
    # First for reading: a mistyped folder must not become a library, and a question must not lock out others.
    with options.open_library(library, read_only=True) as opened:
        found = opened.find(recording)
    if not yes:
        if not _can_ask():
            complain(f"nobody is there to confirm that {found.path.name} is removed; add --yes")
            raise typer.Exit(USAGE)
        question = f"Take {found.path.name} ({clock(found.duration_s)}) out of the library? The file stays."
        if not typer.confirm(plain(question), err=True):
            say("Nothing was removed.")
            return
    with options.open_library(library) as opened:
        opened.remove(found.recording_id)
    say(f"Removed {found.path.name} from the library; the file is still where it was.")


def _can_ask() -> bool:
    return sys.stdin.isatty()
