"""`egosearch sql` at its outside: what it prints, and how it refuses."""

import csv
import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from egosearch.indexing.types import IndexOptions
from egosearch.library import Library
from egosearch.owner.address import RECORD
from egosearch.owner.opening import own_library
from indexers.types import Modality
from tests.egosearch.cli.conftest import Run
from tests.media import make_recording


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sql")
    make_recording(folder / "a, b.mp4")
    toy = IndexOptions(encoders={Modality.AUDIO: "toy", Modality.VISUAL: "toy"}, jobs=1)
    with Library.open(folder / "library") as library:
        library.index([folder / "a, b.mp4"], options=toy)
    return folder / "library"


@pytest.fixture(params=["alone", "owned"])
def library(request: pytest.FixtureRequest, made: Path) -> Iterator[Path]:
    """Return a library that nobody has open, and one that is asked through the process that does."""
    if request.param == "alone":
        yield made
    elif sys.platform == "win32":
        pytest.skip("sockets of files are not there")
    else:
        with own_library(made):
            assert (made / RECORD).exists()
            yield made


def test_a_table_for_people(run: Run, library: Path) -> None:
    outcome = run("sql", "SELECT parse_filename(path) AS name, duration_s FROM recordings", "--library", library)
    assert (outcome.code, outcome.stderr) == (0, "")
    heading, _, row = (line.split() for line in outcome.stdout.splitlines())
    assert (heading, row[:2]) == (["name", "duration_s"], ["a,", "b.mp4"])


def test_json_has_numbers_truths_nothings_and_nested_values(run: Run, library: Path) -> None:
    text = (
        "SELECT 1 AS whole, 340282366920938463463374607431768211455::UHUGEINT AS huge, 0.1::FLOAT AS single,"
        " 1.5::DECIMAL(4,2) AS exact, 'nan'::DOUBLE AS none, true AS truth, NULL AS nothing, DATE '2026-11-21' AS day,"
        " [{a: 1.5, b: NULL}, {a: 'inf'::DOUBLE, b: 'x'}] AS nested"
    )
    outcome = run("sql", "--json", text, "--library", library)
    assert json.loads(outcome.stdout) == [
        {
            "whole": 1,
            "huge": 340282366920938463463374607431768211455,
            "single": 0.1,
            "exact": 1.5,
            "none": None,
            "truth": True,
            "nothing": None,
            "day": "2026-11-21",
            "nested": [{"a": 1.5, "b": None}, {"a": None, "b": "x"}],
        }
    ]


def test_csv_can_be_read_back(run: Run, library: Path) -> None:
    outcome = run("sql", "--csv", "SELECT path, 'two\nlines' AS b, NULL AS c FROM recordings", "--library", library)
    rows = list(csv.reader(io.StringIO(outcome.stdout, newline="")))
    assert rows == [["path", "b", "c"], [str(library.parent / "a, b.mp4"), "two\nlines", ""]]


def test_an_answer_without_rows(run: Run, library: Path) -> None:
    asked = ("SELECT path FROM recordings WHERE false", "--library", library)
    outcome = run("sql", *asked)
    assert (outcome.code, outcome.stdout, outcome.stderr) == (0, "", "No rows.\n")
    assert run("sql", "--json", *asked).stdout == "[]\n"
    assert run("sql", "--csv", *asked).stdout == "path\n"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("DELETE FROM recordings", "add it to let SQL change the catalogue"),
        ("WITH gone AS (DELETE FROM recordings RETURNING *) SELECT * FROM gone", "let SQL change the catalogue"),
        ("FROM read_text('/etc/hostname')", "SQL reaches nothing outside the catalogue"),
        ("SELECT 1; SELECT 2", "these are 2 statements"),
        ("FROM recording", 'Did you mean "recordings"'),
        ("", "there is no SQL to run"),
    ],
)
def test_what_is_refused_changes_nothing(run: Run, library: Path, text: str, reason: str) -> None:
    outcome = run("sql", text, "--library", library)
    assert (outcome.code, outcome.stdout) == (2, "")
    assert reason in outcome.stderr
    assert outcome.stderr.startswith("error: ")
    assert len(outcome.stderr.splitlines()) == 1
    assert json.loads(run("sql", "--json", "SELECT count(*) AS n FROM recordings", "--library", library).stdout) == [
        {"n": 1}
    ]


def test_writing_is_asked_for(run: Run, made: Path) -> None:
    text = "UPDATE recordings SET device = 'glasses' RETURNING device"
    outcome = run("sql", "--write", text, "--library", made)
    assert (outcome.code, outcome.stdout.split()[-1]) == (0, "glasses")
    assert json.loads(run("show", "a, b.mp4", "--json", "--library", made).stdout)["device"] == "glasses"
    undone = run("sql", "--write", "UPDATE recordings SET device = NULL; SELECT nonsense", "--library", made)
    assert undone.code == 2
    assert json.loads(run("show", "a, b.mp4", "--json", "--library", made).stdout)["device"] == "glasses"


@pytest.mark.parametrize("more", [[], ["--write"]])
def test_a_mistyped_folder_does_not_become_a_library(run: Run, tmp_path: Path, more: list[str]) -> None:
    outcome = run("sql", "SELECT 1", *more, "--library", tmp_path / "typo")
    assert outcome.code == 4
    assert not (tmp_path / "typo").exists()


def test_one_way_of_printing_at_a_time(run: Run, made: Path) -> None:
    assert run("sql", "SELECT 1", "--json", "--csv", "--library", made).code == 2
