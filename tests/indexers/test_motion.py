from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from egosearch.indexing.types import IndexOptions
from egosearch.library import Library
from indexers.base import PictureInput
from indexers.embeddings import DenseRows, SparseRows
from indexers.encoders import load_encoder
from indexers.encoders.motion import CHANGE, FRAMES, Motion
from indexers.errors import EncoderError
from indexers.media.write import write_recording
from indexers.testing import COLOURS, ToyColours
from indexers.types import Clip, EmbeddingSpace, Floats, Modality, Span
from tests.media import BLUE, RED, Colour

NAMES = list(COLOURS)


class Sides:
    """A dense toy: a picture is its mean colour, a text the colours that it names; both as they are, of any length."""

    input = PictureInput(1_500)
    space = EmbeddingSpace(Modality.VISUAL, "sides", "none", "sides-1", 1.0, 1.0, 3, "dense", "cosine")

    def __init__(self) -> None:
        self.shown = 0

    def encode(self, clips: Sequence[Clip]) -> DenseRows:
        self.shown += len(clips)
        return DenseRows(np.array([clip.pictures[0].mean(axis=(0, 1)) for clip in clips], np.float32).reshape(-1, 3))

    def encode_text(self, texts: Sequence[str]) -> DenseRows:
        rows = [sum((np.array(COLOURS[w]) for w in text.split() if w in COLOURS), np.full(3, 9.0)) for text in texts]
        return DenseRows(np.array(rows, np.float32))

    def affinity(self, text: str) -> float:
        return 0.5

    def words(self, row: Floats, limit: int) -> list[tuple[str, float]]:
        return [(("r", "g", "b")[i], float(row[i])) for i in np.argsort(-row)[:limit] if row[i] > 0]

    def close(self) -> None: ...


def clip(*colours: Colour) -> Clip:
    return Clip(Span(0, len(colours)), pictures=tuple(np.full((9, 16, 3), colour, np.uint8) for colour in colours))


def similarities(encoder: Motion, clips: Sequence[Clip], text: str) -> list[float]:
    rows = encoder.encode(clips)
    assert rows.dim == encoder.space.dim
    return [float(one) for one in rows.dot(encoder.encode_text([text]).dense()[0])]


COLOUR = st.sampled_from(["red", "green", "blue", "yellow"])


@given(COLOUR, COLOUR, st.integers(1, 3), st.sampled_from([ToyColours, Sides]))
def test_time_the_other_way_round_swaps_the_answers(
    one: str, other: str, at: int, inner: type[ToyColours] | type[Sides]
) -> None:
    encoder = Motion(inner())
    colours = [COLOURS[one]] * at + [COLOURS[other]] * (FRAMES - at)
    there, back = clip(*colours), clip(*reversed(colours))
    to_other, to_one = (similarities(encoder, [there, back], f"turning {name}") for name in (other, one))
    assert similarities(encoder, [there], one) == pytest.approx(similarities(encoder, [back], one)), "sights are alike"
    if one == other:
        assert to_other[0] == pytest.approx(to_other[1])
    else:
        assert to_other[0] > to_other[1]
        assert to_one[1] > to_one[0]


def test_single_pictures_cannot_tell_them() -> None:
    toy = ToyColours()
    there, back = clip(RED, RED, BLUE, BLUE), clip(BLUE, BLUE, RED, RED)
    for text in ("turning red", "turning blue"):
        one, other = toy.encode([there, back]).dot(toy.encode_text([text]).dense()[0])
        assert one == pytest.approx(other)


@given(st.lists(COLOUR, min_size=1, max_size=6))
def test_asked_for_a_sight_a_window_is_what_its_pictures_are_on_average(names: list[str]) -> None:
    toy = ToyColours()
    window = clip(*(COLOURS[name] for name in names))
    (similarity,) = similarities(Motion(toy), [window], "red")
    single = toy.encode([clip(COLOURS[name]) for name in names]).dot(toy.encode_text(["red"]).dense()[0])
    assert similarity == pytest.approx(float(single.mean()), abs=1e-6)


@given(st.lists(st.tuples(*[st.integers(1, 255)] * 3), min_size=1, max_size=6), COLOUR)
def test_a_dense_window_keeps_the_cosine_of_its_sight(colours: list[Colour], name: str) -> None:
    inner = Sides()
    encoder, window = Motion(inner), clip(*colours)
    row = encoder.encode([window]).dense()[0]
    assert row.shape == (7,)
    assert np.linalg.norm(row) == pytest.approx(1, abs=1e-5)
    rows = inner.encode([clip(colour) for colour in colours]).dense()
    mean = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).mean(axis=0)
    asked, whole = (one.encode_text([name]).dense()[0] for one in (inner, encoder))
    cosine = asked @ mean / np.linalg.norm(asked) / np.linalg.norm(mean)
    assert row @ whole / np.linalg.norm(whole) == pytest.approx(cosine * np.sqrt(0.5), abs=1e-5)


