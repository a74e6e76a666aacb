"""The catalogue's verbs about slices: what is committed, its windows, its sound's level, and digests of all that."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np

from egosearch.catalog.checksums import checksum_of
from egosearch.catalog.levels import SoundLevels, decode_levels, encode_levels, join_levels
from egosearch.catalog.tables import Tables
from egosearch.catalog.transcripts import insert_utterances
from egosearch.catalog.values import CatalogedWindows
from egosearch.catalog.writes import add_space, insert_windows
from indexers.lexical import MODEL as LEXICAL
from indexers.types import EmbeddingBatch, Slice, WindowQuality

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

PER_SLICE_TABLES = ("slices", "windows", "transcripts")


class Slices(Tables):
    """The part of `Catalog` about slices, and what is in them."""

    def commit_slice(
        self,
        piece: Slice,
        batches: Sequence[EmbeddingBatch],
        levels: SoundLevels | None = None,
    ) -> None:
        """Make a slice visible in the spaces of `batches`, in one transaction, replacing what was there.

        The vectors are in the store, flushed, before this is called. A space that is new is added.

        Args:
            piece: Of a recording that was added.
            batches: One for each space; an empty one says that there is nothing, and that is also an answer.
            levels: The slice's sound level; None leaves what was there.

        Raises:
            ValueError: The recording was not added, or a batch is of another.
        """
        recording_id = piece.recording.recording_id
        if any(batch.recording_id != recording_id for batch in batches):
            raise ValueError("a batch is of another recording than the slice")
        with self._transaction() as cursor:
            if not cursor.execute("SELECT 1 FROM recordings WHERE recording_id = ?", [recording_id]).fetchall():
                raise ValueError(f"recording {recording_id} has not been added")
            for batch in sorted(batches, key=lambda batch: batch.space.model == LEXICAL):
                add_space(cursor, batch.space)
                key = [recording_id, batch.space.id, piece.index]
                for table in PER_SLICE_TABLES:
                    cursor.execute(
                        f"DELETE FROM {table} WHERE recording_id = ? AND space_id = ? AND slice_index = ?",  # noqa: S608
                        key,
                    )
                checksum = list(checksum_of(batch.space, batch.index, batch.embeddings))
                cursor.execute(
                    "INSERT INTO slices VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    [*key, piece.start_s, piece.end_s, len(batch), datetime.now(UTC), checksum],
                )
                insert_windows(cursor, key, batch)
                insert_utterances(cursor, key, batch.utterances)
            if levels is not None:
                _write_levels(cursor, piece, levels)

    def committed_slices(self, recording_id: str, space_id: str) -> set[int]:
        """Return the numbers of the slices that are indexed."""
        query = "SELECT slice_index FROM slices WHERE recording_id = ? AND space_id = ?"
        return {row["slice_index"] for row in self._rows(query, recording_id, space_id)}

    def all_committed(self) -> list[tuple[str, str, int, float, int]]:
        """Return every slice that is indexed: recording, space, number, length in seconds, number of windows."""
        query = "SELECT recording_id, space_id, slice_index, end_s - start_s, windows FROM slices"
        with self._cursor() as cursor:
            return cursor.execute(query).fetchall()

    def generation(self) -> str:
        """Return 12 hexadecimal digits that say what searches see: a cache's best before.

        They change whenever a slice is committed or removed, and when searches use another space.
        """
        known = self._shared.read.generations
        if self._chosen not in known:
            line = "concat_ws('/', recording_id, space_id, slice_index, epoch_us(committed_at), is_searched)"
            is_searched = "is_default" if self._chosen is None else "list_contains(?, space_id)"
            query = (
                f"SELECT md5(coalesce(string_agg({line}, ' ' ORDER BY {line}), '')) AS digest"  # noqa: S608
                f" FROM slices JOIN (SELECT space_id, {is_searched} AS is_searched FROM spaces) USING (space_id)"
            )
            values = [] if self._chosen is None else [list(self._chosen)]
            known[self._chosen] = str(self._rows(query, *values)[0]["digest"])[:12]
        return known[self._chosen]

    def slice_digests(self, space_id: str) -> dict[str, str]:
        """Return, for each recording with committed slices in a space, digits that change whenever those do."""
        line = "concat_ws('/', slice_index, windows, epoch_us(committed_at))"
        query = (
            f"SELECT recording_id, md5(string_agg({line}, ' ' ORDER BY {line})) AS digest FROM slices"  # noqa: S608
            " WHERE space_id = ? GROUP BY recording_id"
        )
        return {row["recording_id"]: str(row["digest"])[:12] for row in self._rows(query, space_id)}

    def windows(self, space_id: str, recording_id: str) -> CatalogedWindows:
        """Return a recording's windows in a space, in time order; quality that was not measured is NaN."""
        query = (
            "SELECT window_index, start_s, end_s, loudness_db, snr_db, sharpness, exposure FROM windows"
            " WHERE recording_id = ? AND space_id = ? ORDER BY window_index"
        )
        with self._cursor() as cursor:
            columns = cursor.execute(query, [recording_id, space_id]).fetchnumpy()
        quality = {
            name: np.ma.filled(columns[name].astype(np.float32), np.nan)
            for name in ("loudness_db", "snr_db", "sharpness", "exposure")
        }
        return CatalogedWindows(
            columns["window_index"].astype(np.int64), columns["start_s"], columns["end_s"], WindowQuality(**quality)
        )

    def levels(self, recording_id: str) -> SoundLevels | None:
        """Return a recording's sound level from its start on, or None where it has no sound."""
        query = "SELECT * FROM levels WHERE recording_id = ? ORDER BY slice_index"
        return join_levels(
            [
                SoundLevels(row["hop_s"], decode_levels(row["levels_db"]), row["start_s"])
                for row in self._rows(query, recording_id)
            ]
        )


def _write_levels(cursor: "DuckDBPyConnection", piece: Slice, levels: SoundLevels) -> None:
    key = [piece.recording.recording_id, piece.index]
    cursor.execute("DELETE FROM levels WHERE recording_id = ? AND slice_index = ?", key)
    data = encode_levels(levels.levels_db)
    cursor.execute("INSERT INTO levels VALUES (?, ?, ?, ?, ?)", [*key, levels.start_s, levels.hop_s, data])
