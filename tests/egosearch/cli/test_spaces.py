"""`egosearch spaces`, and what goes with it: another encoder beside the first, compared, used, and dropped."""

import json
from pathlib import Path

import pytest

from egosearch.cli import spaces as command
from egosearch.errors import EncoderError
from egosearch.indexing.types import IndexOptions
from egosearch.library import Library
from indexers.encoders import load_encoder
from indexers.lexical import MODEL
from indexers.types import Modality
from tests.egosearch.cli.conftest import Outcome, Run
from tests.media import BLUE, GREEN, RED, RecordingOptions, make_recording

LABELS = """\
recording,query,start_s,end_s
kitchen.mp4,blue,3,6
kitchen.mp4,green,6,9
"""


@pytest.fixture
def folder(tmp_path: Path, toy: IndexOptions) -> Path:
    """Return a library with one recording in it: three colours for three seconds each."""
    colours = (RED, RED, RED, BLUE, BLUE, BLUE, GREEN, GREEN, GREEN)
    film = make_recording(tmp_path / "kitchen.mp4", RecordingOptions(seconds=9, colours=colours))
    with Library.open(tmp_path / "library") as library:
        library.index([film], options=toy)
    return tmp_path / "library"


@pytest.fixture
def both(run: Run, folder: Path) -> Path:
    """Return the library with two encoders for what is seen."""
    outcome = run("index", "--encoder", "visual=toy:other", "--jobs", "1", "--library", folder)
    assert outcome.stderr.splitlines()[-1] == (
        "toy:other is indexed for visual beside what searches use; `egosearch spaces use visual=toy:other` lets them"
        " use it."
    )
    return folder


def listed(outcome: Outcome) -> list[dict[str, object]]:
    assert (outcome.code, outcome.stderr) == (0, "")
    found = json.loads(outcome.stdout)
    assert isinstance(found, list)
    return found


def test_the_list(run: Run, both: Path) -> None:
    lines = [line.split() for line in run("spaces", "--library", both).stdout.splitlines()[2:]]
    assert [(line[0], line[1], line[5], line[-1]) for line in lines] == [
        ("audio", "toy", "1", "yes"),
        ("visual", "toy", "1", "yes"),
        ("visual", "toy:other", "1", "no"),
    ]
    ours = listed(run("spaces", "--json", "--library", both))
    assert ours == listed(run("spaces", "list", "--json", "--library", both))
    size_bytes = ours[2].pop("size_bytes")
    assert isinstance(size_bytes, int)
    assert ours[2] == {
        "space_id": load_encoder("toy:other", Modality.VISUAL).space.id,
        "modality": "visual",
        "model": "toy:other",
        "dim": 8,
        "layout": "sparse",
        "recordings": 1,
        "indexed_s": 9.0,
        "windows": 9,
        "is_default": False,
    }


def test_using_and_dropping(run: Run, both: Path) -> None:
    used = run("spaces", "use", "toy:other", "--library", both)
    assert (used.code, used.stdout, used.stderr) == (0, "", "Searches use toy:other for visual from now on.\n")
    refused = run("spaces", "drop", "visual=toy:other", "--yes", "--library", both)
    assert (refused.code, refused.stdout) == (4, "")
    assert "let them use another with `egosearch spaces use`: toy\n" in refused.stderr
    asked = run("spaces", "drop", "visual=toy", "--library", both)
    assert (asked.code, asked.stderr) == (
        2,
        "error: nobody is there to confirm that visual=toy is dropped; add --yes\n",
    )
    dropped = run("spaces", "drop", "visual=toy", "--yes", "--library", both)
    assert (dropped.code, dropped.stderr) == (0, "Dropped what toy had indexed for visual.\n")
    last = run("spaces", "drop", "visual=toy:other", "--yes", "--library", both)
    assert last.stderr.splitlines()[1] == (
        "There is nothing left for visual to search; `egosearch index --encoder` makes it anew."
    )
    assert [one["modality"] for one in listed(run("spaces", "--json", "--library", both))] == ["audio"]


def test_a_space_without_all_recordings_is_used_with_a_word_of_warning(
    run: Run, both: Path, tmp_path: Path, toy: IndexOptions
) -> None:
    later = make_recording(tmp_path / "later.mp4", RecordingOptions(colours=(RED, BLUE)))
    with Library.open(both) as library:
        library.drop_space("toy:other")
        library.index([later], options=IndexOptions(encoders={Modality.VISUAL: "toy:other"}, jobs=1))
    outcome = run("spaces", "use", "toy:other", "--library", both)
    assert outcome.stderr.splitlines()[1] == (
        "It has 1 of 2 recordings; `egosearch index` indexes with it what is missing."
    )
    assert run("index", "--jobs", "1", "--library", both).code == 0
    assert [one["recordings"] for one in listed(run("spaces", "--json", "--library", both))] == [2, 2, 2]


