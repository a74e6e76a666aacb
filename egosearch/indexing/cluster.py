"""Slices through `index_slice` on a Ray cluster: its workers decode and encode, and this process alone writes.

The protocol is that of `pool`. Ray knows which slice a lost worker had in hand and gives it to another one; so no slice
is suspected for its neighbours, and a machine that goes away costs only time. The workers read the recordings
themselves: every machine needs them at the same path, and the same egosearch.
"""

import logging
import os
import platform
import socket
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import islice
from typing import Any

from egosearch.errors import LibraryError, MediaError
from egosearch.indexing.pool import POLL_S, Executor, Outcome, SliceFailure, default_jobs, outcome
from indexers.slices import Plan, SliceResult, index_slice
from indexers.types import Slice

LOCAL = "local"
"""Instead of an address: a cluster of this machine's cores that ends with the run."""
RETRIES = 2
"""Times that a slice is tried again after its worker was lost, before the recording is blamed."""
AHEAD = 2
"""Slices under way or waiting for each core, so that none is idle while a result travels."""
KNOCK_S = 5.0
"""For a cluster to answer at all."""
STORE_BYTES = 256 << 20
"""Of shared memory, for a local cluster: results of a slice take a few megabytes at most."""


def on_ray(address: str, *, jobs: int | None = None) -> Executor:
    """Return what runs slices on a Ray cluster.

    Args:
        address: "local", "auto", "HOST:6379" or "ray://HOST:10001".
        jobs: Slices at once; None for one a core of the cluster.

    Raises:
        LibraryError: Ray is not installed.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing is told to anybody
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")  # the coming default, without its warning
    try:
        import ray  # noqa: F401 - only to know
    except ImportError as error:
        raise LibraryError("Ray is not installed here; install it with `pip install 'egosearch[ray]'`") from error
    return partial(_index, address, jobs)


def _index(
    address: str, jobs: int | None, pieces: Iterable[Slice], plan: Plan, should_stop: Callable[[], bool]
) -> Generator[Outcome, None, None]:
    """Index slices on a cluster and yield what they give as it comes, as `crew.Crew.outcomes` does.

    Raises:
        EncoderError: An encoder cannot be loaded.
        LibraryError: No cluster answers, or its workers lack egosearch or have another one.
    """
    import ray

    rest = iter(pieces)
    spaces = {choice.load().space for choice in plan.encoders}
    in_flight: dict[Any, Slice] = {}  # by Ray's handle of the result
    with _connected(address, jobs):
        task = ray.remote(num_cpus=1, max_retries=RETRIES)(index_there)
        shared = ray.put(plan)
        try:
            while not should_stop():
                room = AHEAD * (jobs or _cores()) - len(in_flight)  # asked each time: clusters grow and shrink
                in_flight |= {task.remote(piece, shared): piece for piece in islice(rest, max(0, room))}
                if not in_flight:
                    return
                done, _ = ray.wait(list(in_flight), num_returns=1, timeout=POLL_S)
                for handle in done:
                    piece = in_flight.pop(handle)
                    found = _outcome(handle, piece)
                    if isinstance(found, SliceResult) and not {batch.space for batch in found.batches} <= spaces:
                        raise LibraryError(
                            "a worker of the Ray cluster has another version of egosearch or of an encoder;"
                            " install the same ones on every machine"
                        )
                    yield found
        finally:
            for handle in in_flight:
                ray.cancel(handle, force=True)


def index_there(piece: Slice, plan: Plan) -> SliceResult:
    """Index a slice on whatever machine this is.

    Raises:
        MediaError: The machine does not reach the file, or another one under its path; or it cannot be decoded.
    """
    path, here = piece.recording.path, platform.node() or "a machine"
    remedy = "make its folder available under the same path on every machine of the cluster"
    try:
        size_bytes = path.stat().st_size
    except OSError as error:
        raise MediaError(path, f"{here} in the cluster does not reach it ({error.strerror})", remedy) from error
    if size_bytes != piece.recording.size_bytes:
        raise MediaError(path, f"{here} in the cluster has another file there", remedy)
    return index_slice(piece, plan)


@contextmanager
def _connected(address: str, jobs: int | None) -> Iterator[None]:
    """Connect to a cluster, or start one of this machine's cores; where the caller has done so, use that."""
    import ray

    if ray.is_initialized():
        yield
        return
    _knock(address)
    cores = {"num_cpus": jobs or default_jobs(), "object_store_memory": STORE_BYTES, "include_dashboard": False}
    try:
        ray.init(address, log_to_driver=False, logging_level=logging.ERROR, **(cores if address == LOCAL else {}))
    except (OSError, RuntimeError, ValueError) as error:
        reason = " ".join(str(error).split())[:200]
        raise LibraryError(
            f"no Ray cluster answers at {address} ({reason}); check the address and that `ray status` shows one there"
        ) from error
    try:
        yield
    finally:
        ray.shutdown()


def _knock(address: str) -> None:
    """Make sure that somebody listens at an address: Ray itself would try for more than a minute.

    Raises:
        LibraryError: Nobody does.
    """
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if not host or not port.isdecimal():
        return  # "local", "auto", or something that Ray may understand
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=KNOCK_S).close()
    except (OSError, OverflowError) as error:
        raise LibraryError(
            f"no Ray cluster answers at {address} ({error}); check the address and that `ray status` shows one there"
        ) from error


def _cores() -> int:
    import ray

    return max(1, int(ray.cluster_resources().get("CPU", 1)))


def _outcome(handle: Any, piece: Slice) -> Outcome:
    """Return what a slice gave.

    Raises:
        EncoderError: An encoder cannot be loaded there.
        LibraryError: The cluster cannot run any slice.
    """
    from ray import exceptions, get

    lost = (
        exceptions.WorkerCrashedError,
        exceptions.NodeDiedError,
        exceptions.LocalRayletDiedError,
        exceptions.OutOfMemoryError,
        exceptions.ObjectLostError,
    )
    try:
        result: SliceResult = get(handle)
    except exceptions.RayTaskError as error:
        cause: Exception = error.cause
        # Ray's own words where a worker cannot even find the function.
        if isinstance(cause, ImportError) or "failed to import" in str(cause):
            raise LibraryError(
                "a worker of the Ray cluster has no egosearch; install the same one on every machine"
            ) from error
        return outcome(piece, partial(_raise, cause))
    except lost as error:
        reason = f"indexing it from {piece.start_s:.0f} s on lost {RETRIES + 1} workers ({type(error).__name__})"
        problem = MediaError(piece.recording.path, reason, "check that it plays elsewhere, or convert it")
        return SliceFailure(piece, problem)
    except exceptions.RayError as error:
        reason = " ".join(str(error).split())[:200]
        raise LibraryError(
            f"the Ray cluster failed ({reason}); see `ray status`, then index again: what was finished is kept"
        ) from error
    return result


def _raise(error: Exception) -> SliceResult:
    raise error
