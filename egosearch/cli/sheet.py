"""`egosearch sheet`: a contact sheet of what a query finds, or of a recording."""

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from egosearch.cli import asking, options
from egosearch.cli.answers import nothing_matches
from egosearch.cli.boundary import NOTHING_MATCHED
from egosearch.cli.clip import ForceOption
from egosearch.cli.completion import complete_recording
from egosearch.cli.grouping import Filters, grouped
from egosearch.cli.options import LibraryOption
from egosearch.cli.output import say, write_path
from egosearch.cli.writing_bar import writing_bar
from egosearch.errors import LibraryError, QueryError

if TYPE_CHECKING:
    from egosearch.owner.verbs import LibraryVerbs
    from egosearch.types import RecordingSummary

EXAMPLES = """\b
Examples:
  egosearch sheet "washing my hands"
  egosearch sheet kitchen.mp4 --every 60 --output kitchen.png
  egosearch sheet --when "last week" "a dog" --limit 20"""

_RECORDING = re.compile(r"\S.*\.\w{2,4}|[0-9a-f]{6,32}")


@grouped
def sheet(
    what: Annotated[
        list[str],
        typer.Argument(
            metavar="TEXT|RECORDING",
            show_default=False,
            help="What you remember; or a recording by file name, path, or six or more digits of its id.",
            autocompletion=complete_recording,
        ),
    ],
    *,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", metavar="FILE", show_default="after what is on it", help="Where to, as a PNG file."
        ),
    ] = None,
    every_s: Annotated[
        float | None,
        typer.Option(
            "--every",
            metavar="SECONDS",
            min=0.1,
            show_default="some 48 pictures",
            help="Of a recording: from one picture to the next.",
        ),
    ] = None,
    force: ForceOption = False,
    limit: asking.LimitOption = 12,
    min_confidence: asking.MinConfidenceOption = None,
    modality: asking.ModalityOption = None,
    filters: Filters,
    library: LibraryOption = None,
) -> None:
    """Draw a contact sheet of moments or of a recording.

    Of a query it shows the best moments with where, when, how sure and why; of a recording, pictures at even distances
    with their times. Prints the path of the PNG file. When nothing matches, it says so, and the exit code is 1.
    """
    from egosearch.clips.naming import named_after
    from egosearch.clips.sheets import sheet_of_answer, sheet_of_recording

    text = " ".join(what)
    if output is not None and output.suffix.lower() != ".png":
        raise typer.BadParameter(f"{output.name} is no PNG file; let it end in .png", param_hint="--output")
    with options.open_library(library, read_only=True) as opened:
        recording = _recording(opened, text)
        path = output or Path(named_after(text if recording is None else recording.path.stem, "sheet", ".png"))
        if recording is not None:
            with writing_bar(path.name) as show:
                sheet_of_recording(opened, recording, path, every_s=every_s, replace=force, on_progress=show)
        else:
            asked = asking.Options(limit=limit, min_confidence=min_confidence, modality=modality)
            answer = opened.answer(asking.query_of(text, asked, filters.where(opened)))
            if not answer.matched:
                say(nothing_matches(answer))
                raise typer.Exit(NOTHING_MATCHED)
            with writing_bar(path.name) as show:
                sheet_of_answer(opened, answer, path, replace=force, on_progress=show)
    write_path(path)


def _recording(library: "LibraryVerbs", text: str) -> "RecordingSummary | None":
    """Return the recording that is named; None where a text reads as a query."""
    if os.sep not in text and not _RECORDING.fullmatch(text):
        return None
    try:
        return library.find(text)
    except LibraryError as error:
        raise QueryError(str(error)) from error
