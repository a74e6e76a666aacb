"""An encoder of pictures that does one bad thing when it sees red: what a decoder may do to its process, on demand."""

import ctypes
import logging
import os
import signal
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FunctionType

import numpy as np
import pytest

from indexers.base import Encoder
from indexers.embeddings import SparseRows
from indexers.testing import COLOURS, ToyColours
from indexers.types import Clip, Modality

ONCE = "EGOSEARCH_TEST_ONCE"
"""Names a file that says that it was done already."""
MEMORY_BYTES = 400_000_000
HELD: list[bytearray] = []


def is_red(clip: Clip) -> bool:
    mean = np.mean([picture.mean(axis=(0, 1)) for picture in clip.pictures], axis=0)
    return float(np.linalg.norm(mean - COLOURS["red"])) < 60


def crash() -> None:
    ctypes.string_at(0)


def hang_in_a_decoder() -> None:
    """Stand still in what looks like a function of the package that decodes."""
    FunctionType(stand_still.__code__, {"__name__": "indexers.media.stuck", "time": time})()


def stand_still() -> None:
    time.sleep(120)


def think() -> None:
    time.sleep(2.5)


def dawdle(path: Path) -> None:
    """Take long to open a file."""
    del path
    think()


def stumble(path: Path) -> None:
    """Crash over a file."""
    del path
    crash()


def botch(path: Path) -> None:
    """Fail over a file as nobody foresaw."""
    del path
    _ = 1 / 0


def swallow() -> None:
    block = bytearray(MEMORY_BYTES)
    block[::4096] = b"x" * len(block[::4096])
    HELD.append(block)
    time.sleep(20)


def be_killed_once() -> None:
    mark = Path(os.environ[ONCE])
    if not mark.exists():
        mark.touch()
        be_killed()


def be_killed() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def fail() -> None:
    raise OSError("something that no one foresaw")


def warn() -> None:
    logging.getLogger("indexers.misbehaving").warning("seen %s", "red")


MISDEEDS: dict[str, Callable[[], None]] = {
    "crash": crash,
    "hang": hang_in_a_decoder,
    "think": think,
    "swallow": swallow,
    "be-killed": be_killed,
    "be-killed-once": be_killed_once,
    "fail": fail,
    "warn": warn,
}


class Misbehaving(ToyColours):
    """Colours, until it sees red."""

    def __init__(self, misdeed: Callable[[], None]) -> None:
        super().__init__()
        self._misdeed = misdeed

    def encode(self, clips: Sequence[Clip]) -> SparseRows:
        if any(map(is_red, clips)):
            self._misdeed()
        return super().encode(clips)


def load(modality: Modality, variant: str) -> Encoder:
    assert modality is Modality.VISUAL
    return Misbehaving(MISDEEDS[variant])


def install(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Offer `misbehaving:crash` and the like, as an installed package would; workers find it as they find others."""
    info = folder / "misbehaving-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: misbehaving\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(
        "[egosearch.encoders]\nmisbehaving = tests.egosearch.misbehaving:load\n", encoding="utf-8"
    )
    monkeypatch.syspath_prepend(str(folder))
