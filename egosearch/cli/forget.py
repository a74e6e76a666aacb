"""`egosearch forget`: what was recorded then is to be in no file of the library."""

import sys
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from egosearch.cli import options
from egosearch.cli.boundary import NOTHING_MATCHED, USAGE
from egosearch.cli.filters import BetweenOption, OnOption, SinceOption, UntilOption, WhenOption
from egosearch.cli.options import JsonOption, LibraryOption
from egosearch.cli.output import Align, clock, complain, count, iso, plain, say, when, write_json, write_table
from egosearch.cli.places import parse_time
from egosearch.cli.recordings import ID_SHOWN
from egosearch.errors import LibraryError, QueryError

if TYPE_CHECKING:
    from egosearch.forgetting.types import Doomed, ForgetPlan, ForgetReport, Forgotten
    from egosearch.owner.shared import SharedLibrary
    from indexers.facts import Span

EXAMPLES = """\b
Examples:
  egosearch forget GX010042.MP4
  egosearch forget GX010042.MP4 --from 12:30 --to 15:00
  egosearch forget --on yesterday --between 18:00-22:00 --dry-run
  egosearch forget --since "2026-11-20 14:00" --until "2026-11-20 15:30" --yes
  egosearch forget --list
  egosearch forget --undo GX010042.MP4"""
COLUMNS: dict[str, Align] = {
    "Recording": "left",
    "From": "right",
    "To": "right",
    "Windows": "right",
    "Said": "right",
    "Marks": "right",
    "Notes": "right",
}


