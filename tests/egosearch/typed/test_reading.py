import doctest
import string
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from egosearch.errors import QueryError
from egosearch.typed import meaning, reading
from egosearch.typed.reading import KEYS, Typed, read, tokens
from indexers.types import Modality


@pytest.mark.parametrize("module", [reading, meaning])
def test_examples_in_docstrings(module: object) -> None:
    assert doctest.testmod(module).failed == 0  # type: ignore[arg-type]


def test_a_line_is_taken_apart() -> None:
    line = """the timer beeps in:kitchen.mp4 in:"my garden.mp4" since:"last monday" not:'a "red" car' then:oven
        within:30s audio:0.8 speech:0 between:18:00-22:00"""
    assert read(line) == Typed(
        text="the timer beeps",
        recordings=("kitchen.mp4", "my garden.mp4"),
        without=('a "red" car',),
        then=("oven",),
        within_s=30.0,
        weights={Modality.AUDIO: 0.8, Modality.SPEECH: 0.0},
        conditions={"since": "last monday", "between": "18:00-22:00"},
    )


def test_words_with_colons_and_quotation_marks_are_text() -> None:
    assert read('at 9:30 "third quarter" http://x not').text == 'at 9:30 "third quarter" http://x not'


@pytest.mark.parametrize("line", ["dog in:", "dog since:", 'dog not:"', "dog audio: "])
def test_what_is_being_typed_at_the_end_is_left_out(line: str) -> None:
    assert read(line) == Typed("dog")


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("dog in: kitchen.mp4", "in: has no value; write it right after the colon"),
        ("dog since:today since:yesterday", "since: is there 2 times; leave one"),
        ("dog audio:loud", "audio:loud is not a number; write one such as audio:0.5"),
        ("dog audio:nan", "is not a number"),
        ("dog then:cat within:-3", "within:-3 is not a number; write one such as within:30"),
    ],
)
def test_a_wrong_condition_is_told(line: str, why: str) -> None:
    with pytest.raises(QueryError, match=why):
        read(line)


@given(st.text())
def test_no_line_breaks_it_and_tokens_cover_all_but_spaces(line: str) -> None:
    found = tokens(line)
    covered = "".join(line[one.start : one.end] for one in found)
    assert "".join(covered.split()) == "".join(line.split())
    assert all(one.end <= after.start for one, after in pairwise(found))


@given(st.sampled_from(sorted(KEYS)), st.text(string.printable.replace('"', ""), min_size=1))
def test_what_stands_in_quotation_marks_is_the_value(key: str, value: str) -> None:
    (token,) = tokens(f'{key}:"{value}"')
    assert (token.key, token.value) == (key, value)
