"""What is forgotten, as the catalogue keeps it: the table `forgotten`, and the transactions that write it.

A note holds a recording's fingerprint and a span, and nothing else: no path, no words. So a file that was forgotten is
recognised wherever it is moved or copied to, and the note says of it only that it was there.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from math import inf
from typing import TYPE_CHECKING

from egosearch.catalog import Catalog, decode_levels, encode_levels
from egosearch.catalog.catalog import PER_RECORDING_TABLES
from egosearch.catalog.rows import time_from_us
from egosearch.catalog.tables import Tables
from egosearch.forgetting.spans import merged, silenced, spared
from egosearch.forgetting.types import Doomed, Forgotten
from indexers.quality import LEVEL_HOP_S
from indexers.types import Span

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from indexers.slices import SliceResult

SPANNED_TABLES = ("windows", "transcripts", "feedback", "notes")
"""Their rows go where they overlap a forgotten span."""
REACH_S = 60.0
"""How far what begins in a slice may reach over its end: windows take seconds, and of speech 20 (`indexers.speech`)
with the sentence that is being said there."""
WHOLE = Span(0.0, inf)


class Ledger(Tables):
    """The part of an open catalogue about what is forgotten; it need not be closed."""

    def __init__(self, catalog: Catalog) -> None:
        """Share what a catalogue has open."""
        vars(self).update(vars(catalog))

    def notes(self, recording_id: str | None = None) -> list[Forgotten]:
        """Return what is forgotten, oldest first; of one recording, or of all."""
        query = (
            "SELECT recording_id, start_s, end_s, epoch_us(forgotten_at) AS forgotten_us, is_erased FROM forgotten"
            " WHERE recording_id = coalesce(?, recording_id) ORDER BY forgotten_at, recording_id, start_s"
        )
        return [
            Forgotten(
                row["recording_id"],
                Span(row["start_s"], row["end_s"]),
                time_from_us(row["forgotten_us"]),
                row["is_erased"],
            )
            for row in self._rows(query, recording_id)
        ]

    def spans(self, recording_id: str) -> tuple[Span, ...]:
        """Return what of a recording is forgotten, ascending and disjoint."""
        return merged(note.span for note in self.notes(recording_id))

    def whole(self) -> frozenset[str]:
        """Return the ids of the recordings that are wholly forgotten."""
        return frozenset(note.recording_id for note in self.notes() if note.is_whole)

    def spare(self, result: "SliceResult") -> "SliceResult":
        """Return what a slice gave without what is forgotten of its recording: to be asked before it is written."""
        return spared(result, self.spans(result.slice.recording.recording_id), hop_s=LEVEL_HOP_S)

    def counted(self, doomed: Doomed) -> Doomed:
        """Return the same with how much that takes."""
        counts = []
        for table in SPANNED_TABLES:
            within, values = _overlapping(doomed)
            query = f"SELECT count(*) AS n FROM {table} WHERE {within}"  # noqa: S608
            counts.append(int(self._rows(query, *values)[0]["n"]))
        return replace(doomed, windows=counts[0], utterances=counts[1], marks=counts[2], notes=counts[3])

    def utterances(self, doomed: Doomed) -> list[str]:
        """Return what is said there, longest first."""
        return self._texts("transcripts", doomed)

    def noted(self, doomed: Doomed) -> list[str]:
        """Return what is noted there, longest first."""
        return self._texts("notes", doomed)

    def _texts(self, table: str, doomed: Doomed) -> list[str]:
        within, values = _overlapping(doomed)
        query = f"SELECT DISTINCT text FROM {table} WHERE {within} ORDER BY length(text) DESC, text"  # noqa: S608
        return [str(row["text"]) for row in self._rows(query, *values)]

    def has_text(self, text: str) -> bool:
        """Whether this is in any path, utterance, note, or query marked or saved that is remembered."""
        columns = {
            "recordings": "path",
            "failures": "path",
            "transcripts": "text",
            "feedback": "query",
            "notes": "text",
            "saved_queries": "concat(name, chr(10), line)",
        }
        return any(
            self._rows(f"SELECT 1 AS found FROM {table} WHERE contains({column}, ?) LIMIT 1", text)  # noqa: S608
            for table, column in columns.items()
        )

    def forget(self, doomed: Sequence[Doomed]) -> None:
        """Make all of this invisible and note it, in one transaction; it is still in the file."""
        now = datetime.now(UTC)
        with self._transaction() as cursor:
            for one in doomed:
                if one.is_whole:
                    for table in (*PER_RECORDING_TABLES, "forgotten"):
                        cursor.execute(f"DELETE FROM {table} WHERE recording_id = ?", [one.recording_id])  # noqa: S608
                else:
                    _forget_spans(cursor, one, now)
                for span in (WHOLE,) if one.is_whole else one.spans:
                    cursor.execute(
                        "INSERT INTO forgotten VALUES (?, ?, ?, ?, false)",
                        [one.recording_id, span.start_s, span.end_s, now],
                    )

    def settle(self) -> None:
        """Note that all that is forgotten is gone from the disk."""
        with self._transaction() as cursor:
            cursor.execute("UPDATE forgotten SET is_erased = true WHERE NOT is_erased")

    def unforget(self, recording_id: str) -> None:
        """Take the notes about a recording back: what was forgotten of it is missing then, and no longer left out.

        The slices that it was in are missing whole, since that is what is indexed at once.
        """
        with self._transaction() as cursor:
            for span in self.spans(recording_id):
                rows = "FROM slices WHERE recording_id = ? AND start_s < ? AND end_s > ?"
                values = [recording_id, span.end_s, span.start_s - REACH_S]
                cursor.execute(f"SELECT DISTINCT slice_index {rows}", values)
                for (slice_index,) in cursor.fetchall():
                    for table in ("slices", "windows", "transcripts"):
                        cursor.execute(
                            f"DELETE FROM {table} WHERE recording_id = ? AND slice_index = ?",  # noqa: S608
                            [recording_id, slice_index],
                        )
            cursor.execute("DELETE FROM forgotten WHERE recording_id = ?", [recording_id])


def _forget_spans(cursor: "DuckDBPyConnection", doomed: Doomed, now: datetime) -> None:
    within, values = _overlapping(doomed)
    for table in SPANNED_TABLES:
        cursor.execute(f"DELETE FROM {table} WHERE {within}", values)  # noqa: S608
    _silence(cursor, doomed.recording_id, doomed.spans)
    # Another time of commitment lets the search cache be made anew, and a checksum of what was there is none of the
    # rest. The slices stay: an empty one says that there is nothing, so that no run makes it again.
    reached = " OR ".join("(start_s < ? AND end_s > ?)" for _ in doomed.spans)
    bounds = [bound for span in doomed.spans for bound in (span.end_s, span.start_s - REACH_S)]
    cursor.execute(
        "UPDATE slices SET checksum = NULL, committed_at = ?, windows = (SELECT count(*) FROM windows WHERE"  # noqa: S608
        " windows.recording_id = slices.recording_id AND windows.space_id = slices.space_id"
        f" AND windows.slice_index = slices.slice_index) WHERE recording_id = ? AND ({reached})",
        [now, doomed.recording_id, *bounds],
    )


def _silence(cursor: "DuckDBPyConnection", recording_id: str, spans: Iterable[Span]) -> None:
    """Write silence over the sound levels of some spans."""
    spans = tuple(spans)
    query = "SELECT slice_index, start_s, hop_s, levels_db FROM levels WHERE recording_id = ?"
    for slice_index, start_s, hop_s, data in cursor.execute(query, [recording_id]).fetchall():
        levels_db = decode_levels(data)
        quiet = encode_levels(silenced(levels_db, start_s, hop_s, spans))
        if quiet != data:
            cursor.execute(
                "UPDATE levels SET levels_db = ? WHERE recording_id = ? AND slice_index = ?",
                [quiet, recording_id, slice_index],
            )


def _overlapping(doomed: Doomed) -> tuple[str, list[object]]:
    """Return the condition of the rows that go, and its values."""
    if doomed.is_whole:
        return "recording_id = ?", [doomed.recording_id]
    either = " OR ".join("(start_s < ? AND end_s > ?)" for _ in doomed.spans)
    bounds = [bound for span in doomed.spans for bound in (span.end_s, span.start_s)]
    return f"recording_id = ? AND ({either})", [doomed.recording_id, *bounds]