def forget(
    recording: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="RECORDING",
            show_default=False,
            help="Only in these: file names, paths, or beginnings of ids.",
        ),
    ] = None,
    *,
    begin: Annotated[
        str | None,
        typer.Option("--from", metavar="TIME", show_default=False, help="From there on: seconds, m:ss or h:mm:ss."),
    ] = None,
    end: Annotated[str | None, typer.Option("--to", metavar="TIME", show_default=False, help="Up to there.")] = None,
    since: SinceOption = None,
    until: UntilOption = None,
    between: BetweenOption = None,
    on: OnOption = None,
    when: WhenOption = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be forgotten, and change nothing.")
    ] = False,
    delete_file: Annotated[
        bool, typer.Option("--delete-file", help="Delete the files too, of recordings that are wholly forgotten.")
    ] = False,
    is_list: Annotated[bool, typer.Option("--list", help="List what is forgotten and kept out.")] = False,
    undo: Annotated[
        bool, typer.Option("--undo", help="Let RECORDING be indexed again: by its file, or as --list shows it.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    library: LibraryOption = None,
    json: JsonOption = False,
) -> None:
    """Forget recordings, or what was recorded at some time, for good.

    Everything that was made of it goes: what was heard, seen and said, marks, and every trace in the library's files,
    which are written anew without it. It stays out when its file is indexed again, moved or copied, until --undo; to
    drop a recording's index only, there is `egosearch remove`. Your own files stay, unless you say --delete-file.

    Named in parts, by --from and --to or by a time of day, what reaches into a part goes with it: sentences, and
    windows of a second. Recordings whose time is not known are in no time.

    An interrupted one is finished by the next, or by `egosearch forget` alone. No other process may have the library
    open meanwhile.
    """
    is_timed = (since, until, between, on, when) != (None,) * 5
    if is_list or undo:
        if is_list == undo or (begin, end) != (None, None) or is_timed or (is_list and recording):
            raise typer.BadParameter("name nothing besides it", param_hint="--list" if is_list else "--undo")
        if is_list:
            _list(library, is_json=json)
        else:
            _undo(library, recording or [], is_json=json)
        return
    if (begin, end) != (None, None) and len(recording or ()) != 1:
        raise typer.BadParameter("these are times of one recording; name it", param_hint="--from / --to")
    # First for reading: a mistyped folder must not become a library, and a question must not lock out others.
    with options.open_library(library, read_only=True) as opened:
        if not recording and not is_timed:
            _finish(opened)
            return
        from egosearch.query.conditions import where_of

        where = where_of(opened, recording=recording, since=since, until=until, between=between, on=on, when=when)
        within = _within(begin, end)
        plan = opened.to_forget(where, within)
    if dry_run or not plan.doomed:
        _show(plan, is_json=json)
        if not plan.doomed:
            say("Nothing in the library is from then.")
            raise typer.Exit(NOTHING_MATCHED)
        return
    if not yes and not _is_confirmed(plan, delete_file=delete_file):
        return
    with options.open_library(library) as opened:
        report = opened.forget(where, within, delete_files=delete_file)
    if json:
        write_json([_doomed_as_json(one) for one in report.plan.doomed])
    _tell(report, delete_file=delete_file)


def _within(begin: str | None, end: str | None) -> "Span | None":
    from indexers.facts import Span

    if begin is None and end is None:
        return None
    start_s, end_s = 0.0 if begin is None else parse_time(begin), inf if end is None else parse_time(end)
    if start_s >= end_s:
        raise QueryError(f"nothing lies between {begin or 0} and {end}; name a later end")
    return Span(start_s, end_s)


def _finish(library: "SharedLibrary") -> None:
    """Finish what an interrupted run has left; without any, something has to be named."""
    if all(note.is_erased for note in library.forgotten()):
        raise typer.BadParameter("name what is to be forgotten: a recording, or a time", param_hint="RECORDING")
    report = library.forget()
    say(f"What was forgotten before is gone from the library's files now ({report.elapsed_s:.1f} s).")


def _is_confirmed(plan: "ForgetPlan", *, delete_file: bool) -> bool:
    if not _can_ask():
        complain(f"nobody is there to confirm that {_amount(plan)} is forgotten; look with --dry-run, then add --yes")
        raise typer.Exit(USAGE)
    _show(plan, is_json=False)
    files = "Their files are deleted, too." if delete_file else "The files themselves stay."
    if typer.confirm(plain(f"Forget {_amount(plan)}, for good? {files}"), err=True):
        return True
    say("Nothing was forgotten.")
    return False


def _can_ask() -> bool:
    return sys.stdin.isatty()


def _amount(plan: "ForgetPlan") -> str:
    length = clock(sum(one.duration_s for one in plan.doomed))
    return f"{length} of {count(len(plan.doomed), 'recording')}"


def _show(plan: "ForgetPlan", *, is_json: bool) -> None:
    if is_json:
        write_json([_doomed_as_json(one) for one in plan.doomed])
    elif plan.doomed:
        write_table(COLUMNS, [row for one in plan.doomed for row in _rows(one)])
    if plan.untimed:
        say(f"{count(plan.untimed, 'recording')} of unknown time would be left alone; name them to forget them.")


def _rows(one: "Doomed") -> list[tuple[str, ...]]:
    counts = f"{one.windows:,}", f"{one.utterances:,}", f"{one.marks:,}", f"{one.notes:,}"
    if one.is_whole:
        return [(one.path.name, "all of it", "", *counts)]
    times = [(clock(span.start_s), clock(span.end_s)) for span in one.spans]
    return [(one.path.name, *times[0], *counts), *(("", *time, *("" for _ in counts)) for time in times[1:])]


def _tell(report: "ForgetReport", *, delete_file: bool) -> None:
    plan = report.plan
    say(
        f"Forgot {_amount(plan)}: {count(sum(one.windows for one in plan.doomed), 'window')},"
        f" {count(sum(one.utterances for one in plan.doomed), 'utterance')},"
        f" {count(sum(one.marks for one in plan.doomed), 'mark')},"
        f" {count(sum(one.notes for one in plan.doomed), 'note')}."
        f" Gone from the library's files ({report.elapsed_s:.1f} s)."
    )
    if report.is_remote:
        say("The vectors' server does not show them any more, and its disk loses them when its optimiser has run.")
    if plan.untimed:
        say(f"{count(plan.untimed, 'recording')} of unknown time left alone; name them to forget them.")
    for path in report.left:
        complain(f"{path} was not deleted, since it is not the file that was indexed, or may not be; look at it")
    if delete_file:
        say(f"Deleted {count(len(report.deleted), 'file')}.")
    else:
        say("The files themselves are where they were.")


def _list(library: Path | None, *, is_json: bool) -> None:
    with options.open_library(library, read_only=True) as opened:
        notes = opened.forgotten()
        names = {one.recording_id: one.path.name for one in opened.recordings()}
    if is_json:
        write_json([_note_as_json(note) for note in notes])
    elif notes:
        write_table(
            {"Forgotten": "left", "Id": "left", "Recording": "left", "From": "right", "To": "right", "Disk": "left"},
            [
                (
                    when(note.forgotten_at.astimezone()),
                    note.recording_id[:ID_SHOWN],
                    names.get(note.recording_id, ""),
                    "all of it" if note.is_whole else clock(note.span.start_s),
                    "" if note.is_whole else clock(note.span.end_s),
                    "gone" if note.is_erased else "still there: run `egosearch forget`",
                )
                for note in notes
            ],
        )
    else:
        say("Nothing is forgotten.")


def _undo(library: Path | None, texts: list[str], *, is_json: bool) -> None:
    if not texts:
        raise typer.BadParameter("name the recording, by its file or as --list shows it", param_hint="--undo")
    with options.open_library(library, read_only=True) as opened:
        ids = [_meant(opened, text) for text in dict.fromkeys(texts)]
    taken = []
    with options.open_library(library) as opened:
        for recording_id in ids:
            taken += opened.unforget(recording_id)
    if is_json:
        write_json([_note_as_json(note) for note in taken])
    say(f"{count(len(ids), 'recording')} may be indexed again: `egosearch index` with the file makes it anew.")


def _meant(library: "SharedLibrary", text: str) -> str:
    """Return the id of the forgotten recording that a person means: its file, or the first digits of its id."""
    forgotten = {note.recording_id for note in library.forgotten()}
    found = {one for one in forgotten if one.startswith(text.lower())} if len(text) >= 4 else set()
    path = Path(text).expanduser()
    if not found and path.is_file():
        from indexers.media import fingerprint

        found = {fingerprint(path)} & forgotten
    if not found:
        try:
            found = {library.find(text).recording_id} & forgotten
        except LibraryError:
            found = set()
    if len(found) != 1:
        what = "nothing that is forgotten" if not found else f"{len(found)} recordings that are forgotten"
        raise QueryError(f"{text!r} means {what}; `egosearch forget --list` shows what is, and a file's path will do")
    return found.pop()


def _doomed_as_json(one: "Doomed") -> dict[str, Any]:
    return {
        "recording": str(one.path),
        "recording_id": one.recording_id,
        "is_whole": one.is_whole,
        "spans": [{"start_s": round(span.start_s, 3), "end_s": round(span.end_s, 3)} for span in one.spans],
        "windows": one.windows,
        "utterances": one.utterances,
        "marks": one.marks,
        "notes": one.notes,
    }


def _note_as_json(note: "Forgotten") -> dict[str, Any]:
    return {
        "recording_id": note.recording_id,
        "start_s": round(note.span.start_s, 3),
        "end_s": None if note.is_whole else round(note.span.end_s, 3),
        "is_whole": note.is_whole,
        "forgotten_at": iso(note.forgotten_at),
        "is_gone_from_disk": note.is_erased,
    }
