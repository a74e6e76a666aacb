"""A file that is still being written, read like a stream: at its end, wait for more."""

import time
from collections.abc import Callable
from pathlib import Path

POLL_S = 0.05


class GrowingFile:
    """Reads a file from its start on. It has no `seek`: demuxers then take it as it comes, without looking for its end.

    Attributes:
        name: By which FFmpeg may tell the format.
    """

    def __init__(
        self,
        path: Path,
        *,
        patience_s: float,
        should_stop: Callable[[], bool],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Open it.

        Args:
            path: The file.
            patience_s: It has ended when it has not grown for so long.
            should_stop: Asked while waiting; once true, the file ends here.
            clock: Seconds.

        Raises:
            OSError: It cannot be read.
        """
        self.name = str(path)
        self._file = path.open("rb", buffering=0)
        self._patience_s = patience_s
        self._should_stop = should_stop
        self._clock = clock

    def read(self, count: int) -> bytes:
        """Return at least one byte and at most `count`, waiting for them; none once the file has ended."""
        waits_since_s: float | None = None
        while not self._should_stop():
            data = self._file.read(count)
            if data:
                return data
            now_s = self._clock()
            waits_since_s = now_s if waits_since_s is None else waits_since_s
            if now_s - waits_since_s > self._patience_s:
                break
            time.sleep(POLL_S)
        return b""

    def close(self) -> None:
        """Release the file; twice is fine."""
        self._file.close()
