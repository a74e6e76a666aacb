import logging
from pathlib import Path

import pytest

from egosearch.typed import History
from egosearch.typed.history import KEPT, NAME


def test_walking_back_and_forth_ends_at_what_was_being_typed(tmp_path: Path) -> None:
    history = History(tmp_path)
    for line in ("one", "two", "three"):
        history.remember(line)
    assert [history.older("dra"), history.older("three"), history.older("two"), history.older("one")] == [
        "three",
        "two",
        "one",
        "one",
    ]
    assert [history.newer(), history.newer(), history.newer()] == ["two", "three", "dra"]
    assert not history.is_walking


def test_the_line_that_is_shown_is_not_offered_again(tmp_path: Path) -> None:
    history = History(tmp_path)
    history.remember("one")
    history.remember("two")
    assert history.older("two") == "one"


def test_it_is_kept_for_the_next_time_for_its_owner_only(tmp_path: Path) -> None:
    History(tmp_path).remember("a  dog\x85barking")
    History(tmp_path).remember("a cat")
    History(tmp_path).remember("a dog barking")
    assert History(tmp_path).lines == ("a cat", "a dog barking")
    assert (tmp_path / NAME).stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [NAME]


def test_two_browsers_keep_each_others_lines(tmp_path: Path) -> None:
    here, there = History(tmp_path), History(tmp_path)
    here.remember("here")
    there.remember("there")
    assert History(tmp_path).lines == ("here", "there")


def test_only_the_latest_are_kept(tmp_path: Path) -> None:
    history = History(tmp_path)
    (tmp_path / NAME).write_text("".join(f"{number}\n" for number in range(KEPT)))
    history.remember("latest")
    assert (len(History(tmp_path).lines), History(tmp_path).lines[-1]) == (KEPT, "latest")


def test_a_folder_that_cannot_be_written_is_no_failure(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    history = History(tmp_path / "nowhere")
    with caplog.at_level(logging.WARNING):
        history.remember("dog \udcff")
        history.remember("cat")
    assert history.lines == ("dog \udcff", "cat")
    assert "is not kept" in caplog.text
    (tmp_path / NAME).write_bytes(b"\xff\n")
    assert History(tmp_path).lines == ()
