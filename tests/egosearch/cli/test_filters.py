"""What the filter options mean together, and `recordings --time-zone`."""

from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any, cast

import pytest

from egosearch.errors import QueryError
from egosearch.library import Library
from egosearch.query.conditions import where_of
from egosearch.types import Where
from tests.egosearch.cli.conftest import Run
from tests.egosearch.cli.fake_library import HALL, KITCHEN, FakeLibrary

NOW = datetime(2026, 11, 21, 14, 20, tzinfo=UTC)
FRIDAY, SATURDAY = datetime(2026, 11, 20), datetime(2026, 11, 21)


def where(**options: Any) -> Where:
    return where_of(cast(Library, FakeLibrary()), now=NOW, **options)


def test_no_option_asks_nothing() -> None:
    assert where() == Where()


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"recording": ["kitchen.mp4", "2b00"]}, Where(frozenset({KITCHEN.recording_id, HALL.recording_id}))),
        ({"folder": Path("/videos")}, Where(folder=Path("/videos"))),
        ({"said": "the budget"}, Where(said="the budget")),
        ({"since": "yesterday"}, Where(since=FRIDAY)),
        ({"until": "yesterday"}, Where(until=SATURDAY)),
        ({"since": "2026-11-20T17:00Z"}, Where(since=datetime(2026, 11, 20, 17, tzinfo=UTC))),
        ({"between": "18-22"}, Where(between=(time(18), time(22)))),
        ({"on": "2026-11-20"}, Where(since=FRIDAY, until=SATURDAY)),
        ({"when": "yesterday evening"}, Where(since=FRIDAY.replace(hour=18), until=FRIDAY.replace(hour=23))),
        ({"on": "yesterday", "since": "2026-11-20 12:00"}, Where(since=FRIDAY.replace(hour=12), until=SATURDAY)),
        (
            {"when": "last month", "until": "2026-10-02"},
            Where(None, None, datetime(2026, 10, 1), datetime(2026, 10, 3)),
        ),
    ],
)
def test_all_that_is_asked_holds(options: dict[str, Any], expected: Where) -> None:
    assert where(**options) == expected


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"recording": ["attic"]}, "no recording matches 'attic'; `egosearch recordings` lists them"),
        ({"folder": Path("/vidoes")}, "no recording in the library is in /vidoes"),
        ({"folder": Path("/films"), "recording": ["kitchen.mp4"]}, "none of the recordings named is in /films"),
        ({"folder": Path("~nobody-of-that-name")}, "no home folder"),
        ({"on": "yesterday", "since": "today"}, "no time meets both --since and --on; leave one of them out"),
        ({"on": "yesterday", "when": "last week"}, "no time meets both --on and --when"),
        ({"since": "today", "until": "yesterday"}, "name a later end"),
        ({"since": "2026-11-20T17:00Z", "on": "yesterday"}, "--on and --since cannot be combined"),
        ({"when": "yesterday morning", "between": "18-22"}, "name ranges that overlap"),
        ({"between": "teatime"}, "'teatime'"),
        ({"said": "?!"}, r"the words that must be said \(--said\) are empty; name some"),
    ],
)
def test_what_cannot_be_met_is_said_in_a_sentence(options: dict[str, Any], said: str) -> None:
    with pytest.raises(QueryError, match=said):
        where(**options)


def test_setting_a_time_zone(run: Run, fake: FakeLibrary) -> None:
    outcome = run("recordings", "--time-zone", "Asia/Tokyo", "kitchen.mp4", HALL.recording_id[:4])
    assert (outcome.code, outcome.stderr) == (0, "")
    assert fake.zones == {KITCHEN.recording_id: "Asia/Tokyo", HALL.recording_id: "Asia/Tokyo"}
    assert "kitchen.mp4" in outcome.stdout
    assert [read_only for _, read_only in fake.opened] == [True, False, True], "looked up before anything is made"


def test_taking_a_time_zone_back(run: Run, fake: FakeLibrary) -> None:
    assert run("recordings", "--time-zone", "default", "kitchen.mp4").code == 0
    assert fake.zones == {KITCHEN.recording_id: None}


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["Berlin", "kitchen.mp4"], 2, "perhaps Europe/Berlin is meant"),
        (["Europe/Berlin"], 2, "egosearch.toml"),
        (["Europe/Berlin", "kitchen.mp4", "attic"], 4, "no recording matches 'attic'"),
    ],
)
def test_a_time_zone_that_cannot_be_set(
    run: Run, fake: FakeLibrary, arguments: list[str], code: int, said: str
) -> None:
    outcome = run("recordings", "--time-zone", *arguments)
    assert (outcome.code, outcome.stdout, fake.zones) == (code, "", {})
    assert said in outcome.stderr
    assert len(outcome.stderr.splitlines()) == 1


def test_only_the_recordings_that_are_named(run: Run, fake: FakeLibrary) -> None:
    outcome = run("recordings", "kitchen.mp4", "kitchen.mp4")
    assert outcome.stdout.count("kitchen.mp4") == 1
    assert "hall" not in outcome.stdout
