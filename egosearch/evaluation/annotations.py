"""Labelled queries: what is asked, and which spans are the right answer. Every format is read into these."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from egosearch.errors import QueryError
from indexers.types import Span

QueryId = str | int
"""As annotated: QVHighlights numbers its queries, and a prediction has to name them so."""


class AnnotationError(QueryError):
    """Labels or predictions that cannot be read as they are."""

    def __init__(self, path: Path, where: str, problem: str, remedy: str) -> None:
        """Say it in one sentence.

        Args:
            path: The file.
            where: The line and the field, as far as known; empty for the whole file.
            problem: What is wrong.
            remedy: What to do.
        """
        super().__init__(f"{path}{f', {where}' if where else ''}: {problem}; {remedy}")
        self.path = path
        self.where = where


@dataclass(frozen=True)
class Target:
    """A span that is right."""

    recording: str
    """Name, stem or id of its recording."""
    span: Span


@dataclass(frozen=True)
class Cut:
    """The part of a recording that was annotated, which is a file of its own in some copies of a data set."""

    recording: str
    """Name of that file."""
    span: Span
    """Where it lies in the whole recording."""


@dataclass(frozen=True)
class LabelledQuery:
    """A query whose answer is known."""

    query_id: QueryId
    """Unique among the queries of one file."""
    text: str
    recording: str | None
    """Name, stem or id of the recording that it is asked about; None for the whole library."""
    relevant: tuple[Target, ...]
    """What is right; empty where nothing is, so that nothing should be answered."""
    group: str = ""
    """What is reported together; empty for no group."""
    cut: Cut | None = None
    """None where the whole recording was annotated."""

    @property
    def is_present(self) -> bool:
        """Whether there is something to find."""
        return bool(self.relevant)


@dataclass(frozen=True)
class Annotations:
    """The labelled queries of one file."""

    path: Path | None
    """None for a library's own marks."""
    format: str
    queries: tuple[LabelledQuery, ...]
    left_out: Mapping[str, int] = field(default_factory=dict)
    """How many queries are not among them, by reason."""
