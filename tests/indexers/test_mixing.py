import av
import numpy as np
import pytest
from av.audio.resampler import AudioResampler

from indexers.media.mixing import is_plain, mixing_gain

RATE_HZ = 48_000


def frame(layout: str, kind: str) -> av.AudioFrame:
    channels = {"mono": 1, "stereo": 2}[layout]
    samples = np.random.default_rng(6).uniform(-1, 1, (channels, 1024)).astype(np.float32)
    shaped = samples if kind.endswith("p") else samples.T.reshape(1, -1)
    made = av.AudioFrame.from_ndarray(np.ascontiguousarray(shaped), kind, layout)
    made.sample_rate = RATE_HZ
    return made


@pytest.mark.parametrize("kind", ["flt", "fltp"])
def test_what_needs_no_mixing_is_what_mixing_would_give(kind: str) -> None:
    plain = frame("mono", kind)
    assert is_plain(plain)
    [mixed] = AudioResampler("flt", "mono", RATE_HZ).resample(plain)
    np.testing.assert_array_equal(plain.to_ndarray()[0], mixed.to_ndarray()[0] / mixing_gain("mono"))


def test_several_channels_and_integers_are_mixed() -> None:
    assert not is_plain(frame("stereo", "fltp"))
    integers = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.int16), "s16", "mono")
    assert not is_plain(integers)
