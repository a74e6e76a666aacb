"""A saved query: a frozen value that travels from the process that owns a library."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class SavedQuery:
    """A line of the query bar with a name."""

    name: str
    """As written; letter case and spacing do not tell two names apart."""
    line: str
    """As `egosearch.typed` reads it."""
    saved_at: datetime
