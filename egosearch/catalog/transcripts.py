"""The catalogue's verbs about what is said: utterances, as the transcriber of a space wrote them down."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from egosearch.catalog.tables import Tables
from indexers.types import Span, Utterance, Word

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


class Transcripts(Tables):
    """The part of `Catalog` about what is said."""

    def utterances(self, recording_id: str, space_id: str, within: Span | None = None) -> list[Utterance]:
        """Return what is said in a recording, in time order.

        Args:
            recording_id: Which one.
            space_id: The space of the transcriber: each has written its own.
            within: Only utterances that overlap this span; None for all.
        """
        overlaps = "" if within is None else "AND start_s < ? AND end_s > ?"
        bounds = () if within is None else (within.end_s, within.start_s)
        query = (
            "SELECT start_s, end_s, text, words, language, confidence FROM transcripts"  # noqa: S608
            f" WHERE recording_id = ? AND space_id = ? {overlaps} ORDER BY start_s, end_s"
        )
        return [_utterance(row) for row in self._rows(query, recording_id, space_id, *bounds)]


def insert_utterances(cursor: "DuckDBPyConnection", key: list[object], utterances: Sequence[Utterance]) -> None:
    """Write what is said in the recording, space and slice of `key`, for use within a transaction."""
    if not utterances:
        return
    rows = [
        [
            *key,
            one.span.start_s,
            one.span.end_s,
            one.text,
            [
                {
                    "start_s": word.span.start_s,
                    "end_s": word.span.end_s,
                    "text": word.text,
                    "probability": word.probability,
                }
                for word in one.words
            ],
            one.language,
            one.confidence,
        ]
        for one in utterances
    ]
    cursor.executemany("INSERT INTO transcripts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)


def _utterance(row: dict[str, Any]) -> Utterance:
    words = tuple(
        Word(Span(word["start_s"], word["end_s"]), word["text"], word["probability"]) for word in row["words"]
    )
    return Utterance(Span(row["start_s"], row["end_s"]), row["text"], words, row["language"], row["confidence"])
