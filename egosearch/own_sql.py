"""Asking the catalogue in SQL: the verbs of `Library` for whoever knows better what to ask than we do."""

from abc import ABC
from pathlib import Path

from egosearch.catalog import Catalog
from egosearch.errors import LibraryError
from egosearch.table import SqlLimits, Table


class OwnSql(ABC):
    """The part of `Library` that takes SQL."""

    path: Path
    _catalog: Catalog
    _read_only: bool
    _sql_limits = SqlLimits()

    def sql(self, text: str) -> Table:
        """Return what a SELECT on the catalogue's tables and views answers. Nothing is changed, nor reached outside it.

        Raises:
            QueryError: It cannot be answered, or is no such statement.
        """
        return self._catalog.read_sql(text, self._sql_limits)

    def write_sql(self, text: str) -> Table:
        """Run statements that may change the catalogue, all or none, and return what the last of them answers.

        What they change is not checked: `egosearch verify` compares catalogue and vectors.

        Raises:
            QueryError: One cannot be run.
            LibraryError: The library is read-only.
        """
        if self._read_only:
            raise LibraryError(f"{self.path} is open for reading only; open it for writing to change it")
        return self._catalog.write_sql(text)
