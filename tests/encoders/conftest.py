"""What tests of the big encoders get: no network but this machine's own, and no models but their own.

They need the packages of the extras, which `make check-encoders` installs; without them each file is skipped.
"""

import gc
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from indexers.encoders import load_encoder

LOOPBACK = ("127.0.0.1", "::1", "localhost")


@pytest.fixture(autouse=True)
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of models, empty; what other programs have cached is not seen."""
    monkeypatch.setenv("EGOSEARCH_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("HF_HOME", str(tmp_path / "huggingface"))
    return tmp_path / "models"


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Fail a test that reached for the network, even where somebody caught the refusal. Return what was tried so far.

    A test that wants to be refused empties the list.
    """
    tried: list[str] = []
    connect, look_up = socket.socket.connect, socket.getaddrinfo

    def refuse_connection(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in LOOPBACK:
            tried.append(str(address))
            raise OSError("this test has no network")
        connect(self, address)

    def refuse_name(host: Any, *arguments: Any, **options: Any) -> Any:
        if host is not None and str(host) not in LOOPBACK:
            tried.append(str(host))
            raise OSError("this test has no network")
        return look_up(host, *arguments, **options)

    monkeypatch.setattr(socket.socket, "connect", refuse_connection)
    monkeypatch.setattr(socket, "getaddrinfo", refuse_name)
    yield tried
    assert tried == []


@pytest.fixture(autouse=True)
def fresh_encoders() -> Iterator[None]:
    """Forget loaded encoders: a test's weights lie in its own folder, and must not stay in memory after it."""
    load_encoder.cache_clear()
    yield
    load_encoder.cache_clear()
    gc.collect()
