"""What saved queries are called, and which one somebody means."""

from typing import Protocol

from egosearch.errors import QueryError
from egosearch.saved.types import SavedQuery

MAX_NAME = 100
"""Characters: a name is read in lists and typed again."""


class Saved(Protocol):
    """What of a library says which queries are saved."""

    def saved_queries(self) -> list[SavedQuery]: ...


def folded(name: str) -> str:
    """Return the form in which two names are one: letter case and spacing set aside.

    >>> folded(" Dog  walks")
    'dog walks'
    """
    return " ".join(name.split()).casefold()


def clean_name(name: str) -> str:
    """Return a name as it is kept: its spaces made one each.

    Raises:
        QueryError: It is empty, too long, or cannot be shown.
    """
    clean = " ".join(name.split())
    if not clean:
        raise QueryError("the name is empty; name the query, such as “timer”")
    if len(clean) > MAX_NAME:
        raise QueryError(f"the name has {len(clean)} characters, {MAX_NAME} are the most; choose a shorter one")
    if not clean.isprintable():
        raise QueryError(f"the name {clean!r} cannot be shown everywhere; choose one of letters and signs")
    return clean


def saved_query(library: Saved, name: str) -> SavedQuery:
    """Return what is saved under a name.

    Raises:
        QueryError: Nothing is.
    """
    found = next((one for one in library.saved_queries() if folded(one.name) == folded(name)), None)
    if found is None:
        raise QueryError(f"no query is saved as {name!r}; `egosearch saved` lists those that are")
    return found
