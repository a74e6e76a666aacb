"""`egosearch demo`: a recording, a library and six questions, to see what this is."""

import shlex
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from egosearch.cli import options
from egosearch.cli.answers import confidence
from egosearch.cli.output import clock, count, say, write_line
from egosearch.cli.progress import progress_view
from egosearch.errors import LibraryError
from egosearch.telling import why

if TYPE_CHECKING:
    from egosearch.library import Library
    from egosearch.types import Query

EXAMPLES = """\b
Examples:
  egosearch demo
  egosearch demo --folder ~/egosearch-demo"""
MOMENTS_SHOWN = 3


def demo(
    folder: Annotated[
        Path | None,
        typer.Option(metavar="DIR", show_default="in your cache folder", help="Where to put recording and library."),
    ] = None,
    keep: Annotated[
        bool, typer.Option("--keep/--remove", help="Keep recording and library afterwards, to go on with them.")
    ] = True,
) -> None:
    """Make a small recording, index it, and search in it.

    The recording is 80 seconds of a morning, drawn and synthesised on the spot: an alarm clock, washing hands, a
    coffee, a keyboard, the doorbell, a traffic light. Nothing is downloaded.
    """
    folder = _folder(folder)
    recording, library = folder / "morning.mp4", folder / "library"
    was_there = {path for path in (recording, library) if path.exists()}
    try:
        _make(recording)
        with options.own_library(library) as opened:
            _index(opened, recording)
            _ask(opened)
    finally:
        if not keep:
            _clear(folder, {recording, library} - was_there)
    if keep:
        where = shlex.quote(str(library))
        write_line(f"The recording is {recording}, and its library {library}. To go on:")
        write_line(f'  {program()} query --library {where} "the doorbell"')
        write_line(f"  {program()} tui --library {where}")


def program() -> str:
    """Return how to call egosearch again: by its name, or by its path where it is not on the user's PATH."""
    called = Path(sys.argv[0])
    is_on_path = shutil.which(called.name) is not None
    return "egosearch" if called.name != "egosearch" or is_on_path else shlex.quote(str(called))


def _folder(named: Path | None) -> Path:
    if named is not None:
        return named.expanduser().absolute()
    from platformdirs import user_cache_path

    return user_cache_path("egosearch", appauthor=False) / "demo"


def _make(recording: Path) -> None:
    from egosearch.demo.recording import make_demo_recording

    if recording.exists():
        return
    recording.parent.mkdir(parents=True, exist_ok=True)
    say("Making a recording of 80 seconds ...")
    draft = recording.with_name(f"draft-{recording.name}")  # an interrupted one is not taken for whole
    make_demo_recording(draft)
    draft.replace(recording)


def _index(library: "Library", recording: Path) -> None:
    from egosearch.indexing.types import IndexOptions

    say("Indexing it ...")
    with progress_view() as view:
        report = library.index([recording], options=IndexOptions(retry_failed=True), on_progress=view.show)
    if report.interrupted:
        raise KeyboardInterrupt  # caught by the library, which closes in good order, but there is nothing to ask yet
    if report.failed:
        failed = report.failed[0]
        raise LibraryError(f"the demo recording could not be indexed: {failed.reason}; {failed.remedy}")


def _ask(library: "Library") -> None:
    from egosearch.demo.recording import ABSENT_QUESTION, QUESTIONS
    from egosearch.types import Query

    for question in QUESTIONS:
        _write_answer(library, Query(question, limit=MOMENTS_SHOWN))
    write_line("And something that is not there:")
    _write_answer(library, Query(ABSENT_QUESTION, limit=MOMENTS_SHOWN))


def _write_answer(library: "Library", query: "Query") -> None:
    answer = library.answer(query)
    write_line(f"“{query.text}”: {count(len(answer.moments), 'moment') if answer.matched else 'nothing matches'}")
    for moment in answer.moments:
        span = f"{clock(moment.span.start_s)} – {clock(moment.span.end_s)}"
        write_line(f"  {span}  {confidence(moment.confidence)}  {why(moment)}")
    write_line()


def _clear(folder: Path, made: set[Path]) -> None:
    """Remove what this run made, and nothing that was there before."""
    for path in made:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
