"""Contact sheets."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from egosearch.clips.drawing import GAP_PX, Cell, Layout, broken, draw
from egosearch.clips.sheets import AT_EASE, MOST_PICTURES, sheet_of_answer, sheet_of_recording, times_of
from egosearch.errors import QueryError
from egosearch.library import Library
from egosearch.types import Answer, Query
from tests.indexers.test_clip import is_like
from tests.media import BLUE, GREEN, RED, YELLOW


class OfTens:
    """A font whose letters are ten pixels wide."""

    def getlength(self, text: str) -> float:
        return 10.0 * len(text)


def test_text_is_broken_between_words_and_cut() -> None:
    font = OfTens()
    assert broken("one two three", font, 70, 3) == ["one two", "three"]  # type: ignore[arg-type]
    assert broken("one two three four", font, 70, 2) == ["one two", "three…"]  # type: ignore[arg-type]
    assert broken("incomprehensible", font, 70, 2) == ["incomp…"]  # type: ignore[arg-type]


@given(st.floats(0.01, 200_000), st.none() | st.floats(0.1, 5000))
def test_times_begin_at_the_start_and_stay_inside(duration_s: float, every_s: float | None) -> None:
    try:
        times_s = times_of(duration_s, every_s)
    except QueryError:
        assert every_s is not None
        assert duration_s / every_s > MOST_PICTURES
        return
    assert times_s[0] == 0.0
    assert all(0 <= time_s < duration_s for time_s in times_s)
    if every_s is None:
        assert len(times_s) <= max(AT_EASE, duration_s / 3600 + 1)


def test_a_cell_shows_its_picture_below_the_others_that_fill_a_row() -> None:
    colours = (RED, GREEN, BLUE)
    cells = [Cell(np.full((90, 160, 3), colour, np.uint8), ("a", "b")) for colour in colours]
    sheet = np.asarray(draw("three", cells, Layout(columns=2)))
    top = sheet.shape[0] // 2
    corners = [(0, GAP_PX), (0, 2 * GAP_PX + 320), (1, GAP_PX)]
    for colour, (row, left) in zip(colours, corners, strict=True):
        half = sheet[top:] if row else sheet[:top]
        column = half[:, left + 160]
        assert any(is_like(tuple(pixel), colour) for pixel in column)


def test_hostile_names_and_other_scripts_are_drawn() -> None:
    sheet = draw("a\x1b[31m\n\u202eb 日本 \ud800", [Cell(None, ("x" * 500, "\u0000", "👋"))], Layout(columns=4))
    assert sheet.width == 320 + 2 * GAP_PX


def test_a_sheet_of_an_answer(filmed: Library, tmp_path: Path) -> None:
    answer = filmed.answer(Query("blue", min_confidence=0, limit=3))
    sheet_of_answer(filmed, answer, tmp_path / "sheet.png")
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert sheet.format == "PNG"
        pixels = np.asarray(sheet)
    assert any(is_like(tuple(pixel), BLUE) for pixel in pixels[:, GAP_PX + 160])


def test_a_moment_whose_recording_is_gone_keeps_its_place(filmed: Library, tmp_path: Path) -> None:
    answer = filmed.answer(Query("blue", min_confidence=0, limit=1))
    voice = filmed.find("voice.m4a")
    silent = replace(answer.moments[0], recording_id=voice.recording_id, path=voice.path)
    sheet_of_answer(filmed, Answer(answer.query, (silent, *answer.moments)), tmp_path / "sheet.png")
    assert (tmp_path / "sheet.png").stat().st_size > 1000


def test_a_sheet_of_a_recording(filmed: Library, tmp_path: Path) -> None:
    kitchen = filmed.find("kitchen.mp4")
    sheet_of_recording(filmed, kitchen, tmp_path / "sheet.png", every_s=3.0)
    with Image.open(tmp_path / "sheet.png") as sheet:
        pixels = np.asarray(sheet)
    row = pixels[int(pixels.shape[0] * 0.5)]
    found = [colour for colour in (RED, BLUE, GREEN, YELLOW) if any(is_like(tuple(pixel), colour) for pixel in row)]
    assert found == [RED, BLUE, GREEN, YELLOW]


def test_what_cannot_be_drawn_is_said(filmed: Library, tmp_path: Path) -> None:
    with pytest.raises(QueryError, match="has no pictures"):
        sheet_of_recording(filmed, filmed.find("voice.m4a"), tmp_path / "sheet.png")
    with pytest.raises(QueryError, match="is too many"):
        sheet_of_recording(filmed, filmed.find("kitchen.mp4"), tmp_path / "sheet.png", every_s=0.01)
    with pytest.raises(QueryError, match="nothing to draw"):
        sheet_of_answer(filmed, Answer(Query("x"), ()), tmp_path / "sheet.png")
    (tmp_path / "sheet.png").touch()
    with pytest.raises(QueryError, match="is there already"):
        sheet_of_recording(filmed, filmed.find("kitchen.mp4"), tmp_path / "sheet.png")
