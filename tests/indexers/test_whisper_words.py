"""What is made of a recogniser's words, and how its models are named; the recogniser itself is in tests/encoders."""

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexers.encoders import load_encoder
from indexers.encoders.whisper.doubts import Certainty, goes_in_circles, is_believable
from indexers.encoders.whisper.naming import NEEDED, find_model, parse
from indexers.encoders.whisper.utterances import LONGEST_S, PAUSE_S, utterances
from indexers.errors import EncoderError
from indexers.types import Modality, Span, Word


def spoken(
    text: str, *, start_s: float = 0.0, word_s: float = 0.4, pauses: dict[int, float] | None = None
) -> list[Word]:
    """Say the words of a text one after the other; `pauses` are seconds before the word of a number."""
    words = []
    for i, word in enumerate(text.split()):
        start_s += (pauses or {}).get(i, 0.0)
        words.append(Word(Span(start_s, start_s + word_s), word, 0.9))
        start_s += word_s
    return words


def texts(words: list[Word], language: str = "en") -> list[str]:
    return [one.text for one in utterances(words, language)]


def test_a_sentence_is_an_utterance() -> None:
    words = spoken("We are late for the train. Where did you put the car keys?")
    assert texts(words) == ["We are late for the train.", "Where did you put the car keys?"]
    one, other = utterances(words, "en")
    assert one.span.end_s == other.span.start_s == pytest.approx(2.4)
    assert one.words == tuple(words[:6])
    assert one.language == "en"
    assert one.confidence == pytest.approx(0.9)


def test_a_full_stop_soon_after_the_start_ends_nothing_unless_a_breath_follows() -> None:
    assert texts(spoken("Mr. Smith is here")) == ["Mr. Smith is here"]
    assert texts(spoken("Yes. I will come", pauses={1: 0.4})) == ["Yes.", "I will come"]


def test_a_pause_is_an_end() -> None:
    assert texts(spoken("turn left here now stop", pauses={4: PAUSE_S})) == ["turn left here now", "stop"]
    assert texts(spoken("turn left here now stop", pauses={4: PAUSE_S / 2})) == ["turn left here now stop"]


def test_a_long_sentence_is_cut_at_its_last_comma() -> None:
    words = ["word"] * 80
    words[29] = "comma,"
    first, second, *_ = utterances(spoken(" ".join(words)), "en")
    assert first.text.endswith("comma,")
    assert len(first.words) == 30
    assert len(second.words) == int(LONGEST_S / 0.4)


def test_some_languages_have_no_spaces() -> None:
    assert texts(spoken("今日 は 雨")) == ["今日 は 雨"]
    assert texts(spoken("今日 は 雨"), "ja") == ["今日は雨"]


@given(st.lists(st.tuples(st.floats(0, 3), st.floats(0, 2), st.sampled_from(["a", "b.", "c,", "d?"])), max_size=80))
def test_no_word_is_lost_and_none_is_long(steps: list[tuple[float, float, str]]) -> None:
    words, at = [], 0.0
    for gap_s, length_s, text in steps:
        words.append(Word(Span(at + gap_s, at + gap_s + length_s), text, 0.5))
        at += gap_s + length_s
    made = utterances(words, "en")
    assert [word for one in made for word in one.words] == words
    assert all(one.span.duration_s <= LONGEST_S + 1e-6 for one in made)
    assert all(one.span.end_s <= other.span.start_s for one, other in pairwise(made))


@pytest.mark.parametrize(
    "text", ["the eyes, " * 9, "my dear sir, " * 4, "and so we go up and up and up and up and up and up", "no " * 4]
)
def test_text_that_goes_in_circles(text: str) -> None:
    assert goes_in_circles(text.split())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no no no",
        "no no no it is over there by the door",
        "I said that that was that",
        "one two three four five six",
    ],
)
def test_text_that_goes_on(text: str) -> None:
    assert not goes_in_circles(text.split())


CLEAR = Certainty(log_probability=-0.3, no_speech=0.1, compression=1.4, words=0.9)


