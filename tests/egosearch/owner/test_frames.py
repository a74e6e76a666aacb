import json
import socket
import threading
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from egosearch.owner.frames import LENGTH, MAX_REQUEST_BYTES, FrameError, receive, send

MOST = 1_000


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    one, other = socket.socketpair()
    with one, other:
        other.settimeout(5)
        yield one, other


def framed(data: bytes) -> bytes:
    return LENGTH.pack(len(data)) + data


@given(st.dictionaries(st.text(st.characters(codec=None)), st.text() | st.integers() | st.none()))
def test_messages_arrive_in_order(message: dict[str, object]) -> None:
    one, other = socket.socketpair()
    with one, other:
        send(one, message)
        send(one, {"last": True})
        assert receive(other, most_bytes=MAX_REQUEST_BYTES) == message
        assert receive(other, most_bytes=MAX_REQUEST_BYTES) == {"last": True}


def test_a_message_may_come_in_pieces(ends: tuple[socket.socket, socket.socket]) -> None:
    one, other = ends
    message = {"text": "x" * 200_000}
    sender = threading.Thread(target=send, args=(one, message))
    sender.start()
    assert receive(other, most_bytes=MAX_REQUEST_BYTES) == message
    sender.join()


@pytest.mark.parametrize(
    "data",
    [
        framed(b"no json"),
        framed(b"[1]"),
        framed(b""),
        framed(b"\xff\xfe"),
        framed(b"[" * 900),
        LENGTH.pack(MOST + 1),
        LENGTH.pack(2**32 - 1) + b"{}",
    ],
)
def test_what_is_no_message_is_refused(ends: tuple[socket.socket, socket.socket], data: bytes) -> None:
    one, other = ends
    one.sendall(data)
    with pytest.raises(FrameError):
        receive(other, most_bytes=MOST)


def test_nesting_cannot_exhaust_the_stack(ends: tuple[socket.socket, socket.socket]) -> None:
    one, other = ends
    sender = threading.Thread(target=one.sendall, args=(framed(b'{"a":' + b"[" * 500_000),))
    sender.start()
    with pytest.raises(FrameError):
        receive(other, most_bytes=MAX_REQUEST_BYTES)
    sender.join()


@pytest.mark.parametrize("sent", [b"", LENGTH.pack(9)[:2], framed(json.dumps({"a": 1}).encode())[:-1]])
def test_an_end_that_leaves_is_noticed_wherever_it_stops(
    ends: tuple[socket.socket, socket.socket], sent: bytes
) -> None:
    one, other = ends
    one.sendall(sent)
    one.close()
    with pytest.raises(ConnectionError):
        receive(other, most_bytes=MOST)
