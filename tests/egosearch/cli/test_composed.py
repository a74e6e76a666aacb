"""Composed queries as users type them, with a real library of colours and tones."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from egosearch.indexing.types import IndexOptions
from egosearch.library import Library
from indexers.types import Modality
from tests.egosearch.cli.conftest import Outcome, Run
from tests.media import BLUE, GREEN, RED, RecordingOptions, Tone, make_recording

Ask = Callable[..., Outcome]
ANY = ("--min-confidence", "0", "--json")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the library of one recording: whistles at 5 and 35 s, blue from 8 to 11 s, green from 25 to 28 s."""
    folder = tmp_path_factory.mktemp("kitchen")
    options = RecordingOptions(
        seconds=40,
        colours=(*[RED] * 8, *[BLUE] * 3, *[RED] * 14, *[GREEN] * 3, *[RED] * 12),
        tones=(Tone(5, 6, 2500), Tone(35, 36, 2500)),
        metadata={"creation_time": "2026-11-20T18:00:00Z"},
    )
    toys = IndexOptions(encoders={Modality.AUDIO: "toy", Modality.VISUAL: "toy"}, jobs=1)
    with Library.open(folder / "library") as library:
        library.index([make_recording(folder / "kitchen.mp4", options)], options=toys)
    return folder / "library"


@pytest.fixture
def ask(run: Run, folder: Path) -> Ask:
    """Run a command on that library."""
    return lambda *arguments: run(*arguments, "--library", folder)


def moments(outcome: Outcome) -> list[dict[str, Any]]:
    assert outcome.code == 0, outcome.stderr
    # Pictures of one colour are never trusted much; what is not there at all has a score of 0.
    return [one for one in json.loads(outcome.stdout)["moments"] if one["evidence"][0]["score"] > 0.2]


def test_in_words_by_example_and_in_order(ask: Ask, tmp_path: Path) -> None:
    Image.new("RGB", (64, 48), GREEN).save(tmp_path / "green.png")
    assert moments(ask("query", "--image", tmp_path / "green.png", *ANY))[0]["start_s"] == pytest.approx(25, abs=1)

    (chain,) = moments(ask("query", "a whistle", "--then", "blue", "--within", "5", *ANY))
    assert (chain["start_s"], chain["end_s"]) == (pytest.approx(5, abs=0.2), pytest.approx(11, abs=1))
    assert chain["evidence"][0]["step"] == 0
    assert {one["step"] for one in chain["evidence"]} == {0, 1}
    assert "→" in ask("query", "a whistle", "--then", "blue", "--within", "5", "--min-confidence", "0").stdout

    assert len(moments(ask("query", "a whistle", *ANY))) == 2
    assert len(moments(ask("query", "a whistle", "--recording", "kitchen.mp4", *ANY))) == 2
    assert ask("query", "a whistle", "--since", "2027-01-01", *ANY).code == 1


def test_marks_of_the_session_refine_it(ask: Ask) -> None:
    marked = ask("mark", "kitchen.mp4@5", "--query", "a whistle", "--wrong", "--session", "mine")
    assert marked.code == 0, marked.stderr
    assert len(moments(ask("query", "a whistle", "--session", "another", *ANY))) == 2
    (left,) = moments(ask("query", "a whistle", "--session", "mine", *ANY))
    assert left["start_s"] == pytest.approx(35, abs=0.2)


def test_more_like_it_by_ear(ask: Ask) -> None:
    (other,) = moments(ask("similar", "kitchen.mp4@5.5", "--by", "ear", *ANY))
    assert other["start_s"] == pytest.approx(35, abs=0.2)
    assert {one["modality"] for one in other["evidence"]} == {"audio"}


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("query", ""), "the query is empty"),
        (("query", "x" * 10_000), "the query has 10000 characters"),
        (("query", "blue", "--not", "x" * 10_000), "has 10000 characters"),
        (("query", "blue", "--recording", "garden.mp4"), "no recording matches 'garden.mp4'"),
        (("query", "blue", "--since", "2026-11-21", "--until", "2026-11-19"), "nothing lies between"),
        (("query", "blue", "--then", "red"), "--within 30"),
        (("query", "blue", "--within", "30"), "--then TEXT"),
        (("query", "blue", "--then", "red", "--within", "0"), "name a number of seconds above 0"),
        (("query", "blue", "--weight", "speech=1"), "this library has no speech to weigh"),
        (("query", "blue", "--weight", "audio=-1"), "the weight of audio is -1"),
        (("query", "--image", "none.png"), "there is no such file; check the path"),
        (("query", "--sound", "none.wav"), "there is no such file; check the path"),
        (("similar", "kitchen.mp4@99"), "99 s is not in it"),
        (("similar", "garden.mp4@9"), "no recording matches 'garden.mp4'"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_2(ask: Ask, arguments: tuple[str, ...], complaint: str) -> None:
    outcome = ask(*arguments)
    assert (outcome.code, outcome.stdout) == (2, "")
    assert outcome.stderr.startswith("error: ")
    assert outcome.stderr.count("\n") == 1
    assert complaint in outcome.stderr
