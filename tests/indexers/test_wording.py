import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexers.wording import folded, is_about_speech, tokens, what_is_said

TEENS = [
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
]
TENS = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]


def spelled(number: int) -> str:
    """Say a number below a million as people do."""
    if number < 20:
        return TEENS[number]
    if number < 100:
        return TENS[number // 10] + (f"-{TEENS[number % 10]}" if number % 10 else "")
    for scale, name in ((1000, "thousand"), (100, "hundred")):
        if number >= scale:
            rest = number % scale
            joint = " and " if rest and rest < 100 else " "
            return f"{spelled(number // scale)} {name}" + (joint + spelled(rest) if rest else "")
    raise AssertionError


@given(st.integers(0, 999_999))
def test_a_number_in_words_is_the_number_in_digits(number: int) -> None:
    assert tokens(spelled(number)) == [str(number)] == tokens(str(number))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Café Müller, isn't it?", ["cafe", "muller", "isn't", "it"]),
        ("Margaret's umbrella", ["margaret", "umbrella"]),
        ("in the third quarter", ["in", "the", "q3"]),
        ("Quarter three, Q 3, and Q3.", ["q3", "q3", "and", "q3"]),
        ("salt and pepper", ["salt", "and", "pepper"]),
        ("two and five", ["2", "and", "5"]),
        ("one two three", ["1", "2", "3"]),
        ("a hundred things", ["a", "hundred", "things"]),
        ("I 5", ["i", "5"]),
        ("", []),
        ("... ?!", []),
        ("Москва — столица", ["москва", "столица"]),
    ],
)
def test_tokens_are_what_compares(text: str, expected: list[str]) -> None:
    assert tokens(text) == expected


@given(st.text())
def test_any_text_has_tokens_of_letters_and_digits(text: str) -> None:
    for token in tokens(text):
        assert token
        assert token == folded(token)
        assert not any(char.isspace() for char in token)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("the part where she mentions the Q3 projections", "the Q3 projections"),
        ("when he said thank you", "thank you"),
        ("Someone talking about the umbrella", "the umbrella"),
        ("my sister told us about dinner", "dinner"),
        ("what Anna was saying about Paris", "Paris"),
    ],
)
def test_that_somebody_speaks_is_no_part_of_what_is_said(query: str, said: str) -> None:
    assert what_is_said(query) == said
    assert is_about_speech(query)


@pytest.mark.parametrize(
    "query",
    [
        "a red bus",
        "when the timer went off",
        "the place where I put the keys",
        "she mentions",
        "hello",
        "people talking in the kitchen",
        "a woman talking on the phone",
    ],
)
def test_what_does_not_speak_of_speaking_stays(query: str) -> None:
    assert what_is_said(query) == query
    assert not is_about_speech(query)
