"""What completion fetches, case by case, and what it leaves on the server."""

from dataclasses import replace

import numpy as np
import pytest

from egosearch.query.completion import complete
from egosearch.query.partial import Asking
from egosearch.scan.fetched import FetchedRows
from indexers.embeddings import DenseRows
from indexers.types import EmbeddingSpace, Modality, Span
from tests.egosearch.query import build
from tests.egosearch.query.completing import (
    FEW,
    CountingStore,
    askings,
    both,
    fill,
    on_server,
    ranking,
    same,
    strengths,
)


def test_a_long_activity_keeps_its_true_edges() -> None:
    going_on = {**dict.fromkeys(range(100, 700), 0.5), **dict.fromkeys(range(400, 406), 0.9)}
    scan = build.scan(
        build.matrix(Modality.VISUAL, {"a": strengths(1000, going_on)}),
        build.matrix(Modality.AUDIO, {"a": strengths(9, {})}),
    )
    store = CountingStore()
    fill(store, scan)
    (best, *_) = ranking(complete(on_server(scan), store, askings(scan), limits=FEW))
    assert same(best, ranking(scan)[0])
    assert best.end_s - best.start_s > 590
    # Twice as much each time: 15 times as far in 4 rounds, not in 15.
    assert len(store.fetched) <= 2 * 8


def test_what_lies_behind_a_dip_is_known() -> None:
    # The sight ends at 102 s. What is heard at 109 s is near enough to support it, but is no peak beside 111 s, which
    # is not near enough; and the hits of sound are elsewhere.
    elsewhere = {200: 0.95, 210: 0.95, 220: 0.95}
    heard = build.matrix(Modality.AUDIO, {"a": strengths(300, {109: 0.5, 111: 0.9, **elsewhere})})
    seen = build.matrix(Modality.VISUAL, {"a": strengths(300, {99: 0.9, 100: 0.9, 101: 0.9})})
    scan, store = build.scan(heard, seen), CountingStore()
    fill(store, scan)
    completed = complete(on_server(scan), store, askings(scan), limits=replace(FEW, hits=3))
    for found in (completed, scan):
        (sight, *_) = [one for one in ranking(found) if one.spans[0][0] < 103]
        assert len(sight.spans) == 1
    assert same(ranking(completed)[0], ranking(scan)[0])


def test_only_what_can_matter_is_fetched() -> None:
    scan = build.scan(
        build.matrix(Modality.VISUAL, {"a": strengths(5000, {2000: 0.9, 2001: 0.9})}),
        build.matrix(Modality.AUDIO, {"a": strengths(5000, {2002: 0.9}), "b": strengths(5000, {})}),
    )
    store = CountingStore()
    fill(store, scan)
    completed = complete(on_server(scan), store, askings(scan))
    assert ranking(completed)[0].score == pytest.approx(ranking(scan)[0].score, abs=1e-4)
    assert store.limits == [1000, 1000]
    assert len(store.fetched) <= 6
    assert sum(store.fetched) < 200
    for sense, matrix in completed.matrices.items():
        assert isinstance(matrix.rows, FetchedRows)
        at = matrix.rows.windows
        np.testing.assert_array_equal(matrix.rows.held.dense(), scan.matrices[sense].rows.take(at).dense())


def test_a_scan_with_all_vectors_asks_the_store_nothing() -> None:
    scan, store = both(), CountingStore()
    assert complete(scan, store, askings(scan)) is scan
    assert store.limits == store.fetched == []


def test_what_is_here_is_not_fetched_again() -> None:
    scan, store = both(), CountingStore()
    fill(store, scan)
    once = complete(on_server(scan), store, askings(scan), limits=FEW)
    count = sum(store.fetched)
    again = complete(once, store, askings(scan), limits=FEW)
    assert sum(store.fetched) == count > 0
    assert [one.score for one in ranking(again)] == [one.score for one in ranking(once)]


