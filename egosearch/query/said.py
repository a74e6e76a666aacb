"""The filter by what is said: which parts of recordings are around certain words.

    --said 'projections "third quarter"'

asks for utterances in which all of it is said: words in any order and form ("projected", "projection"), and words in
quotation marks exactly so, one after the other. What passes reaches from AROUND_S before such an utterance to AROUND_S
after it.

The stems of the words are looked up in the search cache, or on the server; what is found there is compared with the
transcript, since two stems may have one number, and order is not kept. Words that nearly every utterance has are no
stems of most: where nothing else is asked, all transcripts are read.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager

import numpy as np
from numpy.typing import NDArray

from egosearch.catalog import Catalog
from egosearch.errors import QueryError
from egosearch.query.speaking import words_beside
from egosearch.query.stretches import merged, widened
from egosearch.query.wanted import Wanted
from egosearch.scan import Scan, SpaceMatrix
from egosearch.scan.fetched import FetchedRows
from egosearch.stores.base import Filter, VectorStore
from indexers.embeddings import SparseRows
from indexers.lexical import STEMS, term_weights
from indexers.types import Modality, Span

Rows = NDArray[np.int64]
Stores = Callable[[], AbstractContextManager[VectorStore]]

AROUND_S = 30.0
"""People stay with a topic for about so long, and what is talked about is often seen or done just after."""
_HITS = 4096
"""Utterances asked of a server at first."""


def around(said: str, scan: Scan, catalog: Catalog, vectors: Stores | None = None) -> Mapping[str, tuple[Span, ...]]:
    """Return where in which recordings these words are said, and `AROUND_S` around: ascending, disjoint spans.

    Args:
        said: As typed.
        scan: Where to look.
        catalog: Has the transcripts.
        vectors: Opens the store of a library whose vectors are on a server.

    Raises:
        QueryError: The library has no transcripts, or there is no word in `said`.
    """
    matrix = scan.matrices.get(Modality.SPEECH)
    if matrix is None:
        raise QueryError(
            "this library has no transcripts to look for words in (--said); "
            "`egosearch index --encoder speech=whisper:tiny.en PATH` makes them"
        )
    wanted = Wanted.of(said)
    spans = {}
    for recording_id, (start_s, end_s) in _where(wanted, scan, matrix, vectors).items():
        utterances = catalog.utterances(recording_id, matrix.space.id, Span(start_s, end_s))
        found = [(one.span.start_s, one.span.end_s) for one in utterances if wanted.is_in(one.text)]
        if found:
            reached = merged(widened(np.array(found, np.float64), AROUND_S))
            until_s = scan.durations_s[recording_id]
            spans[recording_id] = tuple(Span(max(0.0, a), min(until_s, b)) for a, b in reached.tolist() if a < until_s)
    return spans


def stems_of(wanted: Wanted) -> list[int]:
    """Return the stems that an utterance with all that is wanted has in the space of words; empty if there are none."""
    return sorted({int(number) for number in term_weights(wanted.content).indices if number < STEMS})


def common(one: Mapping[str, tuple[Span, ...]], other: Mapping[str, tuple[Span, ...]]) -> dict[str, tuple[Span, ...]]:
    """Return what lies in spans of both, by recording; both ascending and disjoint, as is what is returned."""
    both = {}
    for recording_id in one.keys() & other.keys():
        spans = tuple(
            Span(max(a.start_s, b.start_s), min(a.end_s, b.end_s))
            for a in one[recording_id]
            for b in other[recording_id]
            if max(a.start_s, b.start_s) < min(a.end_s, b.end_s)
        )
        if spans:
            both[recording_id] = spans
    return both


def _where(wanted: Wanted, scan: Scan, matrix: SpaceMatrix, vectors: Stores | None) -> dict[str, tuple[float, float]]:
    """Return which part of which recordings holds all utterances that may have what is wanted."""
    lexical, numbers = words_beside(scan, matrix), stems_of(wanted)
    if lexical is None or not numbers:
        return dict.fromkeys(matrix.recording_ids, (0.0, np.inf))
    windows = _holders(lexical, numbers, vectors)
    parts = {}
    for j in np.unique(lexical.recording_of[windows]):
        of = windows[lexical.recording_of[windows] == j]
        parts[lexical.recording_ids[j]] = float(lexical.start_s[of].min()), float(lexical.end_s[of].max())
    return parts


def _holders(lexical: SpaceMatrix, numbers: Sequence[int], vectors: Stores | None) -> Rows:
    """Return the utterances that have all these terms."""
    if isinstance(lexical.rows, FetchedRows):
        if vectors is None:
            return np.arange(len(lexical))
        with vectors() as store:
            return _asked(lexical, numbers, store)
    holds = np.ones(len(lexical), bool)
    for number in numbers:
        holds &= lexical.similarities(_one(number, lexical.space.dim)) > 0
    return np.flatnonzero(holds)


def _asked(lexical: SpaceMatrix, numbers: Sequence[int], store: VectorStore) -> Rows:
    """Return the utterances that have the rarest of these terms, by the library's sample: more than those wanted."""
    sample = lexical.sample.rows if lexical.sample is not None else lexical.rows
    often = [np.count_nonzero(sample.dot(_one(number, lexical.space.dim))) for number in numbers]
    rarest = np.array([numbers[int(np.argmin(often))]], np.uint16)
    row = SparseRows(np.array([0, 1]), rarest, np.ones(1, np.float32), lexical.space.dim)
    limit = _HITS
    while True:
        found = store.search(lexical.space, row, where=Filter(), limit=limit)
        if len(found) < limit or limit >= len(lexical):
            break
        limit *= 4
    numbered = {recording_id: j for j, recording_id in enumerate(lexical.recording_ids)}
    windows = [
        int(lexical.rows_of(numbered[hit.recording_id], np.array([hit.index]))[0])
        for hit in found
        if hit.recording_id in numbered
    ]
    return np.array(sorted(window for window in windows if window >= 0), np.int64)


def _one(number: int, dim: int) -> NDArray[np.float32]:
    query = np.zeros(dim, np.float32)
    query[number] = 1
    return query
