"""Composed queries through the library: examples, what must not be there, what follows, weights, filters, marks."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, time
from pathlib import Path

import pytest
from PIL import Image

from egosearch.errors import QueryError
from egosearch.library import Library
from egosearch.query.confidence import confidence
from egosearch.query.engine import MAX_TEXT
from egosearch.types import IndexOptions, Moment, Place, Query, Where
from indexers.types import Modality
from tests.media import BLUE, GREEN, RED, YELLOW, RecordingOptions, Tone, make_recording

WHISTLE_HZ, LOW_HZ = 2500, 200
DAY = {"creation_time": "2026-11-20T18:00:00Z"}
CHANCE = 0.2
"""Scores below it are no more: what is not there at all has 0 of these encoders."""
FRAGMENT = RecordingOptions(seconds=2, colours=(), tones=(Tone(0, 2, WHISTLE_HZ),))


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """Two films of a minute.

    first.mp4: a whistle at 10 s, blue from 14 to 18, a low tone at 40, blue from 50 to 54 with a whistle at 51.
    second.mp4: blue from 5 to 9, a whistle at 30, green from 40 to 44.
    """
    folder = tmp_path_factory.mktemp("films")
    first = RecordingOptions(
        seconds=60,
        colours=(*[RED] * 14, *[BLUE] * 4, *[RED] * 32, *[BLUE] * 4, *[RED] * 6),
        tones=(Tone(10, 11, WHISTLE_HZ), Tone(40, 41, LOW_HZ), Tone(51, 52, WHISTLE_HZ)),
        metadata=DAY,
    )
    second = RecordingOptions(
        seconds=60,
        colours=(*[YELLOW] * 5, *[BLUE] * 4, *[YELLOW] * 31, *[GREEN] * 4, *[YELLOW] * 16),
        tones=(Tone(30, 31, WHISTLE_HZ),),
        metadata={"creation_time": "2026-11-21T09:00:00Z"},
    )
    paths = [make_recording(folder / "first.mp4", first), make_recording(folder / "second.mp4", second)]
    with Library.open(folder / "library") as library:
        library.index(paths, options=IndexOptions(encoders={Modality.AUDIO: "toy", Modality.VISUAL: "toy"}, jobs=1))
        for one in library.recordings():
            library.set_time_zone(one.recording_id, "UTC")
        yield library


@pytest.fixture
def whistle(tmp_path: Path) -> Path:
    return make_recording(tmp_path / "whistle.m4a", FRAGMENT)


@pytest.fixture
def green(tmp_path: Path) -> Path:
    Image.new("RGB", (64, 48), GREEN).save(tmp_path / "green.png")
    return tmp_path / "green.png"


def starts(moments: list[Moment] | tuple[Moment, ...]) -> list[tuple[str, int]]:
    """Return where the moments begin that are there at all; pictures of one colour are never trusted much."""
    return [(one.path.stem, round(one.span.start_s)) for one in moments if one.evidence[0].score > CHANCE]


# Examples


def test_a_picture_finds_what_it_shows(films: Library, green: Path) -> None:
    answer = films.answer(Query(image=green, min_confidence=0))
    assert starts(answer.moments)[0] == ("second", 40)
    assert {one.modality for moment in answer.moments for one in moment.evidence} == {Modality.VISUAL}


def test_a_sound_finds_what_sounds_so_in_a_sound_file_and_in_a_video(films: Library, whistle: Path) -> None:
    for sound in (whistle, make_recording(whistle.with_name("video.mp4"), replace(FRAGMENT, colours=(RED,)))):
        best = films.search(sound=sound, min_confidence=0, limit=3)
        assert set(starts(best)) == {("first", 10), ("first", 51), ("second", 30)}


def test_the_middle_of_a_video_is_a_picture(films: Library, tmp_path: Path) -> None:
    video = make_recording(tmp_path / "video.mp4", RecordingOptions(seconds=3, colours=(RED, GREEN, RED)))
    assert starts(films.search(image=video, limit=1, min_confidence=0)) == [("second", 40)]


def test_words_and_a_picture_and_a_sound_are_asked_together(films: Library, green: Path, whistle: Path) -> None:
    (best, *_) = films.search("blue", sound=whistle, min_confidence=0)
    assert starts([best]) in ([("first", 50)], [("first", 51)], [("first", 10)])
    assert {one.modality for one in best.evidence} == {Modality.AUDIO, Modality.VISUAL}
    seen = films.search("blue", image=green, min_confidence=0, modalities=["visual"], limit=6)
    assert {("second", 40), ("second", 5), ("first", 14), ("first", 50)} <= set(starts(seen))


@pytest.mark.parametrize(
    ("name", "asked", "message"),
    [
        ("none.png", "image", "no such file; check the path"),
        ("none.wav", "sound", "no such file; check the path"),
        ("text.txt", "image", "not a media file|is text"),
        ("mute.mp4", "sound", "it has no sound; name a file with a sound"),
        ("tone.m4a", "image", "it has no picture; name a picture"),
        ("broken.png", "image", "it is damaged"),
    ],
)
def test_an_example_that_cannot_be_used_is_refused(
    films: Library, tmp_path: Path, name: str, asked: str, message: str
) -> None:
    (tmp_path / "text.txt").write_text("no picture " * 100, encoding="utf-8")
    make_recording(tmp_path / "mute.mp4", RecordingOptions(has_audio=False))
    make_recording(tmp_path / "tone.m4a", FRAGMENT)
    whole = tmp_path / "whole.png"
    Image.effect_noise((64, 64), 50).save(whole)
    (tmp_path / "broken.png").write_bytes(whole.read_bytes()[:500])
    path = tmp_path / name
    with pytest.raises(QueryError, match=message) as caught:
        films.answer(Query(image=path) if asked == "image" else Query(sound=path))
    assert "\n" not in str(caught.value)


def test_a_picture_asks_nothing_of_the_ear(films: Library, green: Path, whistle: Path) -> None:
    with pytest.raises(QueryError, match="a picture asks nothing of the ear, and no visual is searched here"):
        films.answer(Query(image=green, modalities=frozenset({Modality.AUDIO})))
    with pytest.raises(QueryError, match="a sound asks nothing of the eye"):
        films.answer(Query(sound=whistle, modalities=frozenset({Modality.VISUAL})))


# More like this


def place(films: Library, name: str, time_s: float) -> Place:
    return Place(films.find(name).recording_id, time_s)


def test_more_like_a_moment_by_ear(films: Library) -> None:
    moments = films.similar(place(films, "first", 10.5), modalities=["audio"], min_confidence=0, limit=2)
    assert set(starts(moments)) == {("first", 51), ("second", 30)}


def test_more_like_a_moment_by_eye(films: Library) -> None:
    moments = films.similar(place(films, "first", 16), modalities=["visual"], min_confidence=0, limit=2)
    assert set(starts(moments)) == {("first", 50), ("second", 5)}


def test_a_moment_can_be_handed_back(films: Library) -> None:
    (best, *_) = films.search("a whistle", modalities=["audio"], min_confidence=0, limit=1)
    others = films.similar(best, modalities=["audio"], min_confidence=0, limit=2)
    assert {*starts(others), *starts([best])} == {("first", 10), ("first", 51), ("second", 30)}


def test_a_silent_place_asks_nothing_of_the_ear(films: Library) -> None:
    (best, *_) = films.similar(place(films, "second", 7), min_confidence=0, limit=1)
    assert starts([best])[0] in {("first", 14), ("first", 50)}
    assert best.evidence[0].modality is Modality.VISUAL


def test_the_example_is_not_among_its_answers(films: Library) -> None:
    for time_s in (10.5, 16.0, 51.5):
        example = place(films, "first", time_s)
        for moment in films.similar(example, min_confidence=0):
            is_there = moment.recording_id == example.recording_id
            assert not (is_there and moment.span.start_s <= time_s < moment.span.end_s)


@pytest.mark.parametrize(
    ("time_s", "message"), [(99.0, "goes from 0 to 60"), (-1.0, "is not in it"), (1e400, "a time")]
)
def test_a_place_that_is_not_there_is_refused(films: Library, time_s: float, message: str) -> None:
    with pytest.raises(QueryError, match=message):
        films.similar(place(films, "first", time_s))


def test_a_place_of_an_unknown_recording_is_refused(films: Library) -> None:
    with pytest.raises(QueryError, match="no recording has the id 'nope'; `egosearch recordings` lists them"):
        films.similar(Place("nope", 1.0))


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


def test_curves_of_an_example(films: Library, green: Path) -> None:
    second = films.find("second")
    curves = films.curves(Query(image=green), second.recording_id)
    assert set(curves) == {"visual", "fused"}
    assert 40 <= curves["visual"].times_s[curves["visual"].scores.index(max(curves["visual"].scores))] <= 44
