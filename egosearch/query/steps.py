"""One step of a query: what is asked at once, in words and examples, as fused candidates.

A query is a step, and so is everything that follows in it. All of them are searched in the same windows of the same
senses, which is a `Scope`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from egosearch.query.asking import Asked, asked_of, in_words
from egosearch.query.candidates import KEPT, Candidates, Proposals, propose
from egosearch.query.curves import SenseCurve, background, sense_curve
from egosearch.query.feedback import marked_rows, refined
from egosearch.query.fusion import REACH_S, Fused, fuse, reciprocal_rank_fusion
from egosearch.query.negation import Unwanted, pushed_down
from egosearch.query.speaking import speech_curve
from egosearch.query.trust import claims, expressible
from egosearch.scan import Scan, SpaceMatrix
from egosearch.types import Mark, Parts, Query
from indexers.types import Modality

JOIN_ABOVE = 0.3
"""Both senses must score more than this for their spans to become one moment."""

_NONE = np.zeros(0, dtype=np.int64)
_NO_SECONDS = np.zeros(0)


@dataclass(frozen=True, eq=False)
class Scope:
    """Where all steps of a query are searched, and how."""

    scan: Scan
    matrices: tuple[SpaceMatrix, ...]
    """The senses that are searched."""
    visible: Mapping[Modality, NDArray[np.bool_]] | None
    """The windows that may answer; None for all."""
    weights: Mapping[Modality, float]
    """How much the user lets each sense count, relative to the one that counts most."""
    parts: Parts

    def curve(self, matrix: SpaceMatrix, asked: Asked, *, is_filtered: bool = True) -> SenseCurve:
        """Score every window of a sense."""
        sense = matrix.space.modality
        visible = self.visible[sense] if self.visible is not None and is_filtered else None
        given = self.scan, matrix, asked.weights, asked.affinity
        if sense is Modality.SPEECH:
            return speech_curve(*given, asked.terms, visible=visible, parts=self.parts)
        return sense_curve(*given, visible=visible, is_calibrated=self.parts.calibration)

    def trusts(self, curves: Sequence[SenseCurve]) -> list[float]:
        """Return how well each sense can express what is asked, relative to the best one."""
        if not self.parts.trust:
            return [1.0] * len(curves)
        by_sense = expressible({curve.modality: curve.affinity for curve in curves})
        return [by_sense[curve.modality] for curve in curves]

    def claims(self, query: Query, curves: Sequence[SenseCurve]) -> list[float]:
        """Return how far what each sense has is what is asked in words; an example makes no difference."""
        if not self.parts.trust or not query.text.strip():
            return [1.0] * len(curves)
        by_sense = claims({curve.modality: curve.affinity for curve in curves})
        return [by_sense[curve.modality] for curve in curves]

    def says(self, curves: Sequence[SenseCurve]) -> list[float]:
        """Return how much each sense has to say about what is asked: trust times the user's weight."""
        trusts = self.trusts(curves)
        return [trust * self.weights[curve.modality] for trust, curve in zip(trusts, curves, strict=True)]


@dataclass(frozen=True, eq=False)
class Step:
    """What was found of one step, one entry a sense."""

    found: list[Candidates]
    mates: list[Candidates]
    """What may support a candidate of another sense."""
    trusts: list[float]
    ranked: list[Fused]
    """Best first."""

    def recordings(self, fused: Iterable[Fused], scan: Scan) -> NDArray[np.int64]:
        """Return the recording of each of k candidates as a number, shape (k,): its place on the common time line."""
        at_s = [self.found[one.sense].curve.starts_s[self.found[one.sense].windows[one.row]] for one in fused]
        origins_s = np.array(list(scan.origins_s.values()))
        return np.searchsorted(origins_s, np.array(at_s, np.float64) + 1e-6, side="right") - 1


def asks(query: Query, scope: Scope, marks: Sequence[Mark] = ()) -> Mapping[Modality, Asked]:
    """Return what a step asks of each sense, as marks have moved it.

    Args:
        query: The step; see `asking.asked_of`.
        scope: Where it is searched.
        marks: Moments judged for this very text.

    Raises:
        QueryError: An example cannot be read, or asks nothing of the senses that are searched.
    """
    asked = asked_of(query, scope.scan, scope.matrices)
    by_sense = {matrix.space.modality: matrix for matrix in scope.matrices}
    return {sense: replace(one, weights=_refined(one.weights, by_sense[sense], marks)) for sense, one in asked.items()}


def curves_of(asked: Mapping[Modality, Asked], scope: Scope) -> list[SenseCurve]:
    """Score every window in each sense that is asked anything."""
    matrices = (matrix for matrix in scope.matrices if matrix.space.modality in asked)
    return [scope.curve(matrix, asked[matrix.space.modality]) for matrix in matrices]


def find(query: Query, asked: Mapping[Modality, Asked], scope: Scope) -> Step:
    """Find the candidates of one step.

    Args:
        query: The step, for what must not be there and how to fuse.
        asked: What it asks.
        scope: Where to look.
    """
    curves, parts = curves_of(asked, scope), scope.parts
    trusts, says, claimed = scope.trusts(curves), scope.says(curves), scope.claims(query, curves)
    # The claim is in the scores already, by which confidence goes; what a sense has to say stays what it was.
    shares = [say / claim for say, claim in zip(says, claimed, strict=True)]
    unwanted = [one for text in query.without for one in _unwanted(text, scope)]
    proposals = [propose(scope.scan, curve, parts) for curve in curves]
    # What is pushed down makes room for what came after it.
    count = 2 * KEPT if unwanted else KEPT
    found = [
        pushed_down(one.best(count).scaled(claim), share, unwanted).best(KEPT)
        for one, claim, share in zip(proposals, claimed, shares, strict=True)
    ]
    if query.fusion == "rrf":
        return Step(found, found, trusts, reciprocal_rank_fusion(found))
    mates = _mates(proposals, found) if parts.support else [one.take(_NONE) for one in found]
    mates = [
        pushed_down(one.scaled(claim), share, unwanted)
        for one, claim, share in zip(mates, claimed, shares, strict=True)
    ]
    reach_s = REACH_S if parts.lag else 0.0
    return Step(found, mates, trusts, fuse(found, mates, shares, join_above=JOIN_ABOVE, reach_s=reach_s))


def _refined(weights: NDArray[np.float32], matrix: SpaceMatrix, marks: Sequence[Mark]) -> NDArray[np.float32]:
    if not marks:
        return weights
    right = marked_rows(matrix, [mark for mark in marks if mark.is_right], weights)
    wrong = marked_rows(matrix, [mark for mark in marks if not mark.is_right], weights)
    mean, deviation = background(matrix)
    return refined(weights, right, wrong, mean, deviation, layout=matrix.space.layout)


def _unwanted(text: str, scope: Scope) -> list[Unwanted]:
    """Return what each sense has of an unwanted text, in all windows: a filter hides answers, not what is there."""
    curves = [scope.curve(matrix, in_words(text, matrix.space), is_filtered=False) for matrix in scope.matrices]
    says = scope.says(curves)
    return [Unwanted(curve, say, scope.parts.trust) for curve, say in zip(curves, says, strict=True)]


def _mates(proposals: Sequence[Proposals], found: Sequence[Candidates]) -> list[Candidates]:
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
