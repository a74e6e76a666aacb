"""A Qdrant server or cluster, reached by URL: a collection for each space, named `<prefix>-<space id>`.

Sharding, replicas and durability are the server's job (`ServerOptions`). The prefix keeps several libraries apart on
one server. Whatever is asked is asked again while the server is busy or away, for a bounded time (`Patience`); then a
StoreError says so, and since nothing counts before it was written, the next run goes on where this one ended.
"""

import uuid
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from egosearch.errors import StoreError
from egosearch.stores.base import ClosingStore, Filter, Hit, WindowRows, window_id
from egosearch.stores.layout import ITS_CHOICE, ServerOptions, create_collection, search_params
from egosearch.stores.patience import ASKING, ONCE, WRITING, Patience
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
from egosearch.stores.reaching import KNOCK_S, TIMEOUT_S, asked, client_of, reason
from egosearch.stores.remote import hit, server_filter, server_vector, stored, vector_of
from indexers.embeddings import Embeddings
from indexers.types import EmbeddingSpace

if TYPE_CHECKING:
    from qdrant_client import QdrantClient

T = TypeVar("T")

BATCH = 500
"""Points a request: a server takes 32 MB at most, and 500 dense vectors of 1,000 numbers are 10 MB of JSON."""
WRITERS = 4
"""Requests under way at once while writing: a cluster has more than one node to write on."""
PAGE = 5_000
"""Points a page when a recording is read back."""
FETCHED = 1_000
"""Points a request when windows are read by id: the answer is 1 MB for concepts, 10 MB for 1,000 numbers each."""


