"""What is printed cannot steer a terminal, and numbers read well."""

import doctest
import json
import sys
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from egosearch import printable
from egosearch.cli import answers, output


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("kitchen.mp4", "kitchen.mp4"),
        ("a\x1b[31mred", "a[31mred"),
        ("bell\x07", "bell"),
        ("8-bit\x9b31m", "8-bit31m"),
        ("two\nlines\r\nthree", "two lines  three"),
        ("abc\u202egpj.exe", "abcgpj.exe"),
        ("bad\udcff name", "bad name"),
        ("[bold red]x[/] :smile:", "[bold red]x[/] :smile:"),
        ("Küche 日本", "Küche 日本"),
    ],
)
def test_plain(text: str, shown: str) -> None:
    assert output.plain(text) == shown


@given(st.text())
def test_plain_leaves_nothing_that_steers(text: str) -> None:
    shown = output.plain(text)
    assert not any(unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for char in shown)
    assert output.plain(shown) == shown


def test_tables_read_no_markup_and_no_emoji_codes(capsys: pytest.CaptureFixture[str]) -> None:
    output.write_table({"[b]Name": "left"}, [["[red]x[/red] :smile: \x1b[2J"], ["[/]"]])
    shown = capsys.readouterr().out
    assert "[b]Name" in shown
    assert "[red]x[/red] :smile: [2J" in shown
    assert "[/]" in shown
    assert "\x1b" not in shown


def test_a_cell_has_as_many_lines_as_it_is_given(capsys: pytest.CaptureFixture[str]) -> None:
    output.write_table({"a": "left", "b": "left"}, [("one\nline", ("two", "li\x1bnes\n"))])
    shown = [line.rstrip() for line in capsys.readouterr().out.splitlines()[2:]]
    assert [line.split() for line in shown] == [["one", "line", "two"], ["lines"]]


@pytest.mark.skipif(sys.platform == "win32", reason="names are bytes only elsewhere")
def test_data_in_a_pipe_is_exact(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    output.write_data("a,b\n/v/bad\udcff\x1b.mp4,ü\n")
    output.write_path(Path("/v/two\nlines"), end="\0")
    assert capfdbinary.readouterr().out == b"a,b\n/v/bad\xff\x1b.mp4,\xc3\xbc\n/v/two\nlines\0"


def test_data_on_a_terminal_is_printable(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    output.write_data("a,\x1b[2Jb\nc\n")
    output.write_path(Path("/v/\x1b.mp4"))
    assert capsys.readouterr().out == "a,[2Jb\nc\n/v/.mp4\n"


def test_json_is_ascii_whatever_it_holds(capsys: pytest.CaptureFixture[str]) -> None:
    value = {"words": ["Küche", "\x1b[2J", "\udcff"]}
    output.write_json(value)
    shown = capsys.readouterr().out
    assert shown.isascii()
    assert "\x1b" not in shown
    assert json.loads(shown) == value


@pytest.mark.skipif(sys.platform == "win32", reason="names are bytes only elsewhere")
def test_paths_in_a_pipe_are_exact(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    output.write_path(Path("/v/bad\udcff\x1b.mp4"))
    assert capfdbinary.readouterr().out == b"/v/bad\xff\x1b.mp4\n"


@pytest.mark.parametrize("module", [printable, output, answers])
def test_the_examples_in_docstrings(module: object) -> None:
    assert doctest.testmod(module).failed == 0  # type: ignore[arg-type]


@given(st.floats(0, 1e6))
def test_a_position_is_never_later_than_the_thing(time_s: float) -> None:
    seconds = 0
    for part in output.clock(time_s).split(":"):
        seconds = 60 * seconds + int(part)
    assert time_s - 1 < seconds <= time_s + 1e-5


@given(st.integers(0, 10**14))
def test_sizes_stay_short(size_bytes: int) -> None:
    assert len(output.size(size_bytes)) <= len("999.9 MB")
