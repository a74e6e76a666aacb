from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from indexers import seeing
from indexers.base import PictureInput
from indexers.embeddings import SparseRows
from indexers.encoders import load_encoder
from indexers.media import probe
from indexers.seeing import Seeing
from indexers.slices import EncoderChoice, Plan, index_slice
from indexers.testing import COLOURS, ToyColours
from indexers.types import Clip, EmbeddingBatch, Modality, Picture, Recording, Slice
from tests.media import BLUE, GREEN, RED, YELLOW, RecordingOptions, make_recording

TOY = Plan((EncoderChoice(Modality.VISUAL, "toy"),))
DARKER = (170, 30, 30)
"""Red, less so."""


class Counting(ToyColours):
    """The toy, which also counts what it is shown."""

    def __init__(self) -> None:
        super().__init__()
        self.shown = 0

    def encode(self, clips: Sequence[Clip]) -> SparseRows:
        self.shown += len(clips)
        return super().encode(clips)


@pytest.fixture
def recording(tmp_path: Path) -> Recording:
    """Return one with pictures, for its length and size only."""
    return probe(make_recording(tmp_path / "a.mp4", RecordingOptions(has_audio=False)))


def eye(recording: Recording, *, until_s: float = 300.0) -> tuple[Counting, Seeing]:
    encoder = Counting()
    return encoder, Seeing(encoder, PictureInput(1_500), Slice(recording, 0, 0.0, until_s))


def plain(time_s: float, colour: tuple[int, int, int]) -> Picture:
    return Picture(time_s, np.full((36, 64, 3), colour, np.uint8))


def rows_of(path: Path, bounds_s: Sequence[float]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    recording = probe(path)
    pieces = [Slice(recording, i, a, b) for i, (a, b) in enumerate(pairwise(bounds_s))]
    batches: list[EmbeddingBatch] = [index_slice(piece, TOY).batches[0] for piece in pieces]
    index = np.concatenate([batch.index for batch in batches])
    return index, np.concatenate([batch.embeddings.dense() for batch in batches])


def test_windows_between_pictures_that_are_alike_get_the_mix_of_both(recording: Recording) -> None:
    encoder, eyes = eye(recording)
    one, other = plain(0.0, RED), plain(2.0, DARKER)
    assert eyes.is_alike(one, other)
    eyes.bridge(one, other)
    eyes.take(one)
    eyes.take(other)
    batch = eyes.finish()
    assert batch.index.tolist() == [0, 1, 2]
    assert encoder.shown == 2, "none is looked at twice"
    red = batch.embeddings.dense()[:, list(COLOURS).index("red")]
    assert red[0] == pytest.approx(1)
    assert red[1] == pytest.approx(0.25 * red[0] + 0.75 * red[2])  # its middle, 1.5 s, is nearer to the later one
    exposure = batch.quality.exposure
    assert exposure[1] == pytest.approx(0.25 * exposure[0] + 0.75 * exposure[2])


def test_pictures_that_show_different_things_are_not_alike(recording: Recording) -> None:
    _, eyes = eye(recording)
    assert not eyes.is_alike(plain(0.0, RED), plain(2.0, BLUE))
    _, eyes = eye(recording)
    assert not eyes.is_alike(plain(0.0, RED), plain(2.0, (120, 120, 120))), "something, then nothing that it knows"


def test_only_rows_of_concepts_are_mixed(recording: Recording) -> None:
    _, eyes = eye(recording)
    tones = load_encoder("toy", Modality.AUDIO)  # dense; that it is sound does not matter here
    dense = Seeing(tones, PictureInput(1_500), Slice(recording, 0, 0.0, 300.0))
    assert not dense.is_alike(plain(0.0, RED), plain(2.0, RED))
    assert eyes.is_alike(plain(0.0, RED), plain(2.0, RED))


def test_only_windows_of_the_slice_are_bridged(recording: Recording) -> None:
    _, eyes = eye(recording, until_s=2.0)
    one, other = plain(0.5, RED), plain(3.5, RED)
    assert eyes.is_alike(one, other)
    eyes.bridge(one, other)
    assert eyes.finish().index.tolist() == [1]


def test_a_still_picture_is_looked_at_once_a_minute(recording: Recording) -> None:
    encoder, eyes = eye(recording)
    for second in range(125):
        eyes.take(plain(float(second), RED))
    batch = eyes.finish()
    assert len(batch) == 125
    assert encoder.shown == 3
    assert np.ptp(batch.embeddings.dense(), axis=0).max() == 0


def test_a_small_thing_that_appears_is_looked_at(recording: Recording) -> None:
    encoder, eyes = eye(recording)
    empty = plain(0.0, RED).rgb
    with_a_thing = empty.copy()
    with_a_thing[16:18, 30:32] = 200  # a thirtieth of the width
    for second, rgb in enumerate([empty, empty, with_a_thing, with_a_thing, empty]):
        eyes.take(Picture(float(second), rgb))
    eyes.finish()
    assert encoder.shown == 3


def test_slow_change_does_not_creep_in(recording: Recording) -> None:
    encoder, eyes = eye(recording)
    for second in range(40):
        eyes.take(plain(float(second), (120 + second, 30, 30)))
    eyes.finish()
    assert encoder.shown == 40 / (seeing.STILL_LEVELS + 1), "compared with what was looked at, not with the one before"


@pytest.mark.parametrize("colours", [(RED,), (RED, DARKER), (RED, GREEN, BLUE, YELLOW), (RED, RED, RED, DARKER, BLUE)])
def test_slices_equal_the_whole_exactly(tmp_path: Path, colours: tuple[tuple[int, int, int], ...]) -> None:
    # Key frames every 1.9 s do not fall on the minute: windows on either side of it share what lies across.
    options = RecordingOptions(seconds=130, frame_rate_hz=10, group_s=1.9, colours=colours, has_audio=False)
    path = make_recording(tmp_path / "a.mp4", options)
    whole_index, whole = rows_of(path, [0, 130])
    index, rows = rows_of(path, [0, 60, 120, 130])
    assert index.tolist() == whole_index.tolist() == list(range(130))
    np.testing.assert_array_equal(rows, whole)


def test_second_k_has_colour_k_with_a_key_frame_every_two(tmp_path: Path) -> None:
    path = make_recording(tmp_path / "a.mp4", RecordingOptions(seconds=8, group_s=2))
    _, rows = rows_of(path, [0, 8])
    assert [list(COLOURS)[i] for i in rows.argmax(axis=1)] == ["red", "green", "blue", "yellow"] * 2
