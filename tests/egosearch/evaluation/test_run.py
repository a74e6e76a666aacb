"""Asking a library: what it is asked, in which ways, and that real answers are scored."""

from dataclasses import fields
from pathlib import Path

import pytest

from egosearch.errors import QueryError
from egosearch.evaluation.annotations import Cut
from egosearch.evaluation.run import EvaluationOptions, Latency, evaluate, latency
from egosearch.evaluation.variants import DEFAULT, OF_SPEECH, ablations
from egosearch.indexing.types import IndexOptions
from egosearch.library import Library
from egosearch.types import Parts, Place
from indexers.types import Modality, Span
from tests.egosearch.evaluation.build import TableLibrary, annotations, labelled, recording
from tests.media import BLUE, GREEN, RED, RecordingOptions, make_recording

BOTH = {Modality.AUDIO: "toy", Modality.VISUAL: "toy"}
HELD = [recording("/films/kitchen.mp4"), recording("/films/hall.mp4")]
TABLE = {
    "a bell": [("/films/hall.mp4", 1.0, 2.0, 0.9), ("/films/kitchen.mp4", 10.0, 20.0, 0.8)],
    "a cup": [("/films/kitchen.mp4", 50.0, 60.0, 0.7)],
}
BELL = labelled(1, ("kitchen", 10, 20), text="a bell", recording="kitchen")
CUP = labelled(2, ("kitchen.mp4", 55, 60), text="a cup", recording="kitchen.mp4")


def test_by_default_each_query_is_asked_of_its_recording_with_nothing_held_back() -> None:
    library = TableLibrary(HELD, TABLE)
    done = evaluate(library, annotations(BELL, CUP))
    assert [query.text for query, _ in library.asked] == ["a bell", "a cup"]
    query, parts = library.asked[0]
    assert (query.limit, query.min_confidence, query.fusion, query.session) == (10, 0, "calibrated", None)
    assert parts == Parts(notes=False)
    (result,) = done.results
    assert result.figures.ranking is not None
    assert result.figures.ranking.recall[1, 0.5] == 1, "an overlap of half is enough"
    assert result.figures.ranking.recall[1, 0.7] == 0.5


def test_in_the_whole_library_the_recording_has_to_be_right() -> None:
    done = evaluate(TableLibrary(HELD, TABLE), annotations(BELL), EvaluationOptions(scope="library"))
    ranking = done.results[0].figures.ranking
    assert ranking is not None
    assert (ranking.recall[1, 0.3], ranking.recall[5, 0.3]) == (0, 1)
    assert [one.recording for one in done.scored[0].predictions] == ["hall.mp4", "kitchen"]


def test_ablations_switch_off_each_part_and_each_sense() -> None:
    library = TableLibrary(HELD, TABLE, BOTH)
    done = evaluate(library, annotations(BELL), EvaluationOptions(has_ablations=True))
    off = [one.name for one in fields(Parts) if one.name not in (*OF_SPEECH, "notes")]
    names = ["default", *(f"no {name}" for name in off), "audio only", "visual only", "rrf"]
    assert [result.variant.name for result in done.results] == names
    by_name = dict(zip(names, library.asked, strict=True))
    for name in off:
        asked = by_name[f"no {name}"][1]
        assert [one.name for one in fields(Parts) if not getattr(asked, one.name)] == [name, "notes"]
    assert by_name["audio only"][0].modalities == frozenset({Modality.AUDIO})
    assert by_name["rrf"][0].fusion == "rrf"
    assert done.latency.n == 0, "only the default is timed"


def test_another_encoder_is_asked_in_every_way() -> None:
    library, chosen = TableLibrary(HELD, TABLE, BOTH), {Modality.VISUAL: "other"}
    done = evaluate(library, annotations(BELL), EvaluationOptions(has_ablations=True, encoders=chosen))
    assert done.results[0].variant.name == "visual=other"
    assert [query.encoders for query, _ in library.asked] == [chosen] * len(done.results)


def test_encoders_are_compared_in_every_combination() -> None:
    library = TableLibrary(HELD, TABLE, BOTH)
    compared = {Modality.AUDIO: ["a", "b"], Modality.VISUAL: ["c", "d"]}
    done = evaluate(library, annotations(BELL, CUP), EvaluationOptions(compared=compared))
    names = [f"audio={heard}, visual={seen}" for heard in "ab" for seen in "cd"]
    assert [result.variant.name for result in done.results] == names
    assert [query.encoders[Modality.AUDIO] for query, _ in library.asked] == ["a"] * 4 + ["b"] * 4
    assert [result.latency.n for result in done.results if result.latency] == [1] * 4
    assert len(done.scored) == 2, "of the first"


