"""Arithmetic of spans: overlap, and keeping one of several that mean the same."""

from collections.abc import Iterable
from typing import Protocol, TypeVar


class Spanned(Protocol):
    """Whatever has a start and an end, on one time line."""

    @property
    def start_s(self) -> float: ...

    @property
    def end_s(self) -> float: ...


AnySpanned = TypeVar("AnySpanned", bound=Spanned)


def temporal_iou(start_a: float, end_a: float, start_b: float, end_b: float) -> float:
    """Return the seconds in common divided by the seconds covered by either; 0 for empty spans.

    Symmetric, and in [0, 1].
    """
    common = max(0.0, min(end_a, end_b) - max(start_a, start_b))
    covered = (end_a - start_a) + (end_b - start_b) - common
    return common / covered if covered > 0 else 0.0


def suppress(ranked: Iterable[AnySpanned], *, limit: int, above_iou: float = 0.3) -> list[AnySpanned]:
    """Keep the best of those that overlap (temporal non-maximum suppression).

    A moment is dropped where it has more than `above_iou` in common with a better one, or lies wholly in it.
    """
    kept: list[AnySpanned] = []
    for one in ranked:
        if len(kept) == limit:
            break
        if not any(
            temporal_iou(one.start_s, one.end_s, other.start_s, other.end_s) > above_iou
            or (one.start_s >= other.start_s and one.end_s <= other.end_s)
            for other in kept
        ):
            kept.append(one)
    return kept
