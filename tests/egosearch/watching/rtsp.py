"""A camera that speaks RTSP, as little of it as a client needs: its stream is MPEG-TS in RTP packets."""

import io
import socket
import socketserver
import struct
import threading
import time
from base64 import b64encode
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import Self

import av

SDP = "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=video 0 RTP/AVP 33\r\na=control:track\r\n"
PAYLOAD = 33
"""MPEG-TS, by RFC 3551."""
PACKET = 7 * 188
CLOCK_HZ = 90_000
SPEED = 4.0
"""How much faster than the clock recordings are played."""


def paced(recording: Path) -> list[tuple[float, bytes]]:
    """Return a recording as MPEG-TS: each piece, and when it is due."""
    pieces: list[tuple[float, bytes]] = []
    file = io.BytesIO()
    with (
        av.open(str(recording)) as container,
        av.open(file, "w", format="mpegts", options={"flush_packets": "1"}) as output,
    ):
        made = {one.index: output.add_stream_from_template(one) for one in container.streams}
        for packet in container.demux():
            if packet.dts is None or packet.time_base is None:
                continue
            due_s, at = float(packet.dts * Fraction(packet.time_base)), file.tell()
            packet.stream = made[packet.stream.index]
            output.mux(packet)
            pieces.append((due_s, file.getvalue()[at:]))
    return pieces


class RtspCamera:
    """Serves a recording to whoever plays it, from its start."""

    def __init__(self, recording: Path, *, login: str = "", is_udp: bool = False, is_mute: bool = False) -> None:
        """Begin to listen.

        Args:
            recording: What is sent.
            login: `user:password` that is asked for; empty for none.
            is_udp: Whether it sends over UDP only, as some cameras do.
            is_mute: Whether it takes connections and never says a word.
        """
        camera = self
        self.pieces = [] if is_mute else paced(recording)
        self.login, self.is_udp, self.is_mute = f"Basic {b64encode(login.encode()).decode()}", is_udp, is_mute
        self.needs_login = bool(login)
        self.logins: list[str] = []
        self.is_off = threading.Event()

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                with suppress(OSError):
                    camera.serve(self)

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True

        self._server = Server(("127.0.0.1", 0), Handler)
        self.address = f"127.0.0.1:{self._server.server_address[1]}/live"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.is_off.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def serve(self, to: socketserver.StreamRequestHandler) -> None:
        """Answer one client until it leaves, or the recording is over."""
        if self.is_mute:
            self.is_off.wait(60)
        port = 0
        while request := to.rfile.readline().decode():
            headers = dict(line.split(": ", 1) for line in iter(lambda: to.rfile.readline().decode().strip(), ""))
            verb, body, more = request.split()[0], "", ""
            status = "200 OK"
            self.logins += [headers["Authorization"]] if "Authorization" in headers else []
            transport = headers.get("Transport", "")
            if self.needs_login and verb != "OPTIONS" and headers.get("Authorization") != self.login:
                status, more = "401 Unauthorized", 'WWW-Authenticate: Basic realm="camera"\r\n'
            elif verb == "DESCRIBE":
                body, more = SDP, "Content-Type: application/sdp\r\n"
            elif verb == "SETUP" and self.is_udp == ("TCP" in transport):
                status = "461 Unsupported Transport"
            elif verb == "SETUP":
                port = int(transport.partition("client_port=")[2].partition("-")[0]) if self.is_udp else 0
                more = f"Transport: {transport}\r\nSession: 1\r\n"
            head = f"RTSP/1.0 {status}\r\nCSeq: {headers['CSeq']}\r\n{more}Content-Length: {len(body)}\r\n\r\n"
            to.wfile.write((head + body).encode())
            if verb == "PLAY" and status == "200 OK":
                self._play(to.connection, port)
                return

    def _play(self, connection: socket.socket, port: int) -> None:
        began_s, number = time.monotonic(), 0
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
            for due_s, data in self.pieces:
                if self.is_off.wait(max(0.0, began_s + due_s / SPEED - time.monotonic())):
                    return
                for at in range(0, len(data), PACKET):
                    header = struct.pack("!BBHII", 0x80, PAYLOAD, number & 0xFFFF, int(due_s * CLOCK_HZ), 1)
                    packet, number = header + data[at : at + PACKET], number + 1
                    if port:
                        datagrams.sendto(packet, ("127.0.0.1", port))
                    else:
                        connection.sendall(struct.pack("!cBH", b"$", 0, len(packet)) + packet)
