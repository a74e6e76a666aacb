"""Completion: what a search needs of a library whose vectors are on a server, and no more.

Joining the best windows of two senses loses most right answers (it kept 0.2 of the exact fused top ten of a million
windows): a moment is among them by one sense, and what the other one has there is missing. So the best windows of each
sense, the hits, only say where to look. What is around them is fetched, in every sense, and all that follows works as
on an embedded library: on a `Scan` with the vectors of the windows that can matter, and of no others.

What can matter follows from what fusion reads: the candidates that a hit is part of, which are sound events, and peaks
of a curve with all that they grow over; and the candidates of any sense within REACH_S of those, which may support
them, or be supported by them. Each is needed whole, with a margin that decides what it is. Nothing grows over a window
that scores 0 or less, so where the score is above 0 up to the edge of what is here, more is fetched there, twice as
much each time. Long activities keep their true edges, up to an hour from where they are found.

What is guaranteed: a moment has the score, span and evidence of a search of everything if a hit lies in its leading
candidate, or in the one that supports it. Others score what they would there at most. So the answer is the exact one
down to the first moment that no hit lies in. Such a moment can be missed: it scores below the last hits. With a and b
what the last hit scores in its leading and in the other sense, it is worth less than

    a + SUPPORT * H(a, max(b, UNNAMED))                                            (see `egosearch.query.fusion`)

What is usual is measured on the library's sample (`egosearch.scan.sample`): scores are those of an exact search within
chance, and equal where the sample is the library. Windows that a filter hides are no hits.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from egosearch.query.candidates import KEPT
from egosearch.query.curves import PAUSE_S
from egosearch.query.fusion import REACH_S
from egosearch.query.partial import Asking, PartSense, PartSpeech, Proposed, part_of
from egosearch.query.peaks import PEAK_REACH
from egosearch.query.stretches import NO_SPANS, Spans, merged, touching, widened
from egosearch.scan import Scan, SpaceMatrix
from egosearch.stores.base import Filter, VectorStore
from indexers.embeddings import DenseRows, Embeddings, SparseRows
from indexers.types import EmbeddingSpace, Modality, Span

Floats = NDArray[np.float32]
Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Limits:
    """How far a search goes."""

    hits: int = 1000
    """Windows asked for by each asking. The union of so many of two senses, completed, kept the whole exact top ten of
    a million windows."""
    most: int = 16_000
    """Windows asked for where a filter hides some that the server cannot leave out."""
    visible: int = 200
    """Of those, as many visible ones are enough."""
    places: int = 2 * KEPT
    """Hits within `REACH_S` of each other are at one place, and so many places are completed: of what one sense
    proposes, the engine keeps no more than half."""
    margin: int = PEAK_REACH + 2
    """Windows beyond a candidate that decide what it is: neighbours, each of them smoothed, and where it ends."""
    step_s: float = 15.0
    """Fetched at first where a candidate goes on."""
    rounds: int = 9
    """Rounds of fetching: the last one reaches an hour further."""


LIMITS = Limits()
_ROUNDING_S = 1e-3


def complete(
    scan: Scan,
    store: VectorStore,
    asked: Sequence[Asking],
    *,
    places: Iterable[tuple[str, Span]] = (),
    visible: Mapping[Modality, NDArray[np.bool_]] | None = None,
    limits: Limits = LIMITS,
) -> Scan:
    """Fetch the vectors that a search needs.

    A scan that has all its vectors is returned as it is, and nothing is asked of the store.

    Args:
        scan: As cached, or completed before: what it has is not fetched again.
        store: The library's.
        asked: Everything that is searched: each text or example of each step, in each sense that it asks. What must not
            be there need not be asked: it is looked for where candidates are.
        places: Parts of recordings whose windows are needed whatever they score: examples, marks. Those of recordings
            that are not there are passed over.
        visible: By sense, shape (n,): the windows that may answer; None for all.
        limits: How far to go.

    Returns:
        The same windows, with the vectors of more of them.

    Raises:
        StoreError: The store does not answer.
    """
    if scan.is_whole:
        return scan
    senses = {modality: part_of(scan, modality) for modality in scan.matrices}
    margin_s = limits.margin * max(matrix.space.hop_s for matrix in scan.matrices.values())
    if Modality.SPEECH in senses:  # whether an utterance is a peak, those beside it decide that no pause parts from it
        margin_s = max(margin_s, PAUSE_S + _ROUNDING_S)
    hits = [
        _hits(part, towards, store, None if visible is None else _mask(part, visible[one.modality]), limits)
        for one in asked
        for part, towards in senses[one.modality].searches(one)
    ]
    curves = [(senses[one.modality], senses[one.modality].judged(one)) for one in asked]
    is_heard = any(one.modality is Modality.AUDIO for one in asked)
    events = np.stack([scan.heard.starts_s, scan.heard.ends_s], axis=1) if is_heard else NO_SPANS
    origins_s = scan.origins_s
    there = [(origins_s[one] + span.start_s, origins_s[one] + span.end_s) for one, span in places if one in origins_s]
    needed = np.array(there, np.float64).reshape(-1, 2)
    core = merged(*hits)
    wanted, step_s = merged(widened(core, REACH_S + margin_s), widened(needed, margin_s)), limits.step_s
    for _ in range(limits.rounds):
        has_more = [sense.fetch(store, wanted) for sense in senses.values()]
        if not any(has_more):
            break
        proposed = [sense.proposed(judged) for sense, judged in curves]
        wanted = _next(core, proposed, events, margin_s, step_s)
        step_s *= 2
    return _with_words(scan.with_matrices({modality: sense.matrix for modality, sense in senses.items()}), senses)


def _with_words(scan: Scan, senses: Mapping[Modality, PartSense]) -> Scan:
    """Return a scan with the words that were fetched, and with all that is known of it already."""
    speech = senses.get(Modality.SPEECH)
    if not isinstance(speech, PartSpeech) or speech.words is None:
        return scan
    completed = replace(scan, lexical=speech.words.matrix)
    own = {field.name for field in fields(scan)}
    vars(completed).update({name: known for name, known in vars(scan).items() if name not in own})
    return completed


def _mask(part: PartSense, visible: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which windows of a space may answer; of the words of speech those of which its meaning may."""
    return visible if len(visible) == len(part.matrix) else np.ones(len(part.matrix), bool)