class ServerStore(ClosingStore):
    """A `VectorStore` on a Qdrant server."""

    def __init__(
        self,
        client: "QdrantClient",
        prefix: str,
        *,
        url: str | None = None,
        options: ServerOptions = ITS_CHOICE,
        asking: Patience = ASKING,
        writing: Patience = WRITING,
    ) -> None:
        """Use `client`, which is closed with the store, and the collections whose names start with `prefix`.

        Args:
            client: Of a server, or one that imitates a server in this process.
            prefix: Without the dash that follows it.
            url: Of the server, for messages.
            options: How collections are made.
            asking: With what is read.
            writing: With what is written.
        """
        self._client = client
        self._prefix = prefix
        self._url = url
        self._options = options
        self._asking = asking
        self._writing = writing
        self._seen: set[str] = set()  # collections known to be there: asking each time would double the requests
        self._ready: set[str] = set()  # collections that this process has written to

    @classmethod
    def connect(
        cls,
        url: str,
        api_key: str | None = None,
        *,
        prefix: str = "egosearch",
        options: ServerOptions = ITS_CHOICE,
    ) -> Self:
        """Reach the server at `url`.

        Raises:
            StoreError: Nobody answers there, or the key is refused.
        """
        # Nobody waits long for a mistyped URL.
        with cls(client_of(url, api_key, timeout_s=KNOCK_S), prefix, asking=ONCE) as first:
            try:
                first.spaces()
            except StoreError as error:
                raise StoreError(
                    f"no Qdrant server answers at {url} ({reason(error.__cause__ or error)}); check the URL, the key"
                    " and that the server runs"
                ) from error
        return cls(client_of(url, api_key, timeout_s=TIMEOUT_S), prefix, url=url, options=options)

    def spaces(self) -> list[str]:
        start = f"{self._prefix}-"
        names = [each.name for each in self._ask(self._client.get_collections).collections]
        return sorted(name.removeprefix(start) for name in names if name.startswith(start))

    def recordings(self, space_id: str) -> set[str]:
        name = self._collection(space_id)
        if not self._ask(lambda: self._client.collection_exists(name)):
            return set()
        # Not by a facet: that writes what looks like a UUID, as our ids do, with hyphens.
        found, offset = set[str](), None
        while True:
            page = partial(self._client.scroll, name, limit=PAGE, offset=offset, with_payload=["recording_id"])
            records, offset = self._ask(page)
            found |= {str((record.payload or {})["recording_id"]) for record in records}
            if offset is None:
                return found

    def upsert(self, space: EmbeddingSpace, rows: WindowRows) -> None:
        from qdrant_client import models

        check_rows(space, rows)
        points = [
            models.PointStruct(
                id=str(window_id(rows.recording_id, index)),
                vector={VECTOR: server_vector(vector)},
                payload={"recording_id": rows.recording_id, "index": index},
            )
            for index, vector in zip(rows.index.tolist(), vectors(rows.embeddings), strict=True)
        ]
        name = self._collection(space.id)
        self._make_ready(space)

        def send(start: int) -> None:
            batch = points[start : start + BATCH]
            self._ask(lambda: self._client.upsert(name, batch, wait=True), self._writing)

        starts = range(0, len(points), BATCH)
        if self._is_local():
            for start in starts:
                send(start)
        elif points:
            with ThreadPoolExecutor(min(WRITERS, len(starts))) as pool:
                for _ in pool.map(send, starts):  # the first failure calls those off that have not begun
                    pass

    def flush(self) -> None:
        """Nothing to do: every write waited until the server had it."""

    def scan(self, space: EmbeddingSpace, recording_id: str) -> WindowRows | None:
        chosen = server_filter(Filter(recording_ids=frozenset([recording_id])))
        points: list[StoredPoint] = []
        if not self._has(space):
            return None
        offset = None
        while True:
            page = partial(
                self._client.scroll,
                self._collection(space.id),
                scroll_filter=chosen,
                limit=PAGE,
                offset=offset,
                with_payload=True,
                with_vectors=[VECTOR],
            )
            found, offset = self._ask(page)
            points += [stored(record) for record in found]
            if offset is None:
                return rows_from_points(space, recording_id, points)

    def fetch(self, space: EmbeddingSpace, windows: Mapping[str, NDArray[np.int64]]) -> dict[str, WindowRows]:
        def retrieve(ids: list[uuid.UUID]) -> Iterator[tuple[uuid.UUID, DenseVector | SparseEntries]]:
            name, wanted = self._collection(space.id), [str(each) for each in ids]
            for record in self._ask(
                lambda: self._client.retrieve(name, wanted, with_payload=False, with_vectors=[VECTOR])
            ):
                yield uuid.UUID(str(record.id)), vector_of(record)

        return fetched_rows(space, windows, retrieve, FETCHED) if windows and self._has(space) else {}

    def search(self, space: EmbeddingSpace, query: Embeddings, *, where: Filter, limit: int) -> list[Hit]:
        check_query(space, query, limit)
        if where.recording_ids == frozenset():
            return []
        nearest, chosen = server_vector(next(vectors(query))), server_filter(where)
        how = None if self._is_local() else search_params(space, self._options)

        def search(asked: int) -> list[Hit]:
            nearest_points = partial(
                self._client.query_points,
                self._collection(space.id),
                query=nearest,
                using=VECTOR,
                query_filter=chosen,
                limit=asked,
                with_payload=True,
                search_params=how,
            )
            return [hit(point) for point in self._ask(nearest_points).points]

        return best_hits(search, limit) if self._has(space) else []

    def count(self, space: EmbeddingSpace, *, where: Filter) -> int:
        if where.recording_ids == frozenset():
            return 0
        if not self._has(space):
            return 0
        name, chosen = self._collection(space.id), server_filter(where)
        return self._ask(lambda: self._client.count(name, count_filter=chosen, exact=True)).count

    def remove(self, recording_id: str) -> None:
        from qdrant_client import models

        chosen = server_filter(Filter(recording_ids=frozenset([recording_id]))) or models.Filter()
        selector = models.FilterSelector(filter=chosen)
        for space_id in self.spaces():
            delete = partial(self._client.delete, self._collection(space_id), points_selector=selector, wait=True)
            self._ask(delete, self._writing)

    def discard(self, space: EmbeddingSpace, windows: Mapping[str, NDArray[np.int64]]) -> None:
        from qdrant_client import models

        ids = [window_id(each, index) for each, some in windows.items() for index in some.tolist()]
        if self._has(space):
            for start in range(0, len(ids), FETCHED):
                doomed = models.PointIdsList(points=[*ids[start : start + FETCHED]])
                name = self._collection(space.id)
                self._ask(partial(self._client.delete, name, points_selector=doomed, wait=True), self._writing)

    def drop_space(self, space_id: str) -> None:
        name = self._collection(space_id)
        for known in (self._seen, self._ready):
            known.discard(name)
        self._ask(lambda: self._client.delete_collection(name), self._writing)

    def compact(self) -> None:
        """Nothing to do: a server optimises by itself."""

    def close(self) -> None:
        self._client.close()

    def _collection(self, space_id: str) -> str:
        return f"{self._prefix}-{space_id}"

    def _has(self, space: EmbeddingSpace) -> bool:
        name = self._collection(space.id)
        if name not in self._seen and self._ask(lambda: self._client.collection_exists(name)):
            self._seen.add(name)
        return name in self._seen

    def _make_ready(self, space: EmbeddingSpace) -> None:
        """Make sure that a space has its collection and that this has its index, once a process."""
        from qdrant_client import models

        name = self._collection(space.id)
        if name in self._ready:
            return

        def make() -> None:
            # Asked anew each time: the answer to the first try may have been lost, and not the try.
            if not self._client.collection_exists(name):
                create_collection(self._client, name, space, self._options)
            if not self._is_local():  # also where a kill came between the two
                self._client.create_payload_index(name, "recording_id", models.PayloadSchemaType.KEYWORD, wait=True)

        self._ask(make, self._writing)
        self._seen.add(name)
        self._ready.add(name)

    def _ask(self, ask: Callable[[], T], patience: Patience | None = None) -> T:
        return asked(ask, patience or self._asking, url=self._url)

    def _is_local(self) -> bool:
        """Whether the client imitates a server in this process: exact, without indexes, and warning when asked."""
        options = self._client.init_options
        return options.get("location") == ":memory:" or options.get("path") is not None
