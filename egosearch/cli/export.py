"""`egosearch export`: a library as one file."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from egosearch.cli import options
from egosearch.cli.options import JsonOption, LibraryOption
from egosearch.cli.output import count, say, size, write_json

if TYPE_CHECKING:
    from egosearch.backup import BackupReport

EXAMPLES = """\b
Examples:
  egosearch export backup.tar.gz
  egosearch export /media/disk/library-2026 --json"""


def export(
    path: Annotated[
        Path,
        typer.Argument(
            metavar="FILE.tar.gz|FILE.tar|FOLDER", show_default=False, help="Where to write; not there yet."
        ),
    ],
    library: LibraryOption = None,
    json: JsonOption = False,
) -> None:
    """Write the library to one file, or to a folder.

    That is a backup, or a way to another machine. Everything that was made of the recordings is in it: the catalogue
    with transcripts, marks and failures, the vectors of all encoders, and the settings. The recordings themselves are
    not: back these up on their own. It says what was seen and heard all the same, so keep it where you would keep them.

    The library may be indexed into and searched meanwhile; what is written is how it was when this began.
    """
    from egosearch.folders import absolute

    with options.open_library(library, read_only=True) as opened:
        report = opened.export(absolute(path))
    if json:
        write_json(report_as_json(report))
    say(f"Wrote {described(report)} to {report.path} ({size(report.size_bytes)}).")
    if report.missing:
        say(f"{count(report.missing, 'window')} had no vector; `egosearch verify` says more.")


def described(report: "BackupReport") -> str:
    """Say what is in an archive."""
    return f"{count(report.recordings, 'recording')} and {count(report.vectors, 'vector')}"


def report_as_json(report: "BackupReport") -> dict[str, Any]:
    """Return a report in the form that is promised to other programs."""
    return {
        "path": str(report.path),
        "recordings": report.recordings,
        "vectors": report.vectors,
        "missing_vectors": report.missing,
        "size_bytes": report.size_bytes,
    }