def _next(core: Spans, proposed: Sequence[Proposed], events: Spans, margin_s: float, step_s: float) -> Spans:
    """Return the spans whose windows are needed, as far as what is here tells."""
    spans = np.concatenate([events, *(one.spans for one in proposed)])
    zone, chosen = core, NO_SPANS
    for reach_s in (0.0, REACH_S):
        zone = widened(zone, reach_s)
        chosen = spans[touching(spans, zone)]
        zone = merged(zone, chosen)
    needed = [widened(zone, margin_s)]
    for one in proposed:
        # Not by a step beyond where a recording ends: the next one's windows are none of its own.
        further = np.clip(widened(one.open, step_s), one.bounds[:, :1], one.bounds[:, 1:])
        needed.append(widened(further[touching(one.open, zone)], margin_s))
    return merged(*needed)


def _hits(
    sense: PartSense, towards: Floats, store: VectorStore, mask: NDArray[np.bool_] | None, limits: Limits
) -> Spans:
    """Return the spans of the best visible windows, of as many places as are completed."""
    matrix = sense.matrix
    row = _row(matrix.space, towards)
    if row is None or not len(matrix) or (mask is not None and not mask.any()):
        return NO_SPANS
    there = None if mask is None else np.unique(matrix.recording_of[mask])
    # No filter where it would name every recording.
    chosen = None if there is None or len(there) == len(matrix.recording_ids) else there
    where = Filter(None if chosen is None else frozenset(matrix.recording_ids[j] for j in chosen))
    limit = limits.hits
    while True:
        found = store.search(matrix.space, row, where=where, limit=limit)
        windows = _windows(matrix, [(hit.recording_id, hit.index) for hit in found])
        windows = windows if mask is None else windows[mask[windows]]
        is_enough = mask is None or len(windows) >= min(limits.visible, limits.hits)
        if is_enough or len(found) < limit or limit >= limits.most:
            return _best_places(sense.between(windows, windows), limits.places)
        limit = min(2 * limit, limits.most)


def _windows(matrix: SpaceMatrix, hits: Sequence[tuple[str, int]]) -> Rows:
    """Return where hits are, in their order, without those that the catalogue does not show."""
    numbered = {recording_id: j for j, recording_id in enumerate(matrix.recording_ids)}
    recording_of = np.array([numbered.get(recording_id, -1) for recording_id, _ in hits], np.int64)
    index = np.array([number for _, number in hits], np.int64)
    windows = np.full(len(hits), -1, np.int64)
    for j in np.unique(recording_of[recording_of >= 0]):
        of = recording_of == j
        windows[of] = matrix.rows_of(int(j), index[of])
    return windows[windows >= 0]


def _best_places(spans: Spans, count: int) -> Spans:
    """Keep the spans, best first, of the places that come first; see `Limits.places`."""
    areas = merged(widened(spans, REACH_S / 2))
    place_of = np.searchsorted(areas[:, 0], spans[:, 0], side="right") - 1
    _, ranks = np.unique(place_of, return_index=True)
    kept = place_of[np.sort(ranks)[:count]]
    return spans[np.isin(place_of, kept)]


def _row(space: EmbeddingSpace, towards: Floats) -> Embeddings | None:
    """Return a query as the store takes it; None where nothing is asked."""
    entries = np.flatnonzero(towards)
    if not len(entries):
        return None
    if space.layout == "dense":
        return DenseRows(towards[None])
    return SparseRows(np.array([0, len(entries)]), entries.astype(np.uint16), towards[entries], space.dim)
