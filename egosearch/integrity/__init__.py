"""Whether a library is sound: what its parts say of each other, of the files that they are of, and what mends it.

Each check (`rows`, `vectors`, `caches`, `files`) yields problems; `checking` runs them all, and `verbs` are those of
`Library`. Nothing here forgets what cannot be made again: where only a person can decide, a finding says what to do.
"""

from egosearch.integrity.types import Finding, IntegrityReport, Kind

__all__ = ["Finding", "IntegrityReport", "Kind"]
