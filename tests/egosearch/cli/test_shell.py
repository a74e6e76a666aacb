"""`egosearch shell`: line by line, whatever the line."""

import builtins
import json
import shutil
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from egosearch import playing
from egosearch.cli import shell
from egosearch.cli.lines import PROMPT, typed, words_of
from egosearch.cli.shell import HISTORY, Shell
from egosearch.errors import QueryError
from egosearch.owner.opening import open_library
from egosearch.owner.shared import SharedLibrary
from tests.egosearch.cli.conftest import Run
from tests.egosearch.cli.fake_library import FakeLibrary
from tests.egosearch.clips.made import made

BLUE = "blue --min-confidence 0"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a library of one's own."""
    monkeypatch.chdir(tmp_path)
    return Path(shutil.copytree(made() / "library", tmp_path / "library"))


@pytest.fixture
def opened(folder: Path) -> Iterator[SharedLibrary]:
    with open_library(folder, read_only=True) as library:
        yield library


def test_lines_through_a_pipe(run: Run, folder: Path) -> None:
    outcome = run("shell", "--library", folder, typed=f"{BLUE} --limit 1\n\n  \ngreen --min-confidence 0 --limit 1\n")
    assert (outcome.code, outcome.stderr) == (0, "")
    assert outcome.stdout.count("kitchen.mp4") + outcome.stdout.count("mute.mp4") == 2


def test_a_wrong_line_does_not_end_it(run: Run, folder: Path) -> None:
    lines = ["blue --bogus", 'the "dog', ":open 1", ":nonsense", "blue --recording nothing.mp4", ":clip x", BLUE]
    outcome = run("shell", "--library", folder, typed="\n".join(lines))
    assert outcome.code == 2
    assert outcome.stdout.count("kitchen.mp4") >= 1
    errors = outcome.stderr.splitlines()
    assert len(errors) == 6
    assert all(line.startswith("error: ") for line in errors)


def test_the_exit_code_of_a_pipe_tells_whether_anything_matched(run: Run, folder: Path) -> None:
    assert run("shell", "--library", folder, typed="blue --min-confidence 1\n").code == 1
    assert run("shell", "--library", folder, typed=f"blue --min-confidence 1\n{BLUE}\n").code == 0
    assert run("shell", "--library", folder, typed="").code == 0


def test_json_lines(run: Run, folder: Path) -> None:
    outcome = run("shell", "--jsonl", "--library", folder, typed=f"{BLUE} --limit 2\nblue --min-confidence 1\n")
    answers = [json.loads(line) for line in outcome.stdout.splitlines()]
    assert [answer["matched"] for answer in answers] == [True, False]


def test_a_line_has_the_options_of_a_query(run: Run, fake: FakeLibrary) -> None:
    fake.path = Path("/libraries/mine")
    outcome = run(
        *("shell", "--session", "mine"),
        typed='the dog\'s "timer --x" --not music --limit 3 --between 18:00-22:00 --recording kitchen.mp4\n',
    )
    assert outcome.code == 0, outcome.stderr
    (asked,) = fake.asked
    assert (asked.text, asked.without, asked.limit, asked.session) == ("the dog's timer --x", ("music",), 3, "mine")
    assert asked.where.between is not None
    assert asked.where.recording_ids is not None


def test_quit_leaves_the_rest_unread(run: Run, fake: FakeLibrary) -> None:
    assert run("shell", typed="timer\n:q\ntimer\n").code == 0
    assert len(fake.asked) == 1


def test_help_tells_every_command(run: Run, fake: FakeLibrary) -> None:
    told = run("shell", typed=":help\n").stderr
    for name in (":open", ":clip", ":more", ":right", ":wrong", ":undo", ":help", ":quit"):
        assert f"  {name}" in told
    assert "--limit" in run("shell", typed="--help\n").stdout


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("the dog's bowl", ["the", "dog's", "bowl"]),
        ('"the dog" --when "last week"', ["the dog", "--when", "last week"]),
        (r"C:\films #1", [r"C:\films", "#1"]),
        ("", []),
    ],
)
def test_lines_are_split_at_spaces_and_double_quotes(line: str, words: list[str]) -> None:
    assert words_of(line) == words


