"""`egosearch index`: files and folders into the library."""

import re
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from egosearch.cli import options
from egosearch.cli.boundary import SOME_FAILED, STOPPED
from egosearch.cli.options import LibraryOption
from egosearch.cli.output import clock, count, say
from egosearch.cli.progress import progress_view
from egosearch.cli.signals import on_signals
from egosearch.cli.spaces import encoders_named
from egosearch.indexing.limits import MIN_MEMORY_MB

if TYPE_CHECKING:
    from egosearch.indexing.pool import Executor
    from egosearch.indexing.types import FailedFile, IndexOptions, IndexReport
    from indexers.types import Modality

JobsOption = Annotated[
    int | None,
    typer.Option(metavar="N", min=1, show_default="one a core, at most 8", help="Worker processes."),
]
NiceOption = Annotated[
    int, typer.Option(metavar="N", min=0, max=19, help="Give way to other programs: 19 most of all.")
]
MemoryOption = Annotated[
    int | None,
    typer.Option(
        metavar="MB",
        min=MIN_MEMORY_MB,
        show_default="half the machine's for a worker",
        help="Memory that the run may take in all.",
    ),
]
NAMED_EACH = 5
"""Files that failed for the same reason and are named each; of more, one is."""
EXAMPLES = """\b
Examples:
  egosearch index ~/Videos
  egosearch index GX010042.MP4 --jobs 2
  egosearch index --retry-failed
  egosearch index --ray auto /mnt/recordings"""


def index(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="PATH",
            show_default="what the library has already",
            help="Recordings, and folders of them.",
        ),
    ] = None,
    *,
    library: LibraryOption = None,
    jobs: JobsOption = None,
    nice: NiceOption = 0,
    memory: MemoryOption = None,
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="Also try files again that failed before.")
    ] = False,
    encoder: Annotated[
        list[str] | None,
        typer.Option(
            metavar="MODALITY=NAME",
            show_default=False,
            help="Index with this encoder too (see `egosearch models`). Searches go on using the sense's first one "
            "until `egosearch spaces use` says otherwise.",
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

    A library keeps every encoder that it was ever indexed with, until `egosearch spaces drop`, and indexes with all of
    them. Without a path, what is in the library is brought up to date: indexed with an encoder that is new to it, or
    where a run was interrupted; with --retry-failed, also what failed.

    A file that cannot be decoded, takes too long or too much memory, or crashes the decoder costs itself, or ten
    minutes of itself, and nothing else. `egosearch failures` lists such files.
    """
    chosen = encoders_named(encoder or [])
    paths = paths or _present(library, and_failed=retry_failed)
    with (
        options.own_library(library) as opened,
        _stop_on_interrupt() as should_stop,
        progress_view(is_quiet=quiet) as view,
    ):
        wanted = replace(
            index_options(chosen, is_new=not opened.encoders),
            jobs=jobs,
            nice=nice,
            memory_mb=memory,
            retry_failed=retry_failed,
        )
        executor = None if ray is None else _on_ray(ray, jobs)
        report = opened.index(paths, options=wanted, on_progress=view.show, should_stop=should_stop, executor=executor)
    for line in failed_lines(report.failed):
        say(line)
    if report.interrupted:
        say("Stopped. What was indexed stays, and the same command goes on from there.")
        raise typer.Exit(STOPPED)
    if not quiet:
        say(summary(report))
        for line in changes(report):
            say(line)
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
    if report.forgotten:
        what = count(report.forgotten, "recording")
        parts.append(f"{what} forgotten, and left out; `egosearch forget --list` shows what is.")
    if report.failed:
        parts.append(
            f"{count(len(report.failed), 'file')} failed; the reasons are above and in `egosearch failures`, and"
            " `egosearch index --retry-failed` tries again once they are seen to."
        )
    return " ".join(parts) or "No recordings found there."


def failed_lines(failed: "Sequence[FailedFile]") -> list[str]:
    """Say what failed: a line each, and one for many that failed for the same reason but for its numbers."""
    alike: dict[tuple[str, str], list[FailedFile]] = {}
    for one in failed:
        alike.setdefault((re.sub(r"[0-9]+", "0", one.reason), one.remedy), []).append(one)
    lines = []
    for (_, remedy), group in alike.items():
        if len(group) <= NAMED_EACH:
            lines += [f"failed: {one.path}: {one.reason}; {remedy}" for one in group]
        else:
            first = group[0]
            lines.append(f"failed: {len(group):,} files, {first.path} the first of them: {first.reason}; {remedy}")
    return lines


def changes(report: "IndexReport") -> list[str]:
    """Say in a sentence each what a run means for the encoders that searches use."""
    return [
        *(
            f"Searches use {one.model} ({one.space_id}) for {one.modality} from now on; `egosearch spaces` lists what"
            " else is there, and may be dropped."
            for one in report.adopted
        ),
        *(
            f"Searches will use {one.model} ({one.space_id}) for {one.modality} once it has all that they use now;"
            " `egosearch index` without a path goes on."
            for one in report.behind
        ),
        *(
            f"{one.model} is indexed for {one.modality} beside what searches use;"
            f" `egosearch spaces use {one.modality}={one.model}` lets them use it."
            for one in report.beside
        ),
    ]


def _present(library: Path | None, *, and_failed: bool) -> list[Path]:
    """Return the recordings that the library has and whose files are there; where wanted, also what failed."""
    folder = options.library_folder(library)
    if not (folder / "egosearch.toml").exists():
        raise typer.BadParameter(f"there is nothing in {folder} yet; name recordings, or folders", param_hint="PATH")
    with options.open_library(library, read_only=True) as opened:
        held = opened.recordings()
        failed = [one.path for one in opened.failures() if one.path.exists()] if and_failed else []
    gone = sum(not one.is_present for one in held)
    if gone:
        where = "is not where it was" if gone == 1 else "are not where they were"
        say(f"{count(gone, 'recording')} {where}, and left alone.")
    return [*(one.path for one in held if one.is_present), *failed]


def index_options(chosen: "dict[Modality, str]", *, is_new: bool) -> "IndexOptions":
    """Return the options; a new library has the usual encoders for the senses that nobody has chosen one for."""
    from egosearch.config import USUAL
    from egosearch.indexing.types import IndexOptions

    encoders = {**USUAL, **chosen} if chosen and is_new else chosen
    return IndexOptions(encoders=encoders)


def _on_ray(address: str, jobs: int | None) -> "Executor":
    from egosearch.indexing.cluster import on_ray

    return on_ray(address, jobs=jobs)


@contextmanager
def _stop_on_interrupt() -> Iterator[Callable[[], bool]]:
    """Turn the first Ctrl-C into a wish to stop, which lets what is finished be committed; a second one stops now."""
    wish = threading.Event()

    def ask() -> None:
        if wish.is_set():
            raise KeyboardInterrupt
        wish.set()
        say("stopping; press Ctrl-C again to stop at once")

    try:
        with on_signals(ask, signal.SIGINT):
            yield wish.is_set
    except KeyboardInterrupt:
        say("Stopped at once. What was indexed stays, and the same command goes on from there.")
        raise typer.Exit(STOPPED) from None
