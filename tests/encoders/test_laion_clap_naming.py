"""What can be said of `laion-clap` without its packages: names, windows, samples, and what is missing."""

import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from indexers.encoders import load_encoder
from indexers.encoders.laion_clap.checkpoint import PUBLISHED, named_file
from indexers.encoders.laion_clap.naming import parse
from indexers.encoders.laion_clap.sound import CLIP_SAMPLES, filled, quantised
from indexers.errors import EncoderError
from indexers.types import Clip, Modality, Span
from indexers.windows import SLICE_S

BEST = "630k-audioset-best"


def test_a_name_says_checkpoint_and_windows() -> None:
    usual = parse(BEST)
    assert (usual.name, usual.checkpoint) == (f"laion-clap:{BEST}", BEST)
    assert (usual.window_s, usual.hop_s) == (2, 1)
    asked = parse("/models/mine.pt?window_s=5&hop_s=2.5")
    assert (asked.checkpoint, asked.window_s, asked.hop_s) == (Path("/models/mine.pt"), 5, 2.5)
    assert parse("music_audioset_epoch_15_esc_90.14").checkpoint == "music_audioset_epoch_15_esc_90.14"


@given(window_s=st.integers(10, 100), parts=st.integers(30, 3000))
def test_windows_of_one_to_ten_seconds_are_taken_where_their_hops_fit(window_s: int, parts: int) -> None:
    hop_s = SLICE_S / parts
    asked = f"{BEST}?window_s={window_s / 10}&hop_s={hop_s!r}"
    if hop_s > window_s / 10:
        with pytest.raises(EncoderError, match="apart; set hop_s from"):
            parse(asked)
    else:
        variant = parse(asked)
        assert round(SLICE_S / variant.hop_s) == parts


@pytest.mark.parametrize(
    ("variant", "message"),
    [
        ("", "needs a checkpoint; name one: laion-clap:630k-audioset-best"),
        ("models/mine.pt", "write the file's whole path"),
        ("mine.pt", "write the file's whole path"),
        (f"{BEST}?window_s=0.5", r"last from 1 to 10 s, not 0\.5"),
        (f"{BEST}?window_s=11", "last from 1 to 10 s, not 11"),
        (f"{BEST}?window_s=long", "window_s of laion-clap is a number of seconds, not 'long'"),
        (f"{BEST}?hop_s=nan", "hop_s of laion-clap is a number of seconds, not 'nan'"),
        (f"{BEST}?hop_s=3", r"windows of 2 s cannot be 3 s apart; set hop_s from 0\.1 to 2"),
        (f"{BEST}?hop_s=0", "cannot be 0 s apart"),
        (f"{BEST}?hop_s=0.7", r"no multiple of a hop of 0\.7 s; set hop_s to one that divides it"),
        (f"{BEST}?stride=1", "has no option 'stride'; it has window_s, hop_s"),
        (f"{BEST}?5", "has no option '5'"),
    ],
)
def test_what_cannot_be_is_refused(variant: str, message: str) -> None:
    with pytest.raises(EncoderError, match=message):
        load_encoder(f"laion-clap:{variant}", Modality.AUDIO)


def test_it_is_for_sound() -> None:
    with pytest.raises(EncoderError, match="has nothing for visual; it does audio"):
        load_encoder(f"laion-clap:{BEST}", Modality.VISUAL)


def test_a_checkpoint_that_is_not_here(tmp_path: Path) -> None:
    def missing(variant: str) -> str:
        with pytest.raises(EncoderError) as refused:
            _ = load_encoder(f"laion-clap:{variant}", Modality.AUDIO).space
        return str(refused.value)

    assert f"fetch it once with `egosearch models pull laion-clap:{BEST}`" in missing(BEST)
    assert f"did you mean {BEST}?" in missing("630k-audioset-bst")
    assert "the published ones are 630k-audioset-best, 630k-best" in missing("whale-songs")
    assert "is a checkpoint with fusion" in missing("630k-audioset-fusion-best")
    assert "there is no checkpoint" in missing(str(tmp_path / "none.pt"))


def test_what_is_published_is_where_it_is_looked_for() -> None:
    assert PUBLISHED[0].url == f"https://huggingface.co/lukewys/laion_clap/resolve/main/{BEST}.pt"
    assert [named_file(each.name).name for each in PUBLISHED] == [each.file for each in PUBLISHED]
    assert not any("fusion" in each.name for each in PUBLISHED)


def test_missing_packages_are_named_with_what_brings_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine.pt").write_bytes(b"")
    encoder = load_encoder(f"laion-clap:{tmp_path / 'mine.pt'}", Modality.AUDIO)
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(EncoderError, match=r"needs the package torch; install it: pip install 'egosearch\[clap\]'"):
        encoder.encode_text(["a bell"])


@given(arrays(np.float32, st.integers(0, 50), elements=st.floats(-2, 2, width=32)))
def test_samples_keep_16_bits_towards_zero(samples: NDArray[np.float32]) -> None:
    whole = quantised(samples) * 32767
    assert np.allclose(whole, np.round(whole), atol=1e-2)
    within = np.clip(samples, -1, 1)
    assert np.all(np.abs(quantised(samples)) <= np.abs(within) + 1e-7)
    assert np.all(np.abs(within - quantised(samples)) <= 1 / 32767 + 1e-6)


def test_rounding_by_example() -> None:
    rounded = quantised(np.array([2.0, -2.0, 0.00005, -0.00005, 0.0], np.float32))
    assert np.allclose(rounded, [1, -1, 1 / 32767, -1 / 32767, 0], atol=1e-9)


@given(st.integers(1, 100))
def test_shorter_sounds_are_repeated_whole(tenths: int) -> None:
    samples = np.linspace(0.1, 1, tenths * 4800, dtype=np.float32)
    whole = filled(samples)
    times = CLIP_SAMPLES // len(samples)
    assert whole.shape == (CLIP_SAMPLES,)
    assert np.array_equal(whole[: times * len(samples)].reshape(times, -1), np.tile(samples, (times, 1)))
    assert not whole[times * len(samples) :].any()


def test_odd_lengths() -> None:
    assert not filled(np.zeros(0, np.float32)).any()
    assert filled(np.ones(CLIP_SAMPLES + 7, np.float32)).sum() == CLIP_SAMPLES
    with pytest.raises(ValueError, match="without samples"):
        load_encoder(f"laion-clap:{BEST}", Modality.AUDIO).encode([Clip(Span(0, 2))])
