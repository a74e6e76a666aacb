"""`egosearch query`: text in, moments out."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from egosearch.cli import options
from egosearch.cli.answers import answer_as_json, nothing_matches, write_moments
from egosearch.cli.boundary import NOTHING_MATCHED
from egosearch.cli.options import FusionChoice, JsonOption, LibraryOption, Sense
from egosearch.cli.output import say, write_json, write_path
from egosearch.errors import QueryError

if TYPE_CHECKING:
    from egosearch.types import Answer, Query

EXAMPLES = """\b
Examples:
  egosearch query "when the timer went off"
  egosearch query --modality audio --json "a dog barking"
  egosearch query --batch questions.txt --jsonl > answers.jsonl
  mpv "$(egosearch query --paths --limit 1 "washing my hands")\""""


def query(
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="TEXT", show_default=False, help="What you remember, in your own words (English)."),
    ] = None,
    *,
    library: LibraryOption = None,
    limit: Annotated[int, typer.Option(metavar="N", min=1, help="At most this many moments.")] = 10,
    min_confidence: Annotated[
        float | None,
        typer.Option(
            metavar="C",
            min=0.0,
            max=1.0,
            show_default="the library's own threshold",
            help="Leave out moments less sure than this, from 0 to 1; 0 shows whatever comes closest.",
        ),
    ] = None,
    modality: Annotated[
        list[Sense] | None,
        typer.Option(
            metavar="audio|visual|speech",
            show_default="all",
            help="Search with this sense only; may be given several times.",
        ),
    ] = None,
    fusion: Annotated[
        FusionChoice,
        typer.Option(
            metavar="calibrated|rrf", help="How to combine the senses; rrf is the plain baseline to compare with."
        ),
    ] = FusionChoice.CALIBRATED,
    json: JsonOption = False,
    jsonl: Annotated[bool, typer.Option("--jsonl", help="Print JSON, one line a query.")] = False,
    paths: Annotated[bool, typer.Option("--paths", help="Print the recordings' paths only, one a line.")] = False,
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

    Prints them best first, with where, when, how sure, and what was heard and seen; a number of seconds says how much
    later or earlier a sense noticed it. When nothing matches, it says so, and the exit code is 1.
    """
    if json + jsonl + paths > 1:
        raise typer.BadParameter("choose one of them", param_hint="--json / --jsonl / --paths")
    if batch is not None and (json or paths):
        raise typer.BadParameter("a batch prints one line a query: --jsonl", param_hint="--batch")
    if batch is not None and words:
        raise typer.BadParameter("name either a file of queries or a query", param_hint="--batch")
    text = " ".join(words or [])
    texts = _read_batch(batch) if batch is not None else {0: text}
    if batch is None and not text.strip():
        raise QueryError('the query is empty; say what you remember, such as "when the timer went off"')
    queries = {line: _query(one, limit, min_confidence, modality, fusion) for line, one in texts.items()}
    has_matched = False
    with options.open_library(library, read_only=True) as opened:
        for line, asked in queries.items():
            try:
                answer = opened.answer(asked)
            except QueryError as error:
                raise error if not line else QueryError(f"{_source(batch)}, line {line}: {error}") from error
            has_matched |= answer.matched
            if jsonl or batch is not None:
                write_json(answer_as_json(answer), is_line=True)
            elif json:
                write_json(answer_as_json(answer))
            elif paths:
                _write_paths(answer)
            else:
                _write_table(answer)
    if not has_matched:
        raise typer.Exit(NOTHING_MATCHED)


def _query(
    text: str, limit: int, min_confidence: float | None, modality: list[Sense] | None, fusion: FusionChoice
) -> "Query":
    from egosearch.types import Query
    from indexers.types import Modality

    return Query(
        text,
        limit=limit,
        min_confidence=min_confidence,
        modalities=frozenset(Modality(sense) for sense in modality) if modality else None,
        fusion="rrf" if fusion is FusionChoice.RRF else "calibrated",
    )


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


def _write_paths(answer: "Answer") -> None:
    for path in dict.fromkeys(moment.path for moment in answer.moments):
        write_path(path)


def _write_table(answer: "Answer") -> None:
    if answer.matched:
        write_moments(answer.moments)
    else:
        say(nothing_matches(answer))
