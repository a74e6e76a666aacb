"""`egosearch query`: text in, moments out."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from egosearch import warming
from egosearch.cli import asking, options
from egosearch.cli.boundary import NOTHING_MATCHED
from egosearch.cli.completion import complete_saved
from egosearch.cli.grouping import Filters, grouped
from egosearch.cli.options import LibraryOption
from egosearch.cli.output import write_path
from egosearch.cli.printing import Lines
from egosearch.cli.writing_bar import writing_bar
from egosearch.errors import QueryError

if TYPE_CHECKING:
    from egosearch.owner.verbs import LibraryVerbs
    from egosearch.types import Answer

EXAMPLES = """\b
Examples:
  egosearch query "when the timer went off"
  egosearch query --modality audio --json "a dog barking"
  egosearch query "cooking" --not "people talking" --when "yesterday evening"
  egosearch query "the timer beeps" --then "opening the oven" --within 30
  egosearch query "the part where she mentions the budget"
  egosearch query "at the whiteboard" --said "third quarter"
  egosearch query --image mug.jpg --recording kitchen.mp4
  egosearch query "laughing" --tag birthday
  egosearch query --saved "dog walks"
  egosearch query --batch questions.txt --jsonl > answers.jsonl
  egosearch query "washing my hands" --html report.html
  egosearch query "washing my hands" --limit 1 --format '--start={start_s}\\n{path}' | xargs -d '\\n' mpv"""


Words = Annotated[
    list[str] | None,
    typer.Argument(metavar="TEXT", show_default=False, help="What you remember, in your own words (English)."),
]


@dataclass(frozen=True)
class Output(Lines):
    """How to print what was found; at most one of them."""

    html: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            show_default=False,
            help="Write a page with pictures, clips to play and timelines, all in one file, and print its path.",
        ),
    ] = None
    force: Annotated[bool, typer.Option("--force", help="Let --html replace a file that is there already.")] = False

    @property
    def ways(self) -> dict[str, bool]:
        return {**super().ways, "--html": self.html is not None}

    def check(self) -> None:
        super().check()
        if self.html is not None:
            from egosearch.clips.files import check_new

            check_new(self.html, replace=self.force)

    def write(self, library: "LibraryVerbs", answer: "Answer") -> None:
        """Print an answer, or write a page about it."""
        if self.html is not None and answer.matched:
            from egosearch.report import write_report

            with writing_bar(self.html.name) as show:
                write_report(library, answer, self.html, replace=self.force, on_progress=show)
            write_path(self.html)
        else:
            self.print(answer)


@grouped
def query(
    words: Words = None,
    *,
    library: LibraryOption = None,
    asked: asking.Options,
    filters: Filters,
    output: Output,
    batch: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            show_default=False,
            help="Answer every line of a file (- for standard input), as --jsonl, in the same order.",
        ),
    ] = None,
    saved: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            show_default=False,
            help="Ask what `egosearch save` has saved under this name.",
            autocompletion=complete_saved,
        ),
    ] = None,
) -> None:
    """Find the moments that match what you remember.

    Say it in words, show it with --image or --sound, or both. Prints the moments best first, with where, when, how
    sure, and what was heard, seen and said; a number of seconds says how much later or earlier a sense noticed it. When
    nothing matches, it says so, and the exit code is 1.
    """
    output.check()
    if batch is not None:
        if words:
            raise typer.BadParameter("name either a file of queries or a query", param_hint="--batch")
        if output not in (Output(), Output(jsonl=True)):
            raise typer.BadParameter("a batch prints one line a query: --jsonl", param_hint="--batch")
        output = Output(jsonl=True)
    if saved is not None and (words or batch is not None or asked.say_what or filters != Filters()):
        raise typer.BadParameter("it says all that is asked; leave out what else does", param_hint="--saved")
    text = " ".join(words or [])
    texts = _read_batch(batch) if batch is not None else {0: text}
    is_noted = bool(filters.tag) or filters.noted is not None  # then what is noted so is listed
    if batch is saved is None and not text.strip() and asked.image is None and asked.sound is None and not is_noted:
        raise QueryError('the query is empty; say what you remember, such as "when the timer went off"')
    asking.weights_of(asked.weight or ())
    has_matched = False
    warming.begin(options.library_folder(library))
    with options.open_library(library, read_only=True) as opened:
        if saved is not None:
            queries = {0: asking.saved_of(opened, saved, asked)}
        else:
            where = filters.where(opened)
            queries = {line: asking.query_of(one, asked, where) for line, one in texts.items()}
        for line, one in queries.items():
            try:
                answer = opened.answer(one)
            except QueryError as error:
                raise error if not line else QueryError(f"{_source(batch)}, line {line}: {error}") from error
            has_matched |= answer.matched
            output.write(opened, answer)
    if not has_matched:
        raise typer.Exit(NOTHING_MATCHED)


def _read_batch(name: str) -> dict[int, str]:
    """Return the queries of a file by line number, all checked before the first is answered."""
    source = _source(name)
    try:
        data = sys.stdin.buffer.read() if name == "-" else Path(name).expanduser().read_bytes()
    except OSError as error:
        raise typer.BadParameter(f"{name} cannot be read ({error.strerror})", param_hint="--batch") from error
    texts: dict[int, str] = {}
    for number, line in enumerate(_lines(data), start=1):
        try:
            texts[number] = line.decode("utf-8-sig" if number == 1 else "utf-8").strip()
        except UnicodeDecodeError as error:
            raise QueryError(f"{source}, line {number}: it is not UTF-8; convert the file") from error
        if not texts[number]:
            raise QueryError(f"{source}, line {number}: the query is empty; remove the line or fill it")
    if not texts:
        raise QueryError(f"{source} holds no query; write one a line")
    return texts


def _source(batch: str | None) -> str:
    return "standard input" if batch in (None, "-") else str(batch)


def _lines(data: bytes) -> Iterator[bytes]:
    yield from data.removesuffix(b"\n").split(b"\n") if data else ()