def test_one_sense_alone_is_the_default() -> None:
    assert not [one for one in ablations({Modality.AUDIO}) if one.modalities]
    assert ablations(set())[0] == DEFAULT


def test_progress_counts_every_answer() -> None:
    told: list[tuple[int, int]] = []
    evaluate(
        TableLibrary(HELD, TABLE), annotations(BELL, CUP), on_progress=lambda done, total: told.append((done, total))
    )
    assert told == [(1, 2), (2, 2)]


def test_of_a_whole_video_moments_beside_the_annotated_part_are_passed_over() -> None:
    found = [("/films/kitchen.mp4", float(i), i + 1.0, 0.9) for i in range(50)]
    query = labelled(1, ("kitchen", 40, 41), text="a bell", recording="kitchen", cut=Cut("clip", Span(39.5, 60)))
    done = evaluate(TableLibrary(HELD, {"a bell": found}), annotations(query), EvaluationOptions(limit=5))
    spans = [one.span for one in done.scored[0].predictions]
    assert spans == [Span(i, i + 1) for i in range(39, 44)], "the first has its middle at the very beginning"


def test_a_clip_s_answers_are_in_the_video_s_time() -> None:
    query = labelled(1, ("video", 110, 112), text="a bell", recording="video", cut=Cut("clip", Span(100, 200)))
    library = TableLibrary([recording("/clips/clip.mp4")], {"a bell": [("/clips/clip.mp4", 10.0, 12.0, 0.9)]})
    done = evaluate(library, annotations(query))
    (prediction,) = done.scored[0].predictions
    assert (prediction.recording, prediction.span) == ("video", Span(110, 112))
    ranking = done.results[0].figures.ranking
    assert ranking is not None
    assert ranking.mean_iou == 1


def test_a_library_without_the_recordings_is_refused() -> None:
    with pytest.raises(
        QueryError, match=r"none of the 1 recordings that the annotations name is in the library \(attic\)"
    ):
        evaluate(TableLibrary(HELD, TABLE), annotations(labelled(1, ("attic", 1, 2), recording="attic")))
    with pytest.raises(QueryError, match=r"no query can be asked \(1 queries absent from one recording"):
        evaluate(
            TableLibrary(HELD, TABLE),
            annotations(labelled(1, recording="hall")),
            EvaluationOptions(scope="library"),
        )


def test_a_query_that_is_refused_is_named() -> None:
    with pytest.raises(QueryError, match="query 7: the query is not English; ask in English"):
        evaluate(TableLibrary(HELD, TABLE), annotations(labelled(7, ("hall", 1, 2), text="Küche")))


def test_latency_leaves_out_the_first_answer() -> None:
    found = latency([9.0, 0.1, 0.2, 0.3])
    assert (found.n, found.first_s) == (3, 9.0)
    assert found.p50_s == pytest.approx(0.2)
    assert found.p95_s == pytest.approx(0.29)
    assert latency([0.5]) == Latency(0, 0.5, None, None)


def test_a_real_library(library: Library, toy: IndexOptions, tmp_path: Path) -> None:
    colours = (RED, RED, RED, BLUE, BLUE, BLUE, GREEN, GREEN, GREEN)
    film = make_recording(tmp_path / "film.mp4", RecordingOptions(seconds=9, colours=colours))
    library.index([film], options=toy)
    queries = annotations(
        labelled(1, ("film", 3, 6), text="blue", recording="film"),
        labelled(2, ("film", 6, 9), text="green", recording="film"),
    )
    done = evaluate(library, queries, EvaluationOptions(has_ablations=True))
    by_name = {result.variant.name: result.figures.ranking for result in done.results}
    assert by_name["default"] is not None
    assert by_name["default"].recall[1, 0.5] == 1
    assert by_name["visual only"] is not None
    assert by_name["visual only"].recall[1, 0.5] == 1
    assert by_name["audio only"] is not None
    assert by_name["audio only"].mean_iou < by_name["default"].mean_iou
    library.note(Place(library.find("film").recording_id, 0.5), "green")
    again = evaluate(library, queries, EvaluationOptions()).results[0].figures.ranking
    assert again == by_name["default"], "who labels moments may note them too"
