"""Progress of a file that is being written."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from egosearch.cli.output import console, plain


@contextmanager
def writing_bar(title: str) -> Iterator[Callable[[float, float], None] | None]:
    """Show a bar on standard error where that is a terminal; elsewhere nothing, since a clip takes seconds.

    Gives what is to be called with how much is done and how much there is, in the same unit; None where nobody looks.
    """
    if not sys.stderr.isatty():
        yield None
        return
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = TextColumn("{task.description}", markup=False), BarColumn(), TimeRemainingColumn()
    with Progress(*columns, console=console(sys.stderr), transient=True) as progress:
        task = progress.add_task(plain(title), total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)
