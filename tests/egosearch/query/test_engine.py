"""Queries through the library, over recordings of colours and tones whose answers a reader can tell."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from egosearch.errors import QueryError
from egosearch.indexing.types import IndexOptions
from egosearch.library import Library
from egosearch.query.engine import MAX_TEXT
from egosearch.query.intervals import temporal_iou
from egosearch.types import Moment, Query, Where
from indexers.types import Modality
from tests.media import BLUE, GREEN, RED, YELLOW, RecordingOptions, Tone, make_recording

WHISTLE_HZ, LOW_HZ = 2500, 200


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """Two films: a whistle at 10 s and blue from 12 s in one; a lonely whistle and a lonely blue in the other."""
    folder = tmp_path_factory.mktemp("films")
    both = RecordingOptions(
        seconds=30, colours=(*[RED] * 12, *[BLUE] * 6, *[GREEN] * 12), tones=(Tone(10, 11, WHISTLE_HZ),)
    )
    apart = RecordingOptions(
        seconds=40, colours=(*[BLUE] * 6, *[YELLOW] * 34), tones=(Tone(30, 31, WHISTLE_HZ), Tone(20, 21.5, LOW_HZ))
    )
    paths = [make_recording(folder / "both.mp4", both), make_recording(folder / "apart.mp4", apart)]
    with Library.open(folder / "library") as library:
        library.index(paths, options=IndexOptions(encoders={Modality.AUDIO: "toy", Modality.VISUAL: "toy"}, jobs=1))
        yield library


def iou(moment: Moment, start_s: float, end_s: float) -> float:
    return temporal_iou(moment.span.start_s, moment.span.end_s, start_s, end_s)


def test_a_sound_is_found_with_its_edges(films: Library) -> None:
    (best, *_) = films.search("a low tone", min_confidence=0)
    assert best.path.name == "apart.mp4"
    assert best.span.start_s == pytest.approx(20, abs=0.1)
    assert best.span.end_s == pytest.approx(21.5, abs=0.1)
    assert best.evidence[0].modality is Modality.AUDIO
    assert best.evidence[0].words[0] == "low"


def test_a_sight_is_found(films: Library) -> None:
    (best, *_) = films.search("something green", min_confidence=0)
    assert best.path.name == "both.mp4"
    assert iou(best, 18, 30) > 0.8


def test_sound_and_sight_together_beat_either_alone_and_tell_the_lag(films: Library) -> None:
    (best, *_) = films.search("a whistle, then blue", min_confidence=0)
    assert best.path.name == "both.mp4"
    assert best.span.start_s == pytest.approx(10, abs=0.1)
    by_sense = {one.modality: one for one in best.evidence}
    lag_s = by_sense[Modality.VISUAL].span.start_s - by_sense[Modality.AUDIO].span.start_s
    assert lag_s == pytest.approx(2, abs=1)
    assert best.evidence[0].lag_s == 0
    assert abs(best.evidence[1].lag_s) == pytest.approx(abs(lag_s), abs=0.01)


def test_what_is_not_there_is_not_answered(films: Library) -> None:
    answer = films.answer(Query("magenta"))
    assert not answer.matched
    assert answer.moments == ()


def test_one_sense_alone(films: Library) -> None:
    for moment in films.search("a whistle, then blue", min_confidence=0, modalities=["visual"]):
        assert [one.modality for one in moment.evidence] == [Modality.VISUAL]


def test_one_recording_alone(films: Library) -> None:
    apart = films.find("apart.mp4")
    query = Query("a whistle", min_confidence=0, where=Where(recording_ids=frozenset({apart.recording_id})))
    (best, *others) = films.answer(query).moments
    assert best.span.start_s == pytest.approx(30, abs=0.1)
    assert all(one.path.name == "apart.mp4" for one in others)


def test_rank_fusion_is_there_to_compare(films: Library) -> None:
    moments = films.search("a low tone", min_confidence=0, fusion="rrf")
    assert {moment.path.name for moment in moments} <= {"both.mp4", "apart.mp4"}
    assert moments[0].score <= 2 / 61


def test_the_limit_holds_and_better_comes_first(films: Library) -> None:
    moments = films.search("a whistle, blue", min_confidence=0, limit=2)
    assert len(moments) == 2
    assert moments[0].score >= moments[1].score


def test_nothing_is_surer_than_what_is_ranked_above_it(films: Library) -> None:
    sure = [moment.confidence for moment in films.search("a whistle, then blue", min_confidence=0)]
    assert len(sure) > 2
    assert sure == sorted(sure, reverse=True)


def test_curves_peak_where_the_moment_is(films: Library) -> None:
    both = films.find("both.mp4")
    curves = films.curves(Query("blue"), both.recording_id)
    assert set(curves) == {"audio", "visual", "fused"}
    seen = curves["visual"]
    peak_s = seen.times_s[seen.scores.index(max(seen.scores))]
    assert 12 <= peak_s <= 18
    assert len(curves["fused"].times_s) == 30


@pytest.mark.parametrize(
    ("query", "message"),
    [
        (Query("  "), "is empty; say what"),
        (Query("x" * (MAX_TEXT + 1)), f"{MAX_TEXT + 1} characters"),
        (Query("blue", limit=0), "at least 1"),
        (Query("blue", min_confidence=1.5), "between 0 and 1"),
        (Query("blue", modalities=frozenset({Modality.SPEECH})), "no speech to search, it has audio, visual"),
    ],
)
def test_what_cannot_be_answered_is_refused(films: Library, query: Query, message: str) -> None:
    with pytest.raises(QueryError, match=message):
        films.answer(query)


def test_the_wall_clock_is_the_moments(tmp_path: Path, library: Library, toy: IndexOptions) -> None:
    options = RecordingOptions(
        seconds=12, colours=(*[RED] * 8, *[BLUE] * 4), metadata={"creation_time": "2026-11-21T08:15:00Z"}
    )
    library.index([make_recording(tmp_path / "clock.mp4", options)], options=toy)
    (best, *_) = library.search("blue", min_confidence=0)
    assert best.recorded_at is not None
    assert best.recorded_at.isoformat().startswith("2026-11-21T08:15:0")
    assert best.recorded_at.second == pytest.approx(8, abs=1)
