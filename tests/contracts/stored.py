"""What the contract puts into stores, what it asks them, and how their answers are compared.

Vectors are multiples of 1/64, which half precision keeps exactly: equal similarities are equal everywhere, and the
order of ties can be asked for.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import strategies as st

from egosearch.stores import Filter, Hit, MemoryStore, VectorStore, WindowRows
from egosearch.stores.base import recording_key
from indexers.embeddings import DenseRows, Embeddings, SparseRows
from indexers.types import EmbeddingSpace, Modality


@dataclass(frozen=True)
class Question:
    query: list[float]
    where: Filter
    limit: int


DIM = 6
RECORDINGS = ("ab" * 16, "cd" * 16, "kitchen/1")
EVERYTHING = Filter()


def space(layout: str = "dense", distance: str = "dot", model: str = "toy") -> EmbeddingSpace:
    assert layout in ("dense", "sparse")
    assert distance in ("dot", "cosine")
    return EmbeddingSpace(
        modality=Modality.AUDIO,
        model=model,
        weights_digest="0",
        preprocessing="none-1",
        window_s=1.0,
        hop_s=0.5,
        dim=DIM,
        layout="dense" if layout == "dense" else "sparse",
        distance="dot" if distance == "dot" else "cosine",
    )


DENSE, COSINE, SPARSE = space(), space(distance="cosine"), space("sparse")


def embeddings(of: EmbeddingSpace, values: list[list[float]]) -> Embeddings:
    array = np.array(values, dtype=np.float32).reshape(-1, of.dim)
    return DenseRows(array) if of.layout == "dense" else SparseRows.from_dense(array, above=0.0)


def windows(of: EmbeddingSpace, recording_id: str, values: list[list[float]], first: int = 0) -> WindowRows:
    index = np.arange(first, first + len(values))
    return WindowRows(recording_id, index, embeddings(of, values))


def unit(k: int, scale: float = 1.0) -> list[float]:
    return [scale if i == k else 0.0 for i in range(DIM)]


vectors = st.lists(st.integers(-8, 8).map(lambda step: step / 64), min_size=DIM, max_size=DIM)
recordings = st.dictionaries(st.sampled_from(RECORDINGS), st.lists(vectors, min_size=1, max_size=8), min_size=1)
filters = st.builds(Filter, recording_ids=st.none() | st.frozensets(st.sampled_from([*RECORDINGS, "nowhere"])))
questions = st.builds(Question, query=vectors, where=filters, limit=st.integers(1, 30))
wanted = st.dictionaries(
    st.sampled_from([*RECORDINGS, "nowhere"]), st.sets(st.integers(0, 12)).map(lambda each: np.array(sorted(each), int))
)


def neighbours() -> tuple[str, str]:
    """Return two recordings whose keys are as near as those of 2,000 come, the first one's first."""
    ordered = sorted((f"take {k}" for k in range(2000)), key=recording_key)
    gaps = [int.from_bytes(recording_key(b)) - int.from_bytes(recording_key(a)) for a, b in pairwise(ordered)]
    nearest = gaps.index(min(gaps))
    return ordered[nearest], ordered[nearest + 1]


def fill(store: VectorStore, of: EmbeddingSpace, content: dict[str, list[list[float]]]) -> MemoryStore:
    """Put `content` and nothing else into the store, and into a memory store."""
    reference = MemoryStore()
    for recording_id in RECORDINGS:
        store.remove(recording_id)
    for recording_id, values in content.items():
        for each in (store, reference):
            each.upsert(of, windows(of, recording_id, values))
    return reference


def assert_same_rows(found: WindowRows | None, expected: WindowRows | None) -> None:
    assert (found is None) == (expected is None)
    if found is None or expected is None:
        return
    assert found.recording_id == expected.recording_id
    assert found.index.tolist() == expected.index.tolist()
    assert type(found.embeddings) is type(expected.embeddings)
    np.testing.assert_allclose(found.embeddings.dense(), expected.embeddings.dense(), rtol=1e-3, atol=1e-6)


def assert_same_hits(found: list[Hit], expected: list[Hit], of: EmbeddingSpace) -> None:
    assert [hit.similarity for hit in found] == pytest.approx([hit.similarity for hit in expected], abs=2e-3)
    if of.distance == "dot":  # exact in half precision; lengths of 1 are not, and may swap near neighbours
        assert [(hit.recording_id, hit.index) for hit in found] == [(hit.recording_id, hit.index) for hit in expected]
