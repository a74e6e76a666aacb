"""Slices on a Ray cluster of real processes: each test that needs Ray takes about ten seconds, mostly to start it."""

import gc
import os
import signal
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import pytest

from egosearch.errors import LibraryError, MediaError
from egosearch.indexing.cluster import index_there, on_ray
from egosearch.indexing.pool import Executor
from egosearch.indexing.run import RunSettings
from egosearch.indexing.types import IndexOptions, IndexProgress
from indexers.media import fingerprint, probe
from indexers.types import Modality, Slice
from tests.egosearch.runs import CRASHING, HERE, TWO_WORKERS, Bench, bench, plan_of
from tests.media import BLUE, GREEN, RED, RecordingOptions, make_recording

ONE_SECOND_SLICES = RunSettings(slice_s=1)
needs_ray = pytest.mark.skipif(find_spec("ray") is None, reason="Ray is not installed")


@pytest.fixture
def on(tmp_path: Path) -> Iterator[Bench]:
    with bench(tmp_path) as opened:
        yield opened


@pytest.fixture(scope="module")
def rays_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home that stays: Ray keeps there what its processes know each other by, and makes it once a process."""
    return tmp_path_factory.mktemp("ray")


@pytest.fixture
def local_cluster(rays_home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Executor]:
    monkeypatch.setenv("HOME", str(rays_home))
    yield on_ray("local", jobs=2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Ray lets go of its processes without waiting for them
        gc.collect()


def descendants(pid: int) -> dict[int, str]:
    """Return the processes below one, with their titles."""
    found: dict[int, str] = {}
    pending = [pid]
    while pending:
        parent = pending.pop(0)
        with suppress(OSError):  # it has ended
            tasks = list(Path(f"/proc/{parent}/task").iterdir())
            children = [int(one) for task in tasks for one in (task / "children").read_text().split()]
            found |= {one: Path(f"/proc/{one}/cmdline").read_text(errors="replace") for one in children}
            pending += children
    return found


def _rays(pid: int) -> list[str]:
    """Return the titles of Ray's processes below one; others may be told on their command line where Ray is, too."""
    titles = descendants(pid).values()
    programs = {title: " ".join(title.split("\0")[:3]) for title in titles}
    return [title for title, program in programs.items() if program.startswith("ray::") or "packages/ray/" in program]


@pytest.mark.slow
@needs_ray
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_workers_that_are_killed_in_mid_run_cost_nothing(on: Bench, tmp_path: Path, local_cluster: Executor) -> None:
    path = make_recording(tmp_path / "a.mp4", RecordingOptions(seconds=40))
    killed: list[int] = []

    def kill(_: IndexProgress) -> None:
        if not killed:
            workers = ("ray::index_there", "ray::IDLE")  # and not Ray's own agents, which end this process with them
            killed.extend(pid for pid, title in descendants(os.getpid()).items() if title.startswith(workers))
            for pid in killed:
                os.kill(pid, signal.SIGKILL)

    report = on.run(path, options=TWO_WORKERS, settings=ONE_SECOND_SLICES, on_progress=kill, executor=local_cluster)
    assert killed
    assert (report.indexed, report.failed, report.interrupted) == (1, (), False)
    assert on.windows(Modality.VISUAL, path) == list(range(40))
    (tmp_path / "alone").mkdir()
    with bench(tmp_path / "alone") as alone:
        alone.run(path, options=HERE, settings=ONE_SECOND_SLICES)
        assert on.windows(Modality.AUDIO, path) == alone.windows(Modality.AUDIO, path)
        assert on.vectors() == alone.vectors()


@pytest.mark.slow
@needs_ray
def test_a_crash_costs_one_file_and_no_more(on: Bench, tmp_path: Path, local_cluster: Executor) -> None:
    bad, good = (
        make_recording(tmp_path / f"{name}.mp4", RecordingOptions(seconds=2, colours=colours, has_audio=False))
        for name, colours in (("a", (BLUE, RED)), ("b", (GREEN, BLUE)))
    )
    report = on.run(bad, good, options=IndexOptions(encoders=CRASHING), executor=local_cluster)
    assert report.indexed == 1
    assert [(failed.path, failed.reason) for failed in report.failed] == [
        (bad, "indexing it from 0 s on lost 3 workers (WorkerCrashedError)")
    ]
    assert on.windows(Modality.VISUAL, good) == [0, 1]


@pytest.mark.slow
@needs_ray
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_cluster_ends_when_asked_to_stop(on: Bench, tmp_path: Path, local_cluster: Executor) -> None:
    path = make_recording(tmp_path / "a.mp4", RecordingOptions(seconds=20))
    report = on.run(
        path,
        options=TWO_WORKERS,
        settings=ONE_SECOND_SLICES,
        should_stop=lambda: len(on.told) >= 2,
        executor=local_cluster,
    )
    assert report.interrupted
    assert 2 <= report.seconds < 20
    deadline = time.monotonic() + 10
    while (left := _rays(os.getpid())) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert left == []


def test_a_run_with_nothing_to_do_starts_no_cluster(on: Bench, tmp_path: Path) -> None:
    path = make_recording(tmp_path / "a.mp4")
    on.run(path)
    asked: list[object] = []
    assert on.run(path, executor=lambda *given: asked.append(given) or iter(())).unchanged == 1  # type: ignore
    assert asked == []


def test_a_machine_that_does_not_reach_a_file_says_so(tmp_path: Path) -> None:
    path = make_recording(tmp_path / "a.mp4")
    piece = Slice(probe(path), 0, 0.0, 4.0)
    assert piece.recording.recording_id == fingerprint(path)
    plan = plan_of(HERE)
    assert len(index_there(piece, plan).batches) == 2
    with path.open("ab") as file:
        file.write(b"more")
    with pytest.raises(MediaError, match=r"in the cluster has another file there; make its folder available"):
        index_there(piece, plan)
    path.unlink()
    with pytest.raises(MediaError, match=r"in the cluster does not reach it \(No such file or directory\); make"):
        index_there(piece, plan)


def test_without_ray_there_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(
        LibraryError, match=r"Ray is not installed here; install it with `pip install 'egosearch\[ray\]'`"
    ):
        on_ray("local")


@needs_ray
def test_an_address_where_nobody_is(on: Bench, tmp_path: Path) -> None:
    path = make_recording(tmp_path / "a.mp4")
    began = time.monotonic()
    with pytest.raises(
        LibraryError, match=r"no Ray cluster answers at 127\.0\.0\.1:1 \(.*refused\); check the address"
    ):
        on.run(path, executor=on_ray("127.0.0.1:1"))
    assert time.monotonic() - began < 10
    assert on.catalog.failures() == []
