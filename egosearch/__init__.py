"""egosearch: find the moment in your first-person recordings by what you heard and saw.

    from egosearch import Library

    with Library.open() as library:
        library.index(["~/Videos"])
        for moment in library.search("when the timer went off"):
            print(moment.path, moment.span.start_s, moment.confidence)

These are the public names. Each is imported when first used, so `import egosearch` costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from egosearch.clips.types import ClipFile, ClipOptions, Cut
    from egosearch.day.neighbours import Neighbours
    from egosearch.day.types import Day
    from egosearch.errors import (
        CatalogError,
        EgosearchError,
        EncoderError,
        LibraryError,
        LibraryLockedError,
        MediaError,
        QueryError,
        SpaceMismatchError,
        StoreError,
    )
    from egosearch.indexing.types import IndexOptions, IndexReport
    from egosearch.library import Library
    from egosearch.notes.types import Note
    from egosearch.saved.types import SavedQuery
    from egosearch.types import Answer, Evidence, Mark, Moment, Parts, Place, Query, SpaceSummary, Where
    from indexers.types import Modality, Span

    __version__: str

_HOMES = {
    "egosearch.clips.types": ("ClipFile", "ClipOptions", "Cut"),
    "egosearch.errors": (
        "CatalogError",
        "EgosearchError",
        "EncoderError",
        "LibraryError",
        "LibraryLockedError",
        "MediaError",
        "QueryError",
        "SpaceMismatchError",
        "StoreError",
    ),
    "egosearch.day.neighbours": ("Neighbours",),
    "egosearch.day.types": ("Day",),
    "egosearch.indexing.types": ("IndexOptions", "IndexReport"),
    "egosearch.library": ("Library",),
    "egosearch.notes.types": ("Note",),
    "egosearch.saved.types": ("SavedQuery",),
    "egosearch.types": (
        "Answer",
        "Evidence",
        "Mark",
        "Moment",
        "Parts",
        "Place",
        "Query",
        "SpaceSummary",
        "Where",
    ),
    "indexers.types": ("Modality", "Span"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "Answer",
    "CatalogError",
    "ClipFile",
    "ClipOptions",
    "Cut",
    "Day",
    "EgosearchError",
    "EncoderError",
    "Evidence",
    "IndexOptions",
    "IndexReport",
    "Library",
    "LibraryError",
    "LibraryLockedError",
    "Mark",
    "MediaError",
    "Modality",
    "Moment",
    "Neighbours",
    "Note",
    "Parts",
    "Place",
    "Query",
    "QueryError",
    "SavedQuery",
    "SpaceMismatchError",
    "SpaceSummary",
    "Span",
    "StoreError",
    "Where",
]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("egosearch")
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOME_OF[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, "__version__"})
