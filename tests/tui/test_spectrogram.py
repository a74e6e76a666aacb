import doctest
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.segment import Segment

from egosearch.errors import MediaError
from indexers.spectrum import Spectrum
from indexers.types import Span
from tests.tui.driving import Driver, browsing, text_of
from tests.tui.fake_library import FakeLibrary
from tui import shading
from tui.screens.moment import MomentScreen
from tui.widgets.sound_strip import SoundStrip
from tui.widgets.spectrogram import Spectrogram

BLACK, BLUE, WHITE = (0, 0, 0), (0, 100, 200), (255, 255, 255)


def spectrum_with(levels_db: list[list[float]], start_s: float = 0.0) -> Spectrum:
    return Spectrum(0.5, np.array(levels_db, np.float32), start_s, 125.0, 7500.0)


def test_examples_in_docstrings() -> None:
    assert doctest.testmod(shading, extraglobs={"np": np}).failed == 0


def test_time_goes_across_and_frequencies_up() -> None:
    spectrum = spectrum_with([[-20, -90, -90, -90], [-90, -90, -90, -20], [-90, -90, -90, -90]])
    drawn = shading.shares(spectrum, Span(0, 2), 4, 2)
    np.testing.assert_array_equal(drawn[:, :3], [[0, 1, 0], [1, 0, 0]])
    assert np.isnan(drawn[:, 3]).all(), "nothing is known after its end"


def test_a_click_is_not_lost_and_a_quiet_recording_stays_faint() -> None:
    levels_db = np.full((1000, 8), -90.0)
    levels_db[333, 5] = -30.0
    drawn = shading.shares(spectrum_with(levels_db.tolist()), Span(0, 500), 10, 4)
    assert drawn.max() == 1.0
    assert (drawn == 1.0).sum() == 1
    quiet = shading.shares(spectrum_with([[-80.0] * 8] * 10), Span(0, 5), 5, 4)
    assert 0 < quiet.max() < 0.6


@given(
    held=st.tuples(st.integers(1, 50), st.integers(1, 64)),
    wanted=st.tuples(st.integers(1, 80), st.integers(1, 80)),
    start=st.floats(-10, 40),
    length=st.floats(0.1, 100),
)
def test_shares_have_the_size_asked_for(
    held: tuple[int, int], wanted: tuple[int, int], start: float, length: float
) -> None:
    levels_db = np.random.default_rng(1).uniform(-100, 0, held).tolist()
    width, rows = wanted
    drawn = shading.shares(spectrum_with(levels_db, 5.0), Span(start, start + length), width, rows)
    assert drawn.shape == (rows, width)
    known = drawn[~np.isnan(drawn)]
    assert ((known >= 0) & (known <= 1)).all()


@given(st.lists(st.floats(0, 1), min_size=2, max_size=20))
def test_louder_is_never_darker_and_never_fainter(values: list[float]) -> None:
    row = np.sort(np.array(values))
    brightness = shading.colored(row[None], (BLACK, BLUE, WHITE))[0].astype(int).sum(axis=1)
    assert (np.diff(brightness) >= 0).all()
    places = [shading.SHADES.index(char) for char in shading.shaded(row)]
    assert places == sorted(places)


def brightness(cell: Segment) -> int:
    """Return that of both halves together."""
    assert cell.style
    halves = [half.triplet for half in (cell.style.color, cell.style.bgcolor) if half]
    return sum(sum(triplet) for triplet in halves if triplet)


async def opened(driver: Driver) -> MomentScreen:
    await driver.ask("alarm")
    await driver.press("enter", "enter")
    assert isinstance(driver.app.screen, MomentScreen)
    return driver.app.screen


@pytest.mark.parametrize("size", [(80, 24), (160, 48)])
async def test_a_key_changes_between_loudness_and_frequencies(size: tuple[int, int]) -> None:
    async with browsing(FakeLibrary(), size) as driver:
        screen = await opened(driver)
        assert "loudness" in driver.screen_text
        await driver.press("f")
        spectrogram = screen.query_one(Spectrogram)
        lines = text_of(driver.app, spectrogram).splitlines()
        assert lines[-1].split()[1:-1] == ["frequencies,", "0.1", "to", "7.5", "kHz"]
        assert "▲" in lines[-2]
        assert all("▀" in line for line in lines[:-2])
        assert len(lines) >= 5
        assert not screen.query_one(SoundStrip).display
        await driver.press("f")
        assert "loudness" in driver.screen_text
        assert not spectrogram.display


async def test_a_beep_is_bright_where_it_sounds_in_light_and_dark() -> None:
    async with browsing(FakeLibrary(), (120, 40)) as driver:
        screen = await opened(driver)
        await driver.press("f")
        spectrogram = screen.query_one(Spectrogram)

        def contrast() -> int:
            """Return by how much the row of the beep is brighter in the middle than at the left end."""
            lines = [list(spectrogram.render_line(y)) for y in range(spectrogram.size.height - 2)]
            found = [brightness(line[len(line) // 2]) - brightness(line[2]) for line in lines]
            return max(found, key=abs)

        dark = contrast()
        await driver.press("t")
        light = contrast()
        assert dark > 200
        assert light < -200


async def test_without_colors_there_are_shades(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with browsing(FakeLibrary(), (120, 40)) as driver:
        screen = await opened(driver)
        await driver.press("f")
        text = text_of(driver.app, screen.query_one(Spectrogram))
        assert "█" in text
        assert "▀" not in text


@pytest.mark.parametrize("error", [MediaError(Path("kitchen.mp4"), "gone", "index it again"), ZeroDivisionError("bug")])
async def test_sound_that_cannot_be_read_is_a_sentence(error: Exception) -> None:
    async with browsing(FakeLibrary(sound_error=error), (120, 40)) as driver:
        screen = await opened(driver)
        await driver.press("f")
        assert screen.query_one(Spectrogram).sentence
        assert screen.query_one(Spectrogram).sentence[:20] in driver.screen_text
        await driver.press("down")  # in this one there is no sound
        assert "There is no sound here." in driver.screen_text
