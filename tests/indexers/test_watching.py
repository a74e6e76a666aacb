from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexers import encoders, slices
from indexers.base import Encoder, PictureInput
from indexers.embeddings import DenseRows
from indexers.media import probe
from indexers.slices import EncoderChoice, Plan, index_slice
from indexers.testing import ToyColours
from indexers.types import Clip, EmbeddingBatch, EmbeddingSpace, Modality, Picture, Recording, Slice
from indexers.watching import Watching, picture_spacing_s
from tests.media import BLUE, GREEN, RED, YELLOW, Colour, RecordingOptions, make_recording

SPACE = EmbeddingSpace(Modality.VISUAL, "reds", "none", "reds-1", 2.0, 1.0, 4, "dense", "cosine")


class Reds:
    """How red each of a window's four pictures is; it counts what it is shown."""

    def __init__(self, *, window_s: float = 2.0, frames: int = 4) -> None:
        self.input = PictureInput(1_500, frames=frames)
        self.space = replace(SPACE, window_s=window_s, dim=frames)
        self.shown = 0
        self.sizes: list[int] = []

    def encode(self, clips: Sequence[Clip]) -> DenseRows:
        self.shown += len(clips)
        self.sizes += [len(clip.pictures) for clip in clips]
        reds = [[float(picture[..., 0].mean()) for picture in clip.pictures] for clip in clips]
        return DenseRows(np.array(reds, np.float32).reshape(-1, self.space.dim))

    def encode_text(self, texts: Sequence[str]) -> DenseRows:
        return DenseRows(np.zeros((len(texts), self.space.dim), np.float32))

    def affinity(self, text: str) -> float:
        return 1.0

    def words(self, row: np.ndarray, limit: int) -> list[tuple[str, float]]:
        return []

    def close(self) -> None: ...


@pytest.fixture
def recording(tmp_path: Path) -> Recording:
    """Return one of 70 s with a picture every half second, for its length and size only."""
    return probe(make_recording(tmp_path / "a.mp4", RecordingOptions(seconds=70, has_audio=False, frame_rate_hz=2)))


def plain(time_s: float, red: int) -> Picture:
    return Picture(time_s, np.full((36, 64, 3), (red, 30, 30), np.uint8))


def shown(encoder: Encoder, recording: Recording, pictures: Sequence[Picture], *, until_s: float) -> EmbeddingBatch:
    assert isinstance(encoder.input, PictureInput)
    eye = Watching(encoder, encoder.input, Slice(recording, 0, 0.0, until_s))
    for picture in pictures:
        eye.take(picture)
    return eye.finish()


def test_a_window_shows_pictures_evenly_spread_over_it(recording: Recording) -> None:
    batch = shown(Reds(), recording, [plain(i / 2, 10 * i) for i in range(10)], until_s=3.0)
    assert batch.index.tolist() == [0, 1, 2]
    assert batch.end_s.tolist() == [2.0, 3.0, 4.0]
    assert batch.embeddings.dense().tolist() == [[0, 10, 20, 30], [20, 30, 40, 50], [40, 50, 60, 70]]


def test_what_is_missing_is_as_it_was_before(recording: Recording) -> None:
    pictures = [plain(time_s, red) for time_s, red in ((0.5, 10), (1.0, 20), (2.0, 40))]
    batch = shown(Reds(), recording, pictures, until_s=9.0)
    assert batch.index.tolist() == [0, 1, 2], "where there is no picture at all, there is no window"
    assert batch.embeddings.dense().tolist() == [[10, 10, 20, 20], [20, 20, 40, 40], [40, 40, 40, 40]]


def test_windows_that_are_still_are_looked_at_once_a_minute(recording: Recording) -> None:
    encoder = Reds()
    batch = shown(encoder, recording, [plain(i / 2, 100) for i in range(140)], until_s=70.0)
    assert len(batch) == 69, "the last is the first that reaches the end"
    # The first of either minute, and the one across: its pictures belong to both.
    assert encoder.shown == 3
    assert np.ptp(batch.embeddings.dense()) == 0


def test_every_window_in_which_anything_moves_is_looked_at(recording: Recording) -> None:
    encoder = Reds()
    reds = [100] * 8 + [110] * 8 + [100] * 8
    batch = shown(encoder, recording, [plain(i / 2, red) for i, red in enumerate(reds)], until_s=11.0)
    rows = batch.embeddings.dense()
    assert rows[3].tolist() == [100, 100, 110, 110]
    assert rows[7].tolist() == [110, 110, 100, 100]
    assert encoder.shown == 5, "three kinds of still window, and the two changes"


