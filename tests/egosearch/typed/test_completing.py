from dataclasses import replace
from datetime import UTC, date, datetime

from hypothesis import given
from hypothesis import strategies as st

from egosearch.saved.types import SavedQuery
from egosearch.typed import Known, complete, read
from tests.tui.fake_library import FakeLibrary

KNOWN = Known(("a b.mp4", "garden.mp4", "GX010042.MP4", "it's.mp4"), ("/r/holiday", "/r/work"), (date(2026, 11, 21),))
SAVED_AT = datetime(2026, 11, 21, tzinfo=UTC)


def lines(line: str, known: Known = KNOWN) -> list[str]:
    return [one.line for one in complete(line, len(line), known)]


def test_a_key_goes_on_to_its_colon_and_then_to_values() -> None:
    assert lines("dog si") == ["dog since:"]
    assert lines("dog since:ye") == ["dog since:yesterday "]
    assert lines("dog since:yesterday") == []
    assert "dog on:2026-11-21 " in lines("dog on:2026")


def test_recordings_are_found_by_any_part_of_their_name_and_quoted_where_needed() -> None:
    assert lines("in:0042") == ["in:GX010042.MP4 "]
    assert lines("in:a") == ['in:"a b.mp4" ', "in:garden.mp4 "]
    assert lines("in:it") == ["in:it's.mp4 "]
    assert lines("folder:work") == ["folder:/r/work "]


def test_what_stands_behind_the_cursor_stays() -> None:
    (one,) = complete("dog si at night", 6, KNOWN)
    assert (one.line, one.line[: one.cursor]) == ("dog since: at night", "dog since:")
    (two,) = complete("dog in:gard at night", 11, KNOWN)
    assert two.line == "dog in:garden.mp4 at night"


def test_words_and_whole_values_are_left_alone() -> None:
    assert lines("dog barking") == lines("") == lines("dog ") == lines("in:garden.mp4") == []


def test_a_saved_query_is_offered_by_its_name_where_nothing_follows() -> None:
    saved = tuple(
        SavedQuery(name, line, SAVED_AT) for name, line in (("Dog walks", "a dog in:a.mp4"), ("rain", "rain"))
    )
    known = replace(KNOWN, saved=saved)
    assert lines("do", known) == lines("DOG  wal", known) == ["a dog in:a.mp4"]
    assert lines("", known) == ["a dog in:a.mp4", "rain"]
    assert lines("walks", known) == lines("rain", known) == [], "what is there already is not offered"
    assert complete("do cat", 2, known) == []
    assert lines("dog", replace(KNOWN, saved=(SavedQuery("dog", "a\x1b[31m dog", SAVED_AT),))) == []


def test_names_that_would_not_read_back_are_not_offered() -> None:
    assert lines("in:", Known(("\x1b[31m.mp4", "\udcff.mp4", "a\"b'.mp4"))) == []


def test_what_a_library_knows() -> None:
    assert Known.of(FakeLibrary().recordings()) == Known(
        ("garden.mp4", "kitchen.mp4"), ("/recordings",), (date(2026, 11, 21),)
    )


@given(st.text("abinsc:\"' .mp4", max_size=20), st.integers(0, 20), st.lists(st.text("ab\"' .", min_size=1)))
def test_every_completion_reads_back_as_what_it_offers(line: str, cursor: int, names: list[str]) -> None:
    cursor = min(cursor, len(line))
    for one in complete(line, cursor, Known(tuple(names))):
        assert 0 < one.cursor <= len(one.line)
        assert one.line.endswith(line[cursor:])
    for one in complete("x in:", 5, Known(tuple(names))):
        assert read(one.line).recordings[0] in {name.strip() for name in names} | set(names)
