import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexers.encoders.changes import Change, change_of


@pytest.mark.parametrize(
    ("text", "before", "after"),
    [
        ("opening the fridge", "closed fridge", "open fridge"),
        ("someone is opening the door", "closed door", "open door"),
        ("the door closes", "open door", "closed door"),
        ("I shut the window", "open window", "closed window"),
        ("a guest comes in", "", "a guest"),
        ("someone enters the room", "", "a person"),
        ("entering the kitchen", "", "the kitchen"),
        ("when I left the office", "the office", ""),
        ("she leaves the room", "a person", ""),
        ("a man walks away", "a man", ""),
        ("putting the cup on the table", "", "the cup"),
        ("he takes the cup away", "the cup", ""),
        ("putting the milk into the fridge", "the milk", ""),
        ("taking the milk out of the fridge", "", "the milk"),
        ("put the big red cup down", "a hand that holds the big red cup", "the big red cup on a table"),
        ("picking up the phone", "the phone on a table", "a hand that holds the phone"),
        ("filling a glass with water", "an empty glass", "a full glass"),
        ("emptying the dishwasher", "a full dishwasher", "an empty dishwasher"),
        ("sat down on the sofa", "somebody who stands", "somebody who sits"),
        ("standing up", "somebody who sits", "somebody who stands"),
        ("a dog appears", "", "a dog"),
        ("the cat disappears", "the cat", ""),
        ("turning red", "", "red"),
        ("the sky turns red", "", "red"),
        ("someone brings in a cello", "", "a cello"),
        ("the cup is taken away", "the cup", ""),
        ("the plates are put on the table", "", "the plates"),
        ("the door is being closed", "open door", "closed door"),
        ("the lights go out", "the lights that is lit, in a bright room", "the lights that is dark, in a dark room"),
        ("the sun comes out", "", "the sun"),
        ("pouring a cup of tea", "an empty cup", "a cup of tea in a cup"),
        ("it starts raining", "", "raining"),
    ],
)
def test_what_changes(text: str, before: str, after: str) -> None:
    assert change_of(text) == Change(before, after)


@pytest.mark.parametrize(
    ("on", "off"),
    [
        ("turning on the light", "turning off the light"),
        ("someone switched the lamp on", "someone switched the lamp off"),
        ("the light goes on", "the light goes out"),
        ("opening the drawer", "closing the drawer"),
        ("someone comes in", "someone walks out"),
        ("the bus approaches", None),
        ("lighting a candle", "blowing out a candle"),
    ],
)
def test_the_opposite_is_the_way_back(on: str, off: str | None) -> None:
    there = change_of(on)
    assert there is not None
    assert there.before != there.after
    if off is not None:
        assert change_of(off) == Change(there.after, there.before)


@pytest.mark.parametrize(
    "text",
    [
        *("", "a red cup", "an open window", "open window", "the door is open", "a closed door", "the door is closed"),
        *("green leaves", "autumn leaves", "the leaves fall", "turn left", "traffic light", "the light on the table"),
        *("reading a book", "walking the dog", "standing in line", "cooking dinner", "a full glass", "lying in bed"),
        *("running in the park", "walking up the stairs", "close-up of a cup", "the bus stop", "the bus stops"),
        *("waiting at a traffic light", "when the timer went off", "the alarm clock goes off"),
        *("what did I put in the drawer", "folding the laundry"),
        *("the shop's opening hours", "putting", "watering the plants", "looking for my keys"),
    ],
)
def test_what_does_not_change(text: str) -> None:
    assert change_of(text) is None


ANY_WORDS = ("a", "the", "opens", "closing", "left", "light", "up", "on", "cup", "she", "is", "red", "turn", "puts")


@given(st.lists(st.sampled_from(ANY_WORDS)))
def test_any_words_are_read(words: list[str]) -> None:
    change = change_of(" ".join(words))
    assert change is None or change.before != change.after
