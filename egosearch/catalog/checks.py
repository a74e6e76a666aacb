"""The catalogue's verbs about its own soundness: what it says of slices, and rows that belong to nothing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from egosearch.catalog.slices import PER_SLICE_TABLES
from egosearch.catalog.tables import Tables

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_OF_NOTHING = (
    "(recording_id NOT IN (SELECT recording_id FROM recordings) OR space_id NOT IN (SELECT space_id FROM spaces))"
)
_OF_NO_SLICE = "(recording_id, space_id, slice_index) NOT IN (SELECT (recording_id, space_id, slice_index) FROM slices)"
# In the order of deleting: what belongs to a slice goes once the slice is gone.
_STRAYS: Mapping[str, str] = {
    "slices": _OF_NOTHING,
    "windows": f"{_OF_NO_SLICE} OR {_OF_NOTHING}",
    "transcripts": f"{_OF_NO_SLICE} OR {_OF_NOTHING}",
    "levels": "recording_id NOT IN (SELECT recording_id FROM recordings)",
    "notes": "recording_id NOT IN (SELECT recording_id FROM recordings)",
}


@dataclass(frozen=True)
class SliceRecord:
    """What the catalogue says of the vectors of a slice in one space."""

    slice_index: int
    windows: int
    checksum: tuple[float, ...] | None
    """See `egosearch.catalog.checksums`; None where it was indexed before there were any."""


@dataclass(frozen=True)
class SliceKey:
    """A slice in one space."""

    recording_id: str
    space_id: str
    slice_index: int


@dataclass(frozen=True, eq=False)
class NumberedWindows:
    """n windows of one recording in one space, in time order."""

    slice_index: NDArray[np.int64]
    """Shape (n,)."""
    index: NDArray[np.int64]
    """Shape (n,), ascending."""


class Checks(Tables):
    """The part of `Catalog` about its soundness."""

    def slice_records(self, space_id: str) -> dict[str, list[SliceRecord]]:
        """Return the slices of a space by recording, in time order."""
        query = (
            "SELECT recording_id, slice_index, windows, checksum FROM slices WHERE space_id = ?"
            " ORDER BY recording_id, slice_index"
        )
        found: dict[str, list[SliceRecord]] = {}
        for row in self._rows(query, space_id):
            checksum = None if row["checksum"] is None else tuple(row["checksum"])
            found.setdefault(row["recording_id"], []).append(SliceRecord(row["slice_index"], row["windows"], checksum))
        return found

    def numbered_windows(self, space_id: str, recording_id: str) -> NumberedWindows:
        """Return a recording's windows in a space, with the slices that they are in."""
        query = (
            "SELECT slice_index, window_index FROM windows WHERE recording_id = ? AND space_id = ?"
            " ORDER BY window_index"
        )
        with self._cursor() as cursor:
            columns = cursor.execute(query, [recording_id, space_id]).fetchnumpy()
        return NumberedWindows(columns["slice_index"].astype(np.int64), columns["window_index"].astype(np.int64))

    def incomplete_slices(self) -> list[SliceKey]:
        """Return the slices that do not have each of the windows that they say they have once."""
        query = (
            "SELECT recording_id, space_id, slice_index FROM slices LEFT JOIN (SELECT recording_id, space_id,"
            " slice_index, count(*) AS held, count(DISTINCT window_index) AS different FROM windows"
            " GROUP BY recording_id, space_id, slice_index) USING (recording_id, space_id, slice_index)"
            " WHERE windows <> coalesce(held, 0) OR windows <> coalesce(different, 0)"
            " ORDER BY recording_id, space_id, slice_index"
        )
        return [SliceKey(**row) for row in self._rows(query)]

    def strays(self) -> dict[str, int]:
        """Return how many rows of each table belong to no recording, space or slice; tables without any left out."""
        counts = {
            table: int(self._rows(f"SELECT count(*) AS n FROM {table} WHERE {condition}")[0]["n"])  # noqa: S608
            for table, condition in _STRAYS.items()
        }
        return {table: n for table, n in counts.items() if n}

    def drop_strays(self) -> None:
        """Delete those rows."""
        with self._transaction() as cursor:
            for table, condition in _STRAYS.items():
                cursor.execute(f"DELETE FROM {table} WHERE {condition}")  # noqa: S608

    def drop_slices(self, slices: Iterable[SliceKey]) -> None:
        """Forget slices in their spaces, so that the next indexing run makes them anew."""
        with self._transaction() as cursor:
            for one in slices:
                _drop_slice(cursor, one)


def _drop_slice(cursor: "DuckDBPyConnection", one: SliceKey) -> None:
    for table in PER_SLICE_TABLES:
        cursor.execute(
            f"DELETE FROM {table} WHERE recording_id = ? AND space_id = ? AND slice_index = ?",  # noqa: S608
            [one.recording_id, one.space_id, one.slice_index],
        )
