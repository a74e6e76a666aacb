"""What the catalogue's verbs stand on: cursors, transactions, rows by column name, and what is remembered of reads."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Any

from egosearch.catalog.connection import explained
from egosearch.catalog.values import CatalogedRecording
from egosearch.notes.types import Note

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


@dataclass
class Read:
    """What every search asks, since the last write: nobody else writes while a catalogue is open.

    A write puts a new one in its place, so that what was read meanwhile is kept where nobody looks any more.
    """

    generations: dict[tuple[str, ...] | None, str] = field(default_factory=dict)
    """By the spaces that are searched; None for the default ones."""
    recordings: dict[str, CatalogedRecording] = field(default_factory=dict)
    ordered: tuple[CatalogedRecording, ...] | None = None
    """All of them; None until somebody asked. Of 10,000 the rows take a third of a second to read."""
    notes: tuple[Note, ...] | None = None


@dataclass
class Shared:
    """What a catalogue and its views (`Spaces.choosing`) have in common."""

    connection: "DuckDBPyConnection"
    writing: threading.Lock = field(default_factory=threading.Lock)
    read: Read = field(default_factory=Read)


class Tables:
    """An open DuckDB file: the base of the catalogue's verbs, which are grouped by what they are about."""

    path: Path
    _shared: Shared
    _time_zone: tzinfo | None
    _chosen: tuple[str, ...] | None
    """Ids of the spaces that searches use here; None for the default ones."""

    @contextmanager
    def _cursor(self) -> "Iterator[DuckDBPyConnection]":
        with explained(self.path), self._shared.connection.cursor() as cursor:
            yield cursor

    @contextmanager
    def _transaction(self) -> "Iterator[DuckDBPyConnection]":
        with self._shared.writing, self._cursor() as cursor:
            cursor.execute("BEGIN")
            try:
                yield cursor
            except BaseException:
                cursor.execute("ROLLBACK")
                raise
            cursor.execute("COMMIT")
            self._shared.read = Read()

    def _rows(self, query: str, *values: object) -> list[dict[str, Any]]:
        with self._cursor() as cursor:
            cursor.execute(query, list(values))
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
