"""Slices through `index_slice`, and what may come of each: the protocol of all that runs them.

In this process (`index_here`), which a decoder that crashes takes along; in worker processes (`crew`), which is what
runs use; or on a cluster (`cluster`).
"""

import logging
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from egosearch.errors import EgosearchError, MediaError
from indexers.sharing import cores
from indexers.slices import Plan, SliceResult, index_slice
from indexers.types import Slice

log = logging.getLogger(__name__)

POLL_S = 0.2
"""How long a wish to stop, or a limit that is passed, may go unnoticed."""
MAX_DEFAULT_JOBS = 8
"""Decoding is bound by memory and disk beyond; each worker takes about 230 MB."""


@dataclass(frozen=True, eq=False)
class SliceFailure:
    """A slice that gave nothing."""

    slice: Slice
    error: MediaError


Outcome = SliceResult | SliceFailure
Executor = Callable[[Iterable[Slice], Plan, Callable[[], bool]], Generator[Outcome, None, None]]
"""What runs slices: draws them as it has room, yields what they give as it comes, and ends when asked to stop."""


def default_jobs() -> int:
    """Return one worker for each core that this process may use, at most eight."""
    return max(1, min(MAX_DEFAULT_JOBS, cores()))


def index_here(pieces: Iterable[Slice], plan: Plan, should_stop: Callable[[], bool]) -> Generator[Outcome, None, None]:
    """Index slices in this process, in order; a crash ends it.

    Raises:
        EncoderError: An encoder cannot be loaded.
    """
    for piece in pieces:
        if should_stop():
            return
        yield outcome(piece, partial(index_slice, piece, plan))


def outcome(piece: Slice, get: Callable[[], SliceResult]) -> Outcome:
    """Return what a slice gave, from a function that returns or raises it; one bad file never stops a run.

    Raises:
        EgosearchError: Something else than the file is at fault.
    """
    try:
        return get()
    except Exception as error:
        return SliceFailure(piece, blame(piece.recording.path, f"indexing it from {piece.start_s:.0f} s on", error))


def blame(path: Path, doing: str, error: Exception) -> MediaError:
    """Return what is wrong with a file, from what was raised over it.

    Args:
        path: The file.
        doing: What was done with it, as a clause begins: "opening it".
        error: What was raised.

    Raises:
        EgosearchError: Something else than the file is at fault.
    """
    if isinstance(error, MediaError):
        return error
    if isinstance(error, EgosearchError):
        raise error
    log.warning("%s: %s failed", path, doing, exc_info=error)
    if isinstance(error, MemoryError):
        reason, remedy = "takes more memory than there is for it", "allow more memory, or index with fewer jobs"
    else:
        reason, remedy = f"failed ({type(error).__name__}: {error})", "leave it out, and report this as a bug"
    return MediaError(path, f"{doing} {reason}", remedy)
