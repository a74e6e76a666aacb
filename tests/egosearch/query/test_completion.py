"""Completion is measured against a search of everything: where it promises an answer, the answers are the same."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from egosearch.query.completion import complete
from egosearch.scan import Scan
from egosearch.scan.fetched import FetchedRows
from egosearch.stores import Filter, ServerStore, VectorStore
from indexers.embeddings import SparseRows
from indexers.types import Modality
from tests.egosearch.query import build
from tests.egosearch.query.completing import (
    FEW,
    CountingStore,
    Found,
    askings,
    both,
    fill,
    on_server,
    ranking,
    same,
    without_vectors,
)


def hits(scan: Scan, store: VectorStore, limit: int) -> list[tuple[float, float]]:
    """Return the spans of the best windows of each sense, on the common time line."""
    spans = []
    for asking in askings(scan):
        matrix = scan.matrices[asking.modality]
        row = SparseRows.from_dense(asking.towards[None], above=0)
        for hit in store.search(matrix.space, row, where=Filter(), limit=limit):
            window = matrix.offsets[matrix.recording_ids.index(hit.recording_id)] + hit.index
            origin = scan.origins_s[hit.recording_id]
            spans.append((origin + float(matrix.start_s[window]), origin + float(matrix.end_s[window])))
    return spans


def is_promised(one: Found, near: list[tuple[float, float]]) -> bool:
    return any(start < b and a < end for start, end in one.spans for a, b in near)


@st.composite
def libraries(draw: st.DrawFn) -> tuple[Scan, int]:
    """Return recordings in which a sound and a sight come now and then, for a while, near each other or not."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    lengths = {name: int(rng.integers(100, 500)) for name in "abc"[: draw(st.integers(1, 3))]}
    often, noise = draw(st.sampled_from([0.01, 0.03])), draw(st.sampled_from([0.0, 0.02]))
    heard = build.matrix(Modality.AUDIO, {name: bursts(rng, n, often, noise) for name, n in lengths.items()})
    seen = build.matrix(Modality.VISUAL, {name: bursts(rng, n, often, noise) for name, n in lengths.items()})
    events = {name: sounds(rng, n, often) for name, n in lengths.items()}
    return build.scan(heard, seen, events=events), draw(st.integers(1, 8))


def bursts(rng: np.random.Generator, length: int, often: float, noise: float) -> Sequence[Sequence[float]]:
    values = np.where(rng.random((length, 3)) < noise, rng.uniform(0, 0.3, (length, 3)), 0)
    for first in np.flatnonzero(rng.random(length) < often):
        many = int(rng.integers(20, 60) if rng.random() < 0.2 else rng.integers(1, 6))
        part = values[first : first + many, int(rng.integers(0, 2))]
        part[:] = rng.uniform(0.05, 1) * rng.uniform(0.3, 1, len(part))
    return [[float(value) for value in row] for row in values]


def sounds(rng: np.random.Generator, length: int, often: float) -> Sequence[tuple[float, float, float]]:
    starts = np.flatnonzero(rng.random(length) < often) + rng.uniform(0, 1)
    ends = starts + np.where(rng.random(len(starts)) < 0.2, 30, 2) * rng.uniform(0.1, 1, len(starts))
    until = np.append(starts - 1, length)[1:]
    return [
        (float(a), float(min(b, c)), float(rng.uniform(10, 40)))
        for a, b, c in zip(starts, ends, until, strict=True)
        if min(b, c) > a
    ]


@settings(max_examples=150, deadline=None)
@given(made=libraries())
def test_what_hits_lie_in_is_found_as_by_a_search_of_everything(made: tuple[Scan, int]) -> None:
    scan, count = made
    store = CountingStore()
    fill(store, scan)
    exact = ranking(scan)
    near = hits(scan, store, count)
    completed = ranking(complete(on_server(scan), store, askings(scan), limits=replace(FEW, hits=count)))
    for one in exact:
        if is_promised(one, near):
            assert any(same(one, other) for other in completed), one
    # Down to the first one that no hit lies in, the two rankings are the same.
    promised = [is_promised(one, near) for one in exact[:10]]
    sure = promised.index(False) if False in promised else len(promised)
    assert [one.score for one in completed[:sure]] == pytest.approx([one.score for one in exact[:sure]], abs=1e-4)


@settings(max_examples=20, deadline=None)
@given(made=libraries())
def test_with_as_many_hits_as_windows_the_whole_ranking_is_exact(made: tuple[Scan, int]) -> None:
    scan, _ = made
    store = CountingStore()
    fill(store, scan)
    completed = ranking(complete(on_server(scan), store, askings(scan), limits=replace(FEW, hits=1000)))
    exact = ranking(scan)
    assert [one.score for one in completed[:10]] == pytest.approx([one.score for one in exact[:10]], abs=1e-4)


def test_joined_lists_without_completion_lose_what_completion_finds() -> None:
    scan, store = both(), CountingStore()
    fill(store, scan)
    best = ranking(scan)[0]
    assert 298 <= best.start_s < best.end_s <= 304
    # Six of each sense: the fair sound is among them, the fair sight is not.
    completed = ranking(complete(on_server(scan), store, askings(scan), limits=replace(FEW, hits=6)))
    assert same(completed[0], best)
    joined = {}
    for asking in askings(scan):
        matrix = without_vectors(scan.matrices[asking.modality])
        row = SparseRows.from_dense(asking.towards[None], above=0)
        found = store.search(matrix.space, row, where=Filter(), limit=6)
        at = np.array(sorted(hit.index for hit in found))
        assert isinstance(matrix.rows, FetchedRows)
        rows = matrix.rows.joined(at, scan.matrices[asking.modality].rows.take(at))
        joined[asking.modality] = matrix.with_rows(rows, matrix.sample)
    assert ranking(scan.with_matrices(joined))[0].end_s < 298


def test_a_server_answers_like_the_memory_store() -> None:
    from qdrant_client import QdrantClient

    scan, reference = both(), CountingStore()
    fill(reference, scan)
    with ServerStore(QdrantClient(":memory:"), "test") as store:
        fill(store, scan)
        completed = complete(on_server(scan), store, askings(scan), limits=replace(FEW, hits=6))
    expected = complete(on_server(scan), reference, askings(scan), limits=replace(FEW, hits=6))
    assert [one.score for one in ranking(completed)] == pytest.approx(
        [one.score for one in ranking(expected)], abs=0.01
    )
    assert same(ranking(expected)[0], ranking(scan)[0])
