"""Fused candidates into moments that say where, when, how sure and why."""

from datetime import timedelta

import numpy as np

from egosearch.catalog import Catalog
from egosearch.catalog.values import CatalogedRecording
from egosearch.errors import QueryError
from egosearch.query.candidates import Candidates
from egosearch.query.confidence import confidence
from egosearch.query.curves import SenseCurve
from egosearch.query.fusion import Fused
from egosearch.scan import Scan
from egosearch.types import Evidence, Moment
from indexers.base import Encoder
from indexers.encoders import load_encoder
from indexers.types import EmbeddingSpace, Span

WORDS = 4
"""Concepts named in a moment's evidence."""
ASKED_WORDS = 2
"""Of those, how many may be what was asked for; the rest is what else is there."""


class Explainer:
    """Makes the moments of one answer; looks each recording up once."""

    def __init__(
        self, catalog: Catalog, scan: Scan, found: list[Candidates], mates: list[Candidates], weights: list[float]
    ) -> None:
        self._catalog = catalog
        self._scan = scan
        self._found = found
        self._mates = mates
        self._weights = weights
        self._recordings: dict[str, CatalogedRecording] = {}

    def moment(self, fused: Fused) -> Moment:
        """Return a fused candidate as a moment of its recording."""
        leading = self._found[fused.sense]
        recording = self._recording(leading.curve, int(leading.windows[fused.row])).recording
        origin_s = self._scan.origins_s[recording.recording_id]
        leading_s = float(leading.starts_s[fused.row])
        pairs = [(self._found, fused.sense, fused.row), *([(self._mates, *fused.other)] if fused.other else [])]
        evidence = tuple(
            self._evidence(found[sense], row, self._weights[sense], origin_s, leading_s) for found, sense, row in pairs
        )
        span = Span(max(0.0, fused.start_s - origin_s), fused.end_s - origin_s)
        started = recording.recorded_at
        return Moment(
            recording_id=recording.recording_id,
            path=recording.path,
            span=span,
            recorded_at=started + timedelta(seconds=span.start_s) if started else None,
            score=fused.score,
            confidence=confidence(evidence[0].score),
            evidence=evidence,
        )

    def _evidence(self, found: Candidates, row: int, weight: float, origin_s: float, leading_s: float) -> Evidence:
        """Say what one sense has; `origin_s` and `leading_s` are on the common time line."""
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

    def _recording(self, curve: SenseCurve, window: int) -> CatalogedRecording:
        recording_id = curve.matrix.recording_ids[int(curve.matrix.recording_of[window])]
        if recording_id not in self._recordings:
            found = self._catalog.recording(recording_id)
            if found is None:
                raise QueryError(f"recording {recording_id} was removed while it was searched; ask again")
            self._recordings[recording_id] = found
        return self._recordings[recording_id]


def _words(curve: SenseCurve, window: int) -> tuple[str, ...]:
    """Name what was asked for and is there, then what else is there most strongly."""
    row = curve.matrix.rows.take(np.array([window])).dense()[0].astype(np.float32)
    encoder = encoder_of(curve.matrix.space)
    asked = [word for word, _ in encoder.words(row * curve.weights, ASKED_WORDS)]
    there = [word for word, _ in encoder.words(row, WORDS)]
    return tuple(dict.fromkeys([*asked, *there]))[:WORDS]


def encoder_of(space: EmbeddingSpace) -> Encoder:
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
