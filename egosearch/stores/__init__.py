"""Where the vectors are kept: one protocol, `VectorStore`, and three stores that keep it.

`MemoryStore` is exact and forgets; `EmbeddedStore` keeps a folder with Qdrant's engine in this process;
`ServerStore` speaks to a Qdrant server. Only this package knows Qdrant, and imports it when a store is first used.
"""

from egosearch.stores.base import Filter, Hit, VectorStore, WindowRows, window_id
from egosearch.stores.embedded import EmbeddedStore
from egosearch.stores.memory import MemoryStore
from egosearch.stores.server import ServerStore

__all__ = [
    "EmbeddedStore",
    "Filter",
    "Hit",
    "MemoryStore",
    "ServerStore",
    "VectorStore",
    "WindowRows",
    "window_id",
]
