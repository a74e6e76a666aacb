from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexers.encoders import load_encoder
from indexers.encoders.open_clip.naming import LocalFile, LocalFolder, Published, Repository, Source, parse
from indexers.encoders.open_clip.prompts import TEMPLATES, prompts, third_person
from indexers.errors import EncoderError
from indexers.types import Modality


@pytest.mark.parametrize(
    ("variant", "source"),
    [
        ("ViT-B-32/laion2b_s34b_b79k", Published("ViT-B-32", "laion2b_s34b_b79k")),
        ("ViT-B-32//models/weights.pt", LocalFile("ViT-B-32", Path("/models/weights.pt"))),
        ("ViT-B-32", Published("ViT-B-32", "")),
        ("hf-hub:laion/CLIP-ViT-B-32", Repository("laion/CLIP-ViT-B-32")),
        ("/models/mine", LocalFolder(Path("/models/mine"))),
    ],
)
def test_what_a_variant_means(variant: str, source: Source) -> None:
    parsed = parse(variant)
    assert parsed.source == source
    assert parsed.resize is None
    assert parsed.name == f"open-clip:{variant}"


def test_a_home_is_known_by_its_sign(home: Path) -> None:
    assert parse("ViT-B-32/~/weights.pt").source == LocalFile("ViT-B-32", home / "weights.pt")


def test_the_resizing_can_be_chosen_and_is_part_of_the_name() -> None:
    parsed = parse("ViT-B-32/openai?resize=longest")
    assert parsed.source == Published("ViT-B-32", "openai")
    assert parsed.resize == "longest"
    assert parsed.name == "open-clip:ViT-B-32/openai?resize=longest"


@pytest.mark.parametrize(
    ("variant", "sentence"),
    [
        ("", "the encoder open-clip needs a model and its weights; name them: open-clip:ViT-B-32/laion2b_s34b_b79k"),
        ("hf-hub:laion", "open-clip:hf-hub:laion names no repository; write open-clip:hf-hub:OWNER/NAME"),
        (
            "ViT-B-32/weights.pt",
            "open-clip:ViT-B-32/weights.pt names no weights; write the file's whole path: open-clip:ViT-B-32//PATH",
        ),
        ("ViT-B-32/openai?crop=1", "the encoder open-clip has no option 'crop'; it has resize"),
        (
            "ViT-B-32/openai?resize=big",
            "the encoder open-clip cannot resize by 'big'; it can by shortest, longest, squash",
        ),
    ],
)
def test_what_is_written_otherwise_is_refused_in_a_sentence(variant: str, sentence: str) -> None:
    with pytest.raises(EncoderError) as raised:
        parse(variant)
    assert str(raised.value) == sentence


@given(st.text(max_size=40))
def test_any_text_is_a_variant_or_refused(text: str) -> None:
    try:
        parsed = parse(text)
    except EncoderError:
        return
    assert parsed.text == text
    assert parsed.name.endswith(text)


def test_it_is_an_encoder_of_pictures_alone() -> None:
    with pytest.raises(EncoderError, match="open-clip has nothing for audio; it does visual"):
        load_encoder("open-clip:ViT-B-32/openai", Modality.AUDIO)


@pytest.mark.parametrize(
    ("text", "caption"),
    [
        ("I am washing my hands", "a person is washing the hands"),
        ("where did I put my keys", "where did a person put the keys"),
        ("a man talks to me", "a man talks to a person"),
        ("opening the  fridge", "opening the fridge"),
        ("I'm cutting our bread", "a person is cutting the bread"),
        ("an iron on a US flag", "an iron on a US flag"),
    ],
)
def test_a_caption_is_in_the_third_person(text: str, caption: str) -> None:
    assert third_person(text) == caption


@given(st.text(max_size=60))
def test_every_prompt_holds_the_caption(text: str) -> None:
    made = prompts(text)
    assert len(made) == len(TEMPLATES)
    assert made[0] == third_person(text)
    assert all(third_person(text) in prompt for prompt in made)
    assert third_person(third_person(text)) == third_person(text)
