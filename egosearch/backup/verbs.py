"""The verb of `Library` that writes a copy of it. Making a library from a copy is `egosearch.backup.importing`."""

from abc import ABC
from pathlib import Path

from egosearch.access import Access
from egosearch.backup.types import BackupReport
from egosearch.catalog import Catalog
from egosearch.config import Config
from egosearch.folders import absolute


class Exporting(ABC):
    """The part of `Library` that writes copies."""

    path: Path
    _access: Access
    _catalog: Catalog
    _config: Config

    def export(self, path: Path | str) -> BackupReport:
        """Write the library as it is now to a file or a folder: catalogue, vectors and settings, but no recordings.

        It may be indexed into and searched meanwhile.

        Args:
            path: A `.tar.gz`, a `.tar`, or any other name for a folder; not there yet.

        Raises:
            LibraryError: There is something, or it cannot be written.
        """
        from egosearch.backup.exporting import export

        with self._access.vectors() as store:
            return export(self._catalog, store, self._config, self.path, absolute(path))
