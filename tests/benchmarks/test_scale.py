"""The arithmetic of docs/scale.md."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import scale
from benchmarks.scale import EXTRAPOLATED, GIVEN, INDEXING, Latency, PerHour, Question, per_hour, year


def stats(hours: float, fixed_bytes: int = 1_000_000) -> dict[str, Any]:
    return {
        "duration_s": hours * 3600,
        "windows": {"audio": round(7500 * hours), "visual": round(3600 * hours)},
        "bytes_by_part": {"vectors": fixed_bytes + round(2e6 * hours), "other": 4096},
    }


@given(shorter=st.floats(0.1, 5), more=st.floats(0.5, 50), fixed=st.integers(0, 10**8))
def test_what_an_empty_library_takes_is_not_in_an_hour(shorter: float, more: float, fixed: int) -> None:
    hour = per_hour([stats(shorter + more, fixed), stats(shorter, fixed)])
    assert hour.windows == pytest.approx({"audio": 7500, "visual": 3600}, abs=4)
    assert hour.size_bytes == pytest.approx({"vectors": 2e6, "other": 0}, abs=4)


def test_one_library_alone_is_divided_by_its_length() -> None:
    assert per_hour([stats(2)]).size_bytes == {"vectors": 2.5e6, "other": 2048}


def test_latency_is_a_line() -> None:
    assert Latency((10_000, 20), (1_010_000, 40)).at(6_010_000) == pytest.approx(140)


def test_a_year_by_hand() -> None:
    hour = PerHour({"audio": 7500.0, "visual": 3600.0}, {"vectors": 2e6}, 1.0)
    table = year(Question(people=2), hour, 360.0, INDEXING, Latency((1_000, 10), (1_001_000, 11)))
    found = {row[0]: row[1:] for row in table.rows}
    assert found["hours recorded"] == ("5,840", GIVEN)
    assert found["windows"][0] == "64,824,000"
    assert found["libraries, GB"][0] == "11.7"
    assert found["recordings, GB"][0] == "42,048"
    assert found["core hours to index"][0] == "584"
    assert found["cores that keep up, busy day and night"][0] == "0.07"
    assert found["p95, ms, own library of a year: 32,412,000 windows"] == ("42", EXTRAPOLATED)


def test_the_program_reads_what_the_others_write(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, hours in (("short", 1.0), ("long", 2.0)):
        (tmp_path / f"{name}.json").write_text(json.dumps(stats(hours)), encoding="utf-8")
    speed = {
        "caption": "Speed, 2 jobs",
        "header": ["recordings", "program", "CPU s per hour"],
        "rows": [
            ["bench", "egosearch index", 99],
            ["1080p, moving", "decoding everything", 1],
            ["1080p, moving", "egosearch index", 342],
        ],
    }
    warm = {
        "caption": "Warm, in an open library",
        "header": ["windows", "p95, ms"],
        "rows": [[1000, "10.0"], [2000, "11.0"]],
    }
    benchmarks = {"benchmarks": {"indexing": {"tables": [speed]}, "query": {"tables": [warm]}}}
    (tmp_path / "all.json").write_text(json.dumps(benchmarks), encoding="utf-8")
    files = [str(tmp_path / f"{name}.json") for name in ("short", "long", "all")]
    assert scale.main(["--stats", *files[:2], "--benchmarks", files[2]]) == 0
    printed = capsys.readouterr().out
    assert f"| CPU seconds an hour | 342 | {INDEXING} |" in printed
    assert "people: 10,000" in printed
    with pytest.raises(SystemExit):
        scale.main(["--stats", *files[:2]])
