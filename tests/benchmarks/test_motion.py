"""The benchmark of motion on pictures drawn here, with colours for things."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks import motion
from benchmarks.settings import Settings, Skipped
from tests.media import BLUE, RED, Colour


def draw(path: Path, colour: Colour) -> str:
    texture = np.random.default_rng(0).integers(-20, 20, (60, 80, 1))
    path.parent.mkdir(exist_ok=True)
    Image.fromarray(np.clip(np.array(colour) + texture, 0, 255).astype(np.uint8)).resize((640, 480)).save(path)
    return f"data/{path.name}"


def test_coming_is_told_from_going(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scene, thing = draw(tmp_path / "data" / "scene.jpg", BLUE), draw(tmp_path / "data" / "thing.jpg", RED)
    monkeypatch.setattr(motion, "PLAIN", "toy")
    monkeypatch.setattr(motion, "MOTION", "toy+motion")
    monkeypatch.setattr(motion, "FRAME_RATE_HZ", 2)
    monkeypatch.setattr(motion, "PAIRS", (motion.Pair("red", "red appears", "the red disappears", thing, scene),))
    pairs, things = motion.run(Settings(tmp_path, tmp_path, tmp_path)).tables
    assert [row[2] for row in pairs.rows] == ["2 of 2", "2 of 2", "4 of 4"]
    assert [row[1] for row in things.rows] == ["1 of 1", "1 of 1"]


def test_without_photographs_it_is_skipped(tmp_path: Path) -> None:
    with pytest.raises(Skipped, match="photographs"):
        motion.run(Settings(None, tmp_path, tmp_path))
