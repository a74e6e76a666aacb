"""The verbs of `Library` that check it and mend it."""

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from egosearch.access import Access
from egosearch.catalog import Catalog
from egosearch.config import Config, LibraryPaths
from egosearch.errors import EncoderError
from egosearch.indexing.types import IndexOptions, IndexProgress, IndexReport
from egosearch.integrity.types import Finding, IntegrityReport
from egosearch.logs import journal, keeping

if TYPE_CHECKING:
    from egosearch.indexing.pool import Executor
    from egosearch.integrity.checking import Outcome

log = logging.getLogger(__name__)


class Verifying(ABC):
    """The part of `Library` that looks after it."""

    path: Path
    _access: Access
    _catalog: Catalog
    _config: Config
    _paths: LibraryPaths

    @abstractmethod
    def index(
        self,
        paths: Iterable[Path | str],
        *,
        options: IndexOptions | None = None,
        on_progress: Callable[[IndexProgress], None] | None = None,
        should_stop: Callable[[], bool] | None = None,
        executor: "Executor | None" = None,
    ) -> IndexReport:
        """Index what is new in files and folders; `Library` does."""

    @abstractmethod
    def _check_writable_for(self, what: str) -> None:
        """Raise unless the library may be written; `Choosing` does."""

    def verify(self, *, deep: bool = False) -> IntegrityReport:
        """Compare catalogue, vectors, search cache and files, and say what does not fit; nothing is changed.

        Every vector is read: about a million a minute.

        Args:
            deep: Also read the files, to see whether one was replaced by another of the same size and time.

        Raises:
            LibraryLockedError: The library is being indexed into.
        """
        return self._checked(deep=deep).report

    def repair(
        self, *, deep: bool = False, on_progress: Callable[[IndexProgress], None] | None = None
    ) -> IntegrityReport:
        """Check as `verify` does, and mend what can be mended without a decision of a person's.

        What is lost of a recording whose file is there is indexed again, at once. Nothing is forgotten that cannot be
        made again: of a file that is gone, everything stays.

        Args:
            deep: As for `verify`.
            on_progress: As for `index`.

        Returns:
            What was found, each finding with whether it is mended.

        Raises:
            LibraryError: The library is read-only or cannot be written.
            LibraryLockedError: It is being indexed into.
        """
        from egosearch.integrity.checking import compared

        self._check_writable_for("repair it")
        before = self._checked(deep=deep)
        if before.report.is_sound:
            return before.report
        with keeping(self.path):
            for finding in before.report.findings:
                journal.warning("to be repaired: %s (%d): %s", finding.kind, finding.count, finding.about)
            mended = self._mended(before)
            not_made = self._made_anew(sorted({path for paths in mended.values() for path in paths}), on_progress)
            waiting = {finding: paths & not_made for finding, paths in mended.items() if paths & not_made}
            return compared(before.report, self._checked(deep=deep).report, waiting)

    def _made_anew(self, paths: list[Path], on_progress: Callable[[IndexProgress], None] | None) -> frozenset[Path]:
        """Index files again; return those that could not be."""
        if not paths:
            return frozenset()
        try:
            report = self.index(paths, on_progress=on_progress)
        except EncoderError as error:
            log.warning("%s", error)
            return frozenset(paths)
        return frozenset(paths if report.interrupted else (failed.path for failed in report.failed))

    def _checked(self, *, deep: bool) -> "Outcome":
        from egosearch.integrity.checking import check
        from egosearch.integrity.problems import Checked

        return check(Checked(self._paths, self._config, self._catalog, deep), self._access)

    def _mended(self, outcome: "Outcome") -> "dict[Finding, frozenset[Path]]":
        from egosearch.integrity.checking import mend

        return mend(outcome.problems, self._access)
