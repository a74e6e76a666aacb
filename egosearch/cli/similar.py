"""`egosearch similar`: more moments like one of the library."""

from enum import StrEnum
from typing import Annotated

import typer

from egosearch.cli import options
from egosearch.cli.asking import LimitOption, MinConfidenceOption
from egosearch.cli.boundary import NOTHING_MATCHED
from egosearch.cli.grouping import Filters, grouped
from egosearch.cli.options import LibraryOption
from egosearch.cli.places import PLACE, find_place
from egosearch.cli.printing import Lines

EXAMPLES = """\b
Examples:
  egosearch similar kitchen.mp4@12:34
  egosearch similar kitchen.mp4@12:34 --by ear --limit 3
  egosearch similar kitchen.mp4@12:34 --when "last week" --json
  egosearch similar kitchen.mp4@12:34 --format '{path}@{start_s}-{end_s}' | xargs -d '\\n' egosearch clip"""


class By(StrEnum):
    """The senses by which moments can be alike."""

    EAR = "ear"
    EYE = "eye"
    WORDS = "words"


MODALITY = {By.EAR: "audio", By.EYE: "visual", By.WORDS: "speech"}


@grouped
def similar(
    place: Annotated[
        str,
        typer.Argument(
            metavar=PLACE,
            show_default=False,
            help="The moment: a recording by file name, path or the beginning of its id, and seconds, m:ss or h:mm:ss.",
        ),
    ],
    *,
    by: Annotated[
        list[By] | None,
        typer.Option(
            metavar="ear|eye|words",
            show_default="all",
            help="What is to be alike: what is heard, what is seen, or what is said, by its meaning.",
        ),
    ] = None,
    library: LibraryOption = None,
    limit: LimitOption = 10,
    min_confidence: MinConfidenceOption = None,
    filters: Filters,
    output: Lines,
) -> None:
    """Find more moments like one that you have found.

    They sound and look like what is at that place, and people say the like, as far as that is clear there. The moment
    itself is left out. When nothing is like it, it says so, and the exit code is 1.
    """
    output.check()
    with options.open_library(library, read_only=True) as opened:
        from egosearch.types import Query
        from indexers.facts import Modality

        query = Query(
            like=find_place(opened, place),
            limit=limit,
            min_confidence=min_confidence,
            modalities=frozenset(Modality(MODALITY[sense]) for sense in by) if by else None,
            where=filters.where(opened),
        )
        answer = opened.answer(query)
    output.print(answer, example=place)
    if not answer.matched:
        raise typer.Exit(NOTHING_MATCHED)
