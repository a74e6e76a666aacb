"""`egosearch migrate`: a library's vectors to a Qdrant server and back."""

import sys
import time
from typing import TYPE_CHECKING, Annotated

import typer

from egosearch.cli import options
from egosearch.cli.options import LibraryOption
from egosearch.cli.output import count, say

if TYPE_CHECKING:
    from egosearch.moving import MoveProgress

EXAMPLES = """\b
Examples:
  egosearch migrate --to http://localhost:6333
  egosearch migrate --to local --remove-old"""

LINE_EVERY_S = 10.0
LOCAL = "local"


def migrate(
    *,
    to: Annotated[
        str,
        typer.Option("--to", metavar="URL|local", show_default=False, help="A Qdrant server, or the library's folder."),
    ],
    library: LibraryOption = None,
    remove_old: Annotated[
        bool, typer.Option("--remove-old", help="Remove the copies in former places, once all is moved.")
    ] = False,
) -> None:
    """Move the vectors to a Qdrant server, or back to the folder.

    Every vector is read back and compared before the library uses the new place. The same command again goes on where
    it was interrupted, and with --remove-old removes old copies that are still there. The key of a server is read from
    EGOSEARCH_QDRANT_API_KEY.
    """
    if to != LOCAL and not to.startswith(("http://", "https://")):
        raise typer.BadParameter(
            f"{to!r} is neither a URL such as http://localhost:6333 nor `local`", param_hint="--to"
        )
    from egosearch.moving import move_vectors

    folder = options.library_folder(library)
    report = move_vectors(folder, to, remove_old=remove_old, on_progress=_Lines().show)
    if report.vectors:
        before = report.vectors - report.copied
        again = f", {before:,} of which were there before" if before else ""
        say(f"Moved {count(report.vectors, 'vector')} {_into(to)}{again}; each was read back and compared.")
    else:
        say(f"The library keeps its vectors {_named(to)}.")
    for place in report.removed:
        say(f"Removed the old copy {_named(place)}.")
    for place in report.left:
        say(f"The old copy {_named(place)} is still there; the same command with --remove-old removes it.")


def _named(place: str) -> str:
    return "in the library's folder" if place == LOCAL else f"at {place}"


def _into(place: str) -> str:
    return "into the library's folder" if place == LOCAL else f"to {place}"


class _Lines:
    """A line now and then."""

    def __init__(self) -> None:
        self._said_at = time.monotonic()

    def show(self, step: "MoveProgress") -> None:
        """Say it if it is time."""
        now = time.monotonic()
        if now - self._said_at >= LINE_EVERY_S or (sys.stderr.isatty() and now - self._said_at >= 1):
            self._said_at = now
            say(f"{step.vectors_done:,} of {step.vectors_total:,} vectors ({step.path.name})")
