"""How far an evaluation is, on standard error: a bar on a terminal, now and then a line elsewhere."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from egosearch.cli.output import console, say

LINE_EVERY_S = 10.0
"""Between lines where there is no terminal; an evaluation that is done before says nothing."""


@contextmanager
def query_progress() -> Iterator[Callable[[int, int], None]]:
    """Give what is to be called with the queries answered and the queries in all."""
    if not sys.stderr.isatty():
        yield _Lines().show
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = TextColumn("asking"), BarColumn(bar_width=None), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=console(sys.stderr), transient=True, expand=True) as progress:
        task = progress.add_task("", total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


class _Lines:
    def __init__(self) -> None:
        self._said_at = time.monotonic()

    def show(self, done: int, total: int) -> None:
        """Say it if it is time."""
        now = time.monotonic()
        if now - self._said_at >= LINE_EVERY_S:
            self._said_at = now
            say(f"{done:,} of {total:,} answers")
