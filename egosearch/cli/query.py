"""`egosearch query`: text in, moments out."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from egosearch import warming
from egosearch.cli import asking, options
from egosearch.cli.answers import write_answer
from egosearch.cli.boundary import NOTHING_MATCHED
from egosearch.cli.grouping import Filters, grouped
from egosearch.cli.options import JsonOption, LibraryOption
from egosearch.cli.output import write_path
from egosearch.cli.templates import FIELDS, check_template, write_formatted
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
  egosearch query --batch questions.txt --jsonl > answers.jsonl
  egosearch query "washing my hands" --html report.html
  egosearch query "washing my hands" --limit 1 --format '--start={start_s}\\n{path}' | xargs -d '\\n' mpv"""


Words = Annotated[
    list[str] | None,
    typer.Argument(metavar="TEXT", show_default=False, help="What you remember, in your own words (English)."),
]


@dataclass(frozen=True)
class Output:
    """How to print what was found; at most one of them."""

    json: JsonOption = False
    jsonl: asking.JsonlOption = False
    paths: asking.PathsOption = False
    template: Annotated[
        str | None,
        typer.Option(
            "--format",
            "-f",
            metavar="TEMPLATE",
            show_default=False,
            help=f"Print a line a moment made of {', '.join(f'{{{one}}}' for one in FIELDS)}, such as "
            "'{path}\\t{start_s:.1f}'; \\n, \\t and \\0 are read as such.",
        ),
    ] = None
    html: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            show_default=False,
            help="Write a page with pictures, clips to play and timelines, all in one file, and print its path.",
        ),
    ] = None
    force: Annotated[bool, typer.Option("--force", help="Let --html replace a file that is there already.")] = False
    print0: Annotated[
        bool, typer.Option("--print0", "-0", help="End what --paths and --format print with a zero byte each.")
    ] = False

    def check(self) -> None:
        """Refuse two ways of printing at once.

        Raises:
            typer.BadParameter: More than one is asked for, or one that does not read as such.
        """
        ways = self.json, self.jsonl, self.paths, self.template is not None, self.html is not None
        if sum(ways) > 1:
            raise typer.BadParameter("choose one of them", param_hint="--json / --jsonl / --paths / --format / --html")
        if self.template is not None:
            check_template(self.template)
        if self.print0 and not (self.paths or self.template is not None):
            raise typer.BadParameter("it goes with --paths or --format", param_hint="--print0")
        if self.html is not None:
            from egosearch.clips.files import check_new

            check_new(self.html, replace=self.force)

    def write(self, library: "LibraryVerbs", answer: "Answer") -> None:
        """Print an answer."""
        end = "\0" if self.print0 else "\n"
        if self.template is not None and answer.matched:
            write_formatted(answer, self.template, end=end)
        elif self.html is not None and answer.matched:
            from egosearch.report import write_report

            with writing_bar(self.html.name) as show:
                write_report(library, answer, self.html, replace=self.force, on_progress=show)
            write_path(self.html)
        else:
            write_answer(answer, json=self.json, jsonl=self.jsonl, paths=self.paths, end=end)


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
    text = " ".join(words or [])
    texts = _read_batch(batch) if batch is not None else {0: text}
    if batch is None and not text.strip() and asked.image is None and asked.sound is None:
        raise QueryError('the query is empty; say what you remember, such as "when the timer went off"')
    asking.weights_of(asked.weight or ())
    has_matched = False
    warming.begin(options.library_folder(library))
    with options.open_library(library, read_only=True) as opened:
        where = filters.where(opened)
        for line, one in texts.items():
            try:
                answer = opened.answer(asking.query_of(one, asked, where))
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
