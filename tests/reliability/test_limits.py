"""What a run may take: shares and patience are arithmetic, the rest is tried on processes made for it."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from egosearch.indexing.crew import Crew
from egosearch.indexing.limits import (
    MACHINE_SHARE,
    MB,
    MIN_MEMORY_MB,
    PROGRAM_MB,
    WORKER_MB,
    Limits,
    Patience,
    held_bytes,
    machine_bytes,
    share_out,
)
from egosearch.indexing.pool import Outcome, SliceFailure, outcome
from egosearch.indexing.types import IndexOptions
from egosearch.indexing.worker_process import WorkerProcess
from egosearch.library import Library
from indexers.media import probe
from indexers.slices import EncoderChoice, Plan, SliceResult
from indexers.types import Modality, Slice
from indexers.windows import slices
from tests.media import RecordingOptions, make_recording

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="memory is known and limited on Linux only")


def test_memory_is_shared_out_among_workers() -> None:
    share = (WORKER_MB + 50) * MB
    assert share_out(4, PROGRAM_MB + 2 * WORKER_MB + 100) == (2, Limits(0, share, 2 * share, 2 * share))
    assert share_out(4, 1000)[0] == 3


def test_without_a_cap_a_worker_may_hold_half_of_the_machine_s_memory() -> None:
    there = machine_bytes()
    most_bytes = None if there is None else int(MACHINE_SHARE * there)
    assert share_out(4, None, nice=5) == (4, Limits(nice=5, most_bytes=most_bytes))
    assert most_bytes is None or most_bytes > WORKER_MB * MB


@given(st.integers(1, 64), st.integers(MIN_MEMORY_MB, 100_000))
def test_shares_fit_into_the_memory(jobs: int, memory_mb: int) -> None:
    count, limits = share_out(jobs, memory_mb)
    assert 1 <= count <= jobs
    assert limits.held_bytes is not None
    assert limits.held_bytes >= WORKER_MB * MB
    assert count * limits.held_bytes <= (memory_mb - PROGRAM_MB) * MB


def test_too_little_memory_is_refused() -> None:
    with pytest.raises(ValueError, match=f"within {MIN_MEMORY_MB - 1} MB .* it takes {MIN_MEMORY_MB} MB"):
        share_out(1, MIN_MEMORY_MB - 1)


def run_limited(limits: str, then: str) -> "subprocess.CompletedProcess[str]":
    script = f"import os; from egosearch.indexing.limits import *; apply({limits}); {then}"
    return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)


@linux_only
def test_more_memory_than_allowed_is_refused_by_the_system() -> None:
    within, beyond = (run_limited(f"Limits(data_bytes={200 * MB})", f"bytearray({n})") for n in (MB, 300 * MB))
    assert within.returncode == 0
    assert beyond.stderr.rstrip().endswith("MemoryError")


@pytest.mark.skipif(sys.platform == "win32", reason="no niceness")
def test_a_run_can_be_nice() -> None:
    assert int(run_limited("Limits()", "print(os.nice(0))").stdout) + 3 == int(
        run_limited("Limits(nice=3)", "print(os.nice(0))").stdout
    )


@linux_only
def test_memory_held_is_that_of_this_process() -> None:
    before = held_bytes()
    block = bytearray(50 * MB)
    block[::4096] = b"x" * len(block[::4096])
    after = held_bytes()
    assert before is not None
    assert after is not None
    assert after - before > 45 * MB


@pytest.fixture
def pieces(tmp_path: Path) -> list[Slice]:
    """Return three slices of two seconds."""
    return list(slices(probe(make_recording(tmp_path / "a.mp4", RecordingOptions(seconds=6))), slice_s=2))


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Limits]:
    """Return the limits of each worker that is started from here on."""
    found: list[Limits] = []

    def noting(limits: Limits) -> WorkerProcess:
        found.append(limits)
        return WorkerProcess(limits)

    monkeypatch.setattr("egosearch.indexing.crew.WorkerProcess", noting)
    return found


PLAN = Plan((EncoderChoice(Modality.VISUAL, "toy"),))


def index_in_one_worker(pieces: list[Slice], limits: Limits) -> list[Outcome]:
    with Crew(1, limits) as crew:
        return list(crew.outcomes(pieces, PLAN, lambda: False))


@linux_only
def test_workers_that_hold_too_much_are_replaced_between_slices(pieces: list[Slice], started: list[Limits]) -> None:
    results = index_in_one_worker(pieces, Limits(held_bytes=1))
    assert sorted(result.slice.index for result in results) == [0, 1, 2]
    assert not any(isinstance(result, SliceFailure) for result in results)
    assert len(started) == 3


def test_workers_are_kept_where_they_hold_little(pieces: list[Slice], started: list[Limits]) -> None:
    assert len(index_in_one_worker(pieces, Limits(held_bytes=10_000 * MB))) == 3
    assert len(started) == 1


def test_a_run_keeps_its_limits_in_every_worker(tmp_path: Path, toy: IndexOptions, started: list[Limits]) -> None:
    (tmp_path / "films").mkdir()
    make_recording(tmp_path / "films" / "a.mp4", RecordingOptions(seconds=2))
    with Library.open(tmp_path / "library") as library:
        report = library.index([tmp_path / "films"], options=replace(toy, nice=1, memory_mb=500))
    assert report.indexed == 1
    assert started == [share_out(1, 500, nice=1)[1]] * 2, "one that opens files, and one that indexes them"


@given(st.floats(0, 1e6))
def test_patience_grows_with_what_there_is_to_do(length: float) -> None:
    patience = Patience()
    assert patience.with_slice(length) >= patience.slice_s
    assert patience.with_file(int(length)) >= patience.probe_s


def test_patience_with_a_slice_and_a_file() -> None:
    assert Patience().with_slice(600) == 3_600 + 600 * 60
    assert Patience().with_file(1_000 * MB) == pytest.approx(260)


def test_a_slice_without_memory_fails_alone_and_says_so(pieces: list[Slice]) -> None:
    def greedy() -> SliceResult:
        raise MemoryError

    failing: Callable[[], SliceResult] = partial(greedy)
    failed = outcome(pieces[1], failing)
    assert isinstance(failed, SliceFailure)
    assert failed.error.reason == "indexing it from 2 s on takes more memory than there is for it"
    assert "fewer jobs" in failed.error.remedy
