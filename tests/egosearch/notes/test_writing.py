"""What may stand in a note, and how tags are told from its text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from egosearch.errors import QueryError
from egosearch.notes.writing import (
    MAX_TAG,
    MAX_TAGS,
    MAX_TEXT,
    clean_tag,
    clean_tags,
    clean_text,
    note_id,
    read_note,
)
from indexers.types import Span

tags = st.text(st.characters(categories=("L", "N")), min_size=1, max_size=MAX_TAG // 4)


@pytest.mark.parametrize(
    ("written", "text", "found"),
    [
        ("Anna's birthday cake", "Anna's birthday cake", ()),
        ("#Kitchen cake #party", "cake", ("Kitchen", "party")),
        ("cake #kitchen, cut at last #v1.2.", "cake, cut at last.", ("kitchen", "v1.2")),
        ("a #one #two b", "a b", ("one", "two")),
        ("room#3 and C# and # alone", "room#3 and C# and # alone", ()),
        ("so nice :) ! #party", "so nice :) !", ("party",)),
        ("#only", "", ("only",)),
        ("  ", "", ()),
    ],
)
def test_tags_are_taken_out_of_what_is_written(written: str, text: str, found: tuple[str, ...]) -> None:
    assert read_note(written) == (text, found)


@given(st.lists(tags, max_size=5), st.lists(st.from_regex(r"\A[a-z']+\Z"), max_size=5))
def test_tags_behind_a_text_are_all_found(found: list[str], words: list[str]) -> None:
    assert read_note(" ".join([*words, *(f"#{tag}" for tag in found)])) == (" ".join(words), tuple(found))


def test_a_tag_is_known_by_its_word_alone() -> None:
    assert clean_tag(" #Birthday-Cake ") == clean_tag("birthday-cake") == "birthday-cake"
    assert clean_tag("Cafe\u0301") == clean_tag("CAFÉ") == "café"
    assert clean_tags(["b", "#A", "a", "B"]) == ("a", "b")


@given(tags)
def test_a_clean_tag_stays_as_it_is(tag: str) -> None:
    assert clean_tag(clean_tag(tag)) == clean_tag(tag) == clean_tag(f"#{tag}")


@pytest.mark.parametrize(
    ("tag", "message"),
    [
        ("", "a tag is empty; name a word"),
        ("#", "a tag is empty"),
        ("two words", "'two words' is no tag, which is one word"),
        ("a,b", "is no tag"),
        ('"a"', "is no tag"),
        ("a#b", "is no tag"),
        ("a\x1b[2J", "is no tag"),
        ("x" * (MAX_TAG + 1), f"has {MAX_TAG + 1} characters, {MAX_TAG} are the most"),
    ],
)
def test_what_is_no_tag(tag: str, message: str) -> None:
    with pytest.raises(QueryError, match=message):
        clean_tag(tag)


def test_what_is_no_note() -> None:
    assert clean_text(" cake \n", has_tags=False) == "cake"
    assert clean_text("  ", has_tags=True) == ""
    with pytest.raises(QueryError, match="the note is empty; write something, or name a tag"):
        clean_text(" \n", has_tags=False)
    with pytest.raises(QueryError, match=f"has {MAX_TEXT + 1} characters, {MAX_TEXT} are the most"):
        clean_text("x" * (MAX_TEXT + 1), has_tags=True)
    with pytest.raises(QueryError, match="bytes that are no text"):
        clean_text("caf\udce9", has_tags=False)
    with pytest.raises(QueryError, match=f"{MAX_TAGS} are the most of one note"):
        clean_tags(f"tag{number}" for number in range(MAX_TAGS + 1))


def test_an_id_says_what_the_note_says() -> None:
    given_ids = [
        note_id("ab", Span(1, 2), "cake", ("a", "b")),
        note_id("ab", Span(1, 2), "cake", ("a",)),
        note_id("ab", Span(1, 2), "cak", ("ea", "b")),
        note_id("ab", Span(1, 2.5), "cake", ("a", "b")),
        note_id("ac", Span(1, 2), "cake", ("a", "b")),
    ]
    assert len(set(given_ids)) == len(given_ids)
    assert note_id("ab", Span(1.0, 2), "cake", ["a", "b"]) == given_ids[0]
    assert all(len(one) == 12 for one in given_ids)
