"""How each vector store is opened for its contract: a function for a folder, that yields how to open it again."""

import os
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from egosearch.stores import EmbeddedStore, MemoryStore, ServerStore, VectorStore

URL = os.environ.get("EGOSEARCH_TEST_QDRANT_URL")

OpenStore = Callable[[], VectorStore]


def open_memory(_: Path) -> Iterator[OpenStore]:
    store = MemoryStore()
    yield lambda: store


def open_embedded(folder: Path) -> Iterator[OpenStore]:
    opened: list[EmbeddedStore] = []

    def open_store() -> VectorStore:
        opened.append(EmbeddedStore(folder / "vectors"))
        return opened[-1]

    yield open_store
    for store in opened:
        store.close()


def open_client(_: Path) -> Iterator[OpenStore]:
    from qdrant_client import QdrantClient

    store = ServerStore(QdrantClient(":memory:"), "test")
    yield lambda: store
    store.close()


def open_server(_: Path) -> Iterator[OpenStore]:
    if URL is None:
        pytest.skip("EGOSEARCH_TEST_QDRANT_URL is not set")
    prefix = f"egosearch-test-{uuid.uuid4().hex[:8]}"
    url = URL
    yield lambda: ServerStore.connect(url, prefix=prefix)
    with ServerStore.connect(url, prefix=prefix) as store:
        for space_id in store.spaces():
            store.drop_space(space_id)


LASTING = {"embedded", "server"}
OPENERS = {"memory": open_memory, "embedded": open_embedded, "client": open_client, "server": open_server}
