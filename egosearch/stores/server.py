"""A Qdrant server or cluster, reached by URL: a collection for each space, named `<prefix>-<space id>`.

Sharding, replicas and durability are the server's job. The prefix keeps several libraries apart on one server.
"""

import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

from egosearch.errors import StoreError
from egosearch.stores.base import ClosingStore, Filter, Hit, WindowRows, window_id
from egosearch.stores.points import (
    VECTOR,
    DenseVector,
    SparseEntries,
    StoredPoint,
    best_hits,
    check_query,
    check_rows,
    fetched_rows,
    rows_from_points,
    vectors,
)
from indexers.embeddings import Embeddings
from indexers.types import EmbeddingSpace

if TYPE_CHECKING:
    from qdrant_client import QdrantClient, models

BATCH = 500
"""Points a request: a server takes 32 MB at most, and 500 dense vectors of 1,000 numbers are 10 MB of JSON."""
PAGE = 5_000
"""Points a page when a recording is read back."""
FETCHED = 1_000
"""Points a request when windows are read by id: the answer is 1 MB for concepts, 10 MB for 1,000 numbers each."""


class ServerStore(ClosingStore):
    """A `VectorStore` on a Qdrant server."""

    def __init__(self, client: "QdrantClient", prefix: str) -> None:
        """Use `client`, which is closed with the store, and the collections whose names start with `prefix`."""
        self._client = client
        self._prefix = prefix
        self._seen: set[str] = set()  # collections known to be there: asking each time would double the requests

    @classmethod
    def connect(cls, url: str, api_key: str | None = None, *, prefix: str = "egosearch") -> Self:
        """Reach the server at `url`.

        Raises:
            StoreError: Nobody answers there, or the key is refused.
        """
        from qdrant_client import QdrantClient

        # Its own check of versions warns instead of raising, and asks the server once more.
        store = cls(QdrantClient(url=url, api_key=api_key, check_compatibility=False), prefix)
        try:
            store.spaces()
        except StoreError as error:
            store.close()
            raise StoreError(
                f"no Qdrant server answers at {url} ({error}); check the URL, the key and that the server runs"
            ) from error
        return store

    def spaces(self) -> list[str]:
        start = f"{self._prefix}-"
        with _explained():
            names = [collection.name for collection in self._client.get_collections().collections]
        return sorted(name.removeprefix(start) for name in names if name.startswith(start))

    def upsert(self, space: EmbeddingSpace, rows: WindowRows) -> None:
        from qdrant_client import models

        check_rows(space, rows)
        points = [
            models.PointStruct(
                id=str(window_id(rows.recording_id, index)),
                vector={VECTOR: _vector(vector)},
                payload={"recording_id": rows.recording_id, "index": index},
            )
            for index, vector in zip(rows.index.tolist(), vectors(rows.embeddings), strict=True)
        ]
        with _explained():
            if not self._has(space):
                self._create(space)
            for start in range(0, len(points), BATCH):
                self._client.upsert(self._collection(space.id), points[start : start + BATCH], wait=True)

    def flush(self) -> None:
        """Nothing to do: every write waited until the server had it."""

    def scan(self, space: EmbeddingSpace, recording_id: str) -> WindowRows | None:
        chosen = _filter(Filter(recording_ids=frozenset([recording_id])))
        points: list[StoredPoint] = []
        with _explained():
            if not self._has(space):
                return None
            offset = None
            while True:
                found, offset = self._client.scroll(
                    self._collection(space.id),
                    scroll_filter=chosen,
                    limit=PAGE,
                    offset=offset,
                    with_payload=True,
                    with_vectors=[VECTOR],
                )
                points += [_stored(record) for record in found]
                if offset is None:
                    return rows_from_points(space, recording_id, points)

    def fetch(self, space: EmbeddingSpace, windows: Mapping[str, NDArray[np.int64]]) -> dict[str, WindowRows]:
        def retrieve(ids: list[uuid.UUID]) -> Iterator[tuple[uuid.UUID, DenseVector | SparseEntries]]:
            found = self._client.retrieve(
                self._collection(space.id), [str(each) for each in ids], with_payload=False, with_vectors=[VECTOR]
            )
            for record in found:
                yield uuid.UUID(str(record.id)), _vector_of(record)

        with _explained():
            return fetched_rows(space, windows, retrieve, FETCHED) if windows and self._has(space) else {}

    def search(self, space: EmbeddingSpace, query: Embeddings, *, where: Filter, limit: int) -> list[Hit]:
        from qdrant_client import models

        check_query(space, query, limit)
        if where.recording_ids == frozenset():
            return []
        nearest, chosen = _vector(next(vectors(query))), _filter(where)
        exact = None if self._is_local() else models.SearchParams(exact=True)

        def search(asked: int) -> list[Hit]:
            answer = self._client.query_points(
                self._collection(space.id),
                query=nearest,
                using=VECTOR,
                query_filter=chosen,
                limit=asked,
                with_payload=True,
                search_params=exact,
            )
            return [_hit(point) for point in answer.points]

        with _explained():
            return best_hits(search, limit) if self._has(space) else []

    def count(self, space: EmbeddingSpace, *, where: Filter) -> int:
        if where.recording_ids == frozenset():
            return 0
        with _explained():
            if not self._has(space):
                return 0
            return self._client.count(self._collection(space.id), count_filter=_filter(where), exact=True).count

    def remove(self, recording_id: str) -> None:
        from qdrant_client import models

        chosen = _filter(Filter(recording_ids=frozenset([recording_id]))) or models.Filter()
        for space_id in self.spaces():
            with _explained():
                selector = models.FilterSelector(filter=chosen)
                self._client.delete(self._collection(space_id), points_selector=selector, wait=True)

    def drop_space(self, space_id: str) -> None:
        self._seen.discard(self._collection(space_id))
        with _explained():
            self._client.delete_collection(self._collection(space_id))

    def compact(self) -> None:
        """Nothing to do: a server optimises by itself."""

    def close(self) -> None:
        self._client.close()

    def _collection(self, space_id: str) -> str:
        return f"{self._prefix}-{space_id}"

    def _has(self, space: EmbeddingSpace) -> bool:
        name = self._collection(space.id)
        if name not in self._seen and self._client.collection_exists(name):
            self._seen.add(name)
        return name in self._seen

    def _create(self, space: EmbeddingSpace) -> None:
        from qdrant_client import models

        name = self._collection(space.id)
        if space.layout == "sparse":
            if space.distance != "dot":
                raise ValueError("sparse vectors are compared by dot product only")
            index = models.SparseIndexParams(datatype=models.Datatype.FLOAT16)
            sparse = {VECTOR: models.SparseVectorParams(index=index)}
            self._client.create_collection(name, vectors_config={}, sparse_vectors_config=sparse)
        else:
            distance = models.Distance.COSINE if space.distance == "cosine" else models.Distance.DOT
            dense = models.VectorParams(size=space.dim, distance=distance, datatype=models.Datatype.FLOAT16)
            self._client.create_collection(name, vectors_config={VECTOR: dense})
        if not self._is_local():
            self._client.create_payload_index(name, "recording_id", models.PayloadSchemaType.KEYWORD, wait=True)

    def _is_local(self) -> bool:
        """Whether the client imitates a server in this process: exact, without indexes, and warning when asked."""
        options = self._client.init_options
        return options.get("location") == ":memory:" or options.get("path") is not None


