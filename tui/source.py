"""What the browser asks of a library: the part of `egosearch.library.Library` that it uses, and a thread to ask in."""

import asyncio
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import ParamSpec, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from egosearch.catalog.levels import SoundLevels
from egosearch.types import Answer, Curve, FailedFile, Query, RecordingSummary

P = ParamSpec("P")
T = TypeVar("T")


class Source(Protocol):
    """A library to browse."""

    @property
    def path(self) -> Path: ...
    def answer(self, query: Query) -> Answer: ...
    def curves(self, query: Query, recording_id: str) -> Mapping[str, Curve]: ...
    def recordings(self) -> list[RecordingSummary]: ...
    def failures(self) -> list[FailedFile]: ...
    def picture(self, recording_id: str, time_s: float, *, short_side_px: int = 180) -> NDArray[np.uint8] | None: ...
    def sound_levels(self, recording_id: str) -> SoundLevels | None: ...


class LibraryThread:
    """Makes a library's calls one at a time, away from the thread that draws.

    One thread and not several: a call that is cancelled while it waits for its turn is never made, so fast typing
    does not pile up searches, and none runs beside the one that replaced it.
    """

    def __init__(self, library: Source) -> None:
        self.library = library
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="library")

    async def run(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return what the call returns, or raise what it raises."""
        return await asyncio.get_running_loop().run_in_executor(self._executor, partial(call, *args, **kwargs))

    def close(self) -> None:
        """Drop the calls that wait and return when the running one is done."""
        self._executor.shutdown(wait=True, cancel_futures=True)
