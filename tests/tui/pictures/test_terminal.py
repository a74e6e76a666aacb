import io
import os
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from egosearch.errors import QueryError
from tui.pictures.terminal import Pictures, Way, ask, pictures_here, understood

if sys.platform == "win32":
    pytest.skip("there are no pseudo-terminals here", allow_module_level=True)

CELL = b"\x1b[6;18;9t"
OK = b"\x1b_Gi=31;OK\x1b\\"
SIXEL, NO_SIXEL = b"\x1b[?62;4;22c", b"\x1b[?64;14;22c"


@pytest.mark.parametrize(
    ("answered", "way"),
    [
        (SIXEL + CELL, Way.SIXEL),
        (b"\x1b[?1;0;1024S" + SIXEL + CELL, Way.SIXEL),
        (b"\x1b[?1;0;16S" + SIXEL + CELL, Way.HALF),  # xterm, unless told otherwise
        (b"\x1b[?1;3;0S" + SIXEL + CELL, Way.SIXEL),  # it does not know the question
        (SIXEL, Way.HALF),  # the size of a cell is not known
        (b"\x1b[?4c" + CELL, Way.HALF),  # a VT132: the first number is the kind of terminal
        (NO_SIXEL, Way.HALF),
        (b"", Way.HALF),
        (b"\xff\x00garbage;4;c", Way.HALF),
        (OK + b"\x1bP>|kitty(0.42.0)\x1b\\" + NO_SIXEL, Way.KITTY),
        (OK + b"\x1bP>|kitty(0.26.5)\x1b\\" + NO_SIXEL, Way.HALF),  # placeholders came with 0.28
        (OK + b"\x1bP>|ghostty 1.2.0\x1b\\" + CELL + NO_SIXEL, Way.KITTY),
        (OK + b"\x1bP>|Konsole 24.12\x1b\\" + NO_SIXEL, Way.HALF),
        (OK + b"\x1bP>|WezTerm 2025\x1b\\" + CELL + SIXEL, Way.SIXEL),
        (b"\x1b_Gi=31;EINVAL:no\x1b\\\x1bP>|kitty(0.1)\x1b\\" + NO_SIXEL, Way.HALF),
        (SIXEL + b"\x1b[6;0;0t", Way.HALF),
    ],
)
def test_what_terminals_answer(answered: bytes, way: Way) -> None:
    assert understood(answered, None).way is way


def test_what_the_user_wants_wins_where_it_can() -> None:
    assert understood(NO_SIXEL, Way.KITTY).way is Way.KITTY
    assert understood(NO_SIXEL + CELL, Way.SIXEL) == Pictures(Way.SIXEL, (9, 18))
    assert understood(NO_SIXEL, Way.SIXEL).way is Way.HALF
    assert understood(NO_SIXEL, Way.SIXEL, (8, 16)) == Pictures(Way.SIXEL, (8, 16))


def test_a_way_that_there_is_not_is_refused() -> None:
    with pytest.raises(QueryError, match=r"EGOSEARCH_PICTURES is 'iterm', .* use auto, half, kitty, sixel"):
        pictures_here({"EGOSEARCH_PICTURES": "iterm"})


class Terminal(io.StringIO):
    """A standard stream that is a terminal and cannot be asked: a test that reaches for it fails."""

    def isatty(self) -> bool:
        return True

    def fileno(self) -> int:
        raise AssertionError("the terminal was asked")


@pytest.mark.parametrize(
    "environment",
    [
        {"TERM": "xterm-256color", "EGOSEARCH_PICTURES": "half"},
        {"TERM": "xterm-256color", "TMUX": "/run/tmux/default,1,0"},
        {"TERM": "tmux-256color", "EGOSEARCH_PICTURES": "sixel"},
        {"TERM": "screen.xterm-256color"},
        {"TERM": "xterm-256color", "TERM_PROGRAM": "Apple_Terminal"},
        {"TERM": "dumb"},
        {},
    ],
)
def test_who_is_not_asked(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "__stdin__", Terminal())
    monkeypatch.setattr(sys, "__stderr__", Terminal())
    assert pictures_here(environment) == Pictures()


def test_a_pipe_is_not_asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "in").touch()
    with (tmp_path / "in").open() as file:
        monkeypatch.setattr(sys, "__stdin__", file)
        assert pictures_here({"TERM": "xterm-kitty"}) == Pictures()


@pytest.fixture
def ends() -> Iterator[tuple[int, int]]:
    """Return both ends of a pseudo-terminal: the terminal's, and the program's."""
    import pty

    ours, theirs = pty.openpty()
    yield ours, theirs
    os.close(ours)
    os.close(theirs)


def test_all_answers_are_read_and_the_terminal_is_left_as_it_was(ends: tuple[int, int]) -> None:
    import termios

    ours, theirs = ends
    before = termios.tcgetattr(theirs)

    def answer() -> None:
        asked = b""
        while not asked.endswith(b"\x1b[c"):
            asked += os.read(ours, 100)
        for piece in (OK, CELL[:4], CELL[4:], SIXEL):
            time.sleep(0.01)
            os.write(ours, piece)

    answering = threading.Thread(target=answer)
    answering.start()
    assert ask(theirs, theirs, longest_s=10.0) == OK + CELL + SIXEL
    answering.join()
    assert termios.tcgetattr(theirs) == before


def test_a_terminal_that_is_silent_is_not_waited_for_long(ends: tuple[int, int]) -> None:
    begin = time.monotonic()
    assert ask(ends[1], ends[1], longest_s=0.1) == b""
    assert time.monotonic() - begin < 5


def test_a_terminal_that_is_gone_is_nobody_to_ask(tmp_path: Path) -> None:
    with (tmp_path / "file").open("w+") as file:
        assert ask(file.fileno(), file.fileno()) == b""
