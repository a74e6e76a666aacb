"""What is wrong with an archive."""

from egosearch.errors import LibraryError


class ArchiveError(LibraryError):
    """An archive that is damaged, or none."""


def refuse(reason: str, remedy: str = "take another copy of it, or export again") -> ArchiveError:
    """Return the error that says why an archive is not taken; `egosearch.backup.importing` adds which one."""
    return ArchiveError(f"{reason}; {remedy}")
