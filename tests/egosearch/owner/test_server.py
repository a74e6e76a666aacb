import json
import os
import socket
import stat
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from egosearch.errors import LibraryError, LibraryLockedError, MediaError, QueryError, SpaceMismatchError
from egosearch.owner import address as addresses
from egosearch.owner import handshake, server
from egosearch.owner.address import RECORD, SOCKET, read_address, withdraw, write_address
from egosearch.owner.connection import Connection, reach
from egosearch.owner.frames import LENGTH, MAX_REQUEST_BYTES, receive, send
from egosearch.owner.handshake import PROTOCOL, Greeting, greet
from egosearch.owner.server import Server
from egosearch.owner.verbs import shape
from egosearch.types import ALL_PARTS, Place, Query
from tests.egosearch.cli.fake_library import BEEP, KITCHEN
from tests.egosearch.owner.answering import TableOwner, connected

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="sockets of files are not there")


@pytest.fixture
def owner() -> TableOwner:
    return TableOwner()


@pytest.fixture
def serving(owner: TableOwner, tmp_path: Path) -> Iterator[Server]:
    made = Server(owner, tmp_path)
    yield made
    made.close()


@pytest.fixture
def connection(serving: Server, tmp_path: Path) -> Iterator[Connection]:
    found = reach(tmp_path)
    assert found is not None
    yield found
    found.close()


def asks(folder: Path) -> bool:
    """Whether somebody new is answered."""
    found = reach(folder)
    assert found is not None
    answer = found.ask("answer", query=Query("the timer"), parts=ALL_PARTS)
    found.close()
    return bool(answer.moments == (BEEP,))


def test_values_come_back_as_they_are(connection: Connection) -> None:
    answer = connection.ask("answer", query=Query("the timer"), parts=ALL_PARTS)
    assert (answer.query, answer.moments) == (Query("the timer"), (BEEP,))
    assert connection.ask("recordings")[0] == KITCHEN
    assert connection.ask("packed_levels", recording_id="1f") is None
    mark = connection.ask(
        "mark", what=Place(KITCHEN.recording_id, 12.5), query="x", is_right=True, session="", length_s=None
    )
    assert (mark.query, mark.marked_at) == ("x", BEEP.recorded_at)


@pytest.mark.parametrize(
    "error",
    [
        QueryError("the query is empty; say something"),
        SpaceMismatchError("other encoders; name the same ones"),
        LibraryLockedError("it is being indexed into; wait"),
        MediaError(Path("/videos/a.mp4"), "it is cut off", "copy it again"),
    ],
)
def test_errors_come_back_as_they_are(owner: TableOwner, connection: Connection, error: Exception) -> None:
    owner.library.error = error
    with pytest.raises(type(error)) as raised:
        connection.ask("recordings")
    assert str(raised.value) == str(error)
    assert vars(raised.value) == vars(error)


def test_a_bug_in_the_owner_is_told_and_the_next_request_is_answered(owner: TableOwner, connection: Connection) -> None:
    owner.library.error = ZeroDivisionError("division by zero")
    with pytest.raises(LibraryError, match=r"failed at this \(ZeroDivisionError: division by zero\)"):
        connection.ask("recordings")
    owner.library.error = None
    assert connection.ask("recordings")[0] == KITCHEN


def test_only_its_user_can_read_what_it_leaves(serving: Server, tmp_path: Path) -> None:
    assert stat.S_IMODE((tmp_path / RECORD).stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / SOCKET).stat().st_mode) == 0o600
    serving.close()
    assert list(tmp_path.iterdir()) == []


