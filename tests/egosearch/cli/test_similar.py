"""`egosearch similar`: what it asks for, what it prints, and its exit codes."""

import json
from pathlib import Path

import pytest

from egosearch.types import Answer, Place, Where
from indexers.types import Modality
from tests.egosearch.cli.conftest import Run
from tests.egosearch.cli.fake_library import BEEP, HALL, KITCHEN, FakeLibrary


def test_the_place_and_the_options_reach_the_library(run: Run, fake: FakeLibrary, tmp_path: Path) -> None:
    run(
        *("similar", "kitchen.mp4@1:02.5", "--by", "ear", "--limit", "3", "--min-confidence", "0.2"),
        *("--recording", "hall [red].mp4", "--library", tmp_path),
    )
    (asked,) = fake.asked
    assert asked.like == Place(KITCHEN.recording_id, 62.5)
    assert (asked.text, asked.limit, asked.min_confidence) == ("", 3, 0.2)
    assert asked.modalities == frozenset({Modality.AUDIO})
    assert asked.where == Where(frozenset({HALL.recording_id}))
    assert fake.opened == [(tmp_path, True)]


def test_by_default_by_ear_and_eye(run: Run, fake: FakeLibrary) -> None:
    run("similar", "kitchen.mp4@12")
    run("similar", "kitchen.mp4@12", "--by", "eye", "--by", "ear")
    assert [asked.modalities for asked in fake.asked] == [None, frozenset({Modality.AUDIO, Modality.VISUAL})]


def test_by_what_is_said_and_only_around_certain_words(run: Run, fake: FakeLibrary) -> None:
    run("similar", "kitchen.mp4@12", "--by", "words", "--said", '"the budget" lunch')
    (asked,) = fake.asked
    assert asked.modalities == frozenset({Modality.SPEECH})
    assert asked.where == Where(said='"the budget" lunch')


def test_nothing_like_it_is_said_beside_the_data(run: Run, fake: FakeLibrary) -> None:
    outcome = run("similar", "kitchen.mp4@12")
    assert (outcome.code, outcome.stdout) == (1, "")
    assert outcome.stderr == (
        "Nothing in this library matches “kitchen.mp4@12”. To see what came closest, add `--min-confidence 0`.\n"
    )


def test_json_names_the_place(run: Run, fake: FakeLibrary) -> None:
    for option, lines in (("--json", 11), ("--jsonl", 1)):
        outcome = run("similar", "kitchen.mp4@12", option)
        answer = json.loads(outcome.stdout)
        assert answer["query"] == ""
        assert answer["asked"] == {"like": {"recording_id": KITCHEN.recording_id, "time_s": 12.0}}
        assert outcome.stdout.count("\n") == lines


def test_it_prints_lines_for_pipes_as_query_does(run: Run, fake: FakeLibrary, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fake, "answer", lambda query: Answer(query, (BEEP, BEEP)))
    assert run("similar", "kitchen.mp4@12", "--paths", "-0").stdout == "/videos/kitchen.mp4\0"
    outcome = run("similar", "kitchen.mp4@12", "-f", "{path}@{start_s}-{end_s}", "--print0")
    assert outcome.stdout == "/videos/kitchen.mp4@12.5-14.4\0" * 2


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["kitchen.mp4@12", "--print0"],
        ["kitchen.mp4@12", "--format", "{nothing}"],
        ["kitchen.mp4@12", "--format", "{path}", "--jsonl"],
        ["kitchen.mp4"],
        ["kitchen.mp4@noon"],
        ["garden.mp4@12"],
        ["kitchen.mp4@12", "--by", "nose"],
        ["kitchen.mp4@12", "--json", "--paths"],
        ["kitchen.mp4@12", "--recording", "garden.mp4"],
    ],
)
def test_usage_errors(run: Run, fake: FakeLibrary, arguments: list[str]) -> None:
    outcome = run("similar", *arguments)
    assert (outcome.code, outcome.stdout) == (2, "")
    assert outcome.stderr.startswith("error: ")
    assert outcome.stderr.count("\n") == 1
    assert fake.asked == []
