"""`egosearch query`: what it prints where, what it asks for, and its exit codes."""

import json
from datetime import time
from pathlib import Path

import pytest

from egosearch.cli.sessions import default_session
from egosearch.errors import LibraryError, QueryError
from egosearch.types import Where
from indexers.types import Modality
from tests.egosearch.cli.conftest import Run
from tests.egosearch.cli.fake_library import KITCHEN, FakeLibrary


def test_a_table_of_moments(run: Run, fake: FakeLibrary) -> None:
    outcome = run("query", "when the timer went off")
    assert (outcome.code, outcome.stderr) == (0, "")
    for part in ("at 0:12", "2026-11-21 08:15:14", "kitchen.mp4", "1.9 s", "93 %", "heard: Alarm clock"):
        assert part in outcome.stdout
    assert fake.opened == [(None, True)]


def test_nothing_matched_is_said_beside_the_data(run: Run, fake: FakeLibrary) -> None:
    outcome = run("query", "a dog barking")
    assert (outcome.code, outcome.stdout) == (1, "")
    assert outcome.stderr == (
        "Nothing in this library matches “a dog barking”. To see what came closest, add `--min-confidence 0`.\n"
    )


def test_several_words_are_one_query(run: Run, fake: FakeLibrary) -> None:
    run("query", "the", "timer")
    assert [query.text for query in fake.asked] == ["the timer"]


def test_options_reach_the_library(run: Run, fake: FakeLibrary, tmp_path: Path) -> None:
    run(
        *("query", "timer", "--limit", "3", "--min-confidence", "0.2", "--modality", "audio", "--modality", "speech"),
        *("--fusion", "rrf", "--library", tmp_path),
    )
    asked = fake.asked[0]
    assert (asked.limit, asked.min_confidence, asked.fusion) == (3, 0.2, "rrf")
    assert asked.modalities == frozenset({Modality.AUDIO, Modality.SPEECH})
    assert fake.opened == [(tmp_path, True)]


def test_by_default_the_library_decides(run: Run, fake: FakeLibrary) -> None:
    run("query", "timer")
    asked = fake.asked[0]
    assert (asked.limit, asked.min_confidence, asked.modalities, asked.fusion) == (10, None, None, "calibrated")


def test_what_else_is_asked_reaches_the_library(run: Run, fake: FakeLibrary) -> None:
    run(
        *("query", "timer", "--not", "music", "--not", "people talking", "--then", "a door", "--then", "steps"),
        *(
            "--within",
            "30",
            "--image",
            "mug.jpg",
            "--sound",
            "beep.wav",
            "--weight",
            "audio=2",
            "--weight",
            "visual=.5",
        ),
        *("--recording", "kitchen.mp4", "--between", "18:00-22:00", "--session", "mine"),
    )
    asked = fake.asked[0]
    assert (asked.text, asked.without, asked.then) == ("timer", ("music", "people talking"), ("a door", "steps"))
    assert (asked.within_s, asked.image, asked.sound) == (30.0, Path("mug.jpg"), Path("beep.wav"))
    assert asked.weights == {Modality.AUDIO: 2.0, Modality.VISUAL: 0.5}
    assert asked.where == Where(frozenset({KITCHEN.recording_id}), between=(time(18), time(22)))
    assert asked.session == "mine"


def test_an_example_needs_no_words(run: Run, fake: FakeLibrary) -> None:
    outcome = run("query", "--image", "mug.jpg", "--sound", "beep.wav")
    assert outcome.code == 1
    assert outcome.stderr.startswith("Nothing in this library matches “mug.jpg” with “beep.wav”.")


def test_the_session_is_this_terminals(run: Run, fake: FakeLibrary, monkeypatch: pytest.MonkeyPatch) -> None:
    run("query", "timer")
    monkeypatch.setenv("EGOSEARCH_SESSION", "mine")
    run("query", "timer")
    assert [asked.session for asked in fake.asked] == [default_session(), "mine"]


def test_options_hold_for_every_line_of_a_batch(run: Run, fake: FakeLibrary) -> None:
    outcome = run(*("query", "--batch", "-", "--not", "music", "--recording", "kitchen.mp4"), typed="timer\na dog\n")
    assert [asked.without for asked in fake.asked] == [("music",), ("music",)]
    assert fake.asked[0].where == fake.asked[1].where == Where(frozenset({KITCHEN.recording_id}))
    assert [json.loads(line)["asked"] for line in outcome.stdout.splitlines()] == 2 * [{"without": ["music"]}]


def test_json(run: Run, fake: FakeLibrary) -> None:
    outcome = run("query", "timer", "--json")
    answer = json.loads(outcome.stdout)
    assert list(answer) == ["query", "matched", "moments"]
    assert outcome.stdout.count("\n") > 10, "indented for people who look at it"