def test_a_path_too_long_for_a_socket(owner: TableOwner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    folder = tmp_path / ("long" * 20) / ("longer" * 20)
    folder.mkdir(parents=True)
    made = Server(owner, folder)
    place = Path(made.address.place)
    assert place.parent.parent == tmp_path
    assert stat.S_IMODE(place.parent.stat().st_mode) == 0o700
    assert asks(folder)
    made.close()
    assert [list(folder.iterdir()), place.parent.exists()] == [[], False]


def test_what_a_killed_owner_left_leads_nowhere_and_is_swept(owner: TableOwner, tmp_path: Path) -> None:
    assert reach(tmp_path) is None
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(tmp_path / SOCKET))
        dead.listen()
    left = addresses.Address(os.getpid(), "unix", str(tmp_path / SOCKET), "secret")
    write_address(tmp_path, left)
    assert reach(tmp_path) is None
    made = Server(owner, tmp_path)
    assert made.address.token != left.token
    assert asks(tmp_path)
    made.close()


def test_sweeping_removes_nothing_but_sockets_of_ours(tmp_path: Path) -> None:
    precious = tmp_path / "egosearch-precious" / SOCKET
    precious.parent.mkdir()
    precious.write_text("a novel")
    write_address(tmp_path, addresses.Address(1, "unix", str(precious), "x"))
    withdraw(tmp_path)
    assert precious.read_text() == "a novel"
    assert read_address(tmp_path) is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": 1}', '{"pid": 1, "kind": "fax", "place": "", "token": ""}'])
def test_a_damaged_record_leads_nowhere(tmp_path: Path, text: str) -> None:
    (tmp_path / RECORD).write_text(text, encoding="utf-8")
    assert reach(tmp_path) is None


def test_who_does_not_know_the_token_learns_nothing(serving: Server, tmp_path: Path) -> None:
    write_address(tmp_path, replace(serving.address, token="0" * 32))
    with pytest.raises(LibraryLockedError, match="not the token"):
        reach(tmp_path)
    with connected(tmp_path) as connection:
        send(connection, {"protocol": 99, "shape": "?"})
        assert "not the token" in receive(connection, most_bytes=1000)["refused"]["message"]
    with connected(tmp_path) as connection:
        send(connection, {"verb": "recordings", "arguments": {}})
        assert "refused" in receive(connection, most_bytes=1000)


def test_another_user_is_refused(serving: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handshake, "is_same_user", lambda _: False)
    with connected(tmp_path) as connection:
        send(connection, {})
        assert "another user" in receive(connection, most_bytes=1000)["refused"]["message"]
    monkeypatch.setattr(addresses, "_peer_user", lambda _: os.geteuid() + 1)
    assert reach(tmp_path) is None, "whoever asks makes sure too"


@pytest.mark.skipif(not hasattr(socket, "SO_PEERCRED"), reason="asked otherwise here")
def test_the_system_says_who_is_there(serving: Server, tmp_path: Path) -> None:
    with connected(tmp_path) as connection:
        assert addresses._peer_user(connection) == os.geteuid()


@pytest.mark.parametrize(
    "greeting",
    [Greeting(PROTOCOL + 1, shape(), ""), Greeting(PROTOCOL, "another", "")],
    ids=["another protocol", "other fields"],
)
def test_another_version_is_told_so(serving: Server, tmp_path: Path, greeting: Greeting) -> None:
    with connected(tmp_path) as connection:
        send(connection, {**vars(greeting), "token": serving.address.token})
        refused = receive(connection, most_bytes=1000)["refused"]
    assert refused["kind"] == "LibraryError"
    assert f"process {os.getpid()} owns the library and runs another version of egosearch" in refused["message"]


def test_who_asks_an_owner_of_another_version_says_so(tmp_path: Path) -> None:
    one, other = socket.socketpair()
    with one, other:
        send(other, {"hello": "from the future"})
        with pytest.raises(LibraryError, match="another version"):
            greet(one, addresses.Address(7, "unix", "", "x"))


