"""The whole path with LAION-CLAP: a recording indexed and asked, here and in workers, and what a user is told.

The weights are random but for a last layer that knows two texts, so that what is found can be foretold.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from egosearch.indexing.types import IndexOptions
from egosearch.library import Library
from egosearch.types import Query
from indexers.errors import EncoderError
from indexers.types import Modality
from tests.encoders import tiny_clap
from tests.media import RecordingOptions, Tone, make_recording, tone_samples

if not tiny_clap.is_installed():
    pytest.skip("needs the extra clap", allow_module_level=True)

HUM, WHISTLE = 300.0, 5000.0
TEXTS = {"a low hum": HUM, "a shrill whistle": WHISTLE}
TONES = (Tone(6, 10, HUM), Tone(14, 18, WHISTLE))
OPTIONS = RecordingOptions(seconds=20, colours=(), tones=TONES)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clap") / "models"
    roberta = tiny_clap.make_roberta(folder / "hub")
    meanings = {
        text: tone_samples(RecordingOptions(seconds=2, tones=(Tone(0, 2, frequency_hz),)), 48_000)
        for text, frequency_hz in TEXTS.items()
    }
    (folder / "laion-clap").mkdir()
    weights = tiny_clap.teach(tiny_clap.random_weights(), meanings, roberta)
    tiny_clap.save_as_the_authors(weights, folder / "laion-clap" / "taught.pt")
    return folder


@pytest.fixture(autouse=True)
def pulled(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EGOSEARCH_MODELS", str(made))


@pytest.fixture
def tape(tmp_path: Path) -> Path:
    return make_recording(tmp_path / "tape.m4a", OPTIONS)


def options(jobs: int = 1, end: str = "") -> IndexOptions:
    return IndexOptions(encoders={Modality.AUDIO: f"laion-clap:taught{end}"}, jobs=jobs)


def test_what_is_asked_for_is_heard(library: Library, tape: Path, no_network: list[str]) -> None:
    report = library.index([tape], options=options())
    assert (report.indexed, report.failed) == (1, ())
    for text, tone in zip(TEXTS, TONES, strict=True):
        best = library.answer(Query(text, min_confidence=0)).moments[0]
        assert best.span.start_s < tone.end_s
        assert best.span.end_s > tone.start_s
        curve = library.curves(Query(text), library.recordings()[0].recording_id)["audio"].scores
        assert tone.start_s - 2 <= int(np.argmax(curve)) <= tone.end_s
    assert no_network == []


def test_windows_may_be_of_another_length(library: Library, tape: Path) -> None:
    library.index([tape], options=options(end="?window_s=5&hop_s=2.5"))
    best = library.answer(Query("a low hum", min_confidence=0)).moments[0]
    assert (best.span.start_s < 10, best.span.end_s > 6) == (True, True)


def test_workers_make_the_same_rows(tmp_path: Path, tape: Path) -> None:
    other = make_recording(tmp_path / "other.m4a", RecordingOptions(seconds=6, colours=(), tones=(Tone(2, 3),)))
    found = []
    for jobs in (1, 2):
        with Library.open(tmp_path / f"library-{jobs}") as library:
            report = library.index([tape, other], options=options(jobs))
            assert (report.indexed, report.failed) == (2, ())
            moments = library.answer(Query("a low hum", min_confidence=0)).moments
            found.append([(moment.span, moment.path.name) for moment in moments])
    assert found[0] == found[1] != []


def test_a_missing_checkpoint_stops_the_indexing_in_a_sentence(library: Library, tape: Path) -> None:
    wanted = IndexOptions(encoders={Modality.AUDIO: "laion-clap:630k-best"}, jobs=1)
    with pytest.raises(EncoderError, match="fetch it once with `egosearch models pull laion-clap:630k-best`"):
        library.index([tape], options=wanted)


def test_missing_settings_of_roberta_stop_it_before_anything_is_indexed(
    library: Library, tape: Path, made: Path, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(made / "laion-clap", models / "laion-clap")
    monkeypatch.setenv("EGOSEARCH_MODELS", str(models))
    with pytest.raises(EncoderError, match="not on this machine; fetch them once"):
        library.index([tape], options=options())
    assert library.recordings() == []


def test_on_the_command_line_stdout_is_data(tmp_path: Path, tape: Path) -> None:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", "from egosearch.cli import main; main()", *arguments]
        environment = {**os.environ, "EGOSEARCH_LIBRARY": str(tmp_path / "library")}
        return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)

    indexed = run("index", "--encoder", "audio=laion-clap:taught", str(tape))
    assert (indexed.returncode, indexed.stdout) == (0, ""), indexed.stderr
    asked = run("query", "--modality", "audio", "--min-confidence", "0", "--json", "a low hum")
    assert asked.returncode == 0, asked.stderr
    first = json.loads(asked.stdout)["moments"][0]
    assert (first["start_s"] < 10, first["end_s"] > 6) == (True, True)
    assert "warning" not in (indexed.stderr + asked.stderr).lower()
