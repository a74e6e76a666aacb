"""Names of what is cut out."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from egosearch.clips.naming import clip_name, named_after, told_apart
from indexers.facts import Span


def test_names_hold_whole_seconds_outwards() -> None:
    assert clip_name(Path("a/kitchen.mp4"), Span(0.0, 0.4), ".mp4") == "kitchen_0m00s-0m01s.mp4"
    assert clip_name(Path("a/kitchen.mp4"), Span(59.9, 3600.0), ".wav") == "kitchen_0m59s-1h00m00s.wav"


@pytest.mark.parametrize("letter", ["x", "日", "👋"])
def test_long_names_are_cut_to_what_file_systems_take(letter: str, tmp_path: Path) -> None:
    name = clip_name(Path(letter * 250 + ".mp4"), Span(0.0, 1.0), ".mp4")
    assert name.endswith("_0m00s-0m01s.mp4")
    (tmp_path / name).touch()
    assert len(name) > 50


def test_names_steer_no_terminal() -> None:
    assert clip_name(Path("a\x1b[31m\nb\u202e.mp4"), Span(0.0, 1.0), ".mp4") == "a[31m b_0m00s-0m01s.mp4"
    assert clip_name(Path("\udcff.mp4"), Span(0.0, 1.0), ".mp4") == "clip_0m00s-0m01s.mp4"


def test_names_after_a_question_keep_its_letters() -> None:
    assert named_after("Когда звонил телефон?", "reel", ".mp4") == "reel_когда-звонил-телефон.mp4"
    assert named_after("../../etc/passwd", "sheet", ".png") == "sheet_etc-passwd.png"
    assert named_after("?!", "reel", ".mp4") == "reel.mp4"


@given(st.lists(st.sampled_from(["a.mp4", "A.mp4", "b.mp4", "a_2.mp4", "a"]), max_size=8))
def test_no_two_are_the_same_for_any_file_system(names: list[str]) -> None:
    told = told_apart(names)
    assert len({name.casefold() for name in told}) == len(names)
    assert [Path(name).suffix for name in told] == [Path(name).suffix for name in names]
