"""Runs a query through its stages; see the package's docstring for their order."""

from dataclasses import dataclass, replace
from datetime import timedelta
from functools import lru_cache

import numpy as np

from egosearch.catalog import Catalog
from egosearch.catalog.values import CatalogedRecording
from egosearch.errors import QueryError
from egosearch.query.candidates import Candidates, propose
from egosearch.query.confidence import RUNNERS_UP, THRESHOLD, confidence, rivalry
from egosearch.query.curves import SenseCurve, sense_curve
from egosearch.query.fusion import Fused, fuse, reciprocal_rank_fusion
from egosearch.query.intervals import suppress
from egosearch.query.trust import expressible
from egosearch.scan import Scan, ScanCache, SpaceMatrix
from egosearch.types import Answer, Curve, Evidence, Moment, Query
from indexers.base import Encoder
from indexers.encoders import load_encoder
from indexers.types import EmbeddingSpace, Span

MAX_TEXT = 2_000
"""Characters of a query; the sentence encoder reads the first 128 tokens."""
WORDS = 4
"""Concepts named in a moment's evidence."""
JOIN_ABOVE = 0.3
"""Both senses must score more than this for their spans to become one moment."""
NEAR_MISSES = 5


class Engine:
    """Answers queries over one library. Keeps the search cache and the encoders open between calls."""

    def __init__(self, catalog: Catalog, scan: ScanCache) -> None:
        self._catalog = catalog
        self._cache = scan

    def answer(self, query: Query) -> Answer:
        """Find the moments that a query asks for.

        Raises:
            QueryError: The query is empty, too long or out of range, or asks a sense that the library lacks.
            LibraryError: The search cache cannot be read.
        """
        check(query)
        scan = self._cache.load(self._catalog)
        curves = self._curves(query, scan)
        found = [_within(propose(scan, curve), query) for curve in curves]
        if query.fusion == "rrf":
            ranked, weights = reciprocal_rank_fusion(found), [1.0] * len(found)
        else:
            by_sense = expressible({curve.modality: curve.affinity for curve in curves})
            weights = [by_sense[curve.modality] for curve in curves]
            ranked = fuse(found, weights, join_above=JOIN_ABOVE)
        kept = suppress(ranked, limit=max(query.limit, RUNNERS_UP + 1))
        scores = [one.score for one in kept]
        recordings = _Recordings(self._catalog, scan)
        moments = [
            self._moment(one, rivalry(one.score, scores[:i] + scores[i + 1 :]), found, weights, recordings)
            for i, one in enumerate(kept[: query.limit])
        ]
        threshold = THRESHOLD if query.min_confidence is None else query.min_confidence
        sure = tuple(moment for moment in moments if moment.confidence >= threshold)
        return Answer(query, sure, () if sure else tuple(moments[:NEAR_MISSES]))

    def curves(self, query: Query, recording_id: str) -> dict[str, Curve]:
        """Return each sense's score along one recording, and under `fused` their weighted maximum each second."""
        check(query)
        scan = self._cache.load(self._catalog)
        curves = self._curves(query, scan)
        weights = expressible({curve.modality: curve.affinity for curve in curves})
        drawn: dict[str, Curve] = {}
        seconds = np.arange(0.5, max(1.0, scan.durations_s.get(recording_id, 0.0)))
        fused = np.zeros(len(seconds))
        for curve in curves:
            if recording_id not in curve.matrix.recording_ids:
                continue
            j = curve.matrix.recording_ids.index(recording_id)
            span = slice(int(curve.matrix.offsets[j]), int(curve.matrix.offsets[j + 1]))
            middles = (curve.matrix.start_s[span] + curve.matrix.end_s[span]) / 2
            scores = np.maximum(curve.scores[span], 0)
            drawn[curve.modality.value] = Curve(tuple(middles.tolist()), tuple(scores.tolist()))
            if len(middles):
                fused = np.maximum(fused, weights[curve.modality] * np.interp(seconds, middles, scores))
        drawn["fused"] = Curve(tuple(seconds.tolist()), tuple(fused.tolist()))
        return drawn

    def _curves(self, query: Query, scan: Scan) -> list[SenseCurve]:
        matrices = _chosen(query, scan)
        drawn = []
        for matrix in matrices:
            weights, affinity = _encoded(query.text, matrix.space)
            drawn.append(sense_curve(scan, matrix, weights, affinity))
        return drawn

    def _moment(self, fused: Fused, found: list[Candidates], weights: list[float], recordings: "_Recordings") -> Moment:
        leading = found[fused.sense]
        recording, origin_s = recordings.of(leading.curve, int(leading.windows[fused.row]))
        pairs = [(fused.sense, fused.row)] + ([fused.other] if fused.other else [])
        leading_s = float(leading.starts_s[fused.row])
        evidence = tuple(_evidence(found[sense], row, weights[sense], origin_s, leading_s) for sense, row in pairs)
        span = Span(max(0.0, fused.start_s - origin_s), fused.end_s - origin_s)
        started = recording.recording.recorded_at
        return Moment(
            recording_id=recording.recording.recording_id,
            path=recording.recording.path,
            span=span,
            recorded_at=started + timedelta(seconds=span.start_s) if started else None,
            score=fused.score,
            confidence=confidence(evidence[0].score, rivals),
            evidence=evidence,
        )


