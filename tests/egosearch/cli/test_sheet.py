"""`egosearch sheet`."""

from pathlib import Path

import pytest
from PIL import Image

from tests.egosearch.cli.conftest import Run
from tests.egosearch.clips.made import made


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EGOSEARCH_LIBRARY", str(made() / "library"))


def test_a_sheet_of_a_query(run: Run, tmp_path: Path) -> None:
    outcome = run("sheet", "blue", "--min-confidence", "0", "--limit", "3")
    assert (outcome.code, outcome.stdout, outcome.stderr) == (0, "sheet_blue.png\n", "")
    with Image.open(tmp_path / "sheet_blue.png") as sheet:
        assert sheet.format == "PNG"


@pytest.mark.parametrize("named", ["kitchen.mp4", "id", "path"])
def test_a_sheet_of_a_recording(run: Run, tmp_path: Path, named: str) -> None:
    path = made() / "films" / "kitchen.mp4"
    text = {"kitchen.mp4": "kitchen.mp4", "id": _id(run), "path": str(path)}[named]
    outcome = run("sheet", text, "--every", "2", "--output", "k.png")
    assert (outcome.code, outcome.stdout) == (0, "k.png\n")
    with Image.open(tmp_path / "k.png") as sheet:
        width, height = sheet.size
    assert run("sheet", text, "--every", "5", "--output", "k.png", "--force").code == 0
    with Image.open(tmp_path / "k.png") as fewer:
        assert fewer.size < (width, height)


def _id(run: Run) -> str:
    return next(line.split()[1] for line in run("show", "kitchen.mp4").stdout.splitlines() if line.startswith("id "))[
        :8
    ]


@pytest.mark.parametrize(
    ("arguments", "code", "reason"),
    [
        (["blue", "--min-confidence", "1"], 1, "Nothing in this library matches"),
        (["nowhere.mp4"], 2, "no recording matches"),
        (["voice.m4a"], 2, "has no pictures"),
        (["blue", "-o", "x.jpg"], 2, "let it end in .png"),
        (["kitchen.mp4", "--every", "0.001"], 2, "--every"),
    ],
)
def test_what_cannot_be_drawn_is_said(run: Run, arguments: list[str], code: int, reason: str) -> None:
    outcome = run("sheet", *arguments)
    assert (outcome.code, outcome.stdout) == (code, "")
    assert reason in outcome.stderr
