"""Paths on their way to an owner, who works in another folder."""

import os
from dataclasses import replace
from pathlib import Path

from egosearch.types import Query


def from_anywhere(query: Query) -> Query:
    """Return a query whose paths mean the same in every process: from the root."""
    where = query.where
    if where.folder is not None:
        where = replace(where, folder=absolute(where.folder))
    image, sound = (None if one is None else absolute(one) for one in (query.image, query.sound))
    return replace(query, image=image, sound=sound, where=where)


def absolute(path: Path) -> Path:
    """Return a path from the root, as `egosearch.survey.absolute` does, without loading what that file needs."""
    try:
        return Path(os.path.abspath(path.expanduser()))  # noqa: PTH100 - resolve() follows links
    except RuntimeError:  # the home of nobody: whoever reads it says so
        return path
