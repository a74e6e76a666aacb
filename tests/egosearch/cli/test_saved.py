"""`egosearch save`, `saved` and `query --saved`, on a library of colours and tones."""

import json
from pathlib import Path

import click
import pytest

from egosearch.cli.completion import complete_saved
from tests.egosearch.cli.conftest import Run
from tests.media import BLUE, GREEN, RED, RecordingOptions, make_recording

COLOURS = (RED, RED, BLUE, BLUE, GREEN, GREEN)


@pytest.fixture
def library(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = make_recording(tmp_path / "kitchen.mp4", RecordingOptions(seconds=6, colours=COLOURS))
    monkeypatch.setenv("EGOSEARCH_LIBRARY", str(tmp_path / "library"))
    assert run("index", path, "--encoder", "audio=toy", "--encoder", "visual=toy", "--jobs", "1").code == 0
    return tmp_path / "library"


@pytest.mark.usefixtures("library")
def test_a_saved_query_is_asked_as_it_was_written(run: Run) -> None:
    said = run("save", "sky", "blue", "in:kitchen.mp4", "then:green", "within:5")
    assert (said.code, said.stdout, said.stderr) == (0, "", "Saved “sky”: blue in:kitchen.mp4 then:green within:5\n")
    answer = run("query", "--saved", "Sky", "--min-confidence", "0", "--limit", "1", "--json")
    found = json.loads(answer.stdout)
    assert (answer.code, found["query"]) == (0, "blue")
    assert len(found["moments"]) == 1
    typed = ("blue", "--then", "green", "--within", "5", "--recording", "kitchen.mp4")
    assert answer.stdout == run("query", *typed, "--min-confidence", "0", "--limit", "1", "--json").stdout


@pytest.mark.usefixtures("library")
def test_they_are_listed_and_dropped(run: Run) -> None:
    assert run("saved").stderr.startswith("Nothing is saved; `egosearch save NAME")
    run("save", "sky", "blue")
    run("save", "Grass", "green")
    lines = run("saved").stdout.splitlines()
    assert [line.split()[0] for line in lines[2:]] == ["Grass", "sky"]
    listed = json.loads(run("saved", "--json").stdout)
    assert [(one["name"], one["query"]) for one in listed] == [("Grass", "green"), ("sky", "blue")]
    assert run("saved", "--remove", "grass").stderr == "Dropped “Grass”: green\n"
    gone = run("saved", "--remove", "grass")
    assert (gone.code, gone.stdout) == (1, "")
    assert "Nothing is saved as “grass”" in gone.stderr
    assert run("saved", "--remove", "sky", "--json").code == 2


@pytest.mark.usefixtures("library")
def test_a_name_is_taken_only_by_force(run: Run) -> None:
    run("save", "sky", "blue")
    refused = run("save", "sky", "red")
    assert (refused.code, refused.stderr.count("\n")) == (2, 1)
    assert "add --force to replace it" in refused.stderr
    assert run("save", "sky", "red", "--force").code == 0
    assert json.loads(run("saved", "--json").stdout)[0]["query"] == "red"


@pytest.mark.usefixtures("library")
def test_what_is_wrong_is_said_when_it_is_saved(run: Run) -> None:
    refused = run("save", "sky", "blue", "then:red")
    assert (refused.code, refused.stdout) == (2, "")
    assert "within:30" in refused.stderr
    assert run("query", "--saved", "sky").code == 2


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize(
    "more", [["blue"], ["--not", "x"], ["--when", "yesterday"], ["--weight", "audio=2"], ["--batch", "x.txt"]]
)
def test_a_saved_query_says_all_that_is_asked(run: Run, more: list[str]) -> None:
    run("save", "sky", "blue")
    refused = run("query", "--saved", "sky", *more)
    assert refused.code == 2
    assert "it says all that is asked" in refused.stderr


def test_a_mistyped_folder_does_not_become_a_library(run: Run, tmp_path: Path) -> None:
    for command in (["save", "sky", "blue"], ["saved"], ["saved", "--remove", "sky"]):
        assert run(*command, "--library", tmp_path / "nowhere").code == 4
    assert not (tmp_path / "nowhere").exists()


def test_the_shell_completes_their_names(run: Run, library: Path) -> None:
    run("save", "Dog walks", "red")
    run("save", "dinner", "blue")
    context = click.Context(click.Command("query"))
    context.params["library"] = library
    assert complete_saved(context, "d") == ["dinner", "Dog walks"]  # type: ignore[arg-type]
    assert complete_saved(context, "dog") == ["Dog walks"]  # type: ignore[arg-type]
    context.params["library"] = library / "nowhere"
    assert complete_saved(context, "d") == []  # type: ignore[arg-type]
