"""`egosearch notes`: list notes, and delete them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from egosearch.cli import options
from egosearch.cli.asking import PathsOption
from egosearch.cli.boundary import NOTHING_MATCHED
from egosearch.cli.completion import complete_tag
from egosearch.cli.filters import (
    BetweenOption,
    FolderOption,
    OnOption,
    RecordingOption,
    SinceOption,
    UntilOption,
    WhenOption,
)
from egosearch.cli.grouping import grouped
from egosearch.cli.options import JsonOption, LibraryOption
from egosearch.cli.output import clock, count, iso, length, say, when, write_json, write_table
from egosearch.cli.printing import FormatOption, Lines, Print0Option
from egosearch.cli.templates import check_template
from egosearch.errors import QueryError
from egosearch.telling import noted

if TYPE_CHECKING:
    from egosearch.notes.types import Note
    from egosearch.owner.verbs import LibraryVerbs
    from egosearch.types import Answer, RecordingSummary, Where

EXAMPLES = """\b
Examples:
  egosearch notes
  egosearch notes birthday --when "last summer"
  egosearch notes --tag kitchen --json
  egosearch notes --tag near-miss --format '{path}@{start}\\t{why}'
  egosearch notes --remove 3fa9c1"""
SHORTEST_ID = 4
"""Digits of a note's id that may stand for it, as of a recording's."""
ID_SHOWN = 6


@dataclass(frozen=True)
class Narrowing:
    """Which notes, besides their words."""

    tag: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TAG",
            show_default=False,
            help="Only those with this tag; given several times, any of them.",
            autocompletion=complete_tag,
        ),
    ] = None
    recording: RecordingOption = None
    folder: FolderOption = None
    since: SinceOption = None
    until: UntilOption = None
    between: BetweenOption = None
    on: OnOption = None
    when: WhenOption = None

    def where(self, library: "LibraryVerbs", text: str) -> "Where":
        """Return what they ask together with words."""
        from egosearch.query.conditions import where_of

        return where_of(library, noted=text or None, **vars(self))


@grouped
def notes(
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="TEXT", show_default="all", help="Only notes with all these words, in their text or tags."
        ),
    ] = None,
    *,
    narrowing: Narrowing,
    remove: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ID", show_default=False, help="Delete the note with this id; may be given several times."
        ),
    ] = None,
    library: LibraryOption = None,
    json: JsonOption = False,
    paths: PathsOption = False,
    template: FormatOption = None,
    print0: Print0Option = False,
) -> None:
    """List what is noted, or delete some of it.

    Notes come by the time of their recordings; to --format, {why} is what is noted. Where there is none, it says so,
    and the exit code is 1.
    """
    if json + paths + (template is not None) > 1:
        raise typer.BadParameter("choose one of them", param_hint="--json / --paths / --format")
    if template is not None:
        check_template(template)
    if print0 and not (paths or template is not None):
        raise typer.BadParameter("it goes with --paths or --format", param_hint="--print0")
    if remove:
        if words or narrowing != Narrowing():
            raise typer.BadParameter("it takes ids only, as `egosearch notes` shows them", param_hint="--remove")
        _remove(library, remove, is_json=json)
        return
    with options.open_library(library, read_only=True) as opened:
        found = opened.notes(narrowing.where(opened, " ".join(words or [])))
        recordings = {one.recording_id: one for one in opened.recordings()}
    if json:
        write_json([note_as_json(one, recordings[one.recording_id].path) for one in found])
    elif found and (paths or template is not None):
        Lines(paths=paths, template=template, print0=print0).print(_as_answer(found, recordings))
    elif found:
        _write_table(found, recordings)
    if not found:
        say(_none(is_narrowed=bool(words) or narrowing != Narrowing()))
        raise typer.Exit(NOTHING_MATCHED)


def _none(*, is_narrowed: bool) -> str:
    if is_narrowed:
        return "Nothing is noted so; `egosearch notes` lists all notes."
    return 'Nothing is noted; `egosearch note RECORDING@TIME "TEXT"` writes a note.'


def _write_table(found: "Sequence[Note]", recordings: "dict[str, RecordingSummary]") -> None:
    write_table(
        {"Recording": "left", "At": "right", "Length": "right", "Note": "left", "Noted": "left", "Id": "left"},
        [
            (
                recordings[one.recording_id].path.name,
                clock(one.span.start_s),
                length(one.span.duration_s),
                noted(one),
                when(one.noted_at.astimezone()),
                one.note_id[:ID_SHOWN],
            )
            for one in found
        ],
        styles={"Recording": "cyan"},
    )


def _as_answer(found: "Sequence[Note]", recordings: "dict[str, RecordingSummary]") -> "Answer":
    from egosearch.notes.moments import moment_of
    from egosearch.types import Answer, Query

    known = [(one, recordings[one.recording_id]) for one in found]
    return Answer(Query(), tuple(moment_of(one, of.path, of.recorded_at) for one, of in known))


def _remove(library: Path | None, texts: Sequence[str], *, is_json: bool) -> None:
    # First for reading: a mistyped folder must not become a library, and one wrong id must delete nothing.
    with options.open_library(library, read_only=True) as opened:
        all_notes = opened.notes()
        ids = [_meant(all_notes, text) for text in texts]
        paths = {one.recording_id: one.path for one in opened.recordings()}
    with options.open_library(library) as opened:
        removed = opened.unnote(ids)
    if is_json:
        write_json([note_as_json(one, paths[one.recording_id]) for one in removed])
    for one in removed:
        say(f"Deleted {noted(one)} from {paths[one.recording_id].name} at {clock(one.span.start_s)}.")
    if not removed:
        say(f"{count(len(ids), 'note')} gone already.")


def _meant(all_notes: "Sequence[Note]", text: str) -> str:
    """Return the id of the note that a person means by its first digits."""
    begun = text.strip().lower()
    found = {one.note_id for one in all_notes if one.note_id.startswith(begun)} if len(begun) >= SHORTEST_ID else set()
    if len(found) != 1:
        what = f"{len(found)} notes" if found else "no note"
        raise QueryError(f"{text!r} is the id of {what}; `egosearch notes` shows them, {SHORTEST_ID} digits or more do")
    return found.pop()


def note_as_json(note: "Note", path: Path) -> dict[str, Any]:
    """Return a note in the form that is promised to other programs."""
    return {
        "note_id": note.note_id,
        "recording": str(path),
        "recording_id": note.recording_id,
        "start_s": round(note.span.start_s, 3),
        "end_s": round(note.span.end_s, 3),
        "text": note.text,
        "tags": list(note.tags),
        "noted_at": iso(note.noted_at),
    }
