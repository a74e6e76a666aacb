"""Live sources for tests: a file that grows, and a camera on a port that can be pulled out."""

import socket
import subprocess
import sys
import threading
import time
from fractions import Fraction
from pathlib import Path
from typing import Self

import av

ROOT = Path(__file__).parents[3]


def grow(path: Path, data: bytes, *, seconds: float, steps: int = 40) -> threading.Thread:
    """Write a file piece by piece, in a thread."""
    path.touch()

    def write() -> None:
        with path.open("wb") as file:
            for step in range(steps):
                file.write(data[len(data) * step // steps : len(data) * (step + 1) // steps])
                file.flush()
                time.sleep(seconds / steps)

    thread = threading.Thread(target=write)
    thread.start()
    return thread


class Camera:
    """A process that sends a recording as MPEG-TS to whoever connects, and hangs up, several times.

    A process of its own: PyAV waits for a connection without letting other threads run.
    """

    def __init__(self, recording: Path, *, speed: float, until_s: tuple[float, ...] = (1e9,)) -> None:
        """Begin to listen.

        Args:
            recording: What is sent.
            speed: How much faster than the clock.
            until_s: Of the recording so much is sent to the first that connects, so much to the second...
        """
        with socket.socket() as listening:
            listening.bind(("127.0.0.1", 0))
            port = int(listening.getsockname()[1])
        self.url = f"tcp://127.0.0.1:{port}"
        command = [sys.executable, "-m", __name__, str(recording), self.url, str(speed), *map(str, until_s)]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._process.kill()
        self._process.communicate()

    def began_s(self) -> float:
        """Return when the next connection was sent its first packet, on the clock on the wall."""
        return float(self._process.stdout.readline() if self._process.stdout else "nan")

    def wait(self) -> None:
        """Return when all is sent."""
        self._process.wait(30)


def send(recording: str, url: str, speed: float, until_s: float) -> None:
    """Wait for a connection, send, and hang up."""
    with (
        av.open(f"{url}?listen=1", "w", format="mpegts", options={"flush_packets": "1"}) as output,
        av.open(recording) as container,
    ):
        made = {one.index: output.add_stream_from_template(one) for one in container.streams}
        began_s = 0.0
        for packet in container.demux():
            if packet.dts is None or packet.pts is None or packet.time_base is None:
                continue
            due_s = float(packet.pts * Fraction(packet.time_base))
            if due_s >= until_s:
                break
            if not began_s:
                output.start_encoding()
                began_s = time.time() - due_s / speed
                print(began_s, flush=True)
            time.sleep(max(0.0, began_s + due_s / speed - time.time()))
            packet.stream = made[packet.stream.index]
            output.mux(packet)


if __name__ == "__main__":
    for until in sys.argv[4:]:
        send(sys.argv[1], sys.argv[2], float(sys.argv[3]), float(until))
