"""The catalogue's verbs about spaces: which there are, which of them searches use, and that one is given up.

A library has any number of spaces for a sense. One of them is the default, which searches use; what is said is kept in
two that belong together, by its sense and by its words, and both are defaults at the same time.
"""

from collections.abc import Iterable
from typing import Self

from egosearch.catalog import rows
from egosearch.catalog.tables import Tables
from egosearch.catalog.writes import add_space
from indexers.types import EmbeddingSpace

PER_SPACE_TABLES = ("spaces", "slices", "windows", "transcripts")


class Spaces(Tables):
    """The part of `Catalog` about spaces."""

    def add_space(self, space: EmbeddingSpace) -> None:
        """Add a space; adding it again changes nothing. The first one of its kind is the default."""
        with self._transaction() as cursor:
            add_space(cursor, space)

    def spaces(self) -> list[EmbeddingSpace]:
        """Return the spaces in use, oldest first."""
        return [rows.space_from_row(row) for row in self._rows(rows.SELECT_SPACES)]

    def default_spaces(self) -> list[EmbeddingSpace]:
        """Return the spaces that searches use unless told otherwise: one of each sense, and of speech its words."""
        return [rows.space_from_row(row) for row in self._rows(rows.SELECT_SPACES) if row["is_default"]]

    def searched_spaces(self) -> list[EmbeddingSpace]:
        """Return the spaces that searches use, oldest first: the default ones, or those of a view."""
        if self._chosen is None:
            return self.default_spaces()
        return [space for space in self.spaces() if space.id in self._chosen]

    def choosing(self, space_ids: Iterable[str]) -> Self:
        """Return this catalogue as it is searched with other spaces than the default ones.

        It has the same file open, and need not be closed. Its generation is one of its own.
        """
        view = object.__new__(type(self))
        vars(view).update(vars(self))
        view._chosen = tuple(sorted(space_ids))
        return view

    def use_spaces(self, space_ids: Iterable[str]) -> None:
        """Let searches use these spaces, which are there, instead of the others of their senses."""
        used = sorted(space_ids)
        marks = ", ".join("?" for _ in used)
        senses = f"SELECT modality FROM spaces WHERE space_id IN ({marks})"  # noqa: S608
        with self._transaction() as cursor:
            cursor.execute(
                f"UPDATE spaces SET is_default = space_id IN ({marks}) WHERE modality IN ({senses})",  # noqa: S608
                [*used, *used],
            )

    def drop_space(self, *space_ids: str) -> None:
        """Forget spaces with all their windows, at once; forgetting what is not there is fine."""
        with self._transaction() as cursor:
            for table in PER_SPACE_TABLES:
                for space_id in space_ids:
                    cursor.execute(f"DELETE FROM {table} WHERE space_id = ?", [space_id])  # noqa: S608
