"""The statements that write, for use within a transaction."""

from typing import TYPE_CHECKING, Any

from egosearch.catalog.rows import space_row
from indexers.lexical import MODEL as LEXICAL
from indexers.types import EmbeddingBatch, EmbeddingSpace

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def upsert(cursor: "DuckDBPyConnection", table: str, row: dict[str, Any]) -> None:
    """Write one row, given by column, over the one with the same primary key."""
    names, marks = ", ".join(row), ", ".join("?" for _ in row)
    cursor.execute(f"INSERT OR REPLACE INTO {table} ({names}) VALUES ({marks})", list(row.values()))  # noqa: S608


def add_space(cursor: "DuckDBPyConnection", space: EmbeddingSpace) -> None:
    """Add a space unless it is there; it is the default where its sense has none.

    The words of what is said are it together with the space that they go with, which was added before.
    """
    row = space_row(space)
    marks = ", ".join("?" for _ in row)
    is_default = "NOT EXISTS (SELECT 1 FROM spaces WHERE is_default AND modality = ? AND (model = ?) = ?)"
    values = [*row.values(), space.modality, LEXICAL, space.model == LEXICAL]
    if space.model == LEXICAL:
        is_default += " AND EXISTS (SELECT 1 FROM spaces WHERE is_default AND space_id = ?)"
        values.append(space.weights_digest)
    cursor.execute(
        f"INSERT OR IGNORE INTO spaces ({', '.join(row)}, created_at, is_default) SELECT {marks}, now(), {is_default}",
        values,
    )


def insert_windows(cursor: "DuckDBPyConnection", key: list[object], batch: EmbeddingBatch) -> None:
    """Write the windows of a batch, of the recording, space and slice in `key`."""
    # A dictionary of arrays is scanned as a table: 11,100 rows in 20 ms, half of what lists as parameters take.
    cursor.register(
        "new_windows",
        {
            "window_index": batch.index,
            "start_s": batch.start_s,
            "end_s": batch.end_s,
            "loudness_db": batch.quality.loudness_db,
            "snr_db": batch.quality.snr_db,
            "sharpness": batch.quality.sharpness,
            "exposure": batch.quality.exposure,
        },
    )
    measured = ", ".join(
        f"CASE WHEN isnan({name}) THEN NULL ELSE {name} END"
        for name in ("loudness_db", "snr_db", "sharpness", "exposure")
    )
    cursor.execute(
        f"INSERT INTO windows SELECT ?, ?, ?, window_index, start_s, end_s, {measured} FROM new_windows",  # noqa: S608
        key,
    )
    cursor.unregister("new_windows")
