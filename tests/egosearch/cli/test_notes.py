"""`egosearch note` and `notes`, and searching by notes, on a real library of one film."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from egosearch.indexing.types import IndexOptions
from egosearch.library import Library
from indexers.types import Modality
from tests.egosearch.cli.conftest import Outcome, Run
from tests.media import BLUE, RED, RecordingOptions, make_recording

NOTE_KEYS = {"note_id", "recording", "recording_id", "start_s", "end_s", "text", "tags", "noted_at"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a library of a film that is blue from 50 s on."""
    made = tmp_path_factory.mktemp("notes")
    options = RecordingOptions(seconds=60, colours=(*[RED] * 50, *[BLUE] * 10))
    with Library.open(made / "library") as library:
        film = make_recording(made / "me@home.mp4", options)
        library.index([film], options=IndexOptions(encoders={Modality.VISUAL: "toy"}, jobs=1))
    return made / "library"


@pytest.fixture(autouse=True)
def _in_library(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("EGOSEARCH_LIBRARY", str(folder))
    yield
    with Library.open(folder) as library:
        library.unnote([note.note_id for note in library.notes()])


def listed(run: Run, *arguments: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(run("notes", "--json", *arguments).stdout)
    return found


def test_writing_and_listing(run: Run) -> None:
    outcome = run("note", "me@home.mp4@0:20", "Anna's", "birthday", "cake #Kitchen", "--tag", "party")
    assert (outcome.code, outcome.stdout) == (0, "")
    assert outcome.stderr == "Noted me@home.mp4 at 0:20 (10.0 s): “Anna's birthday cake” #kitchen #party\n"
    (note,) = listed(run)
    assert set(note) == NOTE_KEYS
    assert (note["text"], note["tags"]) == ("Anna's birthday cake", ["kitchen", "party"])
    assert (note["start_s"], note["end_s"]) == (20.0, 30.0)
    table = run("notes").stdout
    assert "“Anna's birthday cake” #kitchen #party" in table
    assert note["note_id"][:6] in table
    assert run("notes", "birthday", "--tag", "party").code == 0


def test_the_ways_to_say_how_long_it_is(run: Run) -> None:
    made = [
        run("note", "me@home.mp4@0:20", "a", "--length", "5", "--json"),
        run("note", "me@home.mp4@0:20-0:22.5", "b", "--json"),
        run("note", "me@home.mp4@58", "c", "--json"),
    ]
    spans = [(note["start_s"], note["end_s"]) for note in (json.loads(one.stdout) for one in made)]
    assert spans == [(20, 25), (20, 22.5), (58, 60)]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["note", "me@home.mp4@20"], "error: the note is empty; write something, or name a tag"),
        (["note", "me@home.mp4", "cake"], "is not a time"),
        (["note", "attic.mp4@20", "cake"], "no recording matches 'attic.mp4'"),
        (["note", "me@home.mp4@70", "cake"], "nothing of it is from 70 s on; name a time within it"),
        (["note", "me@home.mp4@30-20", "cake"], "ends before it begins"),
        (["note", "me@home.mp4@20", "cake", "--tag", "two words"], "'two words' is no tag"),
        (["note", "me@home.mp4@20", "cake", "--length", "0"], "a length of 0 s is none"),
        (["note", "me@home.mp4@20-30", "cake", "--length", "5"], "the end says how long it is"),
        (["notes", "--tag", "attic"], "nothing has the tag 'attic'"),
        (["notes", "--remove", "abcd"], "'abcd' is the id of no note; `egosearch notes` shows them"),
        (["notes", "cake", "--remove", "abcd"], "it takes ids only"),
        (["notes", "--json", "--paths"], "choose one of them"),
        (["notes", "--print0"], "it goes with --paths or --format"),
        (["notes", "--format", "{nothing}"], "it knows no {nothing}"),
        (["query", "cake", "--tag", "attic"], "nothing has the tag 'attic', or any; `egosearch note RECORDING@TIME"),
        (["query", "--recording", "me@home.mp4"], "the query is empty"),
    ],
)
def test_what_is_refused(run: Run, arguments: list[str], message: str) -> None:
    outcome = run(*arguments)
    assert (outcome.code, outcome.stdout) == (2, "")
    assert message in outcome.stderr


def test_deleting(run: Run) -> None:
    run("note", "me@home.mp4@20", "cake", "--tag", "party")
    (note,) = listed(run)
    assert run("notes", "--remove", note["note_id"][:2]).code == 2, "too short to be meant"
    assert len(listed(run)) == 1
    outcome = run("notes", "--remove", note["note_id"][:5].upper())
    assert (outcome.code, outcome.stderr) == (0, "Deleted “cake” #party from me@home.mp4 at 0:20.\n")
    outcome = run("notes")
    assert (outcome.code, outcome.stdout) == (1, "")
    assert outcome.stderr.startswith("Nothing is noted; `egosearch note RECORDING@TIME")


def test_lists_for_pipes(run: Run, folder: Path) -> None:
    run("note", "me@home.mp4@20", "cake")
    run("note", "me@home.mp4@40", "bell", "--tag", "door")
    path = str(folder.parent / "me@home.mp4")
    assert run("notes", "--paths").stdout == f"{path}\n"
    assert run("notes", "--paths", "-0").stdout == f"{path}\0"
    told = run("notes", "-f", "{path}@{start_s} {why}").stdout
    assert told == f"{path}@20.0 noted: “cake”\n{path}@40.0 noted: “bell” #door\n"
    nothing = run("notes", "attic")
    assert (nothing.code, nothing.stdout) == (1, "")
    assert nothing.stderr == "Nothing is noted so; `egosearch notes` lists all notes.\n"
    assert json.loads(run("notes", "attic", "--json").stdout) == []


def asked(outcome: Outcome) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(outcome.stdout)["moments"]
    return found


def test_a_query_finds_what_is_noted_and_says_so(run: Run) -> None:
    run("note", "me@home.mp4@0:20", "Anna's birthday cake", "--tag", "party")
    outcome = run("query", "birthday", "cake")
    assert outcome.code == 0
    assert "noted: “Anna's birthday" in outcome.stdout
    (moment,) = asked(run("query", "birthday cake", "--json"))
    assert (moment["confidence"], moment["evidence"]) == (1.0, [])
    (note,) = moment["notes"]
    assert set(note) == {"note_id", "start_s", "end_s", "text", "tags"}
    blue = asked(run("query", "blue", "--json", "--min-confidence", "0"))
    assert all("notes" not in one for one in blue)


def test_tags_and_words_narrow_a_query_and_list_by_themselves(run: Run) -> None:
    run("note", "me@home.mp4@0:02-0:03", "cake", "--tag", "early")
    assert all(one["end_s"] <= 33 for one in asked(run("query", "red", "--tag", "early", "--json")))
    assert run("query", "blue", "--noted", "cake").code == 1
    (moment,) = asked(run("query", "--tag", "early", "--json"))
    assert (moment["start_s"], moment["end_s"]) == (2, 3)
    nothing = run("query", "--noted", "attic")
    assert (nothing.code, nothing.stdout) == (1, "")
    assert nothing.stderr == "Nothing in this library matches all of these conditions.\n"
