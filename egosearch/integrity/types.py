"""What a check tells: frozen values that travel from the process that owns a library."""

from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What is wrong."""

    MISSING_VECTORS = "missing vectors"
    """Windows that the catalogue shows and the store does not have: searches do not find them."""
    ALTERED_VECTORS = "altered vectors"
    """Vectors that are not those that were written."""
    ORPHAN_VECTORS = "orphan vectors"
    """Vectors that no slice claims, as a kill leaves them: never searched, they only take room."""
    UNLISTED_VECTORS = "unlisted vectors"
    """Vectors that the store does not know the recording of, though the catalogue does."""
    UNREADABLE_VECTORS = "unreadable vectors"
    """Files of the store that its engine cannot read, or a server that does not answer."""
    STRAY_ROWS = "stray rows"
    """Rows of the catalogue that belong to no recording, no space or no slice."""
    INCOMPLETE_SLICES = "incomplete slices"
    """Slices that say that they have other windows than are there."""
    DAMAGED_CACHE = "damaged search cache"
    """A search cache that cannot be read, or that says something else than what it was made from."""
    MISSING_FILE = "missing file"
    """A recording whose file is not where it was."""
    CHANGED_FILE = "changed file"
    """A recording whose file has other content by now."""
    GONE_FAILURE = "failure of a file that is gone"
    LEFTOVER = "leftover"
    """Files that a kill left unfinished."""
    OPEN_TO_OTHERS = "open to others"
    """Files that other people of this machine may read."""
    OLD_COPY = "old copy"
    """Vectors in a place that the library has moved away from."""


@dataclass(frozen=True)
class Finding:
    """Something that is wrong."""

    kind: Kind
    about: str
    """What it is about: a path, with the sense where it is about vectors; or a table."""
    count: int
    """How many vectors, rows or files."""
    remedy: str
    """What to do, in one sentence; where it is mended, what was done."""
    is_mended: bool = False


@dataclass(frozen=True)
class IntegrityReport:
    """What a check found."""

    findings: tuple[Finding, ...]
    recordings: int
    """That were looked at."""
    windows: int
    """Whose vectors were read back and compared, in all spaces."""
    elapsed_s: float

    @property
    def is_sound(self) -> bool:
        """Whether nothing is wrong, or not any more."""
        return all(one.is_mended for one in self.findings)
