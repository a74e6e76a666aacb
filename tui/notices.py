"""What stands in place of moments, a headline first."""

from pathlib import Path

from egosearch.types import Answer
from tui import wording

BEGIN = (
    "Type what you remember, in your own words.",
    "What you heard, what you saw, or both: “a dog barking”, “the kettle boiling on the stove”.",
)
"""Where nothing is asked yet."""


def empty(library: Path) -> tuple[str, ...]:
    """Return what to do with a library that has no recordings."""
    return (
        "This library is empty.",
        "Fill it with the recordings of a folder: press Enter, then l for the library and i to index;",
        "or in another terminal:  egosearch index FOLDER",
        f"The library is {library}.",
    )


def nothing(answer: Answer) -> tuple[str, ...]:
    """Return that nothing matches, and how to see what came near."""
    unworded = "is like that moment" if answer.query.like else "is noted so"
    what = f"matches “{answer.query.text}”" if answer.query.text else unworded
    misses = len(answer.near_misses)
    more = f"{wording.count(misses, 'near miss')} below the threshold: press Enter, or n outside the query."
    return (
        f"Nothing in this library {what}.",
        more if misses else "Nothing comes near it either. Try other words for it.",
    )
