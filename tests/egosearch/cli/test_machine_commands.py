"""`doctor` and `tui`."""

import importlib.metadata
import json
import shutil
import tempfile
from collections.abc import Callable
from importlib.metadata import EntryPoint
from pathlib import Path
from types import SimpleNamespace

import pytest

from egosearch.cli import doctor
from indexers.encoders import runtime
from tests.egosearch.cli.conftest import Run


def test_doctor_finds_this_machine_well(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "library"
    outcome = run("doctor", "--library", folder)
    assert (outcome.code, outcome.stderr) == (0, "")
    lines = outcome.stdout.splitlines()
    assert all(line.startswith("ok       ") for line in lines)
    assert f"ok       library folder: {folder} (not made yet)" in lines
    assert not folder.parent.exists()


def test_doctor_as_json(run: Run, tmp_path: Path) -> None:
    findings = json.loads(run("doctor", "--json", "--library", tmp_path).stdout)
    assert {"Python", "onnxruntime", "decoders", "weights", "network yamnet.onnx"} <= {one["check"] for one in findings}
    assert all(set(one) == {"check", "ok", "detail", "remedy"} for one in findings)


def test_doctor_names_damaged_weights(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SHA256SUMS", "minilm-tokenizer.json"):
        shutil.copy(runtime.WEIGHTS / name, tmp_path / name)
    (tmp_path / "yamnet.onnx").write_bytes(b"not what was shipped")
    monkeypatch.setattr(runtime, "WEIGHTS", tmp_path)
    outcome = run("doctor", "--library", tmp_path / "library")
    assert outcome.code == 4
    problems = [line for line in outcome.stdout.splitlines() if line.startswith("problem  ")]
    assert "yamnet.onnx" in problems[0]
    assert "missing or damaged; reinstall" in problems[0]
    assert sum("network" in line for line in problems) == 4, "each network is tried"
    assert outcome.stderr == "5 problems found.\n"


def test_doctor_finds_a_folder_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_: object) -> None:
        raise PermissionError(13, "Permission denied")

    assert doctor.writable(tmp_path).remedy is None
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setattr(tempfile, "NamedTemporaryFile", refuse)
    assert "chmod" in (doctor.writable(tmp_path).remedy or "")


@pytest.mark.parametrize(("free_bytes", "is_enough"), [(10**8, False), (10**10, True)])
def test_doctor_looks_at_the_space(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free_bytes: int, *, is_enough: bool
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=free_bytes))
    finding = doctor.free_space(tmp_path / "not" / "there")
    assert (finding.remedy is None) == is_enough


def _no_package(name: str) -> str:
    raise importlib.metadata.PackageNotFoundError(name)


def test_doctor_names_missing_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.metadata, "version", _no_package)
    assert all(finding.remedy for finding in doctor.packages())


def _entry_points(*points: EntryPoint) -> Callable[..., tuple[EntryPoint, ...]]:
    return lambda **_: points


LAUNCHED: list[Path] = []


def test_tui_launches_what_is_registered(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    point = EntryPoint("tui", f"{__name__}:LAUNCHED.append", "egosearch.front_ends")
    monkeypatch.setattr(importlib.metadata, "entry_points", _entry_points(point))
    LAUNCHED.clear()
    assert run("tui", "--library", tmp_path).code == 0
    assert [tmp_path] == LAUNCHED


@pytest.mark.parametrize("points", [(), (EntryPoint("tui", "no_such_package:launch", "egosearch.front_ends"),)])
def test_tui_without_the_browser(run: Run, monkeypatch: pytest.MonkeyPatch, points: tuple[EntryPoint, ...]) -> None:
    monkeypatch.setattr(importlib.metadata, "entry_points", _entry_points(*points))
    outcome = run("tui")
    assert (outcome.code, outcome.stdout) == (4, "")
    assert "reinstall with `pip install egosearch`" in outcome.stderr