def test_json_of_nothing(run: Run, fake: FakeLibrary) -> None:
    outcome = run("query", "a dog", "--json")
    assert outcome.code == 1
    assert json.loads(outcome.stdout) == {"query": "a dog", "matched": False, "moments": []}


def test_jsonl_is_one_line(run: Run, fake: FakeLibrary) -> None:
    outcome = run("query", "timer", "--jsonl")
    assert outcome.stdout.count("\n") == 1
    assert json.loads(outcome.stdout)["matched"] is True


def test_paths(run: Run, fake: FakeLibrary) -> None:
    assert run("query", "timer", "--paths").stdout == "/videos/kitchen.mp4\n"
    assert run("query", "a dog", "--paths").stdout == ""


def test_a_batch_is_answered_in_order(run: Run, fake: FakeLibrary, tmp_path: Path) -> None:
    questions = tmp_path / "questions.txt"
    questions.write_text("\ufeffa dog\nthe timer\r\na Küche", encoding="utf-8")
    outcome = run("query", "--batch", questions, "--jsonl")
    answers = [json.loads(line) for line in outcome.stdout.splitlines()]
    assert outcome.code == 0, "one of them matched"
    assert [(one["query"], one["matched"]) for one in answers] == [
        ("a dog", False),
        ("the timer", True),
        ("a Küche", False),
    ]
    assert len(fake.opened) == 1


def test_a_batch_from_standard_input_in_which_nothing_matches(run: Run, fake: FakeLibrary) -> None:
    outcome = run("query", "--batch", "-", typed="a dog\na cat\n")
    assert outcome.code == 1
    assert len(outcome.stdout.splitlines()) == 2


@pytest.mark.parametrize(
    ("typed", "complaint"),
    [
        (b"timer\n\ntimer\n", "line 2: the query is empty"),
        (b"timer\n   \n", "line 2: the query is empty"),
        (b"timer\n\n", "line 2: the query is empty"),
        (b"timer\n\xff\n", "line 2: it is not UTF-8"),
        (b"", "holds no query"),
    ],
)
def test_a_bad_batch_is_refused_before_anything_is_printed(
    run: Run, fake: FakeLibrary, typed: bytes, complaint: str
) -> None:
    outcome = run("query", "--batch", "-", typed=typed)
    assert (outcome.code, outcome.stdout) == (2, "")
    assert outcome.stderr.startswith("error: standard input")
    assert complaint in outcome.stderr
    assert fake.opened == []


def test_a_query_that_the_library_refuses_is_named_by_its_line(run: Run, fake: FakeLibrary) -> None:
    outcome = run("query", "--batch", "-", typed=f"timer\n{'x' * 1001}\n")
    assert outcome.code == 2
    assert outcome.stderr == "error: standard input, line 2: the query is too long; say it in fewer words\n"


def test_a_missing_batch_file(run: Run, fake: FakeLibrary) -> None:
    outcome = run("query", "--batch", "no-such-file")
    assert (outcome.code, outcome.stderr) == (
        2,
        "error: invalid value for --batch: no-such-file cannot be read (No such file or directory);"
        " see `egosearch query --help`\n",
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ["--json", "--jsonl", "timer"],
        ["--json", "--paths", "timer"],
        ["--batch", "-", "--json"],
        ["--batch", "-", "--paths"],
        ["--batch", "-", "timer"],
        ["--limit", "0", "timer"],
        ["--min-confidence", "1.5", "timer"],
        ["--modality", "smell", "timer"],
        ["--fusion", "hope", "timer"],
        ["--weight", "audio", "timer"],
        ["--weight", "smell=2", "timer"],
        ["--weight", "audio=loud", "timer"],
        ["--within", "soon", "timer"],
        ["--recording", "garden.mp4", "timer"],
        ["--between", "18:00-18:00", "timer"],
        ["--since", "2026-11-21", "--until", "2026-11-20", "timer"],
        ["--not", "music"],
        ["  "],
        [],
    ],
)
def test_usage_errors(run: Run, fake: FakeLibrary, arguments: list[str]) -> None:
    outcome = run("query", *arguments)
    assert (outcome.code, outcome.stdout) == (2, "")
    assert outcome.stderr.startswith("error: ")
    assert outcome.stderr.count("\n") == 1
    assert fake.asked == []


@pytest.mark.parametrize(("error", "code"), [(QueryError("no speech here"), 2), (LibraryError("it is locked"), 4)])
def test_errors_of_the_library(run: Run, fake: FakeLibrary, error: Exception, code: int) -> None:
    fake.error = error
    outcome = run("query", "timer")
    assert (outcome.code, outcome.stdout, outcome.stderr) == (code, "", f"error: {error}\n")
