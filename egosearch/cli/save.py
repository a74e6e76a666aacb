"""`egosearch save`: give a query a name."""

from typing import Annotated

import typer

from egosearch.cli import options
from egosearch.cli.options import LibraryOption
from egosearch.cli.output import say

EXAMPLES = """\b
Examples:
  egosearch save timer "when the timer went off"
  egosearch save "dog walks" 'a dog barking when:"last week" not:"a car"'
  egosearch query --saved timer"""


def save(
    name: Annotated[str, typer.Argument(metavar="NAME", show_default=False, help="What to call it.")],
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="QUERY",
            show_default=False,
            help="Words and conditions as in the browser: in:, folder:, since:, until:, on:, between:, when:, said:, "
            "tag:, noted:, not:, then:, within:, audio:, visual: and speech:.",
        ),
    ],
    library: LibraryOption = None,
    force: Annotated[bool, typer.Option("--force", help="Replace another query of that name.")] = False,
) -> None:
    """Save a query under a name.

    `egosearch query --saved NAME` asks it, and so does the browser, which offers saved queries while you type. Times
    such as when:yesterday count from the day on which it is asked.
    """
    # First for reading: a mistyped folder must not become a library.
    with options.open_library(library, read_only=True):
        pass
    with options.open_library(library) as opened:
        saved = opened.save_query(name, " ".join(words), replace=force)
    say(f"Saved “{saved.name}”: {saved.line}")
