"""Answers in the format in which QVHighlights takes them in, so that anybody's are scored alike. JSON a line.

    {"qid": 3, "query": "Brakes squeak.", "vid": "a005_0_60", "pred_relevant_windows": [[31.5, 34.0, 0.93], ...]}

Windows are [start, end, score], best first. A window in another recording than `vid` has that one's name as a fourth
element: ours have it where a query is asked of a whole library, and readers that know three take no notice.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from egosearch.errors import QueryError
from egosearch.evaluation.annotations import AnnotationError, Annotations, LabelledQuery
from egosearch.evaluation.formats.source import Ids, Record, read_source
from egosearch.evaluation.scoring import Prediction, Scored


@dataclass(frozen=True)
class Predictions:
    """Somebody's answers, matched with the queries."""

    scored: tuple[Scored, ...]
    """Every query of the annotations; without moments where there is no line for it."""
    unanswered: int
    """Queries without a line."""
    unknown: int
    """Lines for queries that the annotations do not have."""


def read_predictions(path: Path, annotations: Annotations) -> Predictions:
    """Read answers to labelled queries.

    Raises:
        AnnotationError: The file cannot be read, something in it makes no sense, or no line is for any of the queries.
    """
    labelled = {str(one.query_id): one for one in annotations.queries}
    found: dict[str, tuple[Prediction, ...]] = {}
    ids, unknown = Ids(), 0
    for record in read_source(path).lines():
        query_id = str(ids.check(record, "qid", record.query_id("qid")))
        predictions = _predictions(record, labelled.get(query_id))
        if query_id in labelled:
            found[query_id] = predictions
        else:
            unknown += 1
    if not found:
        raise AnnotationError(path, "qid", "no line is for a query of the annotations", "name the ones it answers")
    scored = tuple(Scored(one, one.relevant, found.get(query_id, ())) for query_id, one in labelled.items())
    return Predictions(scored, len(labelled) - len(found), unknown)


def write_predictions(path: Path, scored: Iterable[Scored]) -> None:
    """Write answers, a line a query; scores are confidences.

    Args:
        path: Is replaced.
        scored: What was answered.

    Raises:
        QueryError: It cannot be written.
    """
    lines = [json.dumps(_line(one)) for one in scored]
    try:
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    except OSError as error:
        raise QueryError(f"{path} cannot be written ({error.strerror}); name another file") from error


def _line(scored: Scored) -> dict[str, object]:
    labelled = scored.labelled
    windows: list[list[float | str]] = []
    for one in scored.predictions:
        elsewhere = [one.recording] if one.recording != labelled.recording else []
        windows.append([one.span.start_s, one.span.end_s, one.confidence, *elsewhere])
    return {
        "qid": labelled.query_id,
        "query": labelled.text,
        "vid": labelled.recording,
        "pred_relevant_windows": windows,
    }


def _predictions(record: Record, labelled: LabelledQuery | None) -> tuple[Prediction, ...]:
    windows = record.values.get("pred_relevant_windows")
    if not isinstance(windows, list):
        raise record.error("pred_relevant_windows", "it is no list", "write [start, end, score] for each moment")
    home = labelled.recording if labelled is not None else None
    predictions = []
    for number, window in enumerate(windows):
        field = f"pred_relevant_windows[{number}]"
        if not isinstance(window, list) or len(window) not in (3, 4):
            raise record.error(field, "it is not [start, end, score]", "write three numbers")
        values = dict(zip(("start", "end", "score", "recording"), window, strict=False))
        one = Record(record.path, f"{record.where}, {field}", values)
        recording = one.text("recording") if len(window) == 4 else home or ""
        predictions.append(Prediction(recording, one.span("start", "end"), one.number("score")))
    return tuple(predictions)
