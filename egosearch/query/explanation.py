"""Chains of fused candidates into moments that say where, when, how sure and why."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import numpy as np

from egosearch.catalog import Catalog
from egosearch.errors import QueryError
from egosearch.query.asking import encoder_of
from egosearch.query.candidates import Candidates
from egosearch.query.confidence import confidence
from egosearch.query.curves import SenseCurve
from egosearch.query.fusion import Fused
from egosearch.query.sequence import Chain
from egosearch.query.speaking import terms_of
from egosearch.query.steps import Step
from egosearch.query.wordhits import asked_stems, hits, told
from egosearch.scan import Scan
from egosearch.types import Evidence, Moment
from indexers.types import Modality, Recording, Span, Word

WORDS = 4
"""Concepts named in a moment's evidence."""
ASKED_WORDS = 2
"""Of those, how many may be what was asked for; the rest is what else is there."""


class Explainer:
    """Makes the moments of one answer; looks their recordings up all at once."""

    def __init__(self, catalog: Catalog, scan: Scan, steps: Sequence[Step], texts: Sequence[str]) -> None:
        """Explain what was found of each step, given the text of each."""
        self._catalog = catalog
        self._scan = scan
        self._steps = steps
        self._texts = texts

    def moments(self, chains: Sequence[Chain]) -> list[Moment]:
        """Return each chain as a moment of its recording.

        Raises:
            QueryError: A recording is no longer there.
        """
        ids = [self._recording_of(chain) for chain in chains]
        known = {one.recording.recording_id: one.recording for one in self._catalog.recordings(set(ids))}
        if gone := set(ids) - known.keys():
            raise QueryError(f"recording {min(gone)} was removed while it was searched; ask again")
        return [self._moment(chain, known[one]) for chain, one in zip(chains, ids, strict=True)]

    def _recording_of(self, chain: Chain) -> str:
        first = chain.links[0]
        leading = self._steps[0].found[first.sense]
        matrix = leading.curve.matrix
        return matrix.recording_ids[int(matrix.recording_of[leading.windows[first.row]])]

    def _moment(self, chain: Chain, recording: Recording) -> Moment:
        origin_s = self._scan.origins_s[recording.recording_id]
        evidence = [self._of_step(number, link, origin_s) for number, link in enumerate(chain.links)]
        span = Span(max(0.0, chain.start_s - origin_s), chain.end_s - origin_s)
        started = recording.recorded_at
        return Moment(
            recording_id=recording.recording_id,
            path=recording.path,
            span=span,
            recorded_at=started + timedelta(seconds=span.start_s) if started else None,
            score=chain.score,
            confidence=min(confidence(of_step[0].score) for of_step in evidence),
            evidence=tuple(one for of_step in evidence for one in of_step),
        )

    def _of_step(self, number: int, fused: Fused, origin_s: float) -> list[Evidence]:
        """Return the evidence of one step, leading first."""
        step = self._steps[number]
        pairs = [(step.found, fused.sense, fused.row), *([(step.mates, *fused.other)] if fused.other else [])]
        leading_s = float(step.found[fused.sense].starts_s[fused.row])
        return [
            replace(
                self._evidence(found[sense], row, step.trusts[sense], origin_s, self._texts[number]),
                lag_s=float(found[sense].starts_s[row]) - leading_s,
                step=number,
            )
            for found, sense, row in pairs
        ]

    def _evidence(self, found: Candidates, row: int, trust: float, origin_s: float, text: str) -> Evidence:
        """Say what one sense has of what a text asks; `origin_s` is on the common time line."""
        curve, window = found.curve, int(found.windows[row])
        start_s, end_s = float(found.starts_s[row]), float(found.ends_s[row])
        span = Span(max(0.0, start_s - origin_s), end_s - origin_s)
        is_said = curve.modality is Modality.SPEECH
        words, hit = self._said(curve, window, span, text) if is_said else (_words(curve, window), ())
        return Evidence(
            modality=curve.modality,
            span=span,
            similarity=curve.similarity(window),
            score=float(found.scores[row]),
            trust=trust * float(found.trust[row]),
            lag_s=0.0,
            words=words,
            hits=hit,
        )

    def _said(self, curve: SenseCurve, window: int, span: Span, text: str) -> tuple[tuple[str, ...], tuple[Word, ...]]:
        """Return what is said in a span, as one text, and the words of it that were asked for."""
        matrix = curve.matrix
        recording_id = matrix.recording_ids[int(matrix.recording_of[window])]
        utterances = self._catalog.utterances(recording_id, matrix.space.id, span)
        stems = asked_stems(terms_of(text).numbers)
        hit = [word for utterance in utterances for word in hits(utterance, stems)]
        return ((told(utterances, hit),) if utterances else ()), tuple(hit)


def _words(curve: SenseCurve, window: int) -> tuple[str, ...]:
    """Name what was asked for and is there, then what else is there most strongly."""
    row = curve.matrix.rows.take(np.array([window])).dense()[0].astype(np.float32)
    encoder = encoder_of(curve.matrix.space)
    asked = [word for word, _ in encoder.words(row * curve.weights, ASKED_WORDS)]
    there = [word for word, _ in encoder.words(row, WORDS)]
    return tuple(dict.fromkeys([*asked, *there]))[:WORDS]
