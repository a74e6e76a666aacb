"""What could not be indexed: the verbs of `Library` that say so, and forget it."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path

from egosearch.catalog import Catalog
from egosearch.indexing.types import FailedFile


class Failing(ABC):
    """The part of `Library` that knows what failed."""

    _catalog: Catalog

    @abstractmethod
    def _check_writable_for(self, what: str) -> None:
        """Make sure that the library may be written; `Library` does."""

    def failures(self) -> list[FailedFile]:
        """Return the files that could not be indexed, by path."""
        return [FailedFile(one.path, one.reason, one.remedy, one.failed_at) for one in self._catalog.failures()]

    def clear_failures(self, paths: Sequence[Path] | None = None) -> list[FailedFile]:
        """Forget that files failed, so that the next indexing tries them again; return what is forgotten.

        Args:
            paths: Files, and folders of them, from the root; None for all.

        Raises:
            LibraryError: The library is read-only.
        """
        self._check_writable_for("clear failures")
        cleared = [one for one in self.failures() if paths is None or is_among(one.path, paths)]
        for one in cleared:
            self._catalog.clear_failure(one.path)
        return cleared


def is_among(path: Path, paths: Sequence[Path]) -> bool:
    """Whether a file is one of these, or in one of these folders."""
    return any(path == one or one in path.parents for one in paths)
