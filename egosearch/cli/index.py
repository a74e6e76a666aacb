"""`egosearch index`: files and folders into the library."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from egosearch.cli import options
from egosearch.cli.boundary import SOME_FAILED, STOPPED
from egosearch.cli.options import LibraryOption, Sense
from egosearch.cli.output import clock, count, say
from egosearch.cli.progress import progress_view

if TYPE_CHECKING:
    from egosearch.pool import Executor
    from egosearch.types import IndexOptions, IndexReport
    from indexers.types import Modality

EXAMPLES = """\b
Examples:
  egosearch index ~/Videos
  egosearch index GX010042.MP4 --jobs 2
  egosearch index --retry-failed ~/Videos
  egosearch index --ray auto /mnt/recordings"""


def index(
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH", show_default=False, help="Recordings, and folders of them.")
    ],
    *,
    library: LibraryOption = None,
    jobs: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, show_default="one a core, at most 8", help="Worker processes."),
    ] = None,
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="Also try files again that failed before.")
    ] = False,
    encoder: Annotated[
        list[str] | None,
        typer.Option(
            metavar="MODALITY=NAME",
            show_default=False,
            help="Use another encoder for a sense (see `egosearch models`). A library keeps its first ones.",
        ),
    ] = None,
    ray: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS|local",
            show_default=False,
            help="Work on a Ray cluster whose machines have the recordings at the same paths.",
        ),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but what went wrong.")] = False,
) -> None:
    """Index recordings, so that they can be searched.

    Folders are searched for recordings, with the folders in them. What is indexed already is skipped, so the same
    command again costs nothing, and goes on where it was interrupted. Recordings are only read, never changed.
    """
    chosen = _encoders(encoder or [])
    with (
        options.open_library(library) as opened,
        _stop_on_interrupt() as should_stop,
        progress_view(is_quiet=quiet) as view,
    ):
        wanted = _index_options(opened.encoders | chosen, jobs=jobs, retry_failed=retry_failed)
        executor = None if ray is None else _on_ray(ray, jobs)
        report = opened.index(paths, options=wanted, on_progress=view.show, should_stop=should_stop, executor=executor)
    for failed in report.failed:
        say(f"failed: {failed.path}: {failed.reason}; {failed.remedy}")
    if report.interrupted:
        say("Stopped. What was indexed stays, and the same command goes on from there.")
        raise typer.Exit(STOPPED)
    if not quiet:
        say(summary(report))
    if report.failed:
        raise typer.Exit(SOME_FAILED)


def summary(report: "IndexReport") -> str:
    """Say in a sentence or two what a run did."""
    parts = []
    if report.indexed:
        speed = f", {report.seconds / report.elapsed_s:.0f} × real time" if report.elapsed_s > 0 else ""
        took = f"{clock(report.seconds)} of recording in {clock(report.elapsed_s)}{speed}"
        parts.append(f"Indexed {count(report.indexed, 'recording')} ({took}).")
    if report.unchanged:
        moved = f", {report.moved} of them under another path than before" if report.moved else ""
        parts.append(f"{count(report.unchanged, 'recording')} indexed already{moved}.")
    if report.failed:
        parts.append(f"{count(len(report.failed), 'file')} failed; the reasons are above.")
    return " ".join(parts) or "No recordings found there."


def _encoders(choices: list[str]) -> "dict[Modality, str]":
    """Read `--encoder MODALITY=NAME`."""
    from indexers.types import Modality

    chosen = {}
    for choice in choices:
        sense, _, name = choice.partition("=")
        if sense not in set(Sense) or not name:
            raise typer.BadParameter(
                f"{choice!r} is not MODALITY=NAME, such as audio=concepts; modalities are {', '.join(Sense)}",
                param_hint="--encoder",
            )
        chosen[Modality(sense)] = name
    return chosen


def _index_options(encoders: "dict[Modality, str]", *, jobs: int | None, retry_failed: bool) -> "IndexOptions":
    """Return the options, with the usual encoders where a sense has none yet."""
    from egosearch.types import IndexOptions

    usual = IndexOptions()
    return IndexOptions(encoders={**usual.encoders, **encoders}, jobs=jobs, retry_failed=retry_failed)


def _on_ray(address: str, jobs: int | None) -> "Executor":
    from egosearch.cluster import on_ray

    return on_ray(address, jobs=jobs)


@contextmanager
def _stop_on_interrupt() -> Iterator[Callable[[], bool]]:
    """Turn the first Ctrl-C into a wish to stop, which lets what is finished be committed; a second one stops now."""
    wish = threading.Event()

    def on_interrupt(number: int, frame: FrameType | None) -> None:
        del number, frame
        if wish.is_set():
            raise KeyboardInterrupt
        wish.set()
        say("stopping; press Ctrl-C again to stop at once")

    if threading.current_thread() is not threading.main_thread():  # where handlers cannot be set
        yield wish.is_set
        return
    before = signal.signal(signal.SIGINT, on_interrupt)
    try:
        yield wish.is_set
    except KeyboardInterrupt:
        say("Stopped at once. What was indexed stays, and the same command goes on from there.")
        raise typer.Exit(STOPPED) from None
    finally:
        signal.signal(signal.SIGINT, before)