@contextmanager
def _explained() -> Iterator[None]:
    """Turn what the client raises into one sentence."""
    from qdrant_client.http.exceptions import ApiException

    try:
        yield
    except (ApiException, OSError) as error:
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise StoreError(f"the Qdrant server did not do what was asked ({reason}); check that it runs") from error


def _vector(vector: DenseVector | SparseEntries) -> "list[float] | models.SparseVector":
    from qdrant_client import models

    if isinstance(vector, SparseEntries):
        return models.SparseVector(indices=vector.indices, values=vector.values)
    return vector


def _hit(point: "models.ScoredPoint") -> Hit:
    payload = point.payload or {}
    return Hit(str(payload["recording_id"]), int(payload["index"]), float(point.score))


def _stored(record: "models.Record") -> StoredPoint:
    return StoredPoint(int((record.payload or {})["index"]), _vector_of(record))


def _vector_of(record: "models.Record") -> DenseVector | SparseEntries:
    from qdrant_client import models

    found = record.vector[VECTOR] if isinstance(record.vector, dict) else []
    if isinstance(found, models.SparseVector):
        return SparseEntries(found.indices, found.values)
    return [float(value) for value in found if isinstance(value, float | int)]


def _filter(where: Filter) -> "models.Filter | None":
    from qdrant_client import models

    if where.recording_ids is None:
        return None
    match = models.MatchAny(any=sorted(where.recording_ids))
    return models.Filter(must=[models.FieldCondition(key="recording_id", match=match)])
