"""`egosearch note`: write a note about a moment, or tag it."""

from typing import TYPE_CHECKING, Annotated

import typer

from egosearch.cli import options
from egosearch.cli.completion import complete_tag
from egosearch.cli.notes import note_as_json
from egosearch.cli.options import JsonOption, LibraryOption
from egosearch.cli.output import clock, length, say, write_json
from egosearch.cli.places import PLACE, find_place
from egosearch.cli.spans import find_span
from egosearch.telling import noted

if TYPE_CHECKING:
    from egosearch.clips.types import Cut
    from egosearch.owner.verbs import LibraryVerbs
    from egosearch.types import Place

EXAMPLES = """\b
Examples:
  egosearch note party.mp4@12:34 "Anna's birthday cake"
  egosearch note party.mp4@12:30-14:00 "Anna's birthday cake #kitchen" --tag birthday
  egosearch note ride.mp4@3:07 --tag near-miss --length 20"""


def note(
    place: Annotated[
        str,
        typer.Argument(
            metavar=f"{PLACE}[-END]",
            show_default=False,
            help="The moment: a recording by file name, path or the beginning of its id, and seconds, m:ss or h:mm:ss.",
        ),
    ],
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="TEXT", show_default=False, help="What to note; its #words become tags."),
    ] = None,
    *,
    tag: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TAG",
            show_default=False,
            help="Tag it with this word; may be given several times.",
            autocompletion=complete_tag,
        ),
    ] = None,
    length_s: Annotated[
        float | None,
        typer.Option(
            "--length",
            metavar="SECONDS",
            show_default="10, or up to END",
            help="How long the moment is, from TIME on.",
        ),
    ] = None,
    library: LibraryOption = None,
    json: JsonOption = False,
) -> None:
    """Write a note about a moment, or tag it.

    `egosearch query` finds it by the words of the note, and with --tag and --noted searches only around such moments;
    `egosearch notes` lists and deletes notes. The recording's file is not touched.
    """
    from egosearch.notes.writing import read_note

    text, tags = read_note(" ".join(words or []))
    if length_s is not None and _is_span(place):
        raise typer.BadParameter("the end says how long it is; leave one of them out", param_hint="--length")
    # First for reading: a mistyped folder must not become a library.
    with options.open_library(library, read_only=True) as opened:
        meant = _meant(opened, place)
    with options.open_library(library) as opened:
        made = opened.note(meant, text, [*tags, *(tag or ())], length_s=length_s)
        path = next(one.path for one in opened.recordings() if one.recording_id == made.recording_id)
    if json:
        write_json(note_as_json(made, path))
    say(f"Noted {path.name} at {clock(made.span.start_s)} ({length(made.span.duration_s)}): {noted(made)}")


def _is_span(text: str) -> bool:
    return "-" in text.rpartition("@")[2]


def _meant(library: "LibraryVerbs", text: str) -> "Place | Cut":
    return find_span(library, text) if _is_span(text) else find_place(library, text)