def check(query: Query) -> None:
    """Refuse what cannot be answered.

    Raises:
        QueryError: Says what is wrong and what to do.
    """
    if not query.text.strip():
        raise QueryError("the query is empty; say what you heard or saw, for example: the timer went off")
    if len(query.text) > MAX_TEXT:
        raise QueryError(f"the query has {len(query.text)} characters, {MAX_TEXT} are the most; ask for one moment")
    if query.limit < 1:
        raise QueryError(f"the limit is {query.limit}; ask for at least 1 moment")
    if query.min_confidence is not None and not 0 <= query.min_confidence <= 1:
        raise QueryError(f"the minimum confidence is {query.min_confidence}; it lies between 0 and 1")


def _chosen(query: Query, scan: Scan) -> list[SpaceMatrix]:
    if query.modalities is None:
        return list(scan.matrices.values())
    missing = sorted(query.modalities - scan.matrices.keys())
    if missing:
        has = ", ".join(sorted(scan.matrices)) or "nothing yet"
        raise QueryError(f"this library has no {missing[0]} to search, it has {has}; leave out --modality {missing[0]}")
    return [scan.matrices[modality] for modality in sorted(query.modalities)]


@lru_cache(maxsize=256)
def _encoded(text: str, space: EmbeddingSpace) -> tuple[np.typing.NDArray[np.float32], float]:
    encoder = _encoder(space)
    return encoder.encode_text([text]).dense()[0], encoder.affinity(text)


def _encoder(space: EmbeddingSpace) -> Encoder:
    """Return the encoder that made a space.

    Raises:
        QueryError: The installed one makes another space.
    """
    encoder = load_encoder(space.model, space.modality)
    if encoder.space != space:
        raise QueryError(
            f"the library's {space.modality} windows were made by another version of {space.model}; index again with "
            "this one into a new library, or install the version that made them"
        )
    return encoder


def _within(found: Candidates, query: Query) -> Candidates:
    """Keep what lies in the recordings that the query means."""
    if query.recording_ids is None:
        return found
    recordings = np.array([one in query.recording_ids for one in found.curve.matrix.recording_ids], dtype=bool)
    keep = np.flatnonzero(recordings[found.curve.matrix.recording_of[found.windows]])
    return replace(
        found,
        starts_s=found.starts_s[keep],
        ends_s=found.ends_s[keep],
        scores=found.scores[keep],
        trust=found.trust[keep],
        windows=found.windows[keep],
    )


def _evidence(found: Candidates, row: int, weight: float, origin_s: float, leading_s: float) -> Evidence:
    """Say what one sense has; `origin_s` and `leading_s`, the leading evidence's start, are on the common time line."""
    curve, window = found.curve, int(found.windows[row])
    start_s, end_s = float(found.starts_s[row]), float(found.ends_s[row])
    return Evidence(
        modality=curve.modality,
        span=Span(max(0.0, start_s - origin_s), end_s - origin_s),
        similarity=curve.similarity(window),
        score=float(found.scores[row]),
        trust=weight * float(found.trust[row]),
        lag_s=start_s - leading_s,
        words=_words(curve, window),
    )


def _words(curve: SenseCurve, window: int) -> tuple[str, ...]:
    """Name what was asked for and is there, then what else is there most strongly."""
    row = curve.matrix.rows.take(np.array([window])).dense()[0].astype(np.float32)
    encoder = _encoder(curve.matrix.space)
    asked = [word for word, _ in encoder.words(row * curve.weights, 2)]
    there = [word for word, _ in encoder.words(row, WORDS)]
    return tuple(dict.fromkeys([*asked, *there]))[:WORDS]


@dataclass
class _Recordings:
    """Looks up the recordings of an answer, each once."""

    catalog: Catalog
    scan: Scan

    def __post_init__(self) -> None:
        self._known: dict[str, CatalogedRecording] = {}

    def of(self, curve: SenseCurve, window: int) -> tuple[CatalogedRecording, float]:
        """Return a window's recording and where it begins on the common time line."""
        recording_id = curve.matrix.recording_ids[int(curve.matrix.recording_of[window])]
        if recording_id not in self._known:
            found = self.catalog.recording(recording_id)
            if found is None:
                raise QueryError(f"recording {recording_id} was removed while it was searched; ask again")
            self._known[recording_id] = found
        return self._known[recording_id], self.scan.origins_s[recording_id]