def test_quality_is_that_of_all_pictures(recording: Recording) -> None:
    batch = shown(Reds(), recording, [plain(i / 2, 30 if i < 2 else 130) for i in range(4)], until_s=1.0)
    dark, light = (shown(Reds(), recording, [plain(0.0, red)], until_s=1.0).quality.exposure[0] for red in (30, 130))
    assert batch.quality.exposure[0] == pytest.approx((dark + light) / 2)


@given(
    st.sampled_from([0.5, 1.0, 2.0]), st.sampled_from([1.0, 1.5, 2.0, 3.0, 4.0]), st.integers(2, 12), st.integers(0, 99)
)
def test_pictures_are_near_the_times_wanted(hop_s: float, share: float, frames: int, window: int) -> None:
    space = replace(SPACE, hop_s=hop_s, window_s=share * hop_s)
    spacing_s = picture_spacing_s(PictureInput(1_500, frames=frames), space)
    step_s = space.window_s / frames
    assert spacing_s <= step_s * (1 + 1e-9) or spacing_s == pytest.approx(hop_s)
    assert hop_s / spacing_s == pytest.approx(round(hop_s / spacing_s)), "windows begin where cells do"
    assert spacing_s * 2 > min(step_s, hop_s), "no more pictures are decoded than needed"


def test_one_picture_a_window_is_one_a_hop() -> None:
    assert picture_spacing_s(PictureInput(1_500), replace(SPACE, window_s=3.0)) == SPACE.hop_s


COLOURS: tuple[tuple[Colour, ...], ...] = ((RED,), (RED, GREEN, BLUE, YELLOW), (RED, RED, RED, BLUE, BLUE))


@pytest.mark.parametrize("colours", COLOURS)
@pytest.mark.parametrize(("window_s", "frames"), [(2.0, 4), (4.0, 2), (1.0, 2)])
def test_slices_equal_the_whole_exactly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, colours: tuple[Colour, ...], window_s: float, frames: int
) -> None:
    monkeypatch.setattr(slices, "load_encoder", lambda name, modality: Reds(window_s=window_s, frames=frames))
    options = RecordingOptions(seconds=125, frame_rate_hz=4, group_s=1.9, colours=colours, has_audio=False)
    recording = probe(make_recording(tmp_path / "a.mp4", options))
    plan = Plan((EncoderChoice(Modality.VISUAL, "reds"),))

    def rows(bounds_s: Sequence[float]) -> tuple[list[int], np.ndarray]:
        pieces = [Slice(recording, i, a, b) for i, (a, b) in enumerate(pairwise(bounds_s))]
        batches = [index_slice(piece, plan).batches[0] for piece in pieces]
        index = [i for batch in batches for i in batch.index.tolist()]
        return index, np.concatenate([batch.embeddings.dense() for batch in batches])

    whole_index, whole = rows([0, 125])
    index, parts = rows([0, 60, 120, 125])
    assert index == whole_index == list(range(round(125 - window_s) + 1))
    np.testing.assert_array_equal(parts, whole)


def test_an_encoder_of_single_pictures_is_shown_the_same_beside_one_of_several(tmp_path: Path) -> None:
    options = RecordingOptions(seconds=12, colours=(RED, RED, BLUE, GREEN), group_s=2, has_audio=False)
    recording = probe(make_recording(tmp_path / "a.mp4", options))
    piece = Slice(recording, 0, 0.0, 12.0)
    one, other = (EncoderChoice(Modality.VISUAL, name) for name in ("toy", "toy+motion"))
    (alone,) = index_slice(piece, Plan((one,))).batches
    beside, motion = index_slice(piece, Plan((one, other))).batches
    assert (alone.space.model, beside.space.model, motion.space.model) == ("toy", "toy", "toy+motion")
    np.testing.assert_array_equal(beside.embeddings.dense(), alone.embeddings.dense())
    np.testing.assert_array_equal(beside.quality.sharpness, alone.quality.sharpness)
    assert len(alone) == 12


def test_every_clip_has_as_many_pictures_as_were_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    encoder = Reds(window_s=1.0, frames=8)
    monkeypatch.setattr(slices, "load_encoder", lambda name, modality: encoder)
    options = RecordingOptions(seconds=5, frame_rate_hz=20, has_audio=True)
    recording = probe(make_recording(tmp_path / "a.mp4", options))
    result = index_slice(Slice(recording, 0, 0.0, 5.0), Plan((EncoderChoice(Modality.VISUAL, "reds"),)))
    assert len(result.batches[0]) == 5
    assert set(encoder.sizes) == {8}
    assert len(result.levels_db) == 250, "sound is measured beside"


def test_toys_are_single_pictures() -> None:
    assert ToyColours().input.frames == 1
    assert encoders.load_encoder("toy+motion", Modality.VISUAL).input == PictureInput(1_500, frames=4)
