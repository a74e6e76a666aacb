"""Who may ask the server, and what its page may load."""

import asyncio
import re
import sys
from urllib.parse import urljoin

import pytest
from aiohttp import ClientSession, WSServerHandshakeError

from tests.tui.serving.client import Served
from tui.serving.page import PAGE

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals and sockets are others there")


async def test_the_page_loads_nothing_from_elsewhere(session: ClientSession, served: Served) -> None:
    async with session.get(served.url) as answer:
        assert (answer.status, answer.content_type) == (200, "text/html")
        page, policy = await answer.text(), answer.headers["Content-Security-Policy"]
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cache-Control"] == "no-store"
    assert policy.startswith("default-src 'none'; script-src 'self';")
    assert "frame-ancestors 'none'" in policy
    assert set(re.findall(r"\w+://[^/;\"']+", page + policy)) == {f"ws://{served.host}"}
    parts = re.findall(r"(?:src|href)=\"([^\"]+)\"|url\(\"([^\"]+)\"\)", page)
    assert len(parts) == 6
    for part in ("".join(found) for found in parts):
        if not part.startswith("data:"):
            async with session.get(urljoin(served.url, part)) as answer:
                assert answer.status == 200, part
                assert answer.headers["X-Content-Type-Options"] == "nosniff"
                if part.endswith(".css"):
                    assert not re.search(r"@import|url\(", await answer.text())


def test_the_page_has_no_script_of_its_own() -> None:
    """The policy would refuse it, and whatever else could be slipped in."""
    assert re.findall(r"<script(?! src=)|\son\w+=|javascript:", PAGE) == []


@pytest.mark.parametrize("path", ["", "/", "/ws", "/static/js/textual.js", "/focus.js", "/%2e%2e/", "//"])
async def test_without_the_token(session: ClientSession, served: Served, path: str) -> None:
    for place in (path, f"/{'x' * 43}{path}", f"/%ff{path}"):
        async with session.get(served.origin + place) as answer:
            assert (answer.status, await answer.text()) == (403, "403: Forbidden")


async def test_with_it_there_is_nothing_else(session: ClientSession, served: Served) -> None:
    for path in ("static/", "static/../server.py", "static/%2e%2e/server.py", "download/1", "nothing"):
        async with session.get(served.url + path) as answer:
            assert answer.status in {403, 404}, path
    async with session.post(served.url) as answer:
        assert answer.status == 405


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "localhost.evil.example", "x@127.0.0.1", "10.0.0.1"],
)
async def test_a_domain_that_was_made_to_lead_here(session: ClientSession, served: Served, host: str) -> None:
    for headers in ({"Host": host}, {"Host": host, "Origin": f"http://{host}"}):
        async with session.get(served.url, headers=headers) as answer:
            assert answer.status == 403
    assert await _refused(session, served, {"Host": host, "Origin": f"http://{host}"}) == 403


@pytest.mark.parametrize("host", ["localhost:9000", "127.0.0.1:9000", "[::1]:9000", "localhost"])
async def test_a_forwarded_port(session: ClientSession, served: Served, host: str) -> None:
    """`ssh -L 9000:127.0.0.1:8000`: the page is another's to the web browser, and its socket goes there too."""
    async with session.get(served.url, headers={"Host": host}) as answer:
        assert answer.status == 200
        assert f'"ws://{host}/' in await answer.text()
        assert f"connect-src ws://{host};" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("origin", ["https://evil.example", "http://127.0.0.1:1", "http://localhost", "null", None])
async def test_a_socket_of_another_page(session: ClientSession, served: Served, origin: str | None) -> None:
    """Any page may open a socket to any address; that it was not ours is all that there is to see."""
    headers = {} if origin is None else {"Origin": origin}
    assert await _refused(session, served, headers) == 403
    if origin is not None:
        async with session.get(served.url, headers=headers) as answer:
            assert answer.status == 403


async def _refused(session: ClientSession, served: Served, headers: dict[str, str]) -> int:
    with pytest.raises(WSServerHandshakeError) as refused:
        await session.ws_connect(served.url + "ws", headers=headers)
    return refused.value.status


async def test_two_hosts_at_once(served: Served) -> None:
    address, port = served.host.split(":")
    path = served.url.removeprefix(served.origin)
    reader, writer = await asyncio.open_connection(address, int(port))
    writer.write(f"GET {path} HTTP/1.1\r\nHost: {served.host}\r\nHost: evil.example\r\n\r\n".encode())
    answer = await reader.readline()
    writer.close()
    await writer.wait_closed()
    assert answer.split()[1] == b"400"
