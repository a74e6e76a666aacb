"""What is said in the recordings of a library: kept, read, and written out."""

from pathlib import Path

import pytest

from egosearch.errors import LibraryError
from egosearch.indexing.types import IndexOptions
from egosearch.library import Library
from egosearch.transcripts import as_json, as_srt, as_text
from indexers.types import Modality, Span, Utterance, Word
from tests.media import RecordingOptions, Tone, make_recording

TONES = (Tone(1, 3, 200), Tone(3, 4, 1200), Tone(6, 7, 400))
SPEECH = IndexOptions(encoders={Modality.SPEECH: "toy"}, jobs=1)


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Somebody says "low low high" from 1 to 4 s, and "middle" at 6 s."""
    return make_recording(tmp_path_factory.mktemp("talk") / "talk.mp4", RecordingOptions(seconds=8, tones=TONES))


@pytest.fixture
def transcribed(library: Library, talk: Path) -> Library:
    library.index([talk], options=SPEECH)
    return library


def said(library: Library, within: Span | None = None) -> list[str]:
    return [one.text for one in library.transcript(library.recordings()[0].recording_id, within)]


def test_a_transcript_is_what_the_encoder_wrote(transcribed: Library) -> None:
    first, second = transcribed.transcript(transcribed.recordings()[0].recording_id)
    assert (first.text, second.text) == ("low low high", "middle")
    assert first.span.start_s == pytest.approx(1, abs=0.11)
    assert [word.text for word in first.words] == ["low", "low", "high"]
    assert first.words[2].span.start_s == pytest.approx(3, abs=0.11)
    assert (first.language, first.confidence, first.words[0].probability) == ("en", 1.0, 1.0)


@pytest.mark.parametrize(
    ("span", "expected"),
    [
        (Span(0, 0.5), []),
        (Span(0, 2), ["low low high"]),
        (Span(3.5, 6.5), ["low low high", "middle"]),
        (Span(4.5, float("inf")), ["middle"]),
    ],
)
def test_a_part_of_it_is_what_overlaps(transcribed: Library, span: Span, expected: list[str]) -> None:
    assert said(transcribed, span) == expected


def test_indexing_again_says_nothing_twice(transcribed: Library, talk: Path) -> None:
    transcribed.index([talk], options=SPEECH)
    assert said(transcribed) == ["low low high", "middle"]


def test_removing_a_recording_removes_what_was_said(transcribed: Library, talk: Path) -> None:
    recording_id = transcribed.recordings()[0].recording_id
    transcribed.remove(recording_id)
    with pytest.raises(LibraryError, match="no recording has the id"):
        transcribed.transcript(recording_id)
    transcribed.index([talk], options=SPEECH)
    assert said(transcribed) == ["low low high", "middle"]


def test_where_nobody_speaks_the_transcript_is_empty(library: Library, tmp_path: Path) -> None:
    silent = make_recording(tmp_path / "silent.mp4")
    mute = make_recording(tmp_path / "mute.mp4", RecordingOptions(has_audio=False))
    library.index([silent, mute], options=IndexOptions(encoders=dict.fromkeys(Modality, "toy"), jobs=1))
    assert [library.transcript(one.recording_id) for one in library.recordings()] == [(), ()]


def test_a_library_without_speech_says_how_to_get_it(library: Library, talk: Path, toy: IndexOptions) -> None:
    library.index([talk], options=toy)
    with pytest.raises(LibraryError, match=r"was indexed without speech; `egosearch index --encoder speech=whisper"):
        said(library)
    library.index([talk], options=IndexOptions(encoders={**toy.encoders, Modality.SPEECH: "toy"}, jobs=1))
    assert said(library) == ["low low high", "middle"]


UTTERANCES = (
    Utterance(
        Span(0.0, 1.2345),
        "Hello\nthere --> you.",
        (Word(Span(0.0, 0.51234), "Hello", 0.98765),),
        "en",
        0.87654,
    ),
    Utterance(Span(3661.96, 3663.0), "Bye.", (), "en", 0.5),
)


def test_as_text_an_utterance_is_a_line() -> None:
    assert list(as_text(UTTERANCES)) == ["   0:00.0  Hello there --> you.", "1:01:01.9  Bye."]
    assert list(as_text(())) == []


def test_as_subtitles() -> None:
    assert list(as_srt(UTTERANCES)) == [
        *("1", "00:00:00,000 --> 00:00:01,234", "Hello there -> you.", ""),
        *("2", "01:01:01,960 --> 01:01:03,000", "Bye.", ""),
    ]
    assert list(as_srt(())) == []


def test_as_json_nothing_is_left_out() -> None:
    first, second = as_json(UTTERANCES)
    assert first == {
        "start_s": 0.0,
        "end_s": 1.234,
        "text": "Hello\nthere --> you.",
        "language": "en",
        "confidence": 0.877,
        "words": [{"start_s": 0.0, "end_s": 0.512, "text": "Hello", "probability": 0.988}],
    }
    assert second["words"] == []
