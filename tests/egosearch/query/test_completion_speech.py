"""Completion with speech: words are fetched with their meaning, and rank as in a search of everything."""

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from typing import cast

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from egosearch.catalog import Catalog
from egosearch.query.asking import Asked
from egosearch.query.completion import complete
from egosearch.query.curves import whitened
from egosearch.query.partial import Asking
from egosearch.query.said import AROUND_S, around
from egosearch.query.speaking import document_frequency, terms_of
from egosearch.query.steps import Scope, find
from egosearch.scan import Scan
from egosearch.scan.fetched import FetchedRows
from egosearch.scan.types import Sample
from egosearch.types import ALL_PARTS, Query
from indexers.types import Modality, Span, Utterance
from tests.egosearch.query import build, spoken
from tests.egosearch.query.completing import FEW, CountingStore, Found, fill, on_server, told, without_vectors
from tests.egosearch.query.spoken import Said

WORDS = ("bell", "door", "tree", "fish", "lamp", "stone", "cloud", "river", "horse", "piano")


def asks(text: str) -> Mapping[Modality, Asked]:
    heard = Asked(np.array([1, 0, 0], np.float32), 0.8)
    return {Modality.AUDIO: heard, Modality.SPEECH: spoken.asked(text, (1, 0.2, 0))}


def ranking(scan: Scan, text: str) -> list[Found]:
    scope = Scope(scan, tuple(scan.matrices.values()), None, dict.fromkeys(scan.matrices, 1.0), ALL_PARTS)
    step = find(Query(text), asks(text), scope)
    return [told(one, step.found, step.mates) for one in step.ranked if one.score > 1e-3]


def away(scan: Scan) -> Scan:
    """Return the scan as the cache of a server library has it, with all windows as the sample."""
    assert scan.lexical is not None
    return replace(on_server(scan), lexical=without_vectors(scan.lexical))


def stored(scan: Scan) -> CountingStore:
    store = CountingStore()
    fill(store, scan)
    assert scan.lexical is not None
    fill(store, replace(scan, matrices={Modality.SPEECH: scan.lexical}))
    return store


def completed(scan: Scan, text: str, hits: int) -> Scan:
    asked = [
        Asking(sense, whitened(scan.matrices[sense], one.weights), one.terms)
        for sense, one in asks(text).items()
        if sense in scan.matrices
    ]
    return complete(away(scan), stored(scan), asked, limits=replace(FEW, hits=hits))


