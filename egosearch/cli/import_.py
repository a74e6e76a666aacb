"""`egosearch import`: a library from what `egosearch export` wrote."""

from pathlib import Path
from typing import Annotated

import typer

from egosearch.cli import options
from egosearch.cli.export import described, report_as_json
from egosearch.cli.options import JsonOption, LibraryOption
from egosearch.cli.output import say, write_json

EXAMPLES = """\b
Examples:
  egosearch import backup.tar.gz --library ~/restored
  egosearch import /media/disk/library-2026"""


def import_(
    path: Annotated[
        Path,
        typer.Argument(metavar="FILE|FOLDER", show_default=False, help="What `egosearch export` wrote."),
    ],
    library: LibraryOption = None,
    json: JsonOption = False,
) -> None:
    """Make a library from an export.

    Its folder is new, or empty. Every part is checked against its digest first, and the library is there whole or not
    at all. Recordings that lie elsewhere by now are found when their folder is indexed, by their content: that takes
    seconds, and nothing is decoded again.
    """
    from egosearch.backup.importing import import_library

    report = import_library(path, options.library_folder(library))
    if json:
        write_json(report_as_json(report))
    say(f"Made a library of {described(report)} in {report.path}.")
