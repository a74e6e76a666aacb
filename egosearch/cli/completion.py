"""What the shell offers after Tab where a recording is to be named."""

from contextlib import suppress

import typer

from egosearch.cli import options
from egosearch.cli.output import plain

MOST = 200
"""More names than this are no help, and shells ask before they print them."""


def complete_recording(context: typer.Context, incomplete: str) -> list[str]:
    """Return names of recordings that begin so; none where the library cannot be read at once."""
    with suppress(Exception):  # somebody is typing: nothing that goes wrong here may come between
        with options.open_library(context.params.get("library"), read_only=True) as opened:
            names = {one.path.name for one in opened.recordings()}
        return sorted(name for name in names if name.startswith(incomplete) and name == plain(name))[:MOST]
    return []
