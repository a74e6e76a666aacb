"""Queries by example: a picture, a sound, a place in a recording, through the library."""

from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from egosearch.errors import QueryError
from egosearch.library import Library
from egosearch.types import Place, Query
from indexers.types import Modality
from tests.egosearch.query.two_films import WHISTLE_HZ, films, starts
from tests.media import GREEN, RED, RecordingOptions, Tone, make_recording

__all__ = ["films"]

FRAGMENT = RecordingOptions(seconds=2, colours=(), tones=(Tone(0, 2, WHISTLE_HZ),))


@pytest.fixture
def whistle(tmp_path: Path) -> Path:
    return make_recording(tmp_path / "whistle.m4a", FRAGMENT)


@pytest.fixture
def green(tmp_path: Path) -> Path:
    Image.new("RGB", (64, 48), GREEN).save(tmp_path / "green.png")
    return tmp_path / "green.png"


# Pictures and sounds


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


def test_curves_of_an_example(films: Library, green: Path) -> None:
    second = films.find("second")
    curves = films.curves(Query(image=green), second.recording_id)
    assert set(curves) == {"visual", "fused"}
    assert 40 <= curves["visual"].times_s[curves["visual"].scores.index(max(curves["visual"].scores))] <= 44


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
