"""Comparing two runs: what counts as a change, which way is better, and what the program says and returns."""

import json
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import compare
from benchmarks.compare import Change, Place, figures
from benchmarks.directions import Direction, direction

Rows = Sequence[Sequence[str | int | float]]


def results(*rows: Sequence[str | int | float], header: Sequence[str] = ("library", "p95, ms")) -> dict[str, Any]:
    table = {"caption": "Warm, in an open library", "header": list(header), "rows": [list(row) for row in rows]}
    machine = {"CPU": "two cores", "revision": "abc1234"}
    return {"machine": machine, "benchmarks": {"query": {"title": "Queries", "tables": [table], "notes": []}}}


def change(old: Sequence[str], new: Sequence[str], column: str = "p95, ms", threshold: float = 0.1) -> Change:
    place = Place("query", "Warm", "bench", column)
    return Change(place, tuple(map(Decimal, old)), tuple(map(Decimal, new)), threshold)


def written(path: Path, *runs: dict[str, Any]) -> str:
    if len(runs) == 1:
        path.write_text(json.dumps(runs[0]))
    else:
        path.mkdir()
        for i, run in enumerate(runs):
            (path / f"{i}.json").write_text(json.dumps(run))
    return str(path)


def test_figures_are_named_by_the_words_before_them() -> None:
    run = results(
        ("bench", "egosearch index", "1,200", 3, "-", "slow"),
        ("bench", "ffmpeg", "7.5", 4, "0.5", "quick"),
        header=("recordings", "program", "seconds", "n", "x", "remark"),
    )
    caption = "Warm, in an open library"
    assert figures(run) == {
        Place("query", caption, "bench, egosearch index", "seconds"): Decimal(1200),
        Place("query", caption, "bench, egosearch index", "n"): Decimal(3),
        Place("query", caption, "bench, ffmpeg", "seconds"): Decimal("7.5"),
        Place("query", caption, "bench, ffmpeg", "n"): Decimal(4),
        Place("query", caption, "bench, ffmpeg", "x"): Decimal("0.5"),
    }


def test_a_row_begins_with_its_name_though_it_is_a_number_and_names_are_told_apart() -> None:
    found = figures(results(("10", "1.5"), ("10", "2.5")))
    assert {place.row: float(value) for place, value in found.items()} == {"10": 1.5, "10'": 2.5}


def test_what_was_skipped_has_no_figures() -> None:
    assert figures({"benchmarks": {"aria": {"skipped": "there are no pictures"}}}) == {}


@pytest.mark.parametrize(
    ("caption", "row", "column", "expected"),
    [
        ("Warm, in an open library", "bench", "p95, ms", "less"),
        ("Where the time goes, mean ms", "bench", "fusion", "less"),
        ("Speed, 2 jobs", "bench, egosearch index", "x real time", "more"),
        ("Speed, 2 jobs", "bench, egosearch index", "x decoding, CPU", "more"),
        ("Speed, 2 jobs", "bench, egosearch index", "CPU s per hour", "less"),
        ("Speed, 2 jobs", "bench, ffmpeg, a picture a second and the sound", "seconds", None),
        ("CPU seconds per hour of recording, by stage", "bench", "detector", "less"),
        ("Peak memory, MB", "bench", "largest worker", "less"),
        ("Library, MB per hour of recording", "bench", "all", "less"),
        ("Ten sentences, each clip to its best one", "egosearch", "windows/s, encoder", "more"),
        ("Ten sentences, each clip to its best one", "egosearch", "mAP", "more"),
        ("All queries that have an answer", "default", "R@1, IoU>=0.5", "more"),
        ("All queries that have an answer", "default", "start, s", "less"),
        ("All queries that have an answer", "default", "n", None),
        ("Confidence", "AUROC, present (n = 71) against absent (n = 20)", "value", "more"),
        ("Confidence", "answered although absent, at 0.5", "value", "less"),
        ("Confidence", "expected calibration error, ten bins of equal width", "value", "less"),
        ("Reliability: confidence of the best moment", "0.00 to 0.10", "right", None),
        ("Recall of the ten best moments against exact vectors", "generated, 9 h", "found again", "more"),
        ("Recall of the ten best moments against exact vectors", "generated, 9 h", "scores apart at most", "less"),
        ("99,900 dense windows", "egosearch, scan", "recall", "more"),
        ("99,900 dense windows", "egosearch, scan", "disk, MB", "less"),
        ("99,900 dense windows", "FAISS, flat", "p50, ms", None),
        ("One thread", "OpenCLIP ViT-B-32", "first window, s", "less"),
        ("Wording", "as it was typed", "mean of 1 / rank", "more"),
        ("Wording", "as it was typed", "median rank", "less"),
    ],
)
def test_which_way_is_better(caption: str, row: str, column: str, expected: Direction | None) -> None:
    assert direction(caption, row, column) == expected


