"""Indexing progress on standard error: a bar on a terminal, now and then a line elsewhere."""

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

from egosearch.cli.output import clock, console, plain, say

if TYPE_CHECKING:
    from rich.progress import TaskID

    from egosearch.indexing.types import IndexProgress

LINE_EVERY_S = 10.0
"""Between lines where there is no terminal: a log of an hour stays under 400 lines."""
NAME_WIDTH = 24
"""With it, name, bar and numbers fit into 80 columns even late in a long run."""


class ProgressView(Protocol):
    """Shows the steps of an indexing run while its `with` lasts."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def show(self, step: "IndexProgress") -> None: ...


def progress_view(*, is_quiet: bool = False) -> ProgressView:
    """Return the view that fits standard error."""
    if is_quiet:
        return Silence()
    return Bar() if sys.stderr.isatty() else Lines()


def describe(step: "IndexProgress", *, is_brief: bool = False) -> str:
    """Say how far a run is: "0:42 of 1:20:00, 48 × real time, 1:39 left", or "0:42/1:20:00 · 48× · 1:39 left"."""
    total = clock(step.seconds_total)
    parts = [f"{clock(step.seconds_done)}/{total}" if is_brief else f"{clock(step.seconds_done)} of {total}"]
    if step.speed > 0:
        speed = f"{step.speed:.{0 if step.speed >= 10 else 1}f}"
        parts.append(f"{speed}×" if is_brief else f"{speed} × real time")
    if step.left_s is not None and step.seconds_done < step.seconds_total:
        parts.append(f"{clock(step.left_s)} left")
    return (" · " if is_brief else ", ").join(parts)


class Silence:
    """Shows nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return

    def show(self, step: "IndexProgress") -> None:
        """Pass over it."""


class Lines(Silence):
    """A line whenever a recording is done, but not more often than every `LINE_EVERY_S`; the last step always."""

    def __init__(self) -> None:
        self._said_at: float | None = None

    def show(self, step: "IndexProgress") -> None:
        """Say it if it is time."""
        now = time.monotonic()
        is_last = step.recordings_done == step.recordings_total
        if not is_last and self._said_at is not None and now - self._said_at < LINE_EVERY_S:
            return
        self._said_at = now
        say(f"{step.recordings_done}/{step.recordings_total} recordings, {describe(step)} ({step.path.name})")


class Bar(Silence):
    """One bar over all seconds of the run, with the recording that just advanced."""

    def __init__(self) -> None:
        from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn

        self._progress = Progress(
            SpinnerColumn(),  # a slice of ten minutes may take half a minute: something should move
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=None),
            TextColumn("{task.fields[numbers]}", markup=False),
            console=console(sys.stderr),
            transient=True,
            expand=True,
        )
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        self._progress.start()
        # Shown before the first step: opening files and loading networks takes a moment.
        self._task = self._progress.add_task("reading the recordings", total=None, numbers="")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def show(self, step: "IndexProgress") -> None:
        """Move the bar."""
        if self._task is None:
            return
        self._progress.update(
            self._task,
            description=_shortened(plain(step.path.name)),
            completed=step.seconds_done,
            total=max(step.seconds_total, 1e-9),
            numbers=f"{step.recordings_done}/{step.recordings_total} · {describe(step, is_brief=True)}",
        )


def _shortened(name: str) -> str:
    """Keep both ends of a long name: cameras number at the end, and people name at the start."""
    if len(name) <= NAME_WIDTH:
        return name
    half = (NAME_WIDTH - 1) // 2
    return f"{name[:half]}…{name[-half:]}"
