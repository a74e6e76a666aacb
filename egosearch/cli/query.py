"""`egosearch query`: text in, moments out."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from egosearch import warming
from egosearch.cli import asking, options
from egosearch.cli.answers import write_answer
from egosearch.cli.boundary import NOTHING_MATCHED
from egosearch.cli.filters import (
    BetweenOption,
    FolderOption,
    OnOption,
    RecordingOption,
    SaidOption,
    SinceOption,
    UntilOption,
    WhenOption,
    where_of,
)
from egosearch.cli.options import FusionChoice, JsonOption, LibraryOption
from egosearch.cli.sessions import SessionOption, default_session
from egosearch.errors import QueryError

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
  mpv "$(egosearch query --paths --limit 1 "washing my hands")\""""


def query(
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="TEXT", show_default=False, help="What you remember, in your own words (English)."),
    ] = None,
    *,
    library: LibraryOption = None,
    image: asking.ImageOption = None,
    sound: asking.SoundOption = None,
    without: asking.NotOption = None,
    then: asking.ThenOption = None,
    within_s: asking.WithinOption = None,
    recording: RecordingOption = None,
    folder: FolderOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    between: BetweenOption = None,
    on: OnOption = None,
    when: WhenOption = None,
    said: SaidOption = None,
    limit: asking.LimitOption = 10,
    min_confidence: asking.MinConfidenceOption = None,
    modality: asking.ModalityOption = None,
    weight: asking.WeightOption = None,
    fusion: asking.FusionOption = FusionChoice.CALIBRATED,
    session: SessionOption = None,
    json: JsonOption = False,
    jsonl: asking.JsonlOption = False,
    paths: asking.PathsOption = False,
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
    asking.check_output(json=json, jsonl=jsonl, paths=paths)
    if batch is not None and (json or paths):
        raise typer.BadParameter("a batch prints one line a query: --jsonl", param_hint="--batch")
    if batch is not None and words:
        raise typer.BadParameter("name either a file of queries or a query", param_hint="--batch")
    text = " ".join(words or [])
    texts = _read_batch(batch) if batch is not None else {0: text}
    if batch is None and not text.strip() and image is None and sound is None:
        raise QueryError('the query is empty; say what you remember, such as "when the timer went off"')
    asked = asking.Options(
        limit=limit,
        min_confidence=min_confidence,
        modality=modality,
        weight=weight,
        fusion=fusion,
        image=image,
        sound=sound,
        without=without,
        then=then,
        within_s=within_s,
        session=default_session() if session is None else session,
    )
    asking.weights_of(weight or ())
    has_matched = False
    warming.begin(options.library_folder(library))
    with options.open_library(library, read_only=True) as opened:
        where = where_of(
            opened,
            recording=recording,
            folder=folder,
            since=since,
            until=until,
            between=between,
            on=on,
            when=when,
            said=said,
        )
        for line, one in texts.items():
            try:
                answer = opened.answer(asking.query_of(one, asked, where))
            except QueryError as error:
                raise error if not line else QueryError(f"{_source(batch)}, line {line}: {error}") from error
            has_matched |= answer.matched
            write_answer(answer, json=json, jsonl=jsonl or batch is not None, paths=paths)
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
