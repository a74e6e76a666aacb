"""The engines that are compared: all find the same windows, and what is not installed is left out with a sentence."""

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from unittest import mock

import numpy as np
import pytest

from benchmarks import engines
from benchmarks.dense import recalled
from benchmarks.engines import HEADER, disk_bytes
from benchmarks.libraries import generate
from benchmarks.searchers import OWN
from benchmarks.searching import ENGINES, ask, build
from benchmarks.settings import Settings
from benchmarks.windows import BEST, SENSES, Layout, Windows, dense_windows, sparse_windows
from egosearch.library import Library
from indexers.types import Modality
from tests.media import RecordingOptions, Tone, make_recording

TEXTS = ("a bell", "a red wall", "somebody speaks", "a green field", "a beep")


@pytest.fixture(autouse=True)
def _unpatched() -> Iterator[None]:
    """Undo what an engine changed in a process that it takes for its own."""
    yield
    mock.patch.stopall()


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a library of little more than a minute, made by the default encoders."""
    folder = tmp_path_factory.mktemp("engines")
    options = RecordingOptions(seconds=62.0, frame_rate_hz=2, tones=(Tone(5.0, 8.0),))
    recording = make_recording(folder / "minute.mp4", options)
    with Library.open(folder / "source") as opened:
        opened.index([recording])
    return folder / "source"


@pytest.fixture(scope="module")
def library(source: Path) -> Path:
    """Return a library of an hour, generated of it."""
    generate(source, source.with_name("hour"), 1, keep_exact=True)
    return source.with_name("hour")


@pytest.fixture(scope="module")
def sparse(library: Path) -> Windows:
    return sparse_windows(library, library.with_name("sparse"), TEXTS)


@pytest.fixture(scope="module")
def dense(library: Path) -> Windows:
    return dense_windows(library, library.with_name("dense"), TEXTS)


@pytest.fixture(params=["sparse", "dense"])
def windows(request: pytest.FixtureRequest) -> Windows:
    found: Windows = request.getfixturevalue(request.param)
    return found


def test_both_layouts_are_of_the_same_windows(sparse: Windows, dense: Windows) -> None:
    assert len(sparse) == len(dense) == 7500 + 3600
    for sense in SENSES:
        assert len(sparse.rows(sense)) == len(dense.rows(sense))
        assert dense.queries(sense).shape == (len(TEXTS), 512)
        assert np.linalg.norm(dense.rows(sense).dense(), axis=1) == pytest.approx(1, abs=1e-5)


def test_dense_windows_have_the_cosines_that_were_promised(dense: Windows) -> None:
    rows, starts_s = dense.rows(Modality.VISUAL).dense(), dense.scan.matrices[Modality.VISUAL].start_s
    assert np.median(np.einsum("nd,nd->n", rows[1:], rows[:-1])) > 0.88
    apart = (rows @ rows[::600].T)[np.abs(starts_s[:, None] - starts_s[::600]) > 600]
    assert np.median(apart) == pytest.approx(0.5, abs=0.08)
    cosines = rows @ dense.queries(Modality.VISUAL).T
    assert np.median(cosines) == pytest.approx(0.2, abs=0.06)
    assert cosines.max(axis=0) == pytest.approx(0.35, abs=0.08)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(one.name, marks=pytest.mark.skipif(find_spec(one.package or "numpy") is None, reason="an extra"))
        for one in ENGINES.values()
        if one.kept_by is None and not one.name.startswith("qdrant-client")
    ],
)
def test_engines_find_the_best_windows(name: str, windows: Windows, tmp_path: Path) -> None:
    engine = ENGINES[name]
    if windows.layout not in engine.layouts:
        pytest.skip("it has no such vectors")
    assert build(engine, windows, tmp_path)["build_s"] > 0
    assert disk_bytes(tmp_path) > 100_000
    result = ask(engine, windows, tmp_path)
    assert len(result["ms"]) == len(windows.texts) - 1
    assert result["open_s"] > 0
    assert windows.recall(result["found"]) >= (0.5 if "HNSW" in name else 0.95)


@pytest.mark.parametrize("name", [one.name for one in OWN if one.kept_by])
def test_whole_curves_and_queries_are_timed(name: str, windows: Windows, tmp_path: Path) -> None:
    engine = ENGINES[name]
    build(engine, windows, tmp_path)
    result = ask(engine, windows, tmp_path)
    assert len(result["ms"]) == len(windows.texts) - 1
    assert result["found"] == []


def test_moments_of_dense_windows_are_compared_with_exact_ones(dense: Windows, tmp_path: Path) -> None:
    build(ENGINES["egosearch, whole query"], dense, tmp_path)
    again, _, as_good = recalled(dense, tmp_path)
    assert (again, as_good) == (1, 1)


def test_recall_is_the_share_of_the_best_that_is_found(dense: Windows) -> None:
    scores = [dense.rows(sense).dot(dense.queries(sense)[0]) for sense in SENSES]
    best = [np.argsort(-one)[:BEST].tolist() for one in scores]
    worst = [np.argsort(one)[:BEST].tolist() for one in scores]
    assert dense.recall([best]) == 1
    assert dense.recall([[best[0][::-1], worst[1]]]) == 0.5
    assert dense.recall([[best[0][:5] * 2, worst[1]]]) == 0.25
    assert dense.recall([[[], []]]) == 0


def test_of_equal_windows_it_does_not_matter_which_are_found(sparse: Windows) -> None:
    scores = [[sparse.rows(sense).dot(query) for query in sparse.queries(sense)] for sense in SENSES]
    ways = [
        [
            [(len(one) - 1 - np.argsort(-one[::-1], kind="stable")[:BEST]).tolist() for one in pair]
            for pair in zip(*scores, strict=True)
        ],
        [[(np.argsort(-one, kind="stable")[:BEST]).tolist() for one in pair] for pair in zip(*scores, strict=True)],
    ]
    assert [sparse.recall(found) for found in ways] == [1, 1]
    assert ways[0] != ways[1]


def test_the_report_has_a_row_for_each_engine(source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    few: dict[str, object] = {one.name: one for one in OWN[:2]}
    monkeypatch.setattr(engines, "ENGINES", few)
    monkeypatch.setattr(engines, "any_library", lambda _: ("a minute", source))
    report = engines.run(Settings(None, tmp_path, tmp_path, windows=(5000,)))
    assert [table.caption for table in report.tables] == ["11,100 sparse windows", "11,100 dense windows"]
    for table in report.tables:
        assert [row[0] for row in table.rows] == [*few, f"{OWN[0].name}, once more"]
        assert {len(row) for row in table.rows} == {len(HEADER)}
        assert float(table.rows[0][HEADER.index("recall")]) > 0.95
        assert table.rows[1][HEADER.index("recall")] == "-"
    assert not list((tmp_path).glob("engines-*"))


def test_what_is_not_installed_is_left_out_with_a_sentence(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "find_spec", lambda _: None)
    monkeypatch.setattr(engines, "sets", lambda *_: iter(()))
    report = engines.run(Settings(None, tmp_path, tmp_path))
    assert "Without `faiss`, which is not installed: pip install -e '.[bench]'." in report.notes


def test_layouts_have_names() -> None:
    layouts: tuple[Layout, ...] = ("sparse", "dense")
    assert {layout for engine in ENGINES.values() for layout in engine.layouts} == set(layouts)
