"""The catalogue's verbs about saved queries."""

from typing import Any

from egosearch.catalog.names import from_text, to_text
from egosearch.catalog.rows import time_from_us
from egosearch.catalog.tables import Tables
from egosearch.saved.names import folded
from egosearch.saved.types import SavedQuery


class SavedQueries(Tables):
    """The part of `Catalog` about saved queries."""

    def put_saved_query(self, saved: SavedQuery) -> None:
        """Keep a query, in place of the one of its name."""
        with self._transaction() as cursor:
            for one in self._of_name(saved.name):
                cursor.execute("DELETE FROM saved_queries WHERE name = ?", [to_text(one.name)])
            cursor.execute(
                "INSERT INTO saved_queries (name, line, saved_at) VALUES (?, ?, ?)",
                [to_text(saved.name), to_text(saved.line), saved.saved_at],
            )

    def saved_queries(self) -> list[SavedQuery]:
        """Return what is saved, by name; letter case does not count."""
        found = [
            _saved(row) for row in self._rows("SELECT name, line, epoch_us(saved_at) AS saved_us FROM saved_queries")
        ]
        return sorted(found, key=lambda one: (folded(one.name), one.name))

    def drop_saved_query(self, name: str) -> SavedQuery | None:
        """Drop a query, and return it; None where none has this name."""
        dropped = None
        with self._transaction() as cursor:
            for dropped in self._of_name(name):
                cursor.execute("DELETE FROM saved_queries WHERE name = ?", [to_text(dropped.name)])
        return dropped

    def _of_name(self, name: str) -> list[SavedQuery]:
        """Return those that have a name: in Python, since DuckDB folds no case as it does."""
        return [one for one in self.saved_queries() if folded(one.name) == folded(name)]


def _saved(row: dict[str, Any]) -> SavedQuery:
    return SavedQuery(from_text(row["name"]), from_text(row["line"]), time_from_us(row["saved_us"]))
