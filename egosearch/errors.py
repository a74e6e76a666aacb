"""Errors of a library, below the root in `indexers.errors`."""

from indexers.errors import EgosearchError, EncoderError, MediaError

__all__ = [
    "CatalogError",
    "EgosearchError",
    "EncoderError",
    "LibraryError",
    "LibraryLockedError",
    "MediaError",
    "QueryError",
    "SpaceMismatchError",
    "StoreError",
]


class LibraryError(EgosearchError):
    """A library that cannot be opened, read or written."""


class LibraryLockedError(LibraryError):
    """Another process has the library open."""


class SpaceMismatchError(LibraryError):
    """Windows made by another version of an encoder than the one that is installed."""


class CatalogError(LibraryError):
    """The DuckDB catalogue is damaged, or was written by a newer egosearch."""


class StoreError(LibraryError):
    """The vector store is damaged or cannot be reached."""


class QueryError(EgosearchError):
    """A query that cannot be answered as asked: empty, too long, or in a modality the library lacks."""
