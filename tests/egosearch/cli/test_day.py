"""`egosearch day`: what it asks for, what it prints, and its exit codes."""

import json
import os
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from egosearch.cli import options
from egosearch.day import Day, DayPart
from indexers.types import Modality, Span
from tests.egosearch.cli.conftest import Run
from tests.egosearch.cli.fake_library import BEEP, HALL, KITCHEN, FakeLibrary

SATURDAY = date(2026, 11, 21)
BEGAN, ENDED = datetime(2026, 11, 21, 8, 15, 2, tzinfo=UTC), datetime(2026, 11, 21, 8, 16, 32, tzinfo=UTC)
PART = DayPart(KITCHEN.recording_id, KITCHEN.path, Span(0.0, 90.0), BEGAN, ENDED)


@dataclass
class FakeDays(FakeLibrary):
    """Something was recorded on one day."""

    known: Day = field(default_factory=lambda: Day(SATURDAY, (PART,), (replace(BEEP, evidence=BEEP.evidence[:1]),), ()))
    days: list[tuple[date, int]] = field(default_factory=list)
    """Asked for, with their limits."""

    def day(self, date: date, *, limit: int) -> Day:
        self.days.append((date, limit))
        return self.known if date == self.known.date else Day(date, (), (), ())


@pytest.fixture
def days(monkeypatch: pytest.MonkeyPatch) -> FakeDays:
    library = FakeDays()
    monkeypatch.setattr(options, "open_library", library.open)
    return library


def test_the_day_is_named_as_for_on(run: Run, days: FakeDays) -> None:
    for arguments in (["2026-11-20"], ["20", "november", "2026"], ["20/11/2026", "--limit", "3"]):
        run("day", *arguments)
    assert days.days == [(date(2026, 11, 20), 6), (date(2026, 11, 20), 6), (date(2026, 11, 20), 3)]
    assert days.opened == [(None, True)] * 3


def test_without_a_name_it_is_the_last_one_with_recordings(run: Run, days: FakeDays) -> None:
    assert run("day").code == 0
    assert days.days == [(SATURDAY, 6)]


def test_people_get_two_tables(run: Run, days: FakeDays) -> None:
    printed = run("day")
    assert printed.stderr == ""
    lines = [" ".join(line.split()) for line in printed.stdout.splitlines() if line.strip()]
    assert lines[0] == "Saturday, 2026-11-21: 1 recording, 1:30"
    assert "08:15:02 08:16:32 kitchen.mp4 1:30" in lines
    assert "08:15:14 heard: Alarm clock, Beep kitchen.mp4@0:12 ███████▌ 93 %" in lines


def test_places_are_what_other_commands_take(run: Run, days: FakeDays) -> None:
    assert run("day", "--places").stdout == f"{KITCHEN.path}@12.50{os.linesep}"
    assert run("day", "--places", "-0").stdout == f"{KITCHEN.path}@12.50\0"


def test_json_has_all(run: Run, days: FakeDays) -> None:
    printed = json.loads(run("day", "--json").stdout)
    assert printed["date"] == "2026-11-21"
    assert printed["recordings"] == [
        {
            "recording": str(KITCHEN.path),
            "recording_id": KITCHEN.recording_id,
            "start_s": 0.0,
            "end_s": 90.0,
            "started_at": "2026-11-21T08:15:02+00:00",
            "ended_at": "2026-11-21T08:16:32+00:00",
        }
    ]
    (moment,) = printed["moments"]
    assert (moment["start_s"], moment["evidence"][0]["words"][0]) == (12.5, "Alarm clock")
    assert printed["nameless"] == []


def test_a_day_without_recordings_is_said_beside_the_data(run: Run, days: FakeDays) -> None:
    printed = run("day", "2026-11-20")
    assert (printed.code, printed.stdout) == (1, "")
    assert printed.stderr == "Nothing was recorded on 2026-11-20; `egosearch recordings` shows when something was.\n"
    as_json = run("day", "2026-11-20", "--json")
    assert (as_json.code, json.loads(as_json.stdout)["recordings"]) == (1, [])


def test_a_library_without_times_has_no_days(run: Run, days: FakeDays) -> None:
    days.held = [HALL]
    printed = run("day")
    assert (printed.code, printed.stdout, days.days) == (1, "", [])
    assert printed.stderr.startswith("Nothing in this library has a known time")


def test_what_has_no_names_is_said(run: Run, days: FakeDays) -> None:
    days.known = replace(days.known, nameless=(Modality.VISUAL,))
    assert "`egosearch index --encoder visual=concepts PATH` adds names" in run("day").stderr
    days.known = replace(days.known, moments=(), nameless=())
    assert run("day").stderr == "Nothing stands out on this day from the other days.\n"


def test_names_cannot_steer_the_terminal(run: Run, days: FakeDays) -> None:
    evil = Path("/videos/evil\x1b]0;title\x07.mp4")
    days.known = Day(SATURDAY, (replace(PART, path=evil),), (replace(BEEP, path=evil),), ())
    assert "\x1b" not in run("day").stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ["last", "week"],
        ["blursday"],
        ["2026-02-30"],
        ["--limit", "0"],
        ["--json", "--places"],
        ["--print0"],
    ],
)
def test_usage_errors(run: Run, days: FakeDays, arguments: list[str]) -> None:
    printed = run("day", *arguments)
    assert (printed.code, printed.stdout) == (2, "")
    assert printed.stderr.startswith("error: ")
    assert days.days == []


def test_show_names_the_recordings_around(run: Run, fake: FakeLibrary) -> None:
    hall = replace(HALL, recorded_at=KITCHEN.recorded_at and KITCHEN.recorded_at + timedelta(seconds=110))
    fake.held = [KITCHEN, hall]
    assert run("show", "kitchen.mp4").stdout.endswith("before    none\nafter     hall [red].mp4 (20.0 s between)\n")
    assert run("show", "hall [red].mp4").stdout.endswith("before    kitchen.mp4 (20.0 s between)\nafter     none\n")
    fake.held = [KITCHEN, HALL]
    assert "before" not in run("show", "hall [red].mp4").stdout, "nobody knows when it was made"
