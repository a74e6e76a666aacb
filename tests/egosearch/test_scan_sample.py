"""The cache of a library on a server: everything but the vectors, and a sample of them to tell what is usual."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from egosearch.catalog import Catalog
from egosearch.indexing.types import IndexOptions
from egosearch.library import Library
from egosearch.scan import Scan, ScanCache, SpaceMatrix
from egosearch.scan.fetched import FetchedRows
from egosearch.scan.sample import chosen
from egosearch.stores import ServerStore, WindowRows
from indexers.types import EmbeddingSpace, Modality
from tests.egosearch.query import build
from tests.media import BLUE, RED, RecordingOptions, Tone, make_recording


def numbered(lengths: Mapping[str, int]) -> SpaceMatrix:
    made = build.matrix(Modality.VISUAL, {name: [[0.5]] * n for name, n in lengths.items()})
    return replace(made, index=(np.arange(len(made)) - made.offsets[made.recording_of]).astype(np.uint32))


def ids(matrix: SpaceMatrix, count: int) -> set[tuple[str, int]]:
    rows = chosen(matrix, count)
    assert (np.diff(rows) > 0).all()
    return {(matrix.recording_ids[matrix.recording_of[row]], int(matrix.index[row])) for row in rows}


lengths = st.dictionaries(st.text("abc", min_size=1, max_size=4), st.integers(1, 60), min_size=1, max_size=6)


@settings(deadline=None)
@given(lengths=lengths, count=st.integers(1, 80), more=st.integers(1, 60))
def test_a_sample_hardly_changes_as_the_library_grows(lengths: dict[str, int], count: int, more: int) -> None:
    before, after = ids(numbered(lengths), count), ids(numbered({"new": more, **lengths}), count)
    assert len(before) == min(count, sum(lengths.values()))
    # What stays was there, or is new; nothing old comes in.
    assert {one for one in after - before if one[0] != "new"} == set()
    assert ids(numbered(dict(reversed(lengths.items()))), count) == before


def test_a_sample_is_spread_over_the_library() -> None:
    matrix = numbered({"a": 9000, "b": 1000})
    rows = chosen(matrix, 1000)
    assert (rows >= 9000).mean() == pytest.approx(0.1, abs=0.03)
    shares, _ = np.histogram(rows, bins=10, range=(0, 10_000))
    assert shares.min() > 70


def films(folder: Path, *names: str) -> list[Path]:
    made = []
    for i, name in enumerate(names):
        options = RecordingOptions(seconds=20 + i, colours=(*[RED] * 8, *[BLUE] * (12 + i)), tones=(Tone(2, 3, 400),))
        made.append(make_recording(folder / name, options))
    return made


class Counted(ServerStore):
    """Counts the windows that are read back."""

    fetched = 0

    def fetch(self, space: EmbeddingSpace, windows: Mapping[str, NDArray[np.int64]]) -> dict[str, WindowRows]:
        Counted.fetched += sum(len(index) for index in windows.values())
        return super().fetch(space, windows)

    def scan(self, space: EmbeddingSpace, recording_id: str) -> WindowRows | None:
        raise AssertionError("whole recordings stay on the server")

    def close(self) -> None:
        """Stay: a server keeps what it was given."""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Counted]]:
    """A server that takes any URL."""
    from qdrant_client import QdrantClient

    client = QdrantClient(":memory:")
    monkeypatch.setattr(ServerStore, "connect", lambda url, key, *, prefix, **_: Counted(client, prefix))
    Counted.fetched = 0
    yield Counted
    client.close()


def load(where: Path) -> Scan:
    with Catalog.open(where / "catalog.duckdb", read_only=True) as catalog:
        return ScanCache(where / "scan").load(catalog)


def test_a_small_library_is_all_here(tmp_path: Path, toy: IndexOptions, server: type[Counted]) -> None:
    with Library.open(tmp_path / "server", qdrant_url="http://nowhere") as library:
        library.index(films(tmp_path, "a.mp4"), options=toy)
        (best, *_) = library.search("blue", min_confidence=0)
    with Library.open(tmp_path / "own") as library:
        library.index([tmp_path / "a.mp4"], options=toy)
        (expected, *_) = library.search("blue", min_confidence=0)
    assert best.span == expected.span
    assert best.score == pytest.approx(expected.score, abs=0.01)
    remote, own = load(tmp_path / "server"), load(tmp_path / "own")
    for sense, matrix in remote.matrices.items():
        assert matrix.is_whole
        assert matrix.index.tolist() == list(range(len(matrix)))
        np.testing.assert_allclose(matrix.rows.dense(), own.matrices[sense].rows.dense(), atol=1e-3)
        np.testing.assert_allclose(matrix.background.mean, own.matrices[sense].background.mean, atol=1e-3)
    assert server.fetched == sum(len(matrix) for matrix in remote.matrices.values())


def test_a_large_library_keeps_a_sample(
    tmp_path: Path, toy: IndexOptions, server: type[Counted], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("egosearch.scan.SAMPLE", 15)
    first, second, third = films(tmp_path, "a.mp4", "b.mp4", "c.mp4")
    where = tmp_path / "server"
    with Library.open(where, qdrant_url="http://nowhere") as library:
        library.index([first, second], options=toy)
    before = load(where)
    assert server.fetched == 2 * 15
    with Library.open(where) as library:
        library.index([third], options=toy)
    grown = load(where)
    for matrix in grown.matrices.values():
        assert isinstance(matrix.rows, FetchedRows)
        assert matrix.sample is not None
        assert len(matrix) > 50
        assert not len(matrix.rows.windows)
        assert len(matrix.sample.windows) == len(matrix.sample.rows) == 15
        measured = matrix.sample.rows.measured()
        np.testing.assert_allclose(matrix.background.mean, measured.mean, atol=1e-6)
    # A half more windows: about a third of the sample is new, and only that was fetched.
    new = sum(len(sampled(grown.matrices[sense]) - sampled(before.matrices[sense])) for sense in grown.matrices)
    assert 30 < server.fetched == 30 + new < 60
    # Made from nothing, the cache is the same.
    (where / "scan").rename(tmp_path / "old")  # moved, not deleted: `grown` still reads from it
    with Library.open(where) as library:
        library.search("blue")
    afresh = load(where)
    for sense, matrix in afresh.matrices.items():
        twin = grown.matrices[sense]
        assert matrix.sample is not None
        assert twin.sample is not None
        assert sampled(matrix) == sampled(twin)
        np.testing.assert_array_equal(matrix.sample.rows.dense(), twin.sample.rows.dense())
        np.testing.assert_array_equal(matrix.index, twin.index)
        np.testing.assert_array_equal(matrix.start_s, twin.start_s)


def sampled(matrix: SpaceMatrix) -> set[tuple[str, int]]:
    assert matrix.sample is not None
    rows = matrix.sample.windows
    return {(matrix.recording_ids[matrix.recording_of[row]], int(matrix.index[row])) for row in rows}
