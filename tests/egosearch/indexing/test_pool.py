"""Worker processes: real ones, which takes a second each."""

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from egosearch.indexing.run import RunSettings
from egosearch.indexing.types import IndexOptions
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
        (bad, "decoding it from 0 s on crashed a worker process (status 66)")
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


SCRIPT = """
import multiprocessing, sys, time
from egosearch import IndexOptions, Library, Modality
print("begin", flush=True)
def wait(progress):
    print(*(child.pid for child in multiprocessing.active_children()), flush=True)
    time.sleep(float(sys.argv[2]))
with Library.open(sys.argv[1] + "/library") as library:
    options = IndexOptions(encoders={Modality.VISUAL: "toy"}, jobs=2)
    report = library.index([sys.argv[1]], options=options, on_progress=wait)
print(report.indexed, report.interrupted)
"""


@contextmanager
def indexing_script(folder: Path, pause_s: float) -> Iterator["subprocess.Popen[str]"]:
    """Run a script that indexes two recordings in workers and pauses after each."""
    for seconds in (23, 24):
        make_recording(folder / f"{seconds}.mp4", RecordingOptions(seconds=seconds))
    (folder / "script.py").write_text(SCRIPT, encoding="utf-8")
    with subprocess.Popen(
        [sys.executable, folder / "script.py", folder, str(pause_s)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as script:
        try:
            assert script.stdout is not None
            assert script.stdout.readline() == "begin\n"
            yield script
        finally:
            script.kill()


def test_a_script_needs_no_main_guard(tmp_path: Path) -> None:
    with indexing_script(tmp_path, 0) as script:
        out, err = script.communicate(timeout=60)
    assert (out.splitlines()[-1], out.count("begin"), err) == ("2 False", 0, "")


@pytest.mark.skipif(sys.platform == "win32", reason="no process groups")
def test_ctrl_c_in_a_terminal_reaches_all_and_ends_in_peace(tmp_path: Path) -> None:
    with indexing_script(tmp_path, 60) as script:
        assert script.stdout is not None
        workers = [int(pid) for pid in script.stdout.readline().split()]
        os.killpg(script.pid, signal.SIGINT)
        out, err = script.communicate(timeout=30)
    assert (out.splitlines()[-1], err) == ("0 True", "") or (out.splitlines()[-1], err) == ("1 True", "")
    assert len(workers) == 2
    assert not any(is_running(pid) for pid in workers)


@pytest.mark.skipif(sys.platform == "win32", reason="no process groups")
def test_workers_go_when_their_parent_is_killed(tmp_path: Path) -> None:
    with indexing_script(tmp_path, 60) as script:
        assert script.stdout is not None
        workers = [int(pid) for pid in script.stdout.readline().split()]
        script.kill()
        script.wait()
        deadline = time.monotonic() + 20
        while any(is_running(pid) for pid in workers) and time.monotonic() < deadline:
            time.sleep(0.05)
    assert len(workers) == 2
    assert not any(is_running(pid) for pid in workers)


def is_running(pid: int) -> bool:
    """Whether there is such a process; one that nobody has reaped yet is over all the same."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")
    return not (state.exists() and state.read_text(encoding="utf-8").rpartition(")")[2].split()[0] == "Z")
