"""Worker processes: real ones, which takes a second each."""

import multiprocessing
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from egosearch.indexing import RunSettings
from egosearch.types import IndexOptions
from indexers.types import Modality
from tests.egosearch.runs import CRASHING, IN_WORKERS, TWO_WORKERS, Bench, bench
from tests.media import BLUE, GREEN, RED, YELLOW, RecordingOptions, make_recording


@pytest.fixture
def on(tmp_path: Path) -> Iterator[Bench]:
    with bench(tmp_path) as opened:
        yield opened


def film(path: Path, *colours: tuple[int, int, int]) -> Path:
    return make_recording(path, RecordingOptions(seconds=len(colours), colours=colours, has_audio=False))


def test_workers_give_what_one_process_gives(on: Bench, tmp_path: Path) -> None:
    path = make_recording(tmp_path / "a.mp4", RecordingOptions(seconds=9))
    report = on.run(path, options=TWO_WORKERS, settings=RunSettings(slice_s=2, small_run_s=0))
    assert (report.indexed, report.interrupted) == (1, False)
    assert on.windows(Modality.VISUAL, path) == list(range(9))
    assert on.windows(Modality.AUDIO, path) == list(range(17))
    assert multiprocessing.active_children() == []


def test_a_crash_costs_one_file_and_no_more(on: Bench, tmp_path: Path) -> None:
    good = [film(tmp_path / f"{i}.mp4", *colours) for i, colours in enumerate([(BLUE, GREEN), (GREEN,), (YELLOW,)])]
    bad = film(tmp_path / "0b.mp4", BLUE, RED)
    options = IndexOptions(encoders=CRASHING, jobs=2)
    report = on.run(good[0], bad, *good[1:], options=options, settings=IN_WORKERS)
    assert report.indexed == 3
    assert [(failed.path, failed.reason) for failed in report.failed] == [
        (bad, "decoding it from 0 s on crashed a worker process")
    ]
    assert [failure.path for failure in on.catalog.failures()] == [bad]
    assert multiprocessing.active_children() == []


def test_the_other_slices_of_a_film_that_crashes_are_kept(on: Bench, tmp_path: Path) -> None:
    path = film(tmp_path / "a.mp4", BLUE, RED, GREEN, BLUE)
    settings = RunSettings(slice_s=1, small_run_s=0)
    report = on.run(path, options=IndexOptions(encoders=CRASHING, jobs=2), settings=settings)
    assert (report.indexed, len(report.failed)) == (0, 1)
    assert on.windows(Modality.VISUAL, path) == [0, 2, 3]
    assert on.told[-1].seconds_done == on.told[-1].seconds_total == pytest.approx(3, abs=0.1)


def test_workers_end_when_asked_to_stop(on: Bench, tmp_path: Path) -> None:
    path = make_recording(tmp_path / "a.mp4", RecordingOptions(seconds=8))
    began = time.monotonic()
    report = on.run(
        path,
        options=TWO_WORKERS,
        settings=RunSettings(slice_s=1, small_run_s=0),
        should_stop=lambda: len(on.told) >= 2,
    )
    assert report.interrupted
    assert 2 <= report.seconds < 8
    assert multiprocessing.active_children() == []
    assert time.monotonic() - began < 20


def test_a_script_needs_no_main_guard(tmp_path: Path) -> None:
    make_recording(tmp_path / "a.mp4", RecordingOptions(seconds=24))
    make_recording(tmp_path / "b.mp4", RecordingOptions(seconds=23))
    script = tmp_path / "script.py"
    script.write_text(
        "from egosearch import IndexOptions, Library, Modality\n"
        "print('once')\n"
        f"with Library.open({str(tmp_path / 'library')!r}) as library:\n"
        "    options = IndexOptions(encoders={Modality.VISUAL: 'toy'}, jobs=2)\n"
        f"    print(library.index([{str(tmp_path)!r}], options=options).indexed)\n",
        encoding="utf-8",
    )
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("once\n2\n", "")
