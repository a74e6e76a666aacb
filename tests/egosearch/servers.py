"""Qdrant servers in this process, by URL, and ways to break them."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from qdrant_client import QdrantClient

from egosearch.stores import ServerStore
from egosearch.stores.layout import ITS_CHOICE, ServerOptions


class FakeClient:
    """A client of a server that forgets nothing between connections, and fails when told to."""

    init_options: dict[str, Any] = {}  # noqa: RUF012 - as a client of a real server has it: it imitates none

    def __init__(self) -> None:
        self._client = QdrantClient(":memory:")
        self._taking_turns = threading.Lock()
        self.before: Callable[[str], None] = lambda _: None
        """Called with the name of what is asked, before it is done; raises to fail."""
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.most_at_once = self._at_once = 0

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def ask(*given: Any, **named: Any) -> Any:
            self.asked.append((name, named))
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
            try:
                self.before(name)
                if name == "create_payload_index":  # which the imitation has no use for, and warns of
                    return None
                named.pop("search_params", None)
                with self._taking_turns:
                    return getattr(self._client, name)(*given, **named)
            finally:
                self._at_once -= 1

        return ask

    def close(self) -> None:
        """The server stays."""


@contextmanager
def servers(clients: dict[str, FakeClient]) -> Iterator[None]:
    """Let every connection find these servers by their URL."""

    def connect(
        url: str, key: str | None = None, *, prefix: str = "egosearch", options: ServerOptions = ITS_CHOICE
    ) -> ServerStore:
        client: Any = clients[url]
        return ServerStore(client, prefix, url=url, options=options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ServerStore, "connect", connect)
        yield
