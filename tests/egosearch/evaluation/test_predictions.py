"""Predictions in QVHighlights' format: anybody's are scored alike, and what we write is what we measured."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from egosearch.errors import QueryError
from egosearch.evaluation.annotations import AnnotationError
from egosearch.evaluation.predictions import Predictions, read_predictions, write_predictions
from egosearch.evaluation.scoring import Prediction, score
from indexers.types import Span
from tests.egosearch.evaluation.build import annotations, labelled, scored

RAIN = labelled(3, ("a", 10, 20), text="rain", recording="a")
BELL = labelled("x_2", ("b", 1, 2), text="a bell", recording="b")
ANYWHERE = labelled(9, ("a", 10, 20), ("b", 1, 2), text="a cup")
QUERIES = annotations(RAIN, BELL)


def read(tmp_path: Path, *lines: object) -> Predictions:
    path = tmp_path / "theirs.jsonl"
    path.write_text("\n".join(one if isinstance(one, str) else json.dumps(one) for one in lines), encoding="utf-8")
    return read_predictions(path, QUERIES)


def line(qid: object, *windows: object) -> dict[str, object]:
    return {"qid": qid, "query": "?", "vid": "?", "pred_relevant_windows": list(windows), "pred_saliency_scores": [0.1]}


def test_somebody_s_predictions(tmp_path: Path) -> None:
    found = read(tmp_path, line("x_2", [1, 2, -0.5]), line(3, [10, 20, 0.9], [30, 40, 0.95]), line(77, [0, 1, 1]))
    rain = (Prediction("a", Span(10, 20), 0.9), Prediction("a", Span(30, 40), 0.95))
    assert [one.labelled for one in found.scored] == [RAIN, BELL]
    assert found.scored[0].predictions == rain, "as listed: the first one is the first"
    assert found.scored[1].predictions == (Prediction("b", Span(1, 2), -0.5),)
    assert (found.unanswered, found.unknown) == (0, 1)


def test_a_query_without_a_line_counts_as_not_answered(tmp_path: Path) -> None:
    found = read(tmp_path, line("3", [10, 20, 0.9]))
    assert found.unanswered == 1
    ranking = score(found.scored, limit=10, threshold=0.4).ranking
    assert ranking is not None
    assert (ranking.n, ranking.mean_iou) == (2, 0.5)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([line(77, [0, 1, 1])], r"theirs.jsonl, qid: no line is for a query of the annotations; name the ones"),
        (
            [line(3, [0, 1])],
            r"line 1, pred_relevant_windows\[0\]: it is not \[start, end, score\]; write three numbers",
        ),
        ([line(3, [0, 1, "x"])], r'line 1, pred_relevant_windows\[0\], score: "x" is not a number'),
        ([line(3, [2, 1, 0.5])], r"line 1, pred_relevant_windows\[0\], start and end: a span from 2 to 1 s"),
        ([{"qid": 3}], r"line 1, pred_relevant_windows: it is no list"),
        ([line(3), line("3")], r"line 2, qid: 3 is at line 1 already"),
        (["{"], r"line 1: it is no JSON"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, lines: list[object], message: str) -> None:
    with pytest.raises(AnnotationError, match=message):
        read(tmp_path, *lines)


SPANS = st.tuples(st.floats(0, 1e5), st.floats(0.001, 100)).map(lambda one: (one[0], one[0] + one[1]))
FOUND = st.lists(st.tuples(st.sampled_from("ab"), SPANS, st.floats(0, 1)), max_size=12)


@given(st.tuples(FOUND, FOUND, FOUND))
def test_what_is_written_reads_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, answers: tuple[list[tuple[str, tuple[float, float], float]], ...]
) -> None:
    queries = (RAIN, BELL, ANYWHERE)
    given_answers = [
        scored(query, *((name, *span, sure) for name, span, sure in found))
        for query, found in zip(queries, answers, strict=True)
    ]
    path = tmp_path_factory.getbasetemp() / "ours.jsonl"
    write_predictions(path, given_answers)
    assert list(read_predictions(path, annotations(*queries)).scored) == given_answers


def test_what_is_written_is_what_the_evaluator_takes(tmp_path: Path) -> None:
    write_predictions(tmp_path / "ours.jsonl", [scored(RAIN, ("a", 10, 20.5, 0.9)), scored(ANYWHERE, ("a", 1, 2, 0.5))])
    first, second = (json.loads(text) for text in (tmp_path / "ours.jsonl").read_text().splitlines())
    assert first == {"qid": 3, "query": "rain", "vid": "a", "pred_relevant_windows": [[10, 20.5, 0.9]]}
    assert second["pred_relevant_windows"] == [[1, 2, 0.5, "a"]], "the recording, where the query names none"


def test_where_nothing_can_be_written(tmp_path: Path) -> None:
    with pytest.raises(QueryError, match=r"cannot be written \(.*\); name another file"):
        write_predictions(tmp_path / "none" / "ours.jsonl", [])
