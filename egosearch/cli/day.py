"""`egosearch day`: what a day was like."""

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from egosearch.cli import options
from egosearch.cli.answers import answer_as_json, confidence
from egosearch.cli.boundary import NOTHING_MATCHED
from egosearch.cli.options import JsonOption, LibraryOption
from egosearch.cli.output import clock, count, iso, say, write_json, write_line, write_path, write_table
from egosearch.day.types import HIGHLIGHTS
from egosearch.telling import SENSES, words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from egosearch.day import Day
    from egosearch.types import RecordingSummary

EXAMPLES = """\b
Examples:
  egosearch day
  egosearch day yesterday
  egosearch day last saturday --limit 10
  egosearch day 2026-11-21 --json
  egosearch day --places | head -1 | xargs -d '\\n' egosearch similar"""


def day(
    named: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="DAY",
            show_default="the last one with recordings",
            help="A day: '2026-11-20', 'yesterday', 'last saturday'.",
        ),
    ] = None,
    *,
    library: LibraryOption = None,
    limit: Annotated[
        int, typer.Option("--limit", metavar="N", min=1, help="At most so many sounds, and sights.")
    ] = HIGHLIGHTS,
    json: JsonOption = False,
    places: Annotated[
        bool, typer.Option("--places", help="Print PATH@SECONDS only, one a line, as other commands take it.")
    ] = False,
    print0: Annotated[bool, typer.Option("--print0", "-0", help="End what --places prints with a zero byte.")] = False,
) -> None:
    """Show what a day was like, at a glance.

    Its recordings, and the distinct sounds and sights of it that other days do not have, each with the time at which it
    was clearest; in a library of one day, the clearest ones. Days end at midnight on the clock of the place. Where
    nothing was recorded, it says so, and the exit code is 1.
    """
    if json and places:
        raise typer.BadParameter("choose one of them", param_hint="--json / --places")
    if print0 and not places:
        raise typer.BadParameter("it goes with --places", param_hint="--print0")
    asked = None if named is None else _parsed(" ".join(named))
    with options.open_library(library, read_only=True) as opened:
        chosen = asked or _last_day(opened.recordings())
        if chosen is None:
            say("Nothing in this library has a known time; `egosearch recordings` lists what there is.")
            raise typer.Exit(NOTHING_MATCHED)
        found = opened.day(chosen, limit=limit)
    if json:
        write_json(_as_json(found))
    elif places:
        for one in found.moments:
            write_path(Path(f"{one.path}@{one.span.start_s:.2f}"), end="\0" if print0 else "\n")
    elif found.parts:
        _write(found)
    _say_what_is_missing(found)
    if not found.parts:
        raise typer.Exit(NOTHING_MATCHED)


def _parsed(text: str) -> date:
    """Return the day that words mean.

    Raises:
        QueryError: They mean none, or more than one.
    """
    from egosearch.query.when import parse_on

    return parse_on(text, datetime.now().astimezone()).since.date()


def _last_day(recordings: "Sequence[RecordingSummary]") -> date | None:
    return max((one.recorded_at.date() for one in recordings if one.recorded_at is not None), default=None)


def _write(found: "Day") -> None:
    """Print a day for people: its recordings, then what stands out."""
    total_s = sum(part.span.duration_s for part in found.parts)
    write_line(f"{found.date:%A}, {found.date}: {count(len(found.parts), 'recording')}, {clock(total_s)}")
    write_line()
    write_table(
        {"From": "left", "To": "left", "Recording": "left", "Length": "right"},
        [
            (f"{part.started_at:%H:%M:%S}", f"{part.ended_at:%H:%M:%S}", part.path.name, clock(part.span.duration_s))
            for part in found.parts
        ],
        styles={"Recording": "cyan"},
    )
    if not found.moments:
        return
    write_line()
    write_table(
        {"Time": "left", "What": "left", "Where": "left", "Confidence": "left"},
        [
            (
                f"{one.recorded_at:%H:%M:%S}" if one.recorded_at else "",
                f"{SENSES[str(one.evidence[0].modality)]}: {words(one.evidence[0])}",
                f"{one.path.name}@{clock(one.span.start_s)}",
                confidence(one.confidence),
            )
            for one in found.moments
        ],
        styles={"Where": "cyan", "Confidence": "green"},
    )


def _say_what_is_missing(found: "Day") -> None:
    if not found.parts:
        say(f"Nothing was recorded on {found.date}; `egosearch recordings` shows when something was.")
        return
    for sense in found.nameless:
        say(
            f"What is {SENSES[str(sense)]} is indexed by vectors without names; `egosearch index --encoder"
            f" {sense}=concepts PATH` adds names."
        )
    if not found.moments and not found.nameless:
        say("Nothing stands out on this day from the other days.")


def _as_json(found: "Day") -> dict[str, Any]:
    """Return a day in the form that is promised to other programs; moments are as those of `query`."""
    from egosearch.types import Answer, Query

    return {
        "date": found.date.isoformat(),
        "recordings": [
            {
                "recording": str(part.path),
                "recording_id": part.recording_id,
                "start_s": round(part.span.start_s, 3),
                "end_s": round(part.span.end_s, 3),
                "started_at": iso(part.started_at),
                "ended_at": iso(part.ended_at),
            }
            for part in found.parts
        ],
        "moments": answer_as_json(Answer(Query(), found.moments))["moments"],
        "nameless": [str(sense) for sense in found.nameless],
    }
