"""The memory benchmark on two minutes of small frames: that it sees the workers, and adds up rightly."""

import sys
from pathlib import Path

import pytest

from benchmarks import memory
from benchmarks.footprint import Footprint, descent, footprint
from benchmarks.processes import Cost, measure
from benchmarks.settings import Settings

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="memory is known on Linux only")


def seen(at_s: float, program: int, *workers: int) -> Footprint:
    return Footprint(at_s, program, workers, program + sum(workers))


def test_all_processes_are_added_up() -> None:
    assert seen(1.0, 100, 30, 20).total_bytes == 150


def test_a_run_is_cut_into_equal_parts() -> None:
    run = [seen(at_s, 1) for at_s in (0.5, 1.0, 4.0, 9.9, 10.0)]
    assert [[one.at_s for one in part] for part in memory.parts(run, 5)] == [[0.5, 1.0], [4.0], [9.9, 10.0]]
    assert memory.parts([], 5) == []


def test_each_column_is_a_maximum() -> None:
    run = (seen(1.0, 200_000_000, 10_000_000), seen(2.0, 50_000_000, 90_000_000, 80_000_000))
    cost = Cost(2.0, 3.0, 0, (), 0, "", run)
    text = memory.report(cost, 7200, "mkv file of 1.0 GB", 2).markdown()
    assert "| most | 220 | 200 | 90 | 220 |" in text
    assert "One mkv file of 1.0 GB, indexed at 3600 x real time." in text


def test_a_system_that_does_not_say_is_reported() -> None:
    text = memory.report(Cost(2.0, 3.0, 0, (), 0, ""), 7200, "mkv file of 1.0 GB", 2).markdown()
    assert "does not say how much memory" in text


@linux_only
def test_what_a_program_starts_is_seen() -> None:
    child = "import time; block = bytearray(40_000_000); time.sleep(2.2)"
    script = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    cost = measure([sys.executable, "-c", script])
    assert max(one.workers_bytes[0] for one in cost.footprints if one.workers_bytes) > 40_000_000
    assert cost.most_bytes < max(one.resident_bytes for one in cost.footprints)


def test_what_is_over_has_no_footprint() -> None:
    over = 2**22 + 1  # beyond the largest process number there is
    assert list(descent(over)) == []
    assert footprint(over, 0.0) is None


@linux_only
def test_a_recording_is_made_indexed_and_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(None, tmp_path / "work", tmp_path / "cache")
    settings.work.mkdir()
    monkeypatch.setattr(memory, "CLIP_S", 4)
    text = memory.run(settings, hours=1 / 30, height_px=72).markdown()
    assert "Memory while 0.033 h are indexed with 2 jobs" in text
    assert "| most |" in text
    assert list(settings.work.iterdir()) == []
