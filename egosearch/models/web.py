"""Asking the hub over HTTP, and what its refusals mean. Python's own client does: there is one kind of request."""

import os
import ssl
from http import HTTPStatus
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from indexers.encoders.model_folder import models_folder
from indexers.errors import EncoderError

ENDPOINT = "https://huggingface.co"
ENDPOINT_VARIABLE = "HF_ENDPOINT"
TOKEN_VARIABLE = "HF_TOKEN"  # noqa: S105 - the name of the variable
OFFLINE_VARIABLE = "HF_HUB_OFFLINE"
TIMEOUT_S = 30.0
"""Without a byte. A slow line still sends some; a dead one would be waited for without end."""
WebErrors = (OSError, HTTPException)
"""What asking may raise: `URLError` and `HTTPError` are OSErrors."""
_PASSING = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})
_TO_BE_ASKED_FOR = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})


def endpoint() -> str:
    """Return the hub's address: `HF_ENDPOINT`, as its own client has it, or the public one.

    Raises:
        EncoderError: `HF_HUB_OFFLINE` says that nothing is to be fetched, or the address is none.
    """
    if os.environ.get(OFFLINE_VARIABLE, "").upper() in ("1", "ON", "YES", "TRUE"):
        raise EncoderError(f"{OFFLINE_VARIABLE} is set, so nothing is fetched; unset it to pull a model")
    address = os.environ.get(ENDPOINT_VARIABLE, "").rstrip("/") or ENDPOINT
    if urlsplit(address).scheme not in ("http", "https"):
        raise EncoderError(f"{ENDPOINT_VARIABLE} is {address!r}, which is no web address; unset it, or give a URL")
    return address


def ask(url: str, *, first_byte: int = 0) -> Any:
    """Ask for what is behind an address of the hub; for use in a `with`.

    Args:
        url: Where, at the hub.
        first_byte: Where to begin; the answer's status says whether it does.

    Raises:
        OSError: No answer (`URLError`), or a refusal (`HTTPError`).
        HTTPException: An answer that is not HTTP.
    """
    request = Request(url, headers={"User-Agent": "egosearch", "Accept-Encoding": "identity"})  # noqa: S310 - `endpoint`
    if first_byte:
        request.add_header("Range", f"bytes={first_byte}-")
    if token := os.environ.get(TOKEN_VARIABLE):
        # Not for where the hub sends us on to: that is another company's server, and some refuse a second key.
        request.add_unredirected_header("Authorization", f"Bearer {token}")
    return urlopen(request, timeout=TIMEOUT_S)  # noqa: S310 - `endpoint` lets nothing but http and https through


def is_passing(error: Exception) -> bool:
    """Say whether asking again may help: a cut line or a busy server, not a refusal and not a full disk."""
    if isinstance(error, HTTPError):
        return error.code >= HTTPStatus.INTERNAL_SERVER_ERROR or error.code in _PASSING
    if isinstance(error, URLError):
        return isinstance(error.reason, TimeoutError | ConnectionError)
    return isinstance(error, TimeoutError | ConnectionError | HTTPException)


def explained(error: Exception, url: str, what: str) -> EncoderError:
    """Return why something could not be had, as a sentence with what to do."""
    host = urlsplit(url).netloc
    if isinstance(error, HTTPError):
        if error.code == HTTPStatus.NOT_FOUND:
            return EncoderError(f"{host} has no {what}; `egosearch models list` shows what there is")
        if error.code in _TO_BE_ASKED_FOR:
            return EncoderError(
                f"{host} does not give {what} to everybody; accept its terms there with an account, and set"
                f" {TOKEN_VARIABLE} to a token of that account"
            )
        return EncoderError(f"{host} answers {error.code} when asked for {what}; try again later")
    reason = error.reason if isinstance(error, URLError) else error
    if isinstance(reason, ssl.SSLCertVerificationError):
        return EncoderError(f"{host} has no certificate that this machine trusts; check its clock and its proxy")
    return EncoderError(
        f"{what} cannot be fetched, because {host} cannot be reached ({_short(reason)}); go online and try again, or"
        f" pull it on a machine that is and copy its models' folder to {models_folder()}"
    )


def _short(reason: object) -> str:
    text = getattr(reason, "strerror", None) or str(reason) or type(reason).__name__
    return str(text).splitlines()[0].rstrip(".")
