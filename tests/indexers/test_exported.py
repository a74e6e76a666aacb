"""Exported models at work, with networks so small that every number is known."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from egosearch.indexing.types import IndexOptions
from egosearch.library import Library
from egosearch.types import Query
from indexers.base import SoundInput
from indexers.encoders import load_encoder
from indexers.encoders.exported.pictures import prepared
from indexers.encoders.exported.settings import ResizeMode, read_settings
from indexers.encoders.exported.sounds import log_mel
from indexers.encoders.exported.texts import Tokenizer, cleaned
from indexers.errors import EncoderError
from indexers.types import Clip, Modality, Span
from tests.exported import PICTURES, SETTINGS, TEXTS_OF_COLOURS, change, make_model, make_sound_model
from tests.media import BLUE, RED, RecordingOptions, make_recording

NAME = "exported:colours-fp16"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of a model that sees colours."""
    monkeypatch.setenv("EGOSEARCH_MODELS", str(tmp_path / "models"))
    load_encoder.cache_clear()
    return make_model(tmp_path / "models" / "exported" / "colours-fp16")


def plain(*colour: int) -> Clip:
    return Clip(Span(0, 1), pictures=(np.full((6, 10, 3), colour, np.uint8),))


def test_pictures_and_texts_meet() -> None:
    encoder = load_encoder(NAME, Modality.VISUAL)
    seen = encoder.encode([plain(255, 0, 0), plain(0, 0, 99)]).dense()
    np.testing.assert_allclose(seen, [[1, 0, 0], [0, 0, 1]], atol=1e-6)
    asked = encoder.encode_text(["Red", "a blue thing", "red and green"]).dense()
    np.testing.assert_allclose(asked, [[1, 0, 0], [0, 0, 1], [0.5**0.5, 0.5**0.5, 0]], atol=1e-6)


def test_a_window_of_several_pictures_is_their_mean() -> None:
    clip = Clip(Span(0, 1), pictures=plain(255, 0, 0).pictures + plain(0, 255, 0).pictures)
    row = load_encoder(NAME, Modality.VISUAL).encode([clip]).dense()[0]
    np.testing.assert_allclose(row, [0.5**0.5, 0.5**0.5, 0], atol=1e-6)
    with pytest.raises(ValueError, match="without a picture"):
        load_encoder(NAME, Modality.VISUAL).encode([Clip(Span(0, 1))])


def test_nothing_in_is_nothing_out() -> None:
    encoder = load_encoder(NAME, Modality.VISUAL)
    assert encoder.encode([]).dense().shape == encoder.encode_text([]).dense().shape == (0, 3)
    assert encoder.affinity("red") == 1
    assert encoder.words(np.ones(3, np.float32), 5) == []


def test_it_works_again_after_it_is_closed() -> None:
    encoder = load_encoder(NAME, Modality.VISUAL)
    before = encoder.encode([plain(9, 8, 7)]).dense()
    encoder.close()
    np.testing.assert_array_equal(encoder.encode([plain(9, 8, 7)]).dense(), before)


def test_the_space_follows_the_weights(folder: Path) -> None:
    space = load_encoder(NAME, Modality.VISUAL).space
    assert (space.model, space.dim, space.window_s, space.distance) == (NAME, 3, 1.0, "cosine")
    load_encoder.cache_clear()
    (folder / "windows.onnx").write_bytes((folder / "windows.onnx").read_bytes() + b"\x00")
    assert load_encoder(NAME, Modality.VISUAL).space.id != space.id


def test_sounds(folder: Path) -> None:
    make_sound_model(folder.parent / "loudness-int8")
    encoder = load_encoder("exported:loudness-int8?window_s=5&hop_s=2.5", Modality.AUDIO)
    assert encoder.input == SoundInput(sample_rate_hz=48_000)
    assert (encoder.space.window_s, encoder.space.hop_s) == (5.0, 2.5)
    noise = np.random.default_rng(1).normal(size=48_000 * 5).astype(np.float32)
    loud, quiet = encoder.encode([Clip(Span(0, 5), samples=noise), Clip(Span(0, 5), samples=noise * 1e-3)]).dense()
    np.testing.assert_allclose(np.linalg.norm([loud, quiet], axis=1), 1, atol=1e-6)
    assert loud[0] > 0 > quiet[0], "above and below 0 dB"
    assert encoder.encode_text(["red"]).dense().shape == (1, 3)
    with pytest.raises(ValueError, match="without samples"):
        encoder.encode([Clip(Span(0, 5))])


def test_what_is_asked_for_is_found(library: Library, tmp_path: Path) -> None:
    film = make_recording(tmp_path / "film.mp4", RecordingOptions(seconds=12, colours=(RED,) * 6 + (BLUE,) * 6))
    report = library.index([film], options=IndexOptions(encoders={Modality.VISUAL: NAME}, jobs=1))
    assert (report.indexed, report.failed) == (1, ())
    best = library.answer(Query("blue", min_confidence=0)).moments[0]
    assert best.span.start_s == pytest.approx(6, abs=1)
    assert best.span.end_s == pytest.approx(12, abs=1)


@pytest.mark.parametrize(
    ("variant", "said"),
    [
        ("", "needs a model; there are colours-fp16"),
        ("colors-fp16", "no exported model 'colors-fp16' on this machine; there are colours-fp16"),
        ("../colours-fp16", "no exported model"),
        ("/no/such/folder", "there is no folder /no/such/folder"),
        ("colours-fp16?window_s=2", "has no options"),
    ],
)
def test_names_that_mean_nothing(variant: str, said: str) -> None:
    with pytest.raises(EncoderError, match=said.replace("?", r"\?")):
        load_encoder(f"exported:{variant}", Modality.VISUAL)


