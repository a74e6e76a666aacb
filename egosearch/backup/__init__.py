"""A library as one file, or a folder of plain files, and back: for backups, and for moving to another machine.

    library -> snapshot -> parts: tables as lines of JSON, vectors as NumPy arrays, settings -> manifest -> archive
    archive -> manifest -> parts, each with its digest -> a library beside its place -> its place

Nothing of the recordings themselves is in it: they are found by their paths, and where they lie elsewhere, indexing
that folder finds them by their content. The search cache is not in it either: the first search makes it.

An archive is what somebody else may have written. Nothing in it is code or names a place to write to: parts have
names that are known beforehand, and their sizes, digests and types are checked. Nothing is seen before all fits.
"""

from egosearch.backup.types import BackupReport

__all__ = ["BackupReport"]