def test_the_worked_example() -> None:
    encoder = Motion(ToyColours())
    row = encoder.encode([clip(RED, BLUE)]).dense()[0].reshape(3, len(NAMES))
    for part, (red, blue) in zip(row, ((0.5, 0.5), (0, 1), (1, 0)), strict=True):
        assert part[[NAMES.index("red"), NAMES.index("blue")]] == pytest.approx([red, blue], abs=0.01)
    asked = encoder.encode_text(["putting the red cup on the table"]).dense()[0].reshape(3, len(NAMES))
    assert asked[:, NAMES.index("red")] == pytest.approx([1 - CHANGE, CHANGE, 0])
    assert asked.sum() == pytest.approx(1), "it weighs as much as the text without motion"


def test_what_the_encoder_cannot_tell_apart_is_asked_for_as_a_sight() -> None:
    asked = Motion(ToyColours()).encode_text(["opening the red door"]).dense()[0].reshape(3, len(NAMES))
    assert asked[0, NAMES.index("red")] == 1
    assert not asked[1:].any()


def test_a_single_picture_changes_nothing() -> None:
    row = Motion(ToyColours()).encode([clip(RED)]).dense()[0].reshape(3, len(NAMES))
    assert row[0].any()
    assert not row[1:].any()


def test_a_picture_in_several_windows_is_encoded_once() -> None:
    inner = Sides()
    pictures = clip(*[RED, BLUE] * 4).pictures
    windows = [Clip(Span(i, i + FRAMES), pictures=pictures[i : i + FRAMES]) for i in range(5)]
    assert len(Motion(inner).encode(windows)) == 5
    assert inner.shown == 8


def test_no_windows_and_no_texts_are_no_rows() -> None:
    for inner in (Sides(), ToyColours()):
        encoder = Motion(inner)
        assert len(encoder.encode([])) == 0
    with pytest.raises(ValueError, match="without a picture"):
        Motion(Sides()).encode([Clip(Span(0, 1))])


def test_words_say_what_appears_and_what_goes() -> None:
    for inner, red, blue in ((ToyColours(), "red", "blue"), (Sides(), "r", "b")):
        encoder = Motion(inner)
        words = [word for word, _ in encoder.words(encoder.encode([clip(RED, RED, BLUE, BLUE)]).dense()[0], 4)]
        assert {red, blue, f"appears: {blue}", f"goes: {red}"} == set(words)
        still = [word for word, _ in encoder.words(encoder.encode([clip(RED, RED)]).dense()[0], 4)]
        assert not any(":" in word for word in still)
        assert encoder.affinity("red") == inner.affinity("red")


def test_names_and_spaces() -> None:
    inner, encoder = (load_encoder(name, Modality.VISUAL) for name in ("concepts", "concepts+motion"))
    assert encoder.space.model == "concepts+motion"
    assert encoder.space.id != inner.space.id
    assert (encoder.space.dim, encoder.space.window_s, encoder.space.hop_s) == (3240, 4.0, 1.0)
    assert load_encoder("toy:other+motion", Modality.VISUAL).space.model == "toy:other+motion"
    rows = SparseRows.from_dense(np.ones((1, encoder.space.dim), np.float32), above=0)
    assert rows.indices.max() == 3239


@pytest.mark.parametrize(
    ("name", "modality", "message"),
    [
        ("toy+motion", Modality.AUDIO, r"\+motion is for encoders of pictures; name toy without it"),
        ("toy+motion", Modality.SPEECH, "encoders of pictures"),
        ("toy+motion+motion", Modality.VISUAL, r"toy\+motion sees several pictures a window itself"),
        ("tie+motion", Modality.VISUAL, "there is no encoder 'tie'"),
        ("+motion", Modality.VISUAL, "there is no encoder ''"),
    ],
)
def test_what_motion_cannot_be_added_to(name: str, modality: Modality, message: str) -> None:
    with pytest.raises(EncoderError, match=message):
        load_encoder(name, modality)


def test_a_library_tells_turning_red_from_turning_blue(tmp_path: Path) -> None:
    texture = np.random.default_rng(0).integers(-20, 20, (90, 160, 1))
    colours = [RED] * 12 + [BLUE] * 12 + [RED] * 12
    frames = (np.clip(np.array(colour) + texture, 0, 255).astype(np.uint8) for colour in colours for _ in range(4))
    path = tmp_path / "a.mp4"
    sound = np.zeros(36 * 32_000, np.float32)
    write_recording(path, frames=frames, frame_rate_hz=4, samples=sound, sample_rate_hz=32_000, recorded_at=None)
    with Library.open(tmp_path / "library") as library:
        library.index([path], options=IndexOptions(encoders={Modality.VISUAL: "toy+motion"}, jobs=1))
        for text, at_s in (("turning blue", 12.0), ("turning red", 24.0)):
            (moment,) = library.search(text)
            assert moment.span.start_s < at_s < moment.span.end_s
            assert moment.span.duration_s <= 8
            assert moment.evidence[0].words[0] == f"appears: {text.removeprefix('turning ')}"
        assert [round(moment.span.start_s) < 12 for moment in library.search("red")].count(True) == 1
        assert len(library.search("red")) == 2, "a sight is found as without motion"
