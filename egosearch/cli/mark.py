"""`egosearch mark`: say that an answer was right, or wrong."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from egosearch.cli import options
from egosearch.cli.boundary import NOTHING_MATCHED
from egosearch.cli.options import JsonOption, LibraryOption
from egosearch.cli.output import clock, iso, length, say, when, write_json, write_table
from egosearch.cli.places import PLACE, find_place
from egosearch.cli.sessions import SessionOption, default_session

if TYPE_CHECKING:
    from egosearch.types import Mark

EXAMPLES = """\b
Examples:
  egosearch mark kitchen.mp4@12:34 --query "when the timer went off" --right
  egosearch mark kitchen.mp4@3:07 --query "when the timer went off" --wrong
  egosearch mark kitchen.mp4@3:07 --query "when the timer went off" --undo
  egosearch mark --list"""
WAYS = "--right / --wrong / --undo / --list"


def mark(
    place: Annotated[
        str | None,
        typer.Argument(
            metavar=PLACE,
            show_default=False,
            help="The moment: a recording by file name, path or the beginning of its id, and seconds, m:ss or h:mm:ss.",
        ),
    ] = None,
    *,
    query: Annotated[
        str | None,
        typer.Option("--query", metavar="TEXT", show_default=False, help="The query that the moment answers."),
    ] = None,
    right: Annotated[bool, typer.Option("--right", help="It is what the query asks for.")] = False,
    wrong: Annotated[bool, typer.Option("--wrong", help="It is not.")] = False,
    undo: Annotated[bool, typer.Option("--undo", help="Take back what was marked there.")] = False,
    length_s: Annotated[
        float | None,
        typer.Option(
            "--length",
            metavar="SECONDS",
            show_default="as long as the moment that the query finds there",
            help="How long the moment is; it then begins at TIME.",
        ),
    ] = None,
    session: SessionOption = None,
    is_list: Annotated[
        bool, typer.Option("--list", help="List what is marked, of all sessions unless one is named.")
    ] = False,
    library: LibraryOption = None,
    json: JsonOption = False,
) -> None:
    """Mark a moment as right or wrong for a query.

    The next answers to that query in the same session, by default this terminal's, leave the wrong moments out, put
    the right ones first, and look for more like the right ones and less like the wrong ones. After twelve hours marks
    no longer do so; they remain as labels.
    """
    if right + wrong + undo + is_list != 1:
        raise typer.BadParameter("choose one of them", param_hint=WAYS)
    if is_list:
        if place is not None or query is not None or length_s is not None:
            raise typer.BadParameter("it lists all marks; only --session narrows it", param_hint="--list")
        _list(library, session, is_json=json)
        return
    if place is None:
        raise typer.BadParameter("name the moment, such as kitchen.mp4@12:34", param_hint=PLACE)
    if query is None:
        raise typer.BadParameter("name the query that the moment answers", param_hint="--query")
    if undo and length_s is not None:
        raise typer.BadParameter("to take a mark back, its place is enough", param_hint="--length")
    named = default_session() if session is None else session
    # First for reading: a mistyped folder must not become a library.
    with options.open_library(library, read_only=True) as opened:
        meant = find_place(opened, place)
    with options.open_library(library) as opened:
        if undo:
            changed = opened.unmark(meant, query, session=named)
        else:
            changed = [opened.mark(meant, query, is_right=right, session=named, length_s=length_s)]
        paths = {one.recording_id: one.path for one in opened.recordings()}
    if json:
        write_json([mark_as_json(one, paths[one.recording_id]) for one in changed])
    for one in changed:
        say(f"{'Unmarked' if undo else 'Marked'} {_told(one, paths[one.recording_id])}.")
    if not changed:
        say(f"Nothing is marked there for “{query}” in this session; `egosearch mark --list` shows all marks.")
        raise typer.Exit(NOTHING_MATCHED)


def _told(one: "Mark", path: Path) -> str:
    return (
        f"{path.name} at {clock(one.span.start_s)} ({length(one.span.duration_s)}) as {_verdict(one)} for “{one.query}”"
    )


def _verdict(one: "Mark") -> str:
    return "right" if one.is_right else "wrong"


def _list(library: Path | None, session: str | None, *, is_json: bool) -> None:
    with options.open_library(library, read_only=True) as opened:
        marks = opened.marks(session)
        paths = {one.recording_id: one.path for one in opened.recordings()}
    if is_json:
        write_json([mark_as_json(one, paths[one.recording_id]) for one in marks])
    elif marks:
        write_table(
            {
                "Marked": "left",
                "Query": "left",
                "As": "left",
                "Recording": "left",
                "At": "right",
                "Length": "right",
                "Session": "left",
            },
            [
                (
                    when(one.marked_at.astimezone()),
                    one.query,
                    _verdict(one),
                    paths[one.recording_id].name,
                    clock(one.span.start_s),
                    length(one.span.duration_s),
                    one.session,
                )
                for one in marks
            ],
        )
    else:
        say("Nothing is marked; `egosearch mark --help` says how.")


def mark_as_json(one: "Mark", path: Path) -> dict[str, Any]:
    """Return a mark in the form that is promised to other programs."""
    return {
        "query": one.query,
        "recording": str(path),
        "recording_id": one.recording_id,
        "start_s": round(one.span.start_s, 3),
        "end_s": round(one.span.end_s, 3),
        "is_right": one.is_right,
        "session": one.session,
        "marked_at": iso(one.marked_at),
    }
