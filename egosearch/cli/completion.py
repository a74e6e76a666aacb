"""What the shell offers after Tab where a recording, a tag or a saved query is to be named."""

from contextlib import suppress

import typer

from egosearch.cli import options
from egosearch.cli.output import plain
from egosearch.notes.types import tags_of

MOST = 200
"""More names than this are no help, and shells ask before they print them."""


def complete_recording(context: typer.Context, incomplete: str) -> list[str]:
    """Return names of recordings that begin so; none where the library cannot be read at once."""
    with suppress(Exception):  # somebody is typing: nothing that goes wrong here may come between
        with options.open_library(context.params.get("library"), read_only=True) as opened:
            names = {one.path.name for one in opened.recordings()}
        return sorted(name for name in names if name.startswith(incomplete) and name == plain(name))[:MOST]
    return []


def complete_tag(context: typer.Context, incomplete: str) -> list[str]:
    """Return tags that begin so; none where the library cannot be read at once."""
    with suppress(Exception):  # likewise
        with options.open_library(context.params.get("library"), read_only=True) as opened:
            tags = tags_of(opened.notes())
        return [tag for tag in tags if tag.startswith(incomplete.lower()) and tag == plain(tag)][:MOST]
    return []


def complete_saved(context: typer.Context, incomplete: str) -> list[str]:
    """Return names of saved queries that begin so; none where the library cannot be read at once."""
    with suppress(Exception):  # likewise
        with options.open_library(context.params.get("library"), read_only=True) as opened:
            names = [one.name for one in opened.saved_queries()]
        return [name for name in names if name.casefold().startswith(incomplete.casefold())][:MOST]
    return []
