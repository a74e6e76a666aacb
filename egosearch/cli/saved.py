"""`egosearch saved`: list saved queries, or drop one."""

from pathlib import Path
from typing import Annotated

import typer

from egosearch.cli import options
from egosearch.cli.boundary import NOTHING_MATCHED
from egosearch.cli.completion import complete_saved
from egosearch.cli.options import JsonOption, LibraryOption
from egosearch.cli.output import iso, say, when, write_json, write_table

EXAMPLES = """\b
Examples:
  egosearch saved
  egosearch saved --json
  egosearch saved --remove "dog walks\""""


def saved(
    *,
    remove: Annotated[
        str | None,
        typer.Option(metavar="NAME", show_default=False, help="Drop this one.", autocompletion=complete_saved),
    ] = None,
    library: LibraryOption = None,
    json: JsonOption = False,
) -> None:
    """List saved queries, or drop one.

    `egosearch save` adds to them, and `egosearch query --saved NAME` asks one.
    """
    if remove is not None:
        if json:
            raise typer.BadParameter("it lists; leave it out", param_hint="--json")
        _remove(library, remove)
        return
    with options.open_library(library, read_only=True) as opened:
        found = opened.saved_queries()
    if json:
        write_json([{"name": one.name, "query": one.line, "saved_at": iso(one.saved_at)} for one in found])
    elif found:
        write_table(
            {"Name": "left", "Query": "left", "Saved": "left"},
            [(one.name, one.line, when(one.saved_at.astimezone())) for one in found],
            styles={"Name": "cyan"},
        )
    else:
        say('Nothing is saved; `egosearch save NAME "QUERY"` saves a query.')


def _remove(library: Path | None, name: str) -> None:
    with options.open_library(library, read_only=True):  # first: a mistyped folder must not become a library
        pass
    with options.open_library(library) as opened:
        dropped = opened.unsave_query(name)
    if dropped is None:
        say(f"Nothing is saved as “{name}”; `egosearch saved` lists what is.")
        raise typer.Exit(NOTHING_MATCHED)
    say(f"Dropped “{dropped.name}”: {dropped.line}")
