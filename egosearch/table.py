"""What SQL answers: text in columns, which travels between processes as it is."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Column:
    """One column of an answer."""

    name: str
    """No two of an answer have the same."""
    kind: str
    """DuckDB's type: "BIGINT", "TIMESTAMP WITH TIME ZONE", "FLOAT[]"."""

    @property
    def is_nested(self) -> bool:
        """Whether values hold others: lists, structures, maps. They are JSON."""
        return self.kind.endswith("]") or self.kind.startswith(("STRUCT(", "MAP(", "UNION(", "JSON", "VARIANT"))


@dataclass(frozen=True)
class Table:
    """The rows of an answer, in its order."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[str | None, ...], ...]
    """Each value as DuckDB writes it, numbers in the fewest digits that tell them apart; None for NULL."""


@dataclass(frozen=True)
class SqlLimits:
    """What one statement may take."""

    seconds: float | None = None
    values: int | None = None
    """Rows times columns of the answer."""
