import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexers.quality import noise_floor, picture_quality, sound_levels, window_sound_quality
from indexers.types import Floats

RATE_HZ = 16_000


def sine(seconds: float, amplitude: float) -> Floats:
    return (amplitude * np.sin(2 * np.pi * 500 * np.arange(round(seconds * RATE_HZ)) / RATE_HZ)).astype(np.float32)


def test_a_full_scale_sine_is_3_db_down() -> None:
    np.testing.assert_allclose(sound_levels(sine(1.0, 1.0), RATE_HZ), np.full(50, -3.01), atol=0.01)


def test_silence_is_the_floor_and_a_rest_counts() -> None:
    levels = sound_levels(np.zeros(RATE_HZ // 50 * 3 + 1, np.float32), RATE_HZ)
    assert levels.dtype == np.float32
    assert levels.tolist() == [-120.0] * 4
    assert len(sound_levels(np.zeros(0, np.float32), RATE_HZ)) == 0


@given(st.floats(1e-3, 1.0), st.integers(1, 2000))
def test_halving_takes_six_decibels(amplitude: float, count: int) -> None:
    samples = np.full(count, amplitude, np.float32)
    half = np.full(count, amplitude / 2, np.float32)
    np.testing.assert_allclose(
        sound_levels(samples, RATE_HZ), sound_levels(half, RATE_HZ) + np.float32(6.02), atol=0.01
    )


def test_the_floor_is_what_lies_under_the_sounds() -> None:
    levels = np.full(50 * 120, -60.0, np.float32)
    levels[::3] = -20.0
    np.testing.assert_allclose(noise_floor(levels), -60.0)


def test_the_floor_follows_the_place() -> None:
    levels = np.concatenate([np.full(50 * 200, -60.0), np.full(50 * 200, -30.0)]).astype(np.float32)
    floor = noise_floor(levels)
    assert floor[50 * 100] == pytest.approx(-60)
    assert floor[50 * 300] == pytest.approx(-30)
    assert floor.shape == levels.shape


@given(st.integers(0, 400), st.floats(-119, 0))
def test_the_floor_of_a_constant_is_that_constant(count: int, level: float) -> None:
    np.testing.assert_allclose(noise_floor(np.full(count, level, np.float32)), np.full(count, level), atol=1e-3)


def test_a_beep_stands_out_of_its_window_only() -> None:
    samples = np.concatenate([sine(2, 0.001), sine(0.1, 0.5), sine(2, 0.001)])
    levels = sound_levels(samples, RATE_HZ)
    starts = np.array([0.0, 1.92, 3.0, 9.0])
    loudness, snr = window_sound_quality(levels, noise_floor(levels), starts, starts + 0.96)
    np.testing.assert_allclose(snr, [0, 54, 0, 0], atol=0.5)
    np.testing.assert_allclose(loudness, [-63, -18.8, -63, -120], atol=0.2)


@given(st.lists(st.floats(-120, 0), max_size=40), st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), max_size=5))
def test_windows_agree_with_the_obvious_way(level_list: list[float], bounds: list[tuple[float, float]]) -> None:
    levels = np.array(level_list, np.float32)
    floor = np.full(len(levels), -90, np.float32)
    starts = np.array([min(pair) for pair in bounds])
    ends = np.array([max(pair) for pair in bounds])
    loudness, snr = window_sound_quality(levels, floor, starts, ends)
    for i in range(len(bounds)):
        inside = levels[round(starts[i] / 0.02) : round(ends[i] / 0.02)]
        power = np.mean(10 ** (inside.astype(float) / 10)) if len(inside) else 0.0
        assert loudness[i] == pytest.approx(10 * np.log10(max(power, 1e-12)), abs=0.01)
        assert snr[i] == pytest.approx(max(0, inside.max() + 90) if len(inside) else 0, abs=0.01)


def test_pictures_from_black_to_white() -> None:
    black, white = np.zeros((240, 320, 3), np.uint8), np.full((240, 320, 3), 255, np.uint8)
    assert picture_quality(black) == (0.0, 0.0)
    assert picture_quality(white) == pytest.approx((0.0, 1.0), abs=1e-3)


def test_blur_takes_the_sharpness() -> None:
    noise = np.random.default_rng(1).integers(0, 255, (160, 200, 3)).astype(np.uint8)
    blurred = np.repeat(np.repeat(noise[::20, ::20], 20, axis=0), 20, axis=1)
    gradient = np.repeat(np.linspace(0, 255, 200).astype(np.uint8)[None, :, None], 160, axis=0).repeat(3, axis=2)
    sharp, middling, flat = (picture_quality(rgb)[0] for rgb in (noise, blurred, gradient))
    assert sharp > 3.5 > middling > 1.5 > flat


@pytest.mark.parametrize("shape", [(1, 1), (2, 500), (1080, 3), (487, 911)])
def test_any_size_is_measured(shape: tuple[int, int]) -> None:
    sharpness, exposure = picture_quality(np.full((*shape, 3), 128, np.uint8))
    assert sharpness == pytest.approx(0, abs=1e-3)
    assert exposure == pytest.approx(0.502, abs=0.001)


@pytest.mark.parametrize("seconds", [19.99, 20.0, 20.01, 45.5])
def test_long_sounds_are_levelled_as_short_ones(seconds: float) -> None:
    samples = np.random.default_rng(3).normal(0, 0.1, round(seconds * RATE_HZ)).astype(np.float32)
    levels = sound_levels(samples, RATE_HZ)
    pieces = [sound_levels(samples[i : i + RATE_HZ], RATE_HZ) for i in range(0, len(samples), RATE_HZ)]
    np.testing.assert_array_equal(levels, np.concatenate(pieces))


@pytest.mark.parametrize("shape", [(160, 200), (452, 804), (1080, 1922), (487, 911)])
def test_pictures_are_measured_as_luma_averaged_over_blocks(shape: tuple[int, int]) -> None:
    rgb = np.random.default_rng(4).integers(0, 256, (*shape, 3), np.uint8)
    factor = round(min(shape) / 160)
    height, width = shape[0] // factor, shape[1] // factor
    luma = rgb[: height * factor, : width * factor] @ np.array([0.299, 0.587, 0.114])
    small = luma.reshape(height, factor, width, factor).mean(axis=(1, 3))
    laplacian = small[:-2, 1:-1] + small[2:, 1:-1] + small[1:-1, :-2] + small[1:-1, 2:] - 4 * small[1:-1, 1:-1]
    expected = (np.log10(1 + laplacian.var()), small.mean() / 255)
    assert picture_quality(rgb) == pytest.approx(expected, abs=1e-4)
