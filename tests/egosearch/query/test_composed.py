"""Composed queries through the library: what must not be there, what follows, weights, filters, marks."""

from dataclasses import replace
from datetime import datetime, time

import pytest

from egosearch.errors import QueryError
from egosearch.library import Library
from egosearch.query.confidence import confidence
from egosearch.query.engine import MAX_TEXT
from egosearch.types import Query, Where
from indexers.types import Modality
from tests.egosearch.query.two_films import films, starts

__all__ = ["films"]


# What must not be there


def test_what_must_not_be_there_is_not(films: Library) -> None:
    with_all = films.search("blue", min_confidence=0, modalities=["audio", "visual"], limit=3)
    assert ("first", 50) in starts(with_all)
    moments = films.search("blue", without=["a whistle"], min_confidence=0)
    assert ("first", 50) not in starts(moments)
    assert {("first", 14), ("second", 5)} <= set(starts(moments))


def test_it_lowers_confidence_and_absent_things_change_nothing(films: Library) -> None:
    plain = films.answer(Query("blue", min_confidence=0)).moments
    without_magenta = films.answer(Query("blue", min_confidence=0, without=("magenta",))).moments
    assert [one.confidence for one in without_magenta] == pytest.approx([one.confidence for one in plain])
    refused = films.answer(Query("blue", without=("blue",)))
    assert not refused.matched
    assert all(moment.confidence < 0.1 for moment in refused.near_misses)


def test_the_order_of_what_must_not_be_there_does_not_matter(films: Library) -> None:
    one = Query("a whistle", min_confidence=0, without=("red", "green"))
    assert films.answer(one).moments == films.answer(replace(one, without=("green", "red"))).moments


# What follows


def test_what_follows_is_found_in_order_across_the_senses(films: Library) -> None:
    answer = films.answer(Query("a whistle", then=("blue",), within_s=10, min_confidence=0))
    (best, *_) = answer.moments
    assert starts([best]) == [("first", 10)]
    assert best.span.end_s == pytest.approx(18, abs=1)
    assert [(one.step, one.modality, one.lag_s) for one in best.evidence if one.lag_s == 0] == [
        (0, Modality.AUDIO, 0.0),
        (1, Modality.VISUAL, 0.0),
    ]
    assert "second" not in {name for name, _ in starts(answer.moments)}


def test_the_other_way_round_is_another_question(films: Library) -> None:
    moments = films.search("blue", then=["a whistle"], within_s=25, min_confidence=0)
    assert ("second", 5) in starts(moments)
    assert all(start != ("first", 10) for start in starts(moments))


def test_a_chain_is_never_surer_than_its_weakest_step(films: Library) -> None:
    alone = max(one.confidence for one in films.answer(Query("blue", min_confidence=0)).moments)
    chained = films.answer(Query("a whistle", then=("blue", "a low tone"), within_s=40, min_confidence=0))
    assert chained.moments
    assert all(moment.confidence <= alone for moment in chained.moments)
    for moment in chained.moments:
        leading = {one.step: one for one in reversed(moment.evidence)}
        assert moment.confidence <= min(confidence(one.score) for one in leading.values()) + 1e-9
    assert {one.step for one in chained.moments[0].evidence} == {0, 1, 2}
    assert not films.answer(Query("a whistle", then=("magenta",), within_s=10)).matched


def test_time_is_kept(films: Library) -> None:
    assert starts(films.search("a whistle", then=["green"], within_s=8, min_confidence=0)) == []
    assert starts(films.search("a whistle", then=["green"], within_s=10, min_confidence=0)) == [("second", 30)]


# Weights


def test_weights_decide_between_the_senses(films: Library) -> None:
    heard = films.search("green, low", weights={"audio": 10}, min_confidence=0, limit=1)
    seen = films.search("green, low", weights={"visual": 10}, min_confidence=0, limit=1)
    assert starts(heard) == [("first", 40)]
    assert starts(seen) == [("second", 40)]


def test_only_the_ratio_of_weights_counts(films: Library) -> None:
    doubled = films.search("green, low", weights={"audio": 2, "visual": 6}, min_confidence=0)
    assert films.search("green, low", weights={"audio": 1, "visual": 3}, min_confidence=0) == doubled


def test_a_sense_without_weight_is_not_searched(films: Library) -> None:
    moments = films.search("a whistle, blue", weights={"audio": 0}, min_confidence=0)
    assert {one.modality for moment in moments for one in moment.evidence} == {Modality.VISUAL}


