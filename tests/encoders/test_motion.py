"""OpenCLIP that knows motion: a recording asked for a change and for a sight."""

from pathlib import Path

import numpy as np
import pytest

from egosearch.indexing.types import IndexOptions
from egosearch.library import Library
from egosearch.types import Query
from indexers.encoders import load_encoder
from indexers.media.write import write_recording
from indexers.types import Modality
from tests.encoders import tiny_clip
from tests.media import BLUE, RED

pytest.importorskip("open_clip")


def test_turning_blue_is_told_from_turning_red(library: Library, tmp_path: Path) -> None:
    model = tiny_clip.build(tmp_path / "configs")
    name = f"open-clip:{tiny_clip.save_folder(model, tmp_path / 'tiny')}?resize=longest+motion"
    space = load_encoder(name, Modality.VISUAL).space
    assert (space.layout, space.dim, space.window_s) == ("dense", 2 * tiny_clip.DIM + 1, 4.0)
    assert space.model.endswith("+motion")
    assert load_encoder(space.model, Modality.VISUAL).space == space, "it is found again by the name that is kept"
    texture = np.random.default_rng(0).integers(-20, 20, (90, 160, 1))
    colours = [RED] * 12 + [BLUE] * 12 + [RED] * 12
    frames = (np.clip(np.array(colour) + texture, 0, 255).astype(np.uint8) for colour in colours for _ in range(4))
    film = tmp_path / "film.mp4"
    sound = np.zeros(36 * 32_000, np.float32)
    write_recording(film, frames=frames, frame_rate_hz=4, samples=sound, sample_rate_hz=32_000, recorded_at=None)
    library.index([film], options=IndexOptions(encoders={Modality.VISUAL: name}, jobs=1))
    for text, at_s in (("turning blue", 12.0), ("turning red", 24.0)):
        best = library.answer(Query(text, min_confidence=0)).moments[0]
        assert best.span.start_s < at_s < best.span.end_s
    assert library.answer(Query("blue", min_confidence=0)).moments[0].span.start_s == pytest.approx(12, abs=3)