@st.composite
def libraries(draw: st.DrawFn) -> Scan:
    """Return recordings in which somebody talks now and then, and something is heard now and then."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    talk: dict[str, Sequence[Said]] = {}
    sounds: dict[str, Sequence[Sequence[float]]] = {}
    for name in "abc"[: draw(st.integers(1, 3))]:
        length = int(rng.integers(100, 400))
        starts = np.sort(rng.choice(length // 4, size=int(rng.integers(2, length // 8)), replace=False)) * 4.0
        talk[name] = [
            Said(
                float(start),
                float(start) + float(rng.uniform(0.5, 3.9)),
                " ".join(rng.choice(WORDS, size=int(rng.integers(1, 5)))),
                tuple(float(one) for one in rng.normal(size=3)),
                (float(rng.uniform(0, 1)), float(rng.uniform(0, 40))),
            )
            for start in starts
        ]
        values = np.zeros((length, 3))
        for first in np.flatnonzero(rng.random(length) < 0.02):
            values[first : first + int(rng.integers(1, 6)), 0] = rng.uniform(0.1, 1)
        sounds[name] = [[float(value) for value in row] for row in values]
    return spoken.scan(talk, build.matrix(Modality.AUDIO, sounds))


@settings(max_examples=80, deadline=None)
@given(made=libraries(), text=st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map(" ".join))
def test_with_enough_hits_the_ranking_is_exact(made: Scan, text: str) -> None:
    exact, found = ranking(made, text), ranking(completed(made, text, 1000), text)
    assert [one.score for one in found[:10]] == pytest.approx([one.score for one in exact[:10]], abs=1e-4)


@settings(max_examples=80, deadline=None)
@given(made=libraries(), text=st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map(" ".join))
def test_the_best_moment_is_found_from_few_hits(made: Scan, text: str) -> None:
    exact, found = ranking(made, text), ranking(completed(made, text, 5), text)
    if not exact:
        return
    # Its leading sense may have found it with no hit, where both senses have it weakly: then it scores what is left.
    assert found[0].score <= exact[0].score + 1e-4
    assert found[0].score >= 0.5 * exact[0].score


def test_what_only_the_words_know_is_fetched() -> None:
    """Five hits of meaning lie elsewhere: the name is said where the meaning says nothing."""
    said = [Said(at * 20.0, at * 20 + 3, "word", (1, 0.2, 0.1 * (at % 3))) for at in range(60)]
    said[41] = Said(820, 823, "Bartholomew", (0, 0, 1))
    made = spoken.scan({"a": said})
    done = completed(made, "Bartholomew", 5)
    assert done.lexical is not None
    for matrix in (done.matrices[Modality.SPEECH], done.lexical):
        assert isinstance(matrix.rows, FetchedRows)
        assert 41 in matrix.rows.windows
        assert len(matrix.rows.windows) < 30
    scope = Scope(done, (done.matrices[Modality.SPEECH],), None, {Modality.SPEECH: 1.0}, ALL_PARTS)
    asked = {Modality.SPEECH: asks("Bartholomew")[Modality.SPEECH]}
    spans = [(one.start_s, one.end_s) for one in find(Query("Bartholomew"), asked, scope).ranked[:10]]
    assert (820.0, 823.0) in spans


def test_document_frequencies_of_a_sample_are_multiplied() -> None:
    texts = ["bell", "door", "bell door", "tree"] * 50
    _, words = spoken.matrices({"a": [Said(at * 5.0, at * 5 + 2, text) for at, text in enumerate(texts)]})
    kept = np.arange(0, 200, 2)
    part = replace(without_vectors(words), sample=Sample(kept, words.rows.take(kept)))
    numbers = [int(terms_of(word).numbers[0]) for word in ("bell", "tree", "fish")]
    assert document_frequency(words, numbers).tolist() == [100, 50, 0]
    assert document_frequency(part, numbers).tolist() == [200, 0, 0]  # of each four, the sample has "bell" twice


class Transcripts:
    """A catalogue of which only the transcripts are there."""

    def __init__(self, recordings: Mapping[str, Sequence[Said]]) -> None:
        self._recordings = recordings

    def utterances(self, recording_id: str, space_id: str, within: Span) -> list[Utterance]:
        assert space_id == spoken.SPACE.id
        return [
            Utterance(Span(one.start_s, one.end_s), one.text, (), "en", 1.0)
            for one in self._recordings[recording_id]
            if one.start_s < within.end_s and one.end_s > within.start_s
        ]


@settings(max_examples=40, deadline=None)
@given(
    texts=st.lists(st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map(" ".join), min_size=1, max_size=20),
    wanted=st.lists(st.sampled_from(WORDS), min_size=1, max_size=2).map(" ".join),
)
def test_where_words_are_said_is_the_same_on_a_server_and_by_reading_all(texts: list[str], wanted: str) -> None:
    talk = [Said(at * 100.0, at * 100 + 3, text) for at, text in enumerate(texts)]
    recordings = {"a": talk[::2], "b": talk[1::2]} if len(talk) > 1 else {"a": talk}
    made = spoken.scan(recordings)
    catalog = cast(Catalog, Transcripts(recordings))
    expected = {
        recording_id: [one.start_s for one in said if set(wanted.split()) <= set(one.text.split())]
        for recording_id, said in recordings.items()
    }
    here, there = around(wanted, made, catalog), around(wanted, away(made), catalog, lambda: nullcontext(stored(made)))
    assert here == there
    found = {recording_id: [span.start_s for span in spans] for recording_id, spans in here.items()}
    reached = {one: [max(0.0, start_s - AROUND_S) for start_s in starts] for one, starts in expected.items()}
    assert found == {one: starts for one, starts in reached.items() if starts}