@pytest.mark.parametrize("arguments", [["list"], ["use", "toy"], ["drop", "toy", "--yes"]])
def test_a_folder_without_a_library_stays_as_it_is(run: Run, arguments: list[str], tmp_path: Path) -> None:
    outcome = run("spaces", *arguments, "--library", tmp_path / "none")
    assert (outcome.code, outcome.stdout) == (4, "")
    assert "there is no library at" in outcome.stderr
    assert not (tmp_path / "none").exists()


def test_without_the_package_of_an_encoder(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def load(name: str, modality: Modality) -> object:
        if modality is Modality.VISUAL:
            raise EncoderError("toys are not installed here; install them with `pip install 'egosearch[toys]'`")
        return load_encoder(name, modality)

    for module in ("egosearch.query.asking", "indexers.slices"):
        monkeypatch.setattr(f"{module}.load_encoder", load)
    for command_ in (["recordings"], ["show", "kitchen"], ["stats"], ["spaces"]):
        assert run(*command_, "--library", folder).code == 0
    asked = run("query", "something blue that nobody asked for", "--library", folder)
    assert (asked.code, asked.stdout, asked.stderr.count("\n")) == (4, "", 1)
    assert "install them with `pip install 'egosearch[toys]'`" in asked.stderr
    assert run("query", "a low tone", "--modality", "audio", "--library", folder).code == 1, "asked; there is none"
    indexed = run("index", "--jobs", "1", "--library", folder)
    assert indexed.code == 4
    assert "until `egosearch spaces drop visual=toy` gives that up" in indexed.stderr


def test_evaluating_with_another_encoder(run: Run, both: Path, tmp_path: Path) -> None:
    labels = tmp_path / "labels.csv"
    labels.write_text(LABELS, encoding="utf-8")
    ours = ("--encoder", "visual=toy:other", "--library", both)
    report = json.loads(run("eval", labels, "--json", *ours).stdout)
    (result,) = report["results"]
    assert (result["variant"], result["encoders"]) == ("visual=toy:other", {"visual": "toy:other"})
    assert result["ranking"]["R@1,IoU=0.5"] == 1
    ablated = json.loads(run("eval", labels, "--ablations", "--json", *ours).stdout)["results"]
    assert {tuple(one["encoders"].items()) for one in ablated} == {(("visual", "toy:other"),)}
    unknown = run("eval", labels, "--encoder", "visual=best", "--library", both)
    assert (unknown.code, unknown.stdout) == (2, "")
    assert "this library has toy, toy:other for visual, not best" in unknown.stderr


def test_comparing_encoders_is_one_table(run: Run, both: Path, tmp_path: Path) -> None:
    labels = tmp_path / "labels.csv"
    labels.write_text(LABELS, encoding="utf-8")
    outcome = run("eval", labels, "--compare", "--library", both)
    assert (outcome.code, outcome.stderr) == (0, "")
    lines = [line.split()[:3] for line in outcome.stdout.splitlines() if line.startswith("visual=")]
    assert lines == [["visual=toy", "2", "1.00"], ["visual=toy:other", "2", "1.00"]]
    report = json.loads(run("eval", labels, "--compare", "--json", "--library", both).stdout)
    assert [one["encoders"] for one in report["results"]] == [{"visual": "toy"}, {"visual": "toy:other"}]
    assert [one["latency"]["n"] for one in report["results"]] == [1, 1]


def test_a_comparison_needs_something_to_compare(run: Run, folder: Path, tmp_path: Path) -> None:
    labels = tmp_path / "labels.csv"
    labels.write_text(LABELS, encoding="utf-8")
    alone = run("eval", labels, "--compare", "--library", folder)
    assert (alone.code, alone.stdout) == (2, "")
    assert "this library has one encoder for each sense" in alone.stderr
    with_parts = run("eval", labels, "--compare", "--ablations", "--library", folder)
    assert with_parts.code == 2
    assert "compare either encoders or parts of the search" in with_parts.stderr


def test_a_comparison_says_where_it_is_unfair(run: Run, both: Path, tmp_path: Path) -> None:
    make_recording(tmp_path / "later.mp4", RecordingOptions(colours=(RED, BLUE)))
    with Library.open(both) as library:
        library.drop_space("toy:other")
        library.index([tmp_path / "later.mp4"], options=IndexOptions(encoders={Modality.VISUAL: "toy:other"}, jobs=1))
    labels = tmp_path / "labels.csv"
    labels.write_text(LABELS, encoding="utf-8")
    outcome = run("eval", labels, "--compare", "--library", both)
    assert outcome.stderr == "toy:other has 0:04 of 0:13 only: what it lacks, it cannot find.\n"


def test_one_encoder_a_sense_at_a_time(run: Run, folder: Path) -> None:
    outcome = run("index", "--encoder", "visual=toy", "--encoder", "visual=toy:other", "--library", folder)
    assert outcome.code == 2
    assert "visual has two encoders there; name one at a time" in outcome.stderr


def test_the_name_that_is_repeated_to_save_an_import() -> None:
    assert command.WORDS == MODEL
