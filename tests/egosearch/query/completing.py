"""Libraries on a made-up server: the search cache without vectors, a store that counts, and a ranking to compare."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pytest
from numpy.typing import NDArray

from egosearch.query.candidates import Candidates, propose
from egosearch.query.completion import Limits
from egosearch.query.curves import sense_curve, whitened
from egosearch.query.fusion import REACH_S, Fused, fuse
from egosearch.query.partial import Asking
from egosearch.scan import Scan, SpaceMatrix
from egosearch.scan.fetched import FetchedRows
from egosearch.scan.types import Sample
from egosearch.stores import Filter, Hit, MemoryStore, VectorStore, WindowRows
from indexers.embeddings import Embeddings
from indexers.types import EmbeddingSpace, Modality
from tests.egosearch.query import build

ASKED = np.array([1.0, 0.0, 0.0], np.float32)
FEW = Limits(hits=5, visible=5, step_s=4.0)


class CountingStore(MemoryStore):
    """Counts what a server would be asked."""

    def __init__(self) -> None:
        super().__init__()
        self.limits: list[int] = []
        self.fetched: list[int] = []

    def search(self, space: EmbeddingSpace, query: Embeddings, *, where: Filter, limit: int) -> list[Hit]:
        self.limits.append(limit)
        return super().search(space, query, where=where, limit=limit)

    def fetch(self, space: EmbeddingSpace, windows: Mapping[str, NDArray[np.int64]]) -> dict[str, WindowRows]:
        self.fetched.append(sum(len(index) for index in windows.values()))
        return super().fetch(space, windows)


def fill(store: VectorStore, scan: Scan) -> None:
    for matrix in scan.matrices.values():
        assert not isinstance(matrix.rows, FetchedRows)
        for j, recording_id in enumerate(matrix.recording_ids):
            windows = np.arange(matrix.offsets[j], matrix.offsets[j + 1])
            store.upsert(matrix.space, WindowRows(recording_id, windows - windows[0], matrix.rows.take(windows)))


def on_server(scan: Scan) -> Scan:
    """Return the scan as the cache of a server library has it, with all windows as the sample."""
    return replace(scan, matrices={sense: without_vectors(matrix) for sense, matrix in scan.matrices.items()})


def without_vectors(matrix: SpaceMatrix) -> SpaceMatrix:
    assert not isinstance(matrix.rows, FetchedRows)
    index = np.arange(len(matrix)) - matrix.offsets[matrix.recording_of]
    away = FetchedRows.none(len(matrix), matrix.space, matrix.background)
    return replace(matrix, rows=away, index=index.astype(np.uint32), sample=Sample(np.arange(len(matrix)), matrix.rows))


def askings(scan: Scan, asked: NDArray[np.float32] = ASKED) -> list[Asking]:
    return [Asking(sense, whitened(matrix, asked)) for sense, matrix in scan.matrices.items()]


@dataclass(frozen=True)
class Found:
    """A fused candidate, with what a reader needs to compare it."""

    start_s: float
    end_s: float
    score: float
    spans: tuple[tuple[float, float], ...]
    """Of the leading candidate and, where one supports it, the other."""


def ranking(
    scan: Scan, asked: NDArray[np.float32] = ASKED, visible: Mapping[Modality, NDArray[np.bool_]] | None = None
) -> list[Found]:
    """Return everything that fusion finds, best first, as the engine does."""
    curves = [
        sense_curve(scan, matrix, asked, 1.0, visible=None if visible is None else visible[sense])
        for sense, matrix in scan.matrices.items()
    ]
    proposals = [propose(scan, curve) for curve in curves]
    found = [one.best() for one in proposals]
    mates = []
    for i, proposal in enumerate(proposals):
        others = [one for j, one in enumerate(found) if j != i]
        starts, ends = (
            np.concatenate([np.zeros(0), *(getattr(one, name) for one in others)]) for name in ("starts_s", "ends_s")
        )
        mates.append(proposal.near(starts, ends, REACH_S))
    fused = fuse(found, mates, [1.0] * len(found), join_above=0.3)
    return [told(one, found, mates) for one in fused if one.score > 1e-3]


def told(one: Fused, found: Sequence[Candidates], mates: Sequence[Candidates]) -> Found:
    pairs = [(found[one.sense], one.row)]
    if one.other is not None:
        pairs.append((mates[one.other[0]], one.other[1]))
    spans = tuple((float(some.starts_s[row]), float(some.ends_s[row])) for some, row in pairs)
    return Found(one.start_s, one.end_s, one.score, spans)


def same(one: Found, other: Found) -> bool:
    return [one.start_s, one.end_s, one.score] == pytest.approx([other.start_s, other.end_s, other.score], abs=1e-4)


def strengths(length: int, at: Mapping[int, float]) -> list[list[float]]:
    return [[at.get(i, 0.0), 0.0, 0.0] for i in range(length)]


def both() -> Scan:
    """Six clear sights without a sound, five clear sounds without a sight, and a fair one of both at 300 s."""
    sights = {40 * k + 20: 0.9 for k in range(6)}
    sounds = {40 * k + 40: 0.9 for k in range(5)}
    seen = build.matrix(Modality.VISUAL, {"a": strengths(400, {**sights, 299: 0.7, 300: 0.7, 301: 0.7})})
    heard = build.matrix(Modality.AUDIO, {"a": strengths(400, {**sounds, 302: 0.85})})
    events = [(at - 0.1, at + 1.1, 40.0) for at in (*sounds, 302.0)]
    return build.scan(seen, heard, events={"a": events})
