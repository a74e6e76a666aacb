"""How far a pull is, on standard error: a bar on a terminal, now and then a line elsewhere."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from egosearch.cli.output import console, plain, say, size

if TYPE_CHECKING:
    from egosearch.models.types import PullProgress

LINE_EVERY_S = 10.0
"""Between lines where there is no terminal; a pull that is done before says nothing on the way."""


@contextmanager
def pull_progress() -> Iterator[Callable[["PullProgress"], None]]:
    """Give what is to be called with each step."""
    if not sys.stderr.isatty():
        yield _Lines().show
        return
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

    columns = (
        TextColumn("{task.description}", markup=False),
        *(BarColumn(bar_width=None), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn()),
    )
    with Progress(*columns, console=console(sys.stderr), transient=True, expand=True) as progress:
        task = progress.add_task("", total=None)
        yield lambda step: progress.update(
            task, description=plain(step.file), completed=step.bytes_done, total=max(step.bytes_total, 1)
        )


class _Lines:
    def __init__(self) -> None:
        self._said_at = time.monotonic()

    def show(self, step: "PullProgress") -> None:
        """Say it if it is time."""
        now = time.monotonic()
        if now - self._said_at >= LINE_EVERY_S:
            self._said_at = now
            say(f"{size(step.bytes_done)} of {size(step.bytes_total)} ({step.file})")