def test_hidden_windows_are_no_hits() -> None:
    """Two hundred clear sights that a filter of time hides, and a fair one that it shows."""
    sights = {**{5 * k: 0.9 for k in range(1, 200)}, 1100: 0.4, 1101: 0.4}
    seen = build.matrix(Modality.VISUAL, {"a": strengths(1200, sights), "b": strengths(300, {9: 0.9})})
    scan, store = build.scan(seen), CountingStore()
    fill(store, scan)
    visible = {Modality.VISUAL: (seen.recording_of == 0) & (seen.start_s >= 1050)}
    few = replace(FEW, hits=20, visible=2)
    completed = complete(on_server(scan), store, askings(scan), visible=visible, limits=few)
    assert same(ranking(completed, visible=visible)[0], ranking(scan, visible=visible)[0])
    assert store.limits == [20, 40, 80, 160, 320]
    nothing = {Modality.VISUAL: np.zeros(len(seen), bool)}
    assert ranking(complete(on_server(scan), store, askings(scan), visible=nothing), visible=nothing) == []
    assert len(store.limits) == 5


def test_places_are_there_whatever_they_score() -> None:
    scan, store = both(), CountingStore()
    fill(store, scan)
    completed = complete(on_server(scan), store, (), places=[("a", Span(150.0, 152.0)), ("gone", Span(0.0, 9.0))])
    assert store.limits == []
    for sense, matrix in completed.matrices.items():
        assert isinstance(matrix.rows, FetchedRows)
        assert {150, 151} <= set(matrix.rows.windows.tolist()) < set(range(140, 162))
        assert len(matrix.rows.held) == len(matrix.rows.windows)
        assert completed.matrices[sense].rows.dense().shape == (400, 3)


def test_all_steps_of_a_sequence_are_completed_at_once() -> None:
    values = [[0.9 if i == 50 else 0.0, 0.9 if i == 200 else 0.0, 0.0] for i in range(300)]
    scan, store = build.scan(build.matrix(Modality.VISUAL, {"a": values})), CountingStore()
    fill(store, scan)
    first, then = np.array([1, 0, 0], np.float32), np.array([0, 1, 0], np.float32)
    completed = complete(on_server(scan), store, [*askings(scan, first), *askings(scan, then)], limits=FEW)
    for asked in (first, then):
        assert same(ranking(completed, asked)[0], ranking(scan, asked)[0])


def test_windows_that_the_store_lost_do_not_stop_a_search() -> None:
    scan, store = both(), CountingStore()
    fill(store, build.scan(scan.matrices[Modality.VISUAL]))
    completed = complete(on_server(scan), store, askings(scan), limits=FEW)
    assert ranking(completed)[0].spans == ((19.0, 22.0),)
    assert len(completed.matrices[Modality.AUDIO].rows.take(np.arange(400))) == 400


def test_a_dense_space_is_completed_too() -> None:
    rng = np.random.default_rng(7)
    vectors = rng.normal(size=(600, 16)).astype(np.float32) + 0.5
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    query = (vectors[300] + vectors[301]) / np.linalg.norm(vectors[300] + vectors[301])
    space = EmbeddingSpace(Modality.AUDIO, "toy", "0", "none-1", 1.0, 1.0, 16, "dense", "cosine")
    made = build.matrix(Modality.AUDIO, {"a": [[0.0] * 16] * 600})
    scan = build.scan(replace(made, space=space, rows=DenseRows(vectors)))
    store = CountingStore()
    fill(store, scan)
    completed = complete(on_server(scan), store, [Asking(Modality.AUDIO, query)], limits=replace(FEW, hits=2))
    matrix = completed.matrices[Modality.AUDIO]
    assert isinstance(matrix.rows, FetchedRows)
    exact, found = vectors @ query, matrix.similarities(query)
    here = matrix.rows.windows
    assert {300, 301} <= set(here.tolist())
    assert len(here) < 120
    np.testing.assert_allclose(found[here], exact[here], atol=1e-5)
    # The others never stand out, and what is usual is measured without them.
    assert (np.delete(found, here) < exact.mean()).all()
    assert [matrix.usual(query).mean(), matrix.usual(query).std()] == pytest.approx([exact.mean(), exact.std()])
