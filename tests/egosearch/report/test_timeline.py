"""Timelines as SVG."""

import re
from dataclasses import replace
from math import inf, nan
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from egosearch.report.timeline import LEAST_FOUND, LEFT, RIGHT, WIDTH, Found, heights, timeline
from egosearch.types import Curve
from indexers.facts import Span
from tests.egosearch.cli.fake_library import BEEP

SCORES = st.lists(st.floats(-5, 50) | st.sampled_from([nan, inf, -inf]), min_size=1, max_size=60)
WHOLE = Span(0.0, 60.0)


def curve(scores: list[float]) -> Curve:
    return Curve(tuple(float(number) for number in range(len(scores))), tuple(scores))


@given(SCORES, st.integers(1, 80))
def test_the_highest_of_each_part_is_kept(scores: list[float], columns: int) -> None:
    drawn = heights(curve(scores), Span(0.0, float(len(scores))), columns)
    sensible = [score for score in scores if abs(score) < inf]
    assert len(drawn) == columns
    assert max(drawn) == max([0.0, *sensible])
    assert min(drawn) >= 0.0


@given(SCORES, st.floats(0, 50), st.floats(0.5, 80))
def test_a_drawing_is_well_formed_and_stays_in_its_frame(scores: list[float], start_s: float, length_s: float) -> None:
    curves = {"audio": curve(scores), "visual": curve(scores[::-1]), "fused": curve(scores)}
    span = Span(start_s, start_s + length_s)
    drawing = timeline(curves, span, [Found(1, BEEP)], label='a "label" & <more>', shows_lag=True)
    root = ET.fromstring(drawing)  # noqa: S314 - we made it
    assert root.get("aria-label") == 'a "label" & <more>'
    assert "nan" not in drawing
    assert "inf" not in drawing
    for rectangle in root.iter("rect"):
        left, width = float(rectangle.get("x", "")), float(rectangle.get("width", ""))
        assert left >= LEFT - 0.1
        assert left + width <= WIDTH - RIGHT + LEAST_FOUND + 0.1


def test_it_has_a_strip_a_sense_and_one_for_all() -> None:
    flat = curve([1.0] * 60)
    drawing = timeline({"audio": flat, "speech": flat, "fused": flat}, WHOLE, [], label="x")
    assert re.findall(r'class="area (\w+)"', drawing) == ["audio", "speech", "fused"]
    assert [name for name in ("sound", "picture", "words", "together") if f">{name}<" in drawing] == [
        "sound",
        "words",
        "together",
    ]


def test_moments_are_marked_and_lead_to_what_is_told_of_them() -> None:
    drawing = timeline({"fused": curve([1.0] * 60)}, WHOLE, [Found(3, BEEP)], label="x")
    assert '<a href="#moment-3">' in drawing
    assert "moment 3, 0:12 to 0:14" in drawing
    elsewhere = replace(BEEP, span=Span(70.0, 80.0))
    assert "href" not in timeline({"fused": curve([1.0] * 60)}, WHOLE, [Found(3, elsewhere)], label="x")


def test_a_short_moment_of_a_long_recording_can_be_seen() -> None:
    drawing = timeline({"fused": curve([1.0])}, Span(0.0, 36_000.0), [Found(1, BEEP)], label="x")
    (width,) = re.findall(r'class="found"[^>]* width="([\d.]+)"', drawing)
    assert float(width) == LEAST_FOUND


@pytest.mark.parametrize(("lag_s", "told"), [(1.2, "1.2 s later"), (-3.0, "3.0 s earlier")])
def test_the_lag_is_drawn_and_told(lag_s: float, told: str) -> None:
    heard, seen = BEEP.evidence
    moment = replace(BEEP, evidence=(heard, replace(seen, lag_s=lag_s)))
    curves = {"audio": curve([1.0] * 60), "visual": curve([1.0] * 60)}
    drawing = timeline(curves, WHOLE, [Found(1, moment)], label="x", shows_lag=True)
    assert told in drawing
    assert 'class="lag"' in drawing
    assert told not in timeline(curves, WHOLE, [Found(1, moment)], label="x")
