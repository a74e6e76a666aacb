"""Asks a library every query, in every way that is compared, and scores what it answers."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from egosearch.errors import QueryError
from egosearch.evaluation.annotations import Annotations
from egosearch.evaluation.planning import Plan, Question, Scope, plan
from egosearch.evaluation.scoring import Figures, Prediction, Scored, score
from egosearch.evaluation.variants import Variant, ablations, combinations, with_encoders
from egosearch.query.confidence import THRESHOLD
from egosearch.types import Answer, Moment, Parts, Query, RecordingSummary
from indexers.types import Modality, Span

WIDER = 10
"""Times the limit that is asked for where only a part of a recording counts: the rest of it may rank before."""

OnProgress = Callable[[int, int], None]
"""Queries answered, and queries in all."""


class Searchable(Protocol):
    """What is evaluated: `egosearch.Library`, or anything that answers like it."""

    @property
    def encoders(self) -> Mapping[Modality, str]: ...

    def recordings(self) -> list[RecordingSummary]: ...

    def answer(self, query: Query, *, parts: Parts = ...) -> Answer: ...


@dataclass(frozen=True)
class EvaluationOptions:
    """How to evaluate."""

    scope: Scope = "recording"
    limit: int = 10
    """Moments to ask for; R@k is given up to there."""
    threshold: float = THRESHOLD
    """The confidence from which on a moment would be shown."""
    has_ablations: bool = False
    encoders: Mapping[Modality, str] = field(default_factory=dict)
    """By sense, where it is not to be the one that searches use."""
    compared: Mapping[Modality, Sequence[str]] = field(default_factory=dict)
    """Encoders to be compared, by sense, in every combination: then there is no other way to search."""


@dataclass(frozen=True)
class Latency:
    """Seconds that answers took."""

    n: int
    """Answers after the first one."""
    first_s: float
    """The first one's: it loads the networks and opens the search cache."""
    p50_s: float | None
    """Over the others; None where there are none."""
    p95_s: float | None


@dataclass(frozen=True)
class Result:
    """One way to search, and how good it is."""

    variant: Variant
    figures: Figures
    latency: Latency | None = None
    """None for answers that were not asked for here."""


@dataclass(frozen=True)
class Evaluation:
    """What was asked, and what came of it."""

    scored: tuple[Scored, ...]
    """Every query with its answer in the first way."""
    results: tuple[Result, ...]
    """The default first, or the first of the encoders that are compared."""
    left_out: Mapping[str, int]
    """How many queries were not asked, by reason."""
    named: int
    """How many recordings the annotations name."""
    missing: tuple[str, ...]
    """Those of them that the library does not have, or has several of."""
    latency: Latency
    """In the first way."""


def evaluate(
    library: Searchable,
    annotations: Annotations,
    options: EvaluationOptions | None = None,
    *,
    on_progress: OnProgress | None = None,
) -> Evaluation:
    """Ask a library labelled queries, one after the other.

    Args:
        library: Is only read.
        annotations: The queries, and what is right.
        options: How; by default as benchmarks do.
        on_progress: Called in this thread after every answer.

    Raises:
        QueryError: None of the queries can be asked, or the library refuses one.
    """
    options = options or EvaluationOptions()
    planned = plan(annotations, library.recordings(), options.scope)
    if not planned.questions:
        raise QueryError(_nothing_to_ask(planned))
    variants = _variants(library, options)
    total, done = len(variants) * len(planned.questions), 0
    asked: list[tuple[Scored, ...]] = []
    took: list[Latency] = []
    for variant in variants:
        answered, seconds = [], []
        for question in planned.questions:
            started = time.perf_counter()
            answered.append(_ask(library, question, planned.file_names, variant, options.limit))
            seconds.append(time.perf_counter() - started)
            done += 1
            if on_progress is not None:
                on_progress(done, total)
        asked.append(tuple(answered))
        took.append(latency(seconds))
    results = [
        Result(variant, score(answered, limit=options.limit, threshold=options.threshold), time_of)
        for variant, answered, time_of in zip(variants, asked, took, strict=True)
    ]
    return Evaluation(
        scored=asked[0],
        results=tuple(results),
        left_out=planned.left_out,
        named=planned.named,
        missing=planned.missing,
        latency=took[0],
    )


def _variants(library: Searchable, options: EvaluationOptions) -> tuple[Variant, ...]:
    if options.compared:
        return combinations(options.compared)
    default = with_encoders(options.encoders)
    return ablations(library.encoders, default) if options.has_ablations else (default,)


def latency(seconds: Sequence[float]) -> Latency:
    """Summarise what answers took, at least one, in the order they were asked."""
    first_s, *warm = seconds
    if not warm:
        return Latency(0, first_s, None, None)
    p50_s, p95_s = (float(one) for one in np.percentile(warm, [50, 95]))
    return Latency(len(warm), first_s, p50_s, p95_s)


def _ask(
    library: Searchable, question: Question, file_names: Mapping[str, str], variant: Variant, limit: int
) -> Scored:
    labelled = question.labelled
    query = Query(
        labelled.text,
        limit=limit if question.within is None else limit * WIDER,
        min_confidence=0.0,
        modalities=variant.modalities,
        fusion=variant.fusion,
        where=question.where,
        encoders=variant.encoders,
    )
    try:
        moments = library.answer(query, parts=variant.parts).moments
    except QueryError as error:
        raise QueryError(f"query {labelled.query_id}: {error}") from error
    counting = [moment for moment in moments if _is_within(moment, question.within)][:limit]
    return Scored(labelled, question.relevant, tuple(_as_annotated(one, question, file_names) for one in counting))


def _as_annotated(moment: Moment, question: Question, file_names: Mapping[str, str]) -> Prediction:
    """Return a moment with the query's name for its recording, in the time of the recording that it speaks of."""
    name = question.names.get(moment.recording_id) or file_names.get(moment.recording_id, moment.recording_id)
    cut, span = question.labelled.cut, moment.span
    if cut is not None and moment.recording_id == question.clip_id:
        span = Span(span.start_s + cut.span.start_s, span.end_s + cut.span.start_s)
    return Prediction(name, span, moment.confidence)


def _is_within(moment: Moment, span: Span | None) -> bool:
    return span is None or span.start_s <= (moment.span.start_s + moment.span.end_s) / 2 < span.end_s


def _nothing_to_ask(planned: Plan) -> str:
    if planned.missing:
        names = ", ".join(planned.missing[:3]) + (", ..." if len(planned.missing) > 3 else "")
        return (
            f"none of the {planned.named} recordings that the annotations name is in the library ({names});"
            " index them under these file names, or name another library with --library"
        )
    reasons = "; ".join(f"{n} {reason}" for reason, n in planned.left_out.items())
    return f"no query can be asked ({reasons}); evaluate with --scope recording"
