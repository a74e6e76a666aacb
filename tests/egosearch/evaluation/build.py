"""Labelled queries, answers, and a library that answers from a table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from egosearch.errors import QueryError
from egosearch.evaluation.annotations import Annotations, Cut, LabelledQuery, QueryId, Target
from egosearch.evaluation.scoring import Prediction, Scored
from egosearch.types import ALL_PARTS, Answer, Moment, Parts, Query, RecordingSummary
from indexers.types import Modality, Span

Found = tuple[str, float, float, float]
"""File name, start, end, confidence."""


def labelled(
    query_id: QueryId,
    *right: tuple[str, float, float],
    text: str = "a bell",
    recording: str | None = None,
    group: str = "",
    cut: Cut | None = None,
) -> LabelledQuery:
    relevant = tuple(Target(name, Span(start_s, end_s)) for name, start_s, end_s in right)
    return LabelledQuery(query_id, text, recording, relevant, group, cut)


def annotations(*queries: LabelledQuery) -> Annotations:
    return Annotations(Path("labels.csv"), "csv", queries)


def scored(one: LabelledQuery, *found: Found) -> Scored:
    return Scored(one, one.relevant, tuple(Prediction(name, Span(a, b), sure) for name, a, b, sure in found))


def recording(path: str) -> RecordingSummary:
    return RecordingSummary(identity(path), Path(path), 600.0, 1, None, None, True, True, 600.0, True)


def identity(path: str) -> str:
    return f"id-of-{path}"


@dataclass
class TableLibrary:
    """Answers each text from a table, as far as the query's limit and recordings let it, and remembers the queries."""

    held: Sequence[RecordingSummary]
    table: Mapping[str, Sequence[Found]]
    encoders: Mapping[Modality, str] = field(default_factory=dict)
    asked: list[tuple[Query, Parts]] = field(default_factory=list)

    def recordings(self) -> list[RecordingSummary]:
        return list(self.held)

    def answer(self, query: Query, *, parts: Parts = ALL_PARTS) -> Answer:
        self.asked.append((query, parts))
        if not query.text.isascii():
            raise QueryError("the query is not English; ask in English")
        moments = []
        for path, start_s, end_s, sure in self.table.get(query.text, ()):
            only = query.where.recording_ids
            if only is None or identity(path) in only:
                moments.append(Moment(identity(path), Path(path), Span(start_s, end_s), None, sure, sure, ()))
        return Answer(query, tuple(moments[: query.limit]))
