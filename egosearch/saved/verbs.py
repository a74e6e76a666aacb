"""The verbs of `Library` that keep queries under names."""

from abc import ABC, abstractmethod
from datetime import UTC, datetime
from pathlib import Path

from egosearch.catalog import Catalog
from egosearch.errors import QueryError
from egosearch.saved.names import clean_name, folded
from egosearch.saved.types import SavedQuery
from egosearch.types import RecordingSummary


class Saving(ABC):
    """The part of `Library` that keeps queries."""

    _catalog: Catalog

    @abstractmethod
    def recordings(self) -> list[RecordingSummary]:
        """Return all recordings; `Library` does."""

    @abstractmethod
    def find(self, text: str) -> RecordingSummary:
        """Return the one recording that a person means; `Library` does."""

    @abstractmethod
    def _check_writable_for(self, what: str) -> None:
        """Refuse where the library is open for reading only; `Library` does."""

    def save_query(self, name: str, line: str, *, replace: bool = False) -> SavedQuery:
        """Keep a line of the query bar under a name; the same line under the same name twice is once.

        Args:
            name: What to call it.
            line: As in the query bar: words and conditions, see `egosearch.typed`.
            replace: Whether another line may have the name already, which is then gone.

        Raises:
            QueryError: The line cannot be asked, the name cannot be taken, or another line has it.
            LibraryError: The library is read-only.
        """
        self._check_writable_for("save queries")
        name, line = clean_name(name), " ".join(line.split())
        self._check_line(line)
        known = next((one for one in self.saved_queries() if folded(one.name) == folded(name)), None)
        if known is not None and known.line != line and not replace:
            raise QueryError(
                f"“{known.name}” is saved already, as {known.line}; choose another name, or add --force to replace it"
            )
        saved = SavedQuery(name, line, datetime.now(UTC))
        self._catalog.put_saved_query(saved)
        return saved

    def saved_queries(self) -> list[SavedQuery]:
        """Return what is saved, by name."""
        return self._catalog.saved_queries()

    def unsave_query(self, name: str) -> SavedQuery | None:
        """Drop a saved query and return it; None where nothing is saved under that name.

        Raises:
            LibraryError: The library is read-only.
        """
        self._check_writable_for("drop saved queries")
        return self._catalog.drop_saved_query(name)

    def _check_line(self, line: str) -> None:
        """Refuse what could not be asked, now or from another folder."""
        from egosearch.query.engine import check
        from egosearch.typed.meaning import in_line, query_of
        from egosearch.typed.reading import read

        typed = read(line)
        places = [("in", one) for one in typed.recordings if "/" in one]  # others are names
        places += [(key, one) for key, one in typed.conditions.items() if key == "folder"]
        for key, value in places:
            if not Path(value).expanduser().is_absolute():
                raise QueryError(
                    f"{key}:{value} means another place in every folder that it is asked from; write the whole path"
                )
        try:
            check(query_of(self, line))
        except QueryError as error:
            raise QueryError(in_line(str(error))) from error