@pytest.mark.parametrize(
    "request_",
    [
        {},
        {"verb": "recordings"},
        {"verb": "close", "arguments": {}},
        {"verb": "__init__", "arguments": {}},
        {"verb": ["answer"], "arguments": {}},
        {"verb": "recordings", "arguments": []},
        {"verb": "recordings", "arguments": {"more": 1}},
        {"verb": "find", "arguments": {"text": 5}},
        {"verb": "answer", "arguments": {"query": {"text": "x"}, "parts": {}}},
    ],
)
def test_a_strange_request_is_refused_and_the_next_answered(
    serving: Server, tmp_path: Path, request_: dict[str, object]
) -> None:
    with connected(tmp_path) as connection:
        greet(connection, serving.address)
        send(connection, request_)
        assert receive(connection, most_bytes=10_000)["failed"]["kind"] == "LibraryError"
        send(connection, {"verb": "failures", "arguments": {}})
        assert len(receive(connection, most_bytes=10_000)["result"]) == 1


@given(data=st.binary(max_size=200), is_let_in=st.booleans(), is_framed=st.booleans())
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_no_bytes_take_the_owner_down(
    serving: Server, tmp_path: Path, data: bytes, is_let_in: bool, is_framed: bool
) -> None:
    with connected(tmp_path) as connection:
        if is_let_in:
            greet(connection, serving.address)
        connection.sendall(LENGTH.pack(len(data)) + data if is_framed else data)
    assert asks(tmp_path)


def test_a_huge_length_costs_nothing(serving: Server, tmp_path: Path) -> None:
    with connected(tmp_path) as connection:
        greet(connection, serving.address)
        connection.sendall(LENGTH.pack(MAX_REQUEST_BYTES + 1))
        connection.settimeout(5)
        assert connection.recv(1) == b"", "shown out"
    assert asks(tmp_path)


def test_silent_strangers_are_shown_out(owner: TableOwner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "GREETING_S", 0.05)
    made = Server(owner, tmp_path)
    with connected(tmp_path) as connection:
        connection.settimeout(5)
        assert connection.recv(1) == b""
    made.close()


def test_more_guests_than_there_is_room_for(owner: TableOwner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "MOST_GUESTS", 2)
    made = Server(owner, tmp_path)
    first, second = reach(tmp_path), reach(tmp_path)
    assert first is not None
    assert second is not None
    assert reach(tmp_path) is None
    first.close()
    deadline = time.monotonic() + 5
    while (third := reach(tmp_path)) is None and time.monotonic() < deadline:
        time.sleep(0.01)
    assert third is not None
    for one in (second, third):
        one.close()
    made.close()


def test_guests_are_answered_side_by_side(owner: TableOwner, serving: Server, tmp_path: Path) -> None:
    owner.may_answer.clear()
    slow = threading.Thread(target=asks, args=(tmp_path,))
    slow.start()
    quick = reach(tmp_path)
    assert quick is not None
    assert quick.ask("recordings")[0] == KITCHEN
    quick.close()
    owner.may_answer.set()
    slow.join(5)
    assert not slow.is_alive()


def test_closing_finishes_what_is_being_answered(owner: TableOwner, serving: Server, tmp_path: Path) -> None:
    owner.may_answer.clear()
    answered: list[bool] = []
    slow = threading.Thread(target=lambda: answered.append(asks(tmp_path)))
    slow.start()
    while not owner.asked:
        time.sleep(0.005)
    threading.Timer(0.1, owner.may_answer.set).start()
    serving.close()
    slow.join(5)
    assert answered == [True]
    assert reach(tmp_path) is None


def test_after_closing_the_other_end_hears_that_it_is_over(serving: Server, connection: Connection) -> None:
    serving.close()
    with pytest.raises(ConnectionError):
        connection.ask("recordings")
    with pytest.raises(ConnectionError):
        connection.ask("recordings")


def test_a_folder_that_takes_no_files(owner: TableOwner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(server, "write_address", fail)
    with pytest.raises(OSError, match="No space left"):
        Server(owner, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_the_record_is_json_of_known_fields(serving: Server, tmp_path: Path) -> None:
    assert json.loads((tmp_path / RECORD).read_text(encoding="ascii")).keys() == {"pid", "kind", "place", "token"}
