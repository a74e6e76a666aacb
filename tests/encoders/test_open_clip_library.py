"""The whole path with OpenCLIP: a recording indexed and asked, here and in workers, and what a user is told."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from egosearch.indexing.types import IndexOptions
from egosearch.library import Library
from egosearch.types import Query
from indexers.errors import EncoderError
from indexers.types import Modality
from tests.encoders import tiny_clip
from tests.media import BLUE, GREEN, RED, RecordingOptions, make_recording

pytest.importorskip("open_clip")

COLOURS = (RED,) * 4 + (BLUE,) * 4 + (GREEN,) * 4


@pytest.fixture
def name(tmp_path: Path) -> str:
    """Return the name of the tiny model, in a folder that any process can load."""
    model = tiny_clip.build(tmp_path / "configs")
    return f"open-clip:{tiny_clip.save_folder(model, tmp_path / 'tiny')}"


@pytest.fixture
def film(tmp_path: Path) -> Path:
    return make_recording(tmp_path / "film.mp4", RecordingOptions(seconds=12, colours=COLOURS))


def test_what_is_asked_for_is_found(library: Library, film: Path, name: str) -> None:
    report = library.index([film], options=IndexOptions(encoders={Modality.VISUAL: name}, jobs=1))
    assert (report.indexed, report.failed) == (1, ())
    for colour, start_s in (("red", 0), ("blue", 4), ("green", 8)):
        best = library.answer(Query(colour, min_confidence=0)).moments[0]
        assert best.span.start_s == pytest.approx(start_s, abs=1)
        assert best.span.end_s == pytest.approx(start_s + 4, abs=1)


def test_workers_make_the_same_rows(tmp_path: Path, film: Path, name: str) -> None:
    other = make_recording(tmp_path / "other.mp4", RecordingOptions(seconds=6, colours=(GREEN, RED)))
    found = []
    for jobs in (1, 2):
        with Library.open(tmp_path / f"library-{jobs}") as library:
            options = IndexOptions(encoders={Modality.VISUAL: name}, jobs=jobs)
            report = library.index([film, other], options=options)
            assert (report.indexed, report.failed) == (2, ())
            moments = library.answer(Query("blue", min_confidence=0)).moments
            found.append([(moment.path.name, moment.span, round(moment.score, 4)) for moment in moments])
    assert found[0] == found[1] != []


def test_missing_weights_stop_the_indexing_in_a_sentence(library: Library, film: Path) -> None:
    options = IndexOptions(encoders={Modality.VISUAL: "open-clip:ViT-B-32/laion2b_s34b_b79k"}, jobs=1)
    with pytest.raises(EncoderError, match="are not on this machine; fetch them once with `egosearch models pull"):
        library.index([film], options=options)


def test_the_command_line_indexes_and_asks(tmp_path: Path, film: Path, name: str) -> None:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", "from egosearch.cli import main; main()", *arguments]
        environment = {**os.environ, "EGOSEARCH_LIBRARY": str(tmp_path / "library")}
        return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)

    indexed = run("index", "--encoder", f"visual={name}", str(film))
    assert (indexed.returncode, indexed.stdout) == (0, "")
    assert "Indexed 1 recording" in indexed.stderr
    asked = run("query", "--modality", "visual", "--min-confidence", "0", "--json", "blue")
    assert asked.returncode == 0, asked.stderr
    first = json.loads(asked.stdout)["moments"][0]
    assert first["start_s"] == pytest.approx(4, abs=1)
    assert "WARNING" not in indexed.stderr + asked.stderr
