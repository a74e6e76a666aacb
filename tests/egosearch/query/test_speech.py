"""Speech through the library, over recordings whose tones a reader can tell as words."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from egosearch.errors import QueryError
from egosearch.indexing.types import IndexOptions
from egosearch.library import Library
from egosearch.query.said import AROUND_S, stems_of
from egosearch.query.wanted import Wanted
from egosearch.types import Mark, Moment, Parts, Place, Query, Where
from indexers.types import Modality, Span
from tests.media import BLUE, RED, YELLOW, RecordingOptions, Tone, make_recording

LOW, MIDDLE, HIGH, WHISTLE = 200, 400, 1200, 2500
TALK = RecordingOptions(
    seconds=120,
    colours=(*[RED] * 30, *[BLUE] * 4, *[RED] * 86),
    tones=(
        *(Tone(10, 12, LOW), Tone(12, 13, HIGH)),  # low low high
        *(Tone(20, 21, MIDDLE), Tone(21, 23, WHISTLE)),  # middle whistle whistle
        *(Tone(100, 101, HIGH), Tone(101, 102, LOW)),  # high low
    ),
)
CHAT = RecordingOptions(seconds=60, colours=(*[BLUE] * 5, *[YELLOW] * 55), tones=(Tone(40, 43, MIDDLE),))
SENSES = dict.fromkeys(Modality, "toy")
SPEECH = frozenset({Modality.SPEECH})


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("talks")
    make_recording(made / "talk.mp4", TALK)
    make_recording(made / "chat.mp4", CHAT)
    return made


@pytest.fixture(scope="module")
def talks(folder: Path) -> Iterator[Library]:
    """Blue is seen from 30 to 34 s of talk.mp4, and in the first 5 s of chat.mp4."""
    with Library.open(folder / "library") as library:
        library.index([folder], options=IndexOptions(encoders=SENSES, jobs=1))
        yield library


def said(library: Library, text: str, **asked: object) -> list[Moment]:
    return list(library.answer(Query(text, modalities=SPEECH, min_confidence=0, **asked)).moments)  # type: ignore[arg-type]


def spans(moments: list[Moment]) -> list[tuple[str, int, int]]:
    return [(one.path.stem, round(one.span.start_s), round(one.span.end_s)) for one in moments]


def test_an_utterance_is_found_and_its_words_are_told(talks: Library) -> None:
    (best, *_) = said(talks, "middle whistle")
    assert spans([best]) == [("talk", 20, 23)]
    (evidence,) = best.evidence
    assert evidence.modality is Modality.SPEECH
    assert evidence.words == ("middle whistle whistle",)
    assert [word.text for word in evidence.hits] == ["middle", "whistle", "whistle"]
    assert evidence.hits[0].span.start_s == pytest.approx(20, abs=0.11)


def test_speech_is_one_of_three_senses(talks: Library) -> None:
    (best, *_) = talks.search("blue and whistle", min_confidence=0)
    assert best.path.stem == "talk"
    assert len(best.evidence) == 2
    assert {moment.evidence[0].modality for moment in talks.search("middle", min_confidence=0)} <= set(Modality)
    heavier = talks.search("middle", min_confidence=0, weights={"speech": 1, "audio": 0, "visual": 0})
    assert {one.modality for moment in heavier for one in moment.evidence} == {Modality.SPEECH}


def test_what_must_not_be_said(talks: Library) -> None:
    both = spans(said(talks, "low"))
    assert {one[1] for one in both[:2]} == {10, 100}
    without = said(talks, "middle", without=("whistle",))
    assert spans(without)[0] == ("chat", 40, 43)


def test_what_is_said_next(talks: Library) -> None:
    (best, *_) = said(talks, "low high", then=("whistle",), within_s=20)
    assert spans([best]) == [("talk", 10, 23)]
    assert [one.step for one in best.evidence] == [0, 1]
    assert [word.text for word in best.evidence[1].hits] == ["whistle", "whistle"]
    (crossed, *_) = talks.answer(Query("middle whistle", then=("blue",), within_s=20, min_confidence=0)).moments
    assert spans([crossed]) == [("talk", 20, 34)]
    leading = {one.step: one.modality for one in reversed(crossed.evidence)}
    assert leading[1] is Modality.VISUAL


def test_more_like_what_is_said_somewhere(talks: Library) -> None:
    chat = talks.find("chat.mp4")
    found = talks.similar(Place(chat.recording_id, 41), modalities=["speech"], min_confidence=0)
    assert spans(found)[0] == ("talk", 20, 23)
    assert found[0].evidence[0].hits == ()
    with pytest.raises(QueryError, match="nothing of what is searched is indexed at 20 s"):
        talks.similar(Place(chat.recording_id, 20), modalities=["speech"])


def test_marks_move_what_is_said(talks: Library) -> None:
    first, *_ = said(talks, "low")
    mark = Mark("low", first.recording_id, first.span, False, "s", datetime.now(UTC))
    talks._catalog.add_mark(mark)  # the engine's part of it: what marking does is tested elsewhere
    after = said(talks, "low", session="s")
    talks._catalog.unmark(mark)
    assert spans([first])[0] not in spans(after)


@pytest.mark.parametrize(
    "parts", [Parts(words=False), Parts(meaning=False), Parts(calibration=False), Parts(trust=False)]
)
def test_parts_are_left_out_one_by_one(talks: Library, parts: Parts) -> None:
    query = Query("middle whistle", modalities=SPEECH, min_confidence=0)
    (best, *_) = talks.answer(query, parts=parts).moments
    assert spans([best])[0][1] in {20, 40}


def test_curves_are_there_where_something_is_said(talks: Library) -> None:
    drawn = talks.curves(Query("whistle"), talks.find("talk.mp4").recording_id)["speech"]
    loud = [time_s for time_s, score in zip(drawn.times_s, drawn.scores, strict=True) if score > 0]
    assert loud
    assert all(20 <= time_s <= 23.2 for time_s in loud)


# Only around certain words


def test_only_around_where_words_are_said(talks: Library) -> None:
    blue = frozenset({Modality.VISUAL})
    everywhere = talks.answer(Query("blue", modalities=blue, min_confidence=0)).moments
    assert {one.path.stem for one in everywhere} == {"talk", "chat"}
    for text in ("whistle", "whistles middle", '"middle whistle"'):
        answer = talks.answer(Query("blue", modalities=blue, where=Where(said=text), min_confidence=0))
        assert spans(list(answer.moments)) == [("talk", 30, 34)], text


@pytest.mark.parametrize("text", ['"whistle middle"', "whistle low", "trumpet", '"low high" trumpet', "okay"])
def test_where_words_are_not_said_together_nothing_is_visible(talks: Library, text: str) -> None:
    assert talks.answer(Query("blue", where=Where(said=text), min_confidence=0)).moments == ()


def test_other_filters_hold_as_well(talks: Library) -> None:
    chat = frozenset({talks.find("chat.mp4").recording_id})
    assert not talks.answer(Query("blue", where=Where(said="whistle", recording_ids=chat), min_confidence=0)).moments
    found = talks.answer(Query("yellow", where=Where(said="middle", recording_ids=chat), min_confidence=0)).moments
    assert found
    assert all(one.path.stem == "chat" for one in found)


def test_around_ends_where_the_recording_does(talks: Library) -> None:
    from egosearch.query import said as filter_by_words

    scan = talks._engine(Query("x")).cache.load(talks._catalog)
    (chat,) = filter_by_words.around("middle", scan, talks._catalog)[talks.find("chat.mp4").recording_id]
    assert chat.start_s == pytest.approx(40 - AROUND_S, abs=0.2)
    assert chat.end_s == pytest.approx(60, abs=0.2)


def test_a_library_without_transcripts_says_so(library: Library, folder: Path, toy: IndexOptions) -> None:
    library.index([folder / "chat.mp4"], options=toy)
    with pytest.raises(QueryError, match=r"no transcripts to look for words in \(--said\); `egosearch index"):
        library.answer(Query("blue", where=Where(said="middle")))


@pytest.mark.parametrize("text", ["", "  ", '""', "?!"])
def test_words_that_are_none_are_refused(talks: Library, text: str) -> None:
    with pytest.raises(QueryError, match=r"\(--said\) are empty"):
        talks.answer(Query("blue", where=Where(said=text)))


@pytest.mark.parametrize(
    ("wanted", "text", "is_said"),
    [
        ("projection", "over the Q3 projections before lunch", True),
        ("lunch projecting", "over the Q3 projections before lunch", True),
        ("lunch dinner", "over the Q3 projections before lunch", False),
        ("the third quarter", "over the Q 3 projections", True),
        ('"Q3 projections"', "over the third quarter projections", True),
        ('"projections Q3"', "over the third quarter projections", False),
        ('"Q3 projection"', "over the third quarter projections", False),
        ('lunch "Q3 projections"', "over the Q3 projections before lunch", True),
        ("“the budget”", "The Budget, please", True),
        ("okay", "okay, that is it", True),
        ("okay", "that is it", False),
    ],
)
def test_what_counts_as_said(wanted: str, text: str, *, is_said: bool) -> None:
    assert Wanted.of(wanted).is_in(text) is is_said


@pytest.mark.parametrize("text", ["projections", "three hundred lunches", '"before lunch" projections'])
def test_what_is_looked_up_is_in_every_utterance_that_says_it(text: str) -> None:
    from indexers.lexical import term_weights

    utterance = "over the projections before lunch with three hundred lunches"
    assert Wanted.of(text).is_in(utterance)
    assert set(stems_of(Wanted.of(text))) <= set(term_weights([utterance]).indices.tolist())
    assert stems_of(Wanted.of(text))


def test_spans_of_two_filters() -> None:
    from egosearch.query.said import common

    one = {"a": (Span(0, 10), Span(20, 30)), "b": (Span(0, 5),)}
    other = {"a": (Span(5, 25), Span(29, 40)), "c": (Span(0, 5),)}
    assert common(one, other) == {"a": (Span(5, 10), Span(20, 25), Span(29, 30))}
    assert common(one, {"b": (Span(5, 9),)}) == {}
