"""Runs a query through its stages; see the package's docstring for their order."""

from dataclasses import replace
from functools import lru_cache
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from egosearch.catalog import Catalog
from egosearch.errors import QueryError
from egosearch.query.candidates import Candidates, Proposals, propose
from egosearch.query.confidence import THRESHOLD
from egosearch.query.curves import SenseCurve, sense_curve
from egosearch.query.explanation import Explainer, encoder_of
from egosearch.query.fusion import REACH_S, fuse, reciprocal_rank_fusion
from egosearch.query.intervals import suppress
from egosearch.query.trust import expressible
from egosearch.scan import Scan, ScanCache, SpaceMatrix
from egosearch.types import ALL_PARTS, Answer, Curve, Moment, Parts, Query
from indexers.types import EmbeddingSpace

MAX_TEXT = 2_000
"""Characters of a query; the sentence encoder reads the first 128 tokens."""
JOIN_ABOVE = 0.3
"""Both senses must score more than this for their spans to become one moment."""
NEAR_MISSES = 5


class Engine:
    """Answers queries over one library. Keeps the search cache and the encoders open between calls."""

    def __init__(self, catalog: Catalog, scan: ScanCache) -> None:
        self._catalog = catalog
        self._cache = scan

    def answer(self, query: Query, *, parts: Parts = ALL_PARTS) -> Answer:
        """Find the moments that a query asks for.

        Args:
            query: What is asked.
            parts: Parts of the engine to do without, to see what they are worth.

        Raises:
            QueryError: The query is empty, too long or out of range, or asks a sense that the library lacks.
            LibraryError: The search cache cannot be read.
        """
        check(query)
        scan = self._cache.load(self._catalog)
        curves = self._curves(query, scan, parts)
        weights = _weights(curves, parts)
        proposals = [propose(scan, curve, parts) for curve in curves]
        found = [one.best() for one in proposals]
        if query.fusion == "rrf":
            mates, ranked = found, reciprocal_rank_fusion(found)
        else:
            mates = _mates(proposals, found) if parts.support else [one.take(_NONE) for one in found]
            reach_s = REACH_S if parts.lag else 0.0
            ranked = fuse(found, mates, weights, join_above=JOIN_ABOVE, reach_s=reach_s)
        explainer = Explainer(self._catalog, scan, found, mates, weights)
        moments = _never_surer_below([explainer.moment(one) for one in suppress(ranked, limit=query.limit)])
        threshold = THRESHOLD if query.min_confidence is None else query.min_confidence
        sure = tuple(moment for moment in moments if moment.confidence >= threshold)
        return Answer(query, sure, () if sure else tuple(moments[:NEAR_MISSES]))

    def curves(self, query: Query, recording_id: str) -> dict[str, Curve]:
        """Return each sense's score along one recording, and under `fused` their weighted maximum each second."""
        check(query)
        scan = self._cache.load(self._catalog)
        curves = self._curves(query, scan, ALL_PARTS)
        weights = _weights(curves, ALL_PARTS)
        drawn: dict[str, Curve] = {}
        seconds = np.arange(0.5, max(1.0, scan.durations_s.get(recording_id, 0.0)))
        fused = np.zeros(len(seconds))
        for curve, weight in zip(curves, weights, strict=True):
            if recording_id not in curve.matrix.recording_ids:
                continue
            j = curve.matrix.recording_ids.index(recording_id)
            span = slice(int(curve.matrix.offsets[j]), int(curve.matrix.offsets[j + 1]))
            middles = (curve.matrix.start_s[span] + curve.matrix.end_s[span]) / 2
            scores = np.maximum(curve.scores[span], 0)
            drawn[curve.modality.value] = Curve(tuple(middles.tolist()), tuple(scores.tolist()))
            if len(middles):
                fused = np.maximum(fused, weight * np.interp(seconds, middles, scores))
        drawn["fused"] = Curve(tuple(seconds.tolist()), tuple(fused.tolist()))
        return drawn

    def _curves(self, query: Query, scan: Scan, parts: Parts) -> list[SenseCurve]:
        drawn = []
        for matrix in _chosen(query, scan):
            weights, affinity = _encoded(query.text, matrix.space)
            visible = _visible(query, matrix)
            drawn.append(sense_curve(scan, matrix, weights, affinity, visible=visible, is_calibrated=parts.calibration))
        return drawn


_NONE = np.zeros(0, dtype=np.int64)


def _weights(curves: list[SenseCurve], parts: Parts) -> list[float]:
    if not parts.trust:
        return [1.0] * len(curves)
    by_sense = expressible({curve.modality: curve.affinity for curve in curves})
    return [by_sense[curve.modality] for curve in curves]


def _mates(proposals: list[Proposals], found: list[Candidates]) -> list[Candidates]:
    """Work out, per sense, everything that may support a candidate of another one."""
    mates = []
    for i, proposal in enumerate(proposals):
        spans = [(one.starts_s, one.ends_s) for j, one in enumerate(found) if j != i]
        starts_s, ends_s = (
            (np.concatenate([_NO_SECONDS, *times]) for times in zip(*spans, strict=True))
            if spans
            else (_NO_SECONDS, _NO_SECONDS)
        )
        mates.append(proposal.near(starts_s, ends_s, REACH_S))
    return mates


_NO_SECONDS = np.zeros(0)


def _visible(query: Query, matrix: SpaceMatrix) -> NDArray[np.bool_] | None:
    if query.where.recording_ids is None:
        return None
    recordings = np.array([one in query.where.recording_ids for one in matrix.recording_ids], dtype=bool)
    return recordings[matrix.recording_of]


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
    encoder = encoder_of(space)
    return encoder.encode_text([text]).dense()[0], encoder.affinity(text)


def _never_surer_below(moments: list[Moment]) -> list[Moment]:
    """Keep a moment from being surer than one that is ranked above it.

    Rank counts both senses and confidence the leading one. Without this, ten moments are ten chances for a false alarm:
    on the bench 15 % of absent things were answered instead of 5 %.
    """
    lowest = accumulate((moment.confidence for moment in moments), min)
    return [replace(moment, confidence=sure) for moment, sure in zip(moments, lowest, strict=True)]
