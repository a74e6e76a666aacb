"""Moments for people and for programs."""

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from egosearch.cli.answers import answer_as_json, nothing_matches
from egosearch.telling import asked_in_words, why
from egosearch.types import Answer, Evidence, Place, Query
from indexers.types import Modality, Span, Word
from tests.egosearch.cli.fake_library import BEEP, FAINT


def test_the_json_that_other_programs_rely_on() -> None:
    assert answer_as_json(Answer(Query("the timer"), (BEEP,))) == {
        "query": "the timer",
        "matched": True,
        "moments": [
            {
                "recording": "/videos/kitchen.mp4",
                "recording_id": BEEP.recording_id,
                "start_s": 12.5,
                "end_s": 14.4,
                "recorded_at": "2026-11-21T08:15:14+00:00",
                "score": 7.1,
                "confidence": 0.93,
                "evidence": [
                    {
                        "modality": "audio",
                        "start_s": 12.5,
                        "end_s": 13.4,
                        "similarity": 0.81,
                        "score": 6.2,
                        "trust": 0.9,
                        "lag_s": 0.0,
                        "words": ["Alarm clock", "Beep, bleep"],
                        "step": 0,
                    },
                    {
                        "modality": "visual",
                        "start_s": 13.7,
                        "end_s": 14.4,
                        "similarity": 0.4,
                        "score": 2.1,
                        "trust": 0.8,
                        "lag_s": 1.2,
                        "words": ["oven"],
                        "step": 0,
                    },
                ],
            }
        ],
    }


def test_json_of_no_match_has_no_near_misses() -> None:
    answer = Answer(Query("a dog"), (), near_misses=(FAINT,))
    assert answer_as_json(answer) == {"query": "a dog", "matched": False, "moments": []}


def test_json_keeps_the_recorded_time_zone_and_unknown_times() -> None:
    there = replace(BEEP, recorded_at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone(timedelta(hours=2))))
    answer = answer_as_json(Answer(Query("x"), (there, FAINT)))
    assert [moment["recorded_at"] for moment in answer["moments"]] == ["2026-01-02T03:04:05+02:00", None]


def test_why_tells_the_leading_sense_first_and_the_lag_of_the_other() -> None:
    assert why(BEEP) == "heard: Alarm clock, Beep · 1.2 s later seen: oven"


def test_why_says_earlier_and_nothing_for_the_same_time() -> None:
    heard, seen = BEEP.evidence
    assert why(replace(BEEP, evidence=(heard, replace(seen, lag_s=-2.0)))).endswith(" · 2.0 s earlier seen: oven")
    assert why(replace(BEEP, evidence=(heard, replace(seen, lag_s=0.02)))).endswith(" · seen: oven")


def test_why_passes_over_a_sense_that_hardly_counts() -> None:
    heard, seen = BEEP.evidence
    assert why(replace(BEEP, evidence=(heard, replace(seen, score=0.1)))) == "heard: Alarm clock, Beep"


def test_why_tells_the_leading_sense_however_weak() -> None:
    heard, seen = BEEP.evidence
    assert why(replace(BEEP, evidence=(replace(heard, score=0.01), seen))).startswith("heard: Alarm clock, Beep · ")


def test_why_manages_without_words_and_without_evidence() -> None:
    heard = replace(BEEP.evidence[0], words=())
    assert why(replace(BEEP, evidence=(heard,))) == "heard: stands out by 6.2"
    assert why(FAINT) == ""


def test_nothing_matches_tells_of_near_misses_only_where_there_are_any() -> None:
    query = Query("a dog")
    assert "--min-confidence 0" in nothing_matches(Answer(query, (), near_misses=(FAINT,)))
    assert nothing_matches(Answer(query, ())) == "Nothing in this library matches “a dog”."


def test_json_tells_what_else_was_asked_and_only_that() -> None:
    query = Query(
        "the timer",
        image=Path("mug.jpg"),
        like=Place("1f3a", 12.34567),
        without=("music",),
        then=("a door",),
        within_s=30.0,
        weights={Modality.AUDIO: 2.0},
    )
    answer = answer_as_json(Answer(query, ()))
    assert list(answer) == ["query", "asked", "matched", "moments"]
    assert answer["asked"] == {
        "image": "mug.jpg",
        "like": {"recording_id": "1f3a", "time_s": 12.346},
        "without": ["music"],
        "then": ["a door"],
        "within_s": 30.0,
        "weights": {"audio": 2.0},
    }


def test_why_tells_what_follows_step_by_step() -> None:
    heard, seen = BEEP.evidence
    chain = replace(BEEP, evidence=(heard, replace(seen, lag_s=0.0, step=1), replace(heard, lag_s=0.5, step=1)))
    assert why(chain) == "heard: Alarm clock, Beep → seen: oven · 0.5 s later heard: Alarm clock, Beep"
    faint = replace(BEEP, evidence=(heard, replace(seen, lag_s=0.0, score=0.1, step=1)))
    assert why(faint).endswith(" → seen: oven"), "a step is told however faint it is beside the others"


@pytest.mark.parametrize(
    ("query", "words"),
    [
        (Query("the timer"), "“the timer”"),
        (Query(image=Path("some/mug.jpg")), "“mug.jpg”"),
        (Query("the timer", sound=Path("beep.wav")), "“the timer” with “beep.wav”"),
        (Query("the timer", without=("music", "people")), "“the timer” without “music” or “people”"),
        (
            Query("the timer", then=("a door", "steps"), within_s=7.5),
            "“the timer”, then “a door” within 7.5 s, then “steps” within 7.5 s",
        ),
    ],
)
def test_what_was_asked_in_words(query: Query, words: str) -> None:
    assert asked_in_words(query) == words


def test_an_example_of_the_library_is_named_as_it_was_typed() -> None:
    answer = Answer(Query(like=Place("1f3a", 12.0)), ())
    assert nothing_matches(answer, "kitchen.mp4@0:12") == "Nothing in this library matches “kitchen.mp4@0:12”."


SPOKEN = replace(
    BEEP,
    evidence=(
        Evidence(
            Modality.SPEECH,
            Span(12.5, 14.4),
            0.6,
            2.6,
            0.9,
            0.0,
            ("…over the Q3, projections before lunch",),
            hits=(Word(Span(13.0, 13.25), "Q3,", 0.9),),
        ),
        BEEP.evidence[1],
    ),
)


def test_what_is_said_is_quoted_whole() -> None:
    assert why(SPOKEN) == "said: “…over the Q3, projections before lunch” · 1.2 s later seen: oven"


def test_json_of_speech_has_the_words_that_were_asked_for() -> None:
    spoken, seen = answer_as_json(Answer(Query("Q3"), (SPOKEN,)))["moments"][0]["evidence"]
    assert spoken["words"] == ["…over the Q3, projections before lunch"]
    assert spoken["hits"] == [{"text": "Q3,", "start_s": 13.0, "end_s": 13.25}]
    assert "hits" not in seen