def test_clear_speech_is_believed_and_what_was_made_up_is_not() -> None:
    words = ["where", "did", "you", "put", "the", "keys"]
    assert is_believable(CLEAR, words)
    assert is_believable(CLEAR, ["Stop."])
    assert not is_believable(CLEAR, [])
    assert not is_believable(Certainty(-0.3, 0.7, 1.4, 0.9), words)  # music with a voice in it, somewhere
    assert not is_believable(Certainty(-0.1, 0.1, 14.0, 0.9), words)
    assert not is_believable(CLEAR, ["Bye."] * 5)


def test_the_shorter_the_surer_it_must_be() -> None:
    doubtful = Certainty(log_probability=-0.7, no_speech=0.3, compression=0.6, words=0.4)
    assert is_believable(doubtful, ["where", "did", "you", "put", "the", "keys"])
    assert not is_believable(doubtful, ["Thank", "you."])


def test_names_of_models() -> None:
    assert (parse("tiny.en").model, parse("tiny.en").language, parse("tiny.en").name) == (
        "tiny.en",
        None,
        "whisper:tiny.en",
    )
    german = parse("small?language=de")
    assert (german.model, german.language, german.name) == ("small", "de", "whisper:small?language=de")
    assert parse("Systran/faster-whisper-small").model == "Systran/faster-whisper-small"
    assert parse("/models/mine?language=fr").model == "/models/mine"


@pytest.mark.parametrize(
    ("variant", "message"),
    [
        ("", "needs a model, and '' is none; name a size, such as whisper:tiny.en"),
        ("../../etc", "needs a model"),
        ("a/b/c", "needs a model"),
        ("small?beam=9", "no option 'beam'; it has language"),
        ("small?language=german", "'german' is not a language; write its code"),
        ("small?", None),
        ("tiny.en?language=de", "knows English only, not 'de'; leave the option out, or take the model tiny"),
    ],
)
def test_names_that_are_none_say_why(variant: str, message: str | None) -> None:
    if message is None:
        assert parse(variant).language is None
        return
    with pytest.raises(EncoderError, match=message):
        parse(variant)


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EGOSEARCH_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hub"))
    return tmp_path


def put(folder: Path, *names: str) -> Path:
    folder.mkdir(parents=True)
    for name in names:
        (folder / name).write_bytes(b"{}")
    return folder


def test_models_are_found_where_they_were_put(models: Path) -> None:
    assert find_model(parse(f"{put(models / 'mine', *NEEDED)}?language=de")) == models / "mine"
    cached = models / "hub" / "hub" / "models--Systran--faster-whisper-base"
    put(cached / "refs", "x")
    (cached / "refs" / "main").write_text("abc\n")
    put(cached / "snapshots" / "abc", *NEEDED)
    assert find_model(parse("base")) == cached / "snapshots" / "abc"
    assert find_model(parse("Systran/faster-whisper-base")) == find_model(parse("base"))
    put(models / "models" / "whisper" / "base", *NEEDED)
    assert find_model(parse("base")) == models / "models" / "whisper" / "base"


def test_a_model_that_is_not_there_says_how_to_get_it(models: Path) -> None:
    put(models / "models" / "whisper" / "small", "model.bin")  # half a model is none
    with pytest.raises(
        EncoderError, match="whisper:small is not on this machine; `egosearch models pull whisper:small`"
    ):
        find_model(parse("small"))
    with pytest.raises(EncoderError, match=r"mine lacks config.json, tokenizer.json; name a folder"):
        find_model(parse(str(put(models / "mine", "model.bin"))))
    with pytest.raises(EncoderError, match="models pull whisper:small"):
        load_encoder("whisper:small", Modality.SPEECH).space  # noqa: B018 - reading it is what fails


def test_it_does_speech_only() -> None:
    with pytest.raises(EncoderError, match="whisper has nothing for audio; it does speech"):
        load_encoder("whisper:tiny.en", Modality.AUDIO)