# Filters


def test_only_what_passes_the_filter_answers(films: Library) -> None:
    evening = Where(between=(time(18, 0, 30), time(18, 2)))
    assert starts(films.search("blue", where=evening, min_confidence=0)) == [("first", 50)]
    later = Where(since=datetime(2026, 11, 21))
    assert {name for name, _ in starts(films.search("a whistle", where=later, min_confidence=0))} == {"second"}


def test_a_filter_that_nothing_passes_leaves_nothing(films: Library) -> None:
    answer = films.answer(Query("blue", where=Where(since=datetime(2030, 1, 1)), min_confidence=0))
    assert answer.moments == answer.near_misses == ()


def test_what_a_filter_hides_is_there_all_the_same(films: Library) -> None:
    # Most of the whistle from 51 to 52 s is hidden, and some of the blue before it is not.
    before = Where(until=datetime(2026, 11, 20, 18, 0, 51))
    kept = films.search("blue", where=before, min_confidence=0)
    pushed = films.search("blue", where=before, min_confidence=0, without=["a whistle"])
    assert starts(kept)[0] == ("first", 14)
    assert len(starts(kept)) == 2
    assert starts(pushed) == [("first", 14)]


# Marks


def test_marks_of_the_session_count_and_those_of_others_do_not(films: Library) -> None:
    plain = films.search("A  whistle", min_confidence=0, limit=3)
    films.mark(plain[0], "a whistle", is_right=False, session="mine")
    try:
        again = films.search("a whistle", min_confidence=0, limit=3, session="mine")
        assert starts([plain[0]])[0] not in starts(again)
        assert films.search("a whistle", min_confidence=0, limit=3, session="another") == plain
        films.mark(plain[1], "a whistle", is_right=True, session="mine")
        (best, *_) = films.search("a whistle", session="mine")
        assert starts([best]) == starts([plain[1]])
        assert best.confidence == 1.0
        chained = films.search("a whistle", then=["blue"], within_s=10, session="mine", min_confidence=0)
        assert all(moment.confidence < 1 for moment in chained)
    finally:
        for moment in plain[:2]:
            films.unmark(moment, "a whistle", session="mine")


# Bad input


@pytest.mark.parametrize(
    ("query", "message"),
    [
        (Query(without=("people",)), "the query is empty; say what"),
        (Query("blue", without=("  ",)), r"what must not be there \(--not\) is empty"),
        (Query("blue", without=("x" * 10_000,)), f"has 10000 characters, {MAX_TEXT} are the most"),
        (Query("blue", then=("",), within_s=3), r"what follows \(--then\) is empty"),
        (Query("blue", then=("x" * 10_000,), within_s=3), "10000 characters"),
        (Query("blue", then=("red",)), r"needs a time; say within how many seconds: --within 30"),
        (Query("blue", within_s=3), r"a time \(--within\) needs something that follows"),
        (Query("blue", then=("red",), within_s=0), "nothing follows within 0 s"),
        (Query("blue", then=("red",), within_s=-2), "nothing follows within -2 s"),
        (Query("blue", then=("red",), within_s=float("nan")), "nothing follows within nan s"),
        (Query("blue", weights={Modality.AUDIO: -1}), "the weight of audio is -1"),
        (Query("blue", weights={Modality.SPEECH: 1}), "no speech to weigh, it has audio, visual"),
        (Query("blue", weights={Modality.AUDIO: 0, Modality.VISUAL: 0}), "no sense that is searched has any weight"),
        (
            Query("blue", weights={Modality.AUDIO: 0}, modalities=frozenset({Modality.AUDIO})),
            "no sense that is searched has any weight",
        ),
        (Query("blue", modalities=frozenset()), "no sense is named"),
        (Query("blue", where=Where(recording_ids=frozenset({"nope"}))), "no recording has the id 'nope'"),
        (Query("blue", where=Where(since=datetime(2026, 1, 2), until=datetime(2026, 1, 1))), "nothing lies between"),
    ],
)
def test_what_cannot_be_answered_is_refused_in_a_sentence(films: Library, query: Query, message: str) -> None:
    with pytest.raises(QueryError, match=message) as caught:
        films.answer(query)
    assert "\n" not in str(caught.value)


def test_an_unknown_sense_is_refused(films: Library) -> None:
    with pytest.raises(QueryError, match="the senses are audio, visual, speech"):
        films.search("blue", weights={"smell": 1})
