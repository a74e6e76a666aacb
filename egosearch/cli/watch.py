"""`egosearch watch`: index what arrives, as it arrives."""

import signal
import threading
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from egosearch.cli import options
from egosearch.cli.boundary import SOME_FAILED
from egosearch.cli.index import (
    JobsOption,
    MemoryOption,
    NiceOption,
    changes,
    failed_lines,
    index_options,
    summary,
)
from egosearch.cli.options import LibraryOption
from egosearch.cli.output import say
from egosearch.cli.signals import on_signals
from egosearch.cli.spaces import encoders_named

if TYPE_CHECKING:
    from egosearch.indexing.types import IndexReport
    from egosearch.owner.owned import OwnedLibrary
    from egosearch.watching.folders import FolderOptions
    from egosearch.watching.streams import StreamOptions
    from indexers.media.live_source import Source

EXAMPLES = """\b
Examples:
  egosearch watch ~/Videos
  egosearch watch --poll 30 /mnt/camera
  egosearch watch --stream rtsp://camera.local/stream1
  egosearch watch --stream 'rtsp://admin:$CAMERA_PASSWORD@camera.local/stream1'
  egosearch watch --stream /dev/video0 --keep ~/live
  egosearch watch --stream recording-in-progress.mkv"""


def watch(
    folders: Annotated[
        list[Path] | None,
        typer.Argument(metavar="FOLDER", show_default=False, help="Folders, watched with the folders in them."),
    ] = None,
    *,
    library: LibraryOption = None,
    stream: Annotated[
        str | None,
        typer.Option(
            metavar="URL|DEVICE|FILE",
            show_default=False,
            help="Follow a live source instead: RTSP, HTTP, UDP, a camera, or a file that is being written.",
        ),
    ] = None,
    input_format: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            show_default=False,
            help="What reads the device: v4l2 or alsa on Linux, avfoundation on macOS, dshow on Windows.",
        ),
    ] = None,
    keep: Annotated[
        Path | None,
        typer.Option(metavar="DIR", show_default="live, in the library", help="Where to write the live source down."),
    ] = None,
    no_keep: Annotated[
        bool,
        typer.Option("--no-keep", help="Keep no recording of the live source: it can be searched, but not played."),
    ] = False,
    part: Annotated[float, typer.Option(metavar="MINUTES", min=0.1, help="Begin a new file after so long.")] = 5.0,
    settle: Annotated[
        float,
        typer.Option(metavar="SECONDS", min=0.1, help="A file that has not changed for so long is whole."),
    ] = 3.0,
    poll: Annotated[
        float | None,
        typer.Option(
            metavar="SECONDS",
            min=0.1,
            show_default="be told by the system",
            help="Look at the folders this often. For network folders, which tell nobody.",
        ),
    ] = None,
    jobs: JobsOption = None,
    nice: NiceOption = 0,
    memory: MemoryOption = None,
    encoder: Annotated[
        list[str] | None,
        typer.Option(metavar="MODALITY=NAME", show_default=False, help="Index with this encoder too."),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but what went wrong.")] = False,
) -> None:
    """Index recordings as they arrive, or a live source as it happens.

    Of folders, what is there is indexed, then whatever arrives, once it is whole. Other commands search meanwhile, and
    ask this process. A live source can be searched two seconds after something happened; it is written down in files of
    a few minutes, which are indexed like any others.

    User and password of a source may be $NAMES of environment variables: command lines can be read by everybody.

    Ctrl-C ends it, and so does SIGTERM. What is indexed stays; the same command goes on from there.
    """
    if bool(folders) == (stream is not None):
        raise typer.BadParameter("name folders, or a live source with --stream", param_hint="FOLDER")
    if no_keep and keep is not None:
        raise typer.BadParameter(
            "it says to keep nothing, and --keep where to keep it; leave one out", param_hint="--no-keep"
        )
    for folder in folders or []:
        if not folder.is_dir():
            raise typer.BadParameter(f"{folder} is no folder; name one", param_hint="FOLDER")
    chosen = encoders_named(encoder or [])
    wish = _Wish()
    with options.own_library(library) as opened, on_signals(wish.ask, signal.SIGINT, signal.SIGTERM):
        usual = index_options(chosen, is_new=not opened.encoders)
        wanted = replace(usual, jobs=jobs, nice=nice, memory_mb=memory)
        if stream is None:
            from egosearch.watching.folders import FolderOptions

            _watch_folders(opened, folders or [], FolderOptions(settle, poll, wanted), wish, is_quiet=quiet)
            has_failed = False
        else:
            from egosearch.watching.streams import StreamOptions
            from indexers.media.live_source import Source

            if no_keep:
                say("Nothing is kept of the live source: what is found in it cannot be played.")
            kept = None if keep is None else keep.expanduser().absolute()
            how = StreamOptions(kept, not no_keep, 60 * part, wanted)
            has_failed = _watch_stream(opened, Source(stream, input_format), how, wish, is_quiet=quiet)
    if has_failed:
        raise typer.Exit(SOME_FAILED)


def _watch_folders(
    library: "OwnedLibrary", folders: list[Path], how: "FolderOptions", wish: "_Wish", *, is_quiet: bool
) -> None:
    """Watch until this is to stop. What failed was told, and is no reason to say that the watch did."""
    from egosearch.watching.folders import FolderWatch

    tell = _nothing if is_quiet else say
    tell(f"Watching {', '.join(map(str, folders))}; press Ctrl-C to end.")
    show = partial(_show, is_quiet=is_quiet)
    FolderWatch(library, folders, how, tell=say, on_report=show).run(wish.is_stopped.is_set)
    tell("Stopped.")


def _watch_stream(
    library: "OwnedLibrary", source: "Source", how: "StreamOptions", wish: "_Wish", *, is_quiet: bool
) -> bool:
    """Follow a source until it ends or this is to stop; return whether any part of it could not be indexed."""
    from egosearch.watching.streams import StreamWatch

    tell = _nothing if is_quiet else say
    watch = StreamWatch(library, source, how, tell=tell, complain=say)
    failed = watch.run(wish.is_stopped.is_set, wish.is_abandoned.is_set)
    if wish.is_stopped.is_set() or not failed:
        tell("Stopped." if wish.is_stopped.is_set() else f"{source.shown} has ended.")
    return bool(failed)


def _show(report: "IndexReport", *, is_quiet: bool) -> None:
    for line in failed_lines(report.failed):
        say(line)
    if not is_quiet and not report.interrupted:
        say(summary(report))
        for line in changes(report):
            say(line)


def _nothing(sentence: str) -> None:
    del sentence


class _Wish:
    """What the user wants of a watch that runs."""

    def __init__(self) -> None:
        self.is_stopped = threading.Event()
        self.is_abandoned = threading.Event()

    def ask(self) -> None:
        """Ask it to stop; asked again, it leaves what is in hand to the next run."""
        if self.is_stopped.is_set():
            self.is_abandoned.set()
        self.is_stopped.set()
