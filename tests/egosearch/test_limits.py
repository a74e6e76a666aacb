"""What a run may take: shares are arithmetic, the rest is tried on processes made for it."""

import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from egosearch import pool
from egosearch.limits import MB, MIN_MEMORY_MB, PROGRAM_MB, WORKER_MB, Limits, held_bytes, share_out
from egosearch.pool import SliceFailure, index_in_workers, outcome
from indexers.media import probe
from indexers.slices import EncoderChoice, Plan, SliceResult
from indexers.types import Modality, Slice
from indexers.windows import slices
from tests.media import RecordingOptions, make_recording

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="memory is known and limited on Linux only")


def test_memory_is_shared_out_among_workers() -> None:
    share = (WORKER_MB + 50) * MB
    assert share_out(4, PROGRAM_MB + 2 * WORKER_MB + 100) == (2, Limits(0, share, 2 * share))
    assert share_out(4, 1000)[0] == 3
    assert share_out(4, None, nice=5) == (4, Limits(nice=5))


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
    script = f"import os; from egosearch.limits import *; apply({limits}); {then}"
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
def started(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return what each pool of workers that is started from here on is large."""
    sizes: list[int] = []

    def counting(jobs: int, *positional: Any, **named: Any) -> ProcessPoolExecutor:
        sizes.append(jobs)
        return ProcessPoolExecutor(jobs, *positional, **named)

    monkeypatch.setattr(pool, "ProcessPoolExecutor", counting)
    return sizes


PLAN = Plan((EncoderChoice(Modality.VISUAL, "toy"),))


@linux_only
def test_workers_that_hold_too_much_are_replaced_between_slices(pieces: list[Slice], started: list[int]) -> None:
    limits = Limits(held_bytes=1)
    results = list(index_in_workers(iter(pieces), PLAN, lambda: False, jobs=1, limits=limits))
    assert sorted(result.slice.index for result in results) == [0, 1, 2]
    assert not any(isinstance(result, SliceFailure) for result in results)
    assert started == [1, 1, 1], "two slices were in flight when the first was done, then one; then nothing was left"


def test_workers_are_kept_where_they_hold_little(pieces: list[Slice], started: list[int]) -> None:
    limits = Limits(held_bytes=10_000 * MB)
    assert len(list(index_in_workers(iter(pieces), PLAN, lambda: False, jobs=1, limits=limits))) == 3
    assert started == [1]


def test_a_slice_without_memory_fails_alone_and_says_so(pieces: list[Slice]) -> None:
    def greedy() -> SliceResult:
        raise MemoryError

    failing: Callable[[], SliceResult] = partial(greedy)
    failed = outcome(pieces[1], failing)
    assert isinstance(failed, SliceFailure)
    assert failed.error.reason == "indexing it from 2 s on takes more memory than there is for it"
    assert "fewer jobs" in failed.error.remedy