def test_a_machine_without_any(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("EGOSEARCH_MODELS", str(tmp_path / "none"))
    with pytest.raises(EncoderError, match="make one with `egosearch models export`"):
        load_encoder("exported:x", Modality.VISUAL)


def test_another_sense() -> None:
    with pytest.raises(EncoderError, match=r"colours-fp16 has nothing for audio; it does visual"):
        load_encoder(NAME, Modality.AUDIO)


def test_a_folder_anywhere(tmp_path: Path) -> None:
    folder = make_model(tmp_path / "card" / "model")
    assert load_encoder(f"exported:{folder}", Modality.VISUAL).encode([plain(1, 0, 0)]).dense().shape == (1, 3)


def test_settings_come_back_as_they_were(folder: Path) -> None:
    assert read_settings(folder) == SETTINGS


@pytest.mark.parametrize(
    "values", [{"format": "x"}, {"window": {}}, {"modality": "smell"}, {"unknown": 1}, {"text": 3}]
)
def test_damaged_settings(folder: Path, values: dict[str, object]) -> None:
    change(folder, **values)
    with pytest.raises(EncoderError, match=r"does not describe an exported model .* export it again"):
        read_settings(folder)


def test_a_model_of_a_newer_egosearch(folder: Path) -> None:
    change(folder, format=99)
    with pytest.raises(EncoderError, match="exported by a newer egosearch; upgrade egosearch"):
        read_settings(folder)


@pytest.mark.parametrize("file", ["texts.onnx", "tokenizer.json"])
def test_a_damaged_file_is_named(folder: Path, file: str) -> None:
    (folder / file).write_bytes(b"damaged")
    with pytest.raises(EncoderError, match=rf"{file} cannot be (loaded|read) .* export"):
        load_encoder(NAME, Modality.VISUAL).encode_text(["red"])


def test_a_damaged_network_of_windows_is_named(folder: Path) -> None:
    (folder / "windows.onnx").write_bytes(b"damaged")
    with pytest.raises(EncoderError, match=r"windows\.onnx cannot be loaded .* export"):
        load_encoder(NAME, Modality.VISUAL).encode([plain(1, 2, 3)])


def test_a_long_text_keeps_its_end(folder: Path) -> None:
    cut = Tokenizer(folder, replace(TEXTS_OF_COLOURS, longest_tokens=3, end_id=2))
    assert cut("red " * 5).tolist() == [[1, 1, 2]]
    assert cut("blue").tolist() == [[3]]
    filled = Tokenizer(folder, replace(TEXTS_OF_COLOURS, longest_tokens=3, padding_id=0))
    assert filled("blue").tolist() == [[3, 0, 0]]
    assert filled("blue").dtype == np.int64


def test_cleaning() -> None:
    text = "  My “Café”_No.&nbsp;3 \n it’s &amp;lt;b&gt; "
    assert cleaned(text, "none") == text
    assert cleaned(text, "whitespace") == 'My "Café"_No. 3 it\'s <b>'
    assert cleaned(text, "lower") == 'my "café"_no. 3 it\'s <b>'
    assert cleaned(text, "canonicalize") == "my café no 3 its b"


@given(
    st.integers(1, 60), st.integers(1, 60), st.sampled_from(["shortest", "longest", "squash"]), st.sampled_from([8, 12])
)
def test_every_picture_gets_the_networks_size(width: int, height: int, mode: ResizeMode, side: int) -> None:
    settings = replace(PICTURES, resize_mode=mode, width_px=side, height_px=8)
    out = prepared(np.full((height, width, 3), 255, np.uint8), settings)
    assert out.shape == (1, 3, 8, side)
    assert out.dtype == np.float32
    assert out.max() == 1
    if mode != "longest":
        assert out.min() == 1, "nothing is added"


def test_a_wide_picture_is_cut_padded_or_squeezed() -> None:
    thirds = np.repeat(np.array([[[255, 0, 0]] * 8 + [[0, 255, 0]] * 8 + [[0, 0, 255]] * 8], np.uint8), 8, axis=0)
    modes: tuple[ResizeMode, ...] = ("shortest", "longest", "squash")
    cut, padded, squeezed = (prepared(thirds, replace(PICTURES, resize_mode=mode)) for mode in modes)
    assert cut[0, 1].min() == 1, "the middle third is green"
    assert padded[0].sum(axis=0)[0].max() == 0, "grey level 0 above"
    assert squeezed[0, 0, :, 0].min() > 0.9 < squeezed[0, 2, :, -1].min()


def test_a_tone_is_heard_where_it_is() -> None:
    tone = np.sin(2 * np.pi * 3_000 * np.arange(480_000) / 48_000).astype(np.float32)
    filters = np.eye(513, 64, dtype=np.float32)  # the first 64 of 513 lines, 46.875 Hz apart
    mel = log_mel(tone, filters)
    assert mel.shape == (1, 1, 1001, 64)
    assert mel.dtype == np.float32
    assert mel[0, 0, 500].argmax() == 63, "no line of these is nearer to 3 kHz"
    assert log_mel(np.zeros(480_000, np.float32), filters).max() == pytest.approx(-100, abs=1e-3)
    assert log_mel(tone[:480_000], np.eye(513, dtype=np.float32)[:, 32:96])[0, 0, 500].argmax() == 64 - 32
