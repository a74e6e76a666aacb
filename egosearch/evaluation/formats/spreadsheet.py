"""A plain CSV for one's own labels.

    recording,query,start_s,end_s
    kitchen.mp4,the timer beeps,12.5,14
    kitchen.mp4,the timer beeps,61,62.5
    kitchen.mp4,a dog barking,,

Rows with the same recording and query are several spans of one query. Without times the query is absent: nothing should
be answered. Without a recording it is absent from the whole library. A column `group` may follow.
"""

from egosearch.evaluation.annotations import Annotations, LabelledQuery, Target
from egosearch.evaluation.formats.source import Record, Source
from indexers.types import Span

COLUMNS = ("recording", "query", "start_s", "end_s")


def read(source: Source) -> Annotations:
    """Read it; queries are numbered from 1 in the order in which they first appear."""
    rows: dict[tuple[str, str], list[Record]] = {}
    for record in source.rows(COLUMNS):
        rows.setdefault((_cell(record, "recording"), record.text("query")), []).append(record)
    queries = tuple(_query(number, *asked, records) for number, (asked, records) in enumerate(rows.items(), start=1))
    return Annotations(source.path, "csv", queries)


def _query(number: int, recording: str, text: str, records: list[Record]) -> LabelledQuery:
    spans = [_span(record) for record in records]
    for record, span in zip(records, spans, strict=True):
        if span is not None and not recording:
            raise record.error("recording", "a span without a recording is nowhere", "name the recording")
        if span is None and len(records) > 1:
            remedy = f"remove this row or the ones at {', '.join(one.where for one in records if one is not record)}"
            raise record.error("start_s and end_s", "the query is absent here and has another row", remedy)
    relevant = tuple(Target(recording, span) for span in spans if span is not None)
    return LabelledQuery(number, text, recording or None, relevant, group=_cell(records[0], "group"))


def _span(record: Record) -> Span | None:
    return record.span("start_s", "end_s") if _cell(record, "start_s") or _cell(record, "end_s") else None


def _cell(record: Record, field: str) -> str:
    return str(record.values.get(field, "")).strip()