def test_the_worked_example() -> None:
    new = ("23.1", "24.0", "24.2")
    within = change(("20.1", "20.4", "25.0"), new)
    assert within.ratio == pytest.approx(1.18, abs=0.01)
    assert not within.is_beyond_noise
    assert change(("20.1", "20.4"), new).is_worse


@pytest.mark.parametrize(
    ("old", "new"), [("20.0", "21.9"), ("20.0", "18.3"), ("0.01", "0.02"), ("3", "4"), ("0", "0"), ("1.0", "1.0")]
)
def test_what_is_little_or_in_the_last_digit_is_noise(old: str, new: str) -> None:
    one = change([old], [new])
    assert not one.is_worse
    assert not one.is_better


def test_less_of_what_more_is_better_of_is_worse() -> None:
    assert change(["0.80"], ["0.60"], "recall").is_worse
    assert change(["0.60"], ["0.80"], "recall").is_better
    assert change(["20.0"], ["30.0"], "p50, ms").is_worse
    assert change(["0.0"], ["3.0"], "p50, ms").is_worse
    assert change(["100"], ["300"], "queries").is_beyond_noise
    assert not change(["100"], ["300"], "queries").is_worse


values = st.lists(st.decimals(0, 1000, places=2).map(str), min_size=1, max_size=4)


@given(values, values, st.floats(0, 2), st.sampled_from(["p95, ms", "recall"]))
def test_what_is_worse_one_way_is_better_the_other(old: list[str], new: list[str], at: float, column: str) -> None:
    there, back = change(old, new, column, at), change(new, old, column, at)
    assert (there.is_worse, there.is_better) == (back.is_better, back.is_worse)
    assert not (there.is_worse and there.is_better)
    assert there.by == back.by
    assert not change(old, old, column, at).is_beyond_noise


@given(values, values, st.floats(0, 2), st.floats(0, 2))
def test_a_larger_threshold_lets_less_through(old: list[str], new: list[str], one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert change(old, new, threshold=low).is_beyond_noise or not change(old, new, threshold=high).is_beyond_noise


def test_a_regression_is_shown_and_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old = written(tmp_path / "old.json", results(("bench", "20.0"), ("9 h", "40.0"), ("100 h", "50.0")))
    new = written(tmp_path / "new.json", results(("bench", "29.0"), ("9 h", "30.0"), ("100 h", "51.0"), ("1 y", "9")))
    assert compare.main([old, new]) == 0
    printed = capsys.readouterr().out
    assert "| query: Warm, in an open library | bench | p95, ms | 20 | 29 | 1.45 | worse |" in printed
    assert "| 9 h | p95, ms | 40 | 30 | 0.75 | better |" in printed
    assert "| 100 h | p95, ms | 50 | 51 | 1.02 |  |" in printed
    assert "3 figures: 1 better, 1 worse, 1 within noise." in printed
    assert compare.main([old, new, "--fail-above", "0.25"]) == 1
    assert compare.main([old, new, "--fail-above", "0.5"]) == 0
    assert compare.main([old, new, "--fail-above", "0.25", "--threshold", "0.5"]) == 0
    capsys.readouterr()
    assert compare.main([old, new, "--short"]) == 0
    assert "100 h" not in capsys.readouterr().out


def test_folders_hold_the_same_measured_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old = written(tmp_path / "old", results(("bench", "20.0")), results(("bench", "31.0")), results(("bench", "21.0")))
    new = written(tmp_path / "new", results(("bench", "29.0")), results(("bench", "30.0")))
    assert compare.main([old, new, "--fail-above", "0.1"]) == 0
    printed = capsys.readouterr().out
    assert "3 run(s)" in printed
    assert "| bench | p95, ms | 21 | 29.5 | 1.40 |  |" in printed


def test_other_machines_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    moved = {**results(("bench", "20.0")), "machine": {"CPU": "a hundred cores"}}
    compare.main([written(tmp_path / "a.json", moved), written(tmp_path / "b.json", results(("bench", "20.0")))])
    assert "CPU differs: a hundred cores then, two cores now." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("[]", "holds no results"),
        ("{", "Expecting property name"),
        ('{"benchmarks": {}}', "no figure in common"),
    ],
)
def test_what_cannot_be_compared_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str, complaint: str
) -> None:
    (tmp_path / "old.json").write_text(content)
    assert compare.main([str(tmp_path / "old.json"), written(tmp_path / "new.json", results(("a", "1")))]) == 2
    assert complaint in capsys.readouterr().err


def test_a_file_that_is_not_there_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert compare.main([str(tmp_path / "no.json"), str(tmp_path / "no.json")]) == 2
    assert "no.json" in capsys.readouterr().err
