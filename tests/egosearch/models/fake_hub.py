"""The Hugging Face hub on this machine: the two addresses of it that are used, with faults to order."""

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

COMMIT = "0123456789abcdef0123456789abcdef01234567"
LARGE_BYTES = 1000
"""From here on a file is one of LFS, known by the checksum of its content."""


@dataclass
class FakeHub:
    """What it has and how it misbehaves."""

    repositories: dict[str, dict[str, bytes]] = field(default_factory=dict)
    licences: dict[str, str] = field(default_factory=dict)
    address: str = ""
    cut_after: list[int] = field(default_factory=list)
    """Bytes after which an answer with content ends too soon: one number an answer, while there are any."""
    refusals: list[int] = field(default_factory=list)
    """Statuses instead of content, likewise."""
    sent_wrong: set[str] = field(default_factory=set)
    """Files whose content is other than what the hub says of it."""
    knows_ranges: bool = True
    asked: list[tuple[str, str | None]] = field(default_factory=list)
    """Paths, and the range that was asked for."""
    keys: list[str | None] = field(default_factory=list)

    def described(self, repo: str) -> dict[str, Any]:
        """Return what the hub says of a repository."""
        siblings = []
        for name, content in self.repositories[repo].items():
            entry: dict[str, Any] = {"rfilename": name, "size": len(content)}
            git = hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False)
            entry["blobId"] = git.hexdigest()
            if len(content) >= LARGE_BYTES:
                entry["lfs"] = {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content), "pointerSize": 130}
            siblings.append(entry)
        licence = self.licences.get(repo)
        return {"sha": COMMIT, "siblings": siblings, "cardData": {"license": licence} if licence else None}

    @property
    def content_asked(self) -> list[tuple[str, str | None]]:
        """Return what was asked for but descriptions."""
        return [(path, part) for path, part in self.asked if "/resolve/" in path]


class _Server(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """Say nothing: who was stopped does not read to the end."""


@contextmanager
def serving(hub: FakeHub) -> Iterator[None]:
    """Serve until the `with` is left."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path = unquote(urlsplit(self.path).path)
            hub.asked.append((path, self.headers.get("Range")))
            hub.keys.append(self.headers.get("Authorization"))
            if path.startswith("/api/models/"):
                self._describe(path.removeprefix("/api/models/").removesuffix("/revision/main"))
            else:
                repo, _, name = path.removeprefix("/").partition(f"/resolve/{COMMIT}/")
                self._send(repo, name)

        def _describe(self, repo: str) -> None:
            if repo not in hub.repositories:
                self._refuse(404)
                return
            self._answer(200, json.dumps(hub.described(repo)).encode())

        def _send(self, repo: str, name: str) -> None:
            if hub.refusals:
                self._refuse(hub.refusals.pop(0))
                return
            content = hub.repositories[repo][name]
            if name in hub.sent_wrong:
                content = bytes(len(content))
            wanted = self.headers.get("Range")
            first = int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted and hub.knows_ranges else 0
            most = hub.cut_after.pop(0) if hub.cut_after else None
            self._answer(206 if first else 200, content[first:], most)

        def _answer(self, status: int, content: bytes, most: int | None = None) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content[:most])
            self.close_connection = True

        def _refuse(self, status: int) -> None:
            self._answer(status, b"{}")

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = _Server(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    hub.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
