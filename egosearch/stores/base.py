"""The protocol that every vector store keeps; `tests/contracts/test_vector_store.py` is its meaning.

A store holds windows: a vector, the recording it is of, and its number in that recording. When a window is, how good
it is and what file it is in, the catalogue knows. Each space is a collection of its own, so that a space can be added,
compared and dropped without touching the others.

What comes out is what went in, within half precision (1 part in 1,000). In a space compared by cosine only a vector's
direction counts, and rows come out with length 1.
"""

import hashlib
import uuid
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from indexers.embeddings import Embeddings
from indexers.types import EmbeddingSpace

MAX_WINDOWS = 1 << 32
"""Of one recording: window numbers have 4 bytes in an id."""


def window_id(recording_id: str, index: int) -> uuid.UUID:
    """Return the id of a window within its space: the same content gives the same id, so indexing again overwrites.

    In the order of their ids the windows of a recording are neighbours, in time order.
    """
    return uuid.UUID(bytes=recording_key(recording_id) + index.to_bytes(4, "big"))


def recording_key(recording_id: str) -> bytes:
    """Return the 12 bytes that the ids of a recording's windows start with."""
    return hashlib.blake2b(recording_id.encode(), digest_size=12).digest()


@dataclass(frozen=True, eq=False)
class WindowRows:
    """n windows of one recording in one space, in time order, as a store keeps them."""

    recording_id: str
    index: NDArray[np.int64]
    """Shape (n,), ascending, from 0."""
    embeddings: Embeddings

    def __len__(self) -> int:
        return len(self.index)


@dataclass(frozen=True)
class Filter:
    """Which windows a request means. None means all."""

    recording_ids: frozenset[str] | None = None


@dataclass(frozen=True)
class Hit:
    """A window and its similarity to a query, comparable within one space and query only."""

    recording_id: str
    index: int
    similarity: float


class VectorStore(Protocol):
    """Vectors by space. One process at a time writes; asking for a space that is not there finds nothing."""

    def spaces(self) -> list[str]:
        """Return the ids of the spaces that have a collection, sorted."""
        ...

    def recordings(self, space_id: str) -> set[str]:
        """Return the recordings that a space holds windows of; perhaps also some that were removed from it."""
        ...

    def reading_order(self, space_id: str, recording_ids: Iterable[str]) -> list[str]:
        """Return some recordings in the order in which scanning one after the other costs least."""
        ...

    def upsert(self, space: EmbeddingSpace, rows: WindowRows) -> None:
        """Write windows, overwriting those with the same id; the space's collection is made when first needed.

        Args:
            space: What the rows are of.
            rows: Finite, of the space's layout and length. A sparse row may be empty.

        Raises:
            ValueError: The rows do not fit the space, hold NaN or infinity, or their indices do not ascend.
            StoreError: The store cannot be written.
        """
        ...

    def flush(self) -> None:
        """Return once everything written is durable: it survives a kill of this process."""
        ...

    def scan(self, space: EmbeddingSpace, recording_id: str) -> WindowRows | None:
        """Return all windows of a recording in time order, or None where the space holds none of it."""
        ...

    def fetch(self, space: EmbeddingSpace, windows: Mapping[str, NDArray[np.int64]]) -> dict[str, WindowRows]:
        """Return those of some windows that are there.

        Of many recordings at once, because a request costs more than a window.

        Args:
            space: Of the vectors.
            windows: Which ones, by recording: their numbers, ascending, from 0.

        Returns:
            By recording, in time order; recordings of which none is there are left out.
        """
        ...

    def search(self, space: EmbeddingSpace, query: Embeddings, *, where: Filter, limit: int) -> list[Hit]:
        """Return the windows most similar to `query`, best first, ties by recording and index.

        In a sparse space a window that shares no entry with the query is not a hit, however many are asked for.

        Args:
            space: Where to look.
            query: One row.
            where: Which windows may be hits.
            limit: At most so many hits, at least 1.

        Raises:
            ValueError: The query does not fit the space or is not one row.
        """
        ...

    def count(self, space: EmbeddingSpace, *, where: Filter) -> int:
        """Return how many windows match."""
        ...

    def remove(self, recording_id: str) -> None:
        """Remove a recording's windows from every space; removing what is not there is fine."""
        ...

    def discard(self, space: EmbeddingSpace, windows: Mapping[str, NDArray[np.int64]]) -> None:
        """Remove some windows from a space; removing what is not there is fine.

        Args:
            space: Of the vectors.
            windows: Which ones, by recording: their numbers, ascending, from 0.
        """
        ...

    def drop_space(self, space_id: str) -> None:
        """Remove a space with all its windows; removing what is not there is fine."""
        ...

    def compact(self) -> None:
        """Give back what removed windows take, and prepare for reading; called at the end of an indexing run."""
        ...

    def close(self) -> None:
        """Flush and release; closing twice is fine."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class ClosingStore(ABC):
    """A store that works in a `with`, and scans any recording at the same cost."""

    def reading_order(self, space_id: str, recording_ids: Iterable[str]) -> list[str]:  # noqa: ARG002
        return list(recording_ids)

    @abstractmethod
    def close(self) -> None:
        """Flush and release."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
