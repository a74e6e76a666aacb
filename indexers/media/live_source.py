"""A live source by its name: a URL, a device, or a file that grows. How it is opened is in `live_opening`."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

CAMERA = re.compile(r"/dev/video\d+")
"""What Linux calls cameras."""
_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")


@dataclass(frozen=True)
class Source:
    """Where live pictures and sound come from."""

    name: str
    """A URL, a device, or a file that grows. In the user and password of a URL, `$NAME` and `${NAME}` stand for what
    the environment has under this name: command lines can be read by everybody on the machine."""
    input_format: str | None = None
    """FFmpeg's name of what reads a device: `v4l2`, `alsa`, `avfoundation`, `dshow`; None to let it find out."""
    patience_s: float = 10.0
    """A file has ended when it has not grown for so long."""

    @property
    def shown(self) -> str:
        """The name to print and to keep: without user, password and keys.

        `rtsp://admin:secret@kitchen.local/stream1?key=1` is `rtsp://kitchen.local/stream1`.
        """
        scheme, is_url, rest = self.name.partition("://")
        if not is_url:
            return self.name
        _, rest = _parted(rest)
        return f"{scheme}://{re.split(r'[?#]', rest, maxsplit=1)[0]}"

    def address(self, environment: Mapping[str, str] = os.environ) -> str:
        """Return what to open: the name, with what the environment has put into user and password.

        With `PASSWORD=s/t`, `rtsp://admin:$PASSWORD@kitchen.local/1` is `rtsp://admin:s%2Ft@kitchen.local/1`. What is
        not set stays as it is: a password may have a dollar sign.
        """
        scheme, is_url, rest = self.name.partition("://")
        login, rest = _parted(rest)
        if not (is_url and login):
            return self.name

        def value(found: re.Match[str]) -> str:
            known = environment.get(found[1] or found[2])
            return found[0] if known is None else quote(known, safe="")

        return f"{scheme}://{_VARIABLE.sub(value, login)}@{rest}"

    @property
    def reader(self) -> str | None:
        """FFmpeg's name of what reads it: `input_format`, or what such a device is read by; None to let it find out."""
        is_camera = self.input_format is None and CAMERA.fullmatch(self.name)
        return "v4l2" if is_camera else self.input_format

    @property
    def file(self) -> Path | None:
        """The file, where it is one: it is its own recording."""
        path = Path(self.name)
        return path if self.reader is None and path.is_file() else None

    @property
    def is_endless(self) -> bool:
        """Whether its end is no end: it is asked again. A file that has ended, or a pipe, has said all."""
        return self.reader is not None or "://" in self.name


def _parted(rest: str) -> tuple[str, str]:
    """Return user and password, and what follows them, of an address without its scheme.

    They end at the `@` before the path. Where there is none but a colon, a password may hold what ends a server's name,
    as that of `admin:se/cret@kitchen.local/1` does: then they end at the last `@`. It cannot be opened so, and is not
    to be shown either.
    """
    server = re.split(r"[/?#]", rest, maxsplit=1)[0]
    end = server.rfind("@") if "@" in server or ":" not in server else rest.rfind("@")
    return ("", rest) if end < 0 else (rest[:end], rest[end + 1 :])
