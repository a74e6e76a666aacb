"""Reaching a Qdrant server and asking it, with a sentence for a person where it does not do what it is asked."""

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from egosearch.errors import StoreError
from egosearch.stores.patience import Patience, patiently

if TYPE_CHECKING:
    from qdrant_client import QdrantClient

T = TypeVar("T")

KNOCK_S = 5
"""For a server to answer at all."""
TIMEOUT_S = 30
"""For one request; a busy node takes longer than the client's five seconds for a batch."""


def client_of(url: str, api_key: str | None, *, timeout_s: int) -> "QdrantClient":
    """Return a client of the server at a URL, which is not asked anything yet.

    Raises:
        StoreError: That is no address of a server.
    """
    from qdrant_client import QdrantClient

    # Its own check of versions warns instead of raising, and asks the server once more.
    try:
        return QdrantClient(url=url, api_key=api_key, timeout=timeout_s, check_compatibility=False)
    except ValueError as error:
        raise StoreError(
            f"{url} is no address of a Qdrant server ({error}); name one such as http://host:6333"
        ) from error


def asked(ask: Callable[[], T], patience: Patience, *, url: str | None) -> T:
    """Return what a server says, patiently.

    Args:
        ask: Sends the request.
        patience: How long to bear with the server.
        url: Of the server, for the message.

    Raises:
        StoreError: It does not do what it is asked, or nobody answers.
    """
    from qdrant_client.common.client_exceptions import QdrantException
    from qdrant_client.http.exceptions import ApiException

    try:
        return patiently(ask, patience)
    except (ApiException, QdrantException, OSError) as error:
        where = f" at {url}" if url else ""
        raise StoreError(
            f"the Qdrant server{where} did not do what was asked ({reason(error)}); check that it runs and has"
            " room, then try again: what was finished is kept"
        ) from error


def reason(error: BaseException) -> str:
    """Return what an error of the client says, in one line."""
    return " ".join(str(error).split())[:200] or type(error).__name__
