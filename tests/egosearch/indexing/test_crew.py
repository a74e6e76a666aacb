"""What may become of a worker, and what it costs: its slice, and nothing else."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from egosearch.errors import LibraryError, MediaError
from egosearch.indexing import worker_process
from egosearch.indexing.crew import Crew
from egosearch.indexing.limits import MB, Limits, Patience
from egosearch.indexing.pool import Outcome, SliceFailure
from egosearch.indexing.worker import Start
from egosearch.indexing.worker_process import WorkerProcess
from indexers.media import probe
from indexers.slices import EncoderChoice, Plan, SliceResult
from indexers.types import Modality, Slice
from indexers.windows import slices
from tests.egosearch import misbehaving
from tests.media import BLUE, GREEN, RED, RecordingOptions, make_recording

FREE = Limits()
TOY = Plan((EncoderChoice(Modality.VISUAL, "toy"),))


@pytest.fixture
def pieces(tmp_path: Path) -> list[Slice]:
    """Return four slices of a second; the second one is red."""
    options = RecordingOptions(seconds=4, colours=(BLUE, RED, GREEN, BLUE), has_audio=False)
    return list(slices(probe(make_recording(tmp_path / "a.mp4", options)), slice_s=1))


@pytest.fixture
def plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Plan]:
    """Return what makes a plan whose encoder does a bad thing when it sees red."""
    misbehaving.install(tmp_path / "installed", monkeypatch)
    monkeypatch.setenv(misbehaving.ONCE, str(tmp_path / "once"))
    return lambda misdeed: Plan((EncoderChoice(Modality.VISUAL, f"misbehaving:{misdeed}"),))


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[WorkerProcess]:
    """Return the workers that are started from here on."""
    found: list[WorkerProcess] = []

    def noting(limits: Limits) -> WorkerProcess:
        found.append(WorkerProcess(limits))
        return found[-1]

    monkeypatch.setattr("egosearch.indexing.crew.WorkerProcess", noting)
    return found


def run(
    pieces: list[Slice], plan: Plan, *, jobs: int = 2, limits: Limits = FREE, patience: Patience | None = None
) -> list[Outcome]:
    with Crew(jobs, limits, patience) as crew:
        return sorted(crew.outcomes(pieces, plan, lambda: False), key=lambda found: found.slice.index)


def reason(outcomes: list[Outcome]) -> str:
    """Return why the second slice failed; the others have not."""
    assert [type(found) for found in outcomes] == [SliceResult, SliceFailure, SliceResult, SliceResult]
    failure = outcomes[1]
    assert isinstance(failure, SliceFailure)
    return failure.error.reason


def test_a_crash_costs_its_slice(
    pieces: list[Slice], plan: Callable[[str], Plan], started: list[WorkerProcess]
) -> None:
    assert reason(run(pieces, plan("crash"))) == "decoding it from 1 s on crashed a worker process (SIGSEGV)"
    assert len(started) <= 3, "one is replaced, and the other goes on"


def test_a_decoder_that_hangs_is_ended(pieces: list[Slice], plan: Callable[[str], Plan]) -> None:
    outcomes = run(pieces, plan("hang"), patience=Patience(still_s=1.5))
    assert reason(outcomes) == "decoding it from 1 s on took longer than 2 s over a single step"


def test_an_encoder_may_think_for_longer_than_a_decoder_may_stand_still(
    pieces: list[Slice], plan: Callable[[str], Plan]
) -> None:
    outcomes = run(pieces, plan("think"), patience=Patience(still_s=1.5))
    assert [type(found) for found in outcomes] == [SliceResult] * 4


def test_what_does_not_end_is_ended(pieces: list[Slice], plan: Callable[[str], Plan]) -> None:
    outcomes = run(pieces, plan("think"), patience=Patience(slice_s=0.5, per_second=1.0))
    assert reason(outcomes) == "decoding it from 1 s on took longer than 2 s"


@pytest.mark.skipif(not Path("/proc").exists(), reason="memory of others is known on Linux only")
def test_what_swallows_memory_is_ended(pieces: list[Slice], plan: Callable[[str], Plan]) -> None:
    outcomes = run(pieces, plan("swallow"), limits=Limits(most_bytes=300 * MB))
    assert reason(outcomes) == "decoding it from 1 s on took more than 300 MB of memory"


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL")
def test_a_slice_whose_worker_was_killed_is_tried_again(pieces: list[Slice], plan: Callable[[str], Plan]) -> None:
    assert [type(found) for found in run(pieces, plan("be-killed-once"))] == [SliceResult] * 4


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL")
def test_but_not_for_ever(pieces: list[Slice], plan: Callable[[str], Plan]) -> None:
    assert reason(run(pieces, plan("be-killed"))) == "decoding it from 1 s on had its worker process killed (SIGKILL)"


def test_what_nobody_foresaw_says_where_it_arose(
    pieces: list[Slice], plan: Callable[[str], Plan], caplog: pytest.LogCaptureFixture
) -> None:
    failure = run(pieces, plan("fail"))[1]
    assert isinstance(failure, SliceFailure)
    assert failure.error.reason == "indexing it from 1 s on failed (OSError: something that no one foresaw)"
    assert 'misbehaving.py", line' in caplog.text


def test_what_workers_log_is_logged_here(
    pieces: list[Slice], plan: Callable[[str], Plan], caplog: pytest.LogCaptureFixture
) -> None:
    run(pieces, plan("warn"))
    assert [(one.name, one.getMessage()) for one in caplog.records] == [("indexers.misbehaving", "seen red")]


def test_an_idle_worker_that_was_killed_is_replaced(pieces: list[Slice], started: list[WorkerProcess]) -> None:
    with Crew(1, FREE) as crew:
        crew.probe(pieces[0].recording.path)
        os.kill(started[0].pid or 0, signal.SIGKILL)
        time.sleep(0.2)
        assert crew.probe(pieces[0].recording.path) == pieces[0].recording
    assert len(started) == 2


def test_a_file_is_described_as_it_would_be_here(pieces: list[Slice], tmp_path: Path) -> None:
    with Crew(1, FREE) as crew:
        assert crew.probe(pieces[0].recording.path) == pieces[0].recording
        with pytest.raises(MediaError, match="there is no such file"):
            crew.probe(tmp_path / "nowhere.mp4")


@pytest.mark.parametrize(
    ("misdeed", "reason"),
    [
        ("dawdle", r"opening it took longer than 1 s"),
        ("stumble", r"opening it crashed a worker process \(SIGSEGV\)"),
        ("botch", r"opening it failed \(ZeroDivisionError: .*\)"),
    ],
)
def test_a_file_that_cannot_be_opened_without_harm(
    pieces: list[Slice], monkeypatch: pytest.MonkeyPatch, misdeed: str, reason: str
) -> None:
    monkeypatch.setattr("egosearch.indexing.worker.describe", getattr(misbehaving, misdeed))
    with Crew(1, FREE, Patience(probe_s=0.6)) as crew, pytest.raises(MediaError, match=reason):
        crew.probe(pieces[0].recording.path)


def test_workers_that_never_come_up(pieces: list[Slice], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_process, "serve", os.abort)
    with pytest.raises(LibraryError, match="end before they have begun"):
        run(pieces, TOY)


def test_no_worker_can_be_started(pieces: list[Slice], monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(WorkerProcess, "_start", refuse)
    with pytest.raises(LibraryError, match=r"cannot be started here .*temporarily unavailable"):
        run(pieces, TOY)


def test_workers_work_where_nothing_can_be_forked_for_them(
    pieces: list[Slice], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on macOS and Windows, and where there is no place for a socket."""
    start = WorkerProcess._start

    def spawn(self: WorkerProcess, method: str, *given: Start) -> None:
        if method == "forkserver":
            raise OSError("AF_UNIX path too long")
        start(self, method, *given)

    monkeypatch.setattr(WorkerProcess, "_start", spawn)
    assert [type(found) for found in run(pieces, TOY)] == [SliceResult] * 4


def test_pieces_are_drawn_as_workers_fall_idle(pieces: list[Slice]) -> None:
    drawn: list[int] = []

    def drawing() -> Iterator[Slice]:
        for piece in pieces:
            drawn.append(piece.index)
            yield piece

    with Crew(1, FREE) as crew:
        outcomes = crew.outcomes(drawing(), TOY, lambda: False)
        next(outcomes)
        assert drawn == [0, 1]
        outcomes.close()
    assert drawn == [0, 1]


def test_workers_are_kept_from_one_slice_to_the_next(pieces: list[Slice], started: list[WorkerProcess]) -> None:
    run(pieces, TOY, jobs=1)
    assert len(started) == 1


def test_stopping_does_not_wait_for_what_is_in_hand(pieces: list[Slice], plan: Callable[[str], Plan]) -> None:
    began_s = time.monotonic()
    with Crew(2, FREE) as crew:
        found = list(crew.outcomes(pieces[1:2], plan("hang"), lambda: time.monotonic() - began_s > 0.5))
    assert found == []
    assert time.monotonic() - began_s < 10