def test_an_open_quote_is_said() -> None:
    with pytest.raises(QueryError, match="is not closed"):
        words_of('the "dog')


def test_a_moment_is_played(
    opened: SharedLibrary, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    started: list[list[str]] = []
    monkeypatch.setattr(playing, "command", lambda path, start_s: ["player", str(path), f"{start_s:.1f}"])
    monkeypatch.setattr(playing, "start", started.append)
    talk = Shell(opened, "mine")
    talk.take(BLUE)
    talk.take(":open 1")
    assert started[0][:2] == ["player", str(made() / "films" / "kitchen.mp4")]
    assert "Playing kitchen.mp4 from 0:0" in capsys.readouterr().err
    monkeypatch.undo()
    monkeypatch.setenv(playing.VARIABLE, "player '{path}")
    talk.take(":open 1")
    assert f"{playing.VARIABLE} does not read as a command" in capsys.readouterr().err
    monkeypatch.setattr(playing, "command", lambda path, start_s: None)
    talk.take(":open 1")
    assert "there is no player" in capsys.readouterr().err


def test_a_moment_is_cut_out(opened: SharedLibrary, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    talk = Shell(opened, "mine")
    talk.take(BLUE)
    talk.take(":clip 1 mine.mp4")
    assert (tmp_path / "mine.mp4").stat().st_size > 500
    assert capsys.readouterr().out.endswith("mine.mp4\n")
    talk.take(":clip 1 mine.mp4")
    assert "is there already" in capsys.readouterr().err


def test_more_like_it_can_be_chosen_from(opened: SharedLibrary, capsys: pytest.CaptureFixture[str]) -> None:
    talk = Shell(opened, "mine")
    talk.take("green --min-confidence 0 --recording mute.mp4")
    capsys.readouterr()
    talk.take(":more 1")
    said = capsys.readouterr()
    assert "kitchen.mp4" in said.out or "Nothing in this library is like it." in said.err


def test_marks_count_in_the_next_answer(opened: SharedLibrary, capsys: pytest.CaptureFixture[str]) -> None:
    talk = Shell(opened, "mine")
    talk.take(BLUE)
    first = capsys.readouterr().out
    talk.take(":wrong 1")
    assert "as wrong" in capsys.readouterr().err
    talk.take(BLUE)
    assert capsys.readouterr().out != first
    (mark,) = opened.marks("mine")
    assert (mark.query, mark.is_right) == ("blue", False)
    talk.take(":right 1")
    assert sorted(one.is_right for one in opened.marks("mine")) == [False, True]
    talk.take(":undo")
    talk.take(":undo")
    assert opened.marks("mine") == []
    capsys.readouterr()
    talk.take(":undo")
    assert "nothing was said to be right or wrong yet" in capsys.readouterr().err


def test_a_stopped_question_is_not_the_end(monkeypatch: pytest.MonkeyPatch, run: Run, fake: FakeLibrary) -> None:
    lines = iter(["stop", "timer"])

    def type_lines(history: Path) -> Iterator[str]:
        yield from lines

    class Terminal:
        def isatty(self) -> bool:
            return True

    take = Shell.take

    def stopped(self: Shell, line: str) -> None:
        if line == "stop":
            raise KeyboardInterrupt
        take(self, line)

    monkeypatch.setattr(shell, "typed", type_lines)
    monkeypatch.setattr(Shell, "take", stopped)
    monkeypatch.setattr(sys, "stdin", Terminal())
    shell.shell()
    assert [asked.text for asked in fake.asked] == ["timer"]


@pytest.mark.skipif(sys.platform == "win32", reason="readline is not there")
def test_the_terminal_prompts_and_remembers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answers: list[str | type[BaseException]] = ["blue", KeyboardInterrupt, "green", EOFError]

    def read(prompt: str) -> str:
        assert prompt == PROMPT
        answer = answers.pop(0)
        if not isinstance(answer, str):
            raise answer
        return answer

    monkeypatch.setattr(builtins, "input", read)
    assert list(typed(tmp_path / HISTORY)) == ["blue", "green"]
    assert stat.S_IMODE((tmp_path / HISTORY).stat().st_mode) == 0o600
