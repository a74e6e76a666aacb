"""Paths on their way to an owner, who works in another folder."""

from dataclasses import replace
from pathlib import Path

from egosearch.folders import absolute
from egosearch.types import Query


def from_anywhere(query: Query) -> Query:
    """Return a query whose paths mean the same in every process: from the root."""
    where = query.where
    if where.folder is not None:
        where = replace(where, folder=_absolute(where.folder))
    image, sound = (None if one is None else _absolute(one) for one in (query.image, query.sound))
    return replace(query, image=image, sound=sound, where=where)


def _absolute(path: Path) -> Path:
    try:
        return absolute(path)
    except RuntimeError:  # the home of nobody: whoever reads it says so
        return path
