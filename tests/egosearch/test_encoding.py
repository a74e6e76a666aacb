"""Which encoders a run works with, when searches go over to another, and what belongs together."""

from dataclasses import replace

import pytest

from egosearch.coverage import CommittedSlice, Coverage
from egosearch.encoding import configured_with, plan_for, settle
from egosearch.errors import EncoderError
from egosearch.spaces import Kept, summaries
from indexers.encoders import load_encoder
from indexers.lexical import lexical_space
from indexers.types import EmbeddingSpace, Modality
from tests.egosearch.catalog_samples import KITCHEN, WALK

EAR, EYE = (load_encoder("toy", sense).space for sense in (Modality.AUDIO, Modality.VISUAL))
OTHER_EYE = load_encoder("toy:other", Modality.VISUAL).space
OLD_EYE = replace(EYE, weights_digest="old")
SPOKEN = EmbeddingSpace(Modality.SPEECH, "whisper:tiny.en", "0", "none-1", 1.0, 0.1, 4, "dense", "cosine")
SPOKEN_TOO = replace(SPOKEN, model="whisper:small")
BOTH = {Modality.AUDIO: "toy", Modality.VISUAL: "toy"}


def kept(*spaces: EmbeddingSpace, unused: tuple[EmbeddingSpace, ...] = ()) -> Kept:
    return Kept((*spaces, *unused), frozenset(space.id for space in spaces))


def coverage(**slices: int) -> Coverage:
    """Return how many slices of the kitchen and the walk each space has, of those named."""
    spaces = {"eye": EYE, "other": OTHER_EYE, "old": OLD_EYE}
    committed = {}
    for name, n in slices.items():
        recording, _, space = name.partition("_")
        recording_id = {"kitchen": KITCHEN, "walk": WALK}[recording].recording_id
        committed[recording_id, spaces[space].id] = {i: CommittedSlice(i, 300.0, 600) for i in range(n)}
    return Coverage((EYE,), committed)


def names(asked: dict[Modality, str], configured: dict[Modality, str], had: Kept) -> list[tuple[str, str]]:
    plan = plan_for(asked, configured_with(asked, configured, had), had)
    return [(choice.modality.value, choice.name) for choice in plan.encoders]


def test_a_new_library_has_what_is_asked_for_else_what_its_file_says_else_the_usual() -> None:
    said, asked = {Modality.AUDIO: "toy"}, {Modality.VISUAL: "toy"}
    assert names(asked, said, kept()) == [("visual", "toy")]
    assert names({}, said, kept()) == [("audio", "toy")]
    assert names({}, {}, kept()) == [("audio", "concepts"), ("visual", "concepts")]


def test_everything_that_is_kept_is_indexed_and_what_is_asked_for_besides() -> None:
    had = kept(EAR, EYE, unused=(OTHER_EYE,))
    assert names({}, BOTH, had) == [("audio", "toy"), ("visual", "toy"), ("visual", "toy:other")]
    assert names({Modality.VISUAL: "toy:other"}, BOTH, kept(EAR, EYE)) == names({}, BOTH, had)
    assert names({}, BOTH, kept(EAR)) == [("audio", "toy"), ("visual", "toy")], "no pictures had come yet"


def test_versions_of_an_encoder_are_one_today() -> None:
    assert names({}, {Modality.VISUAL: "toy"}, kept(OLD_EYE, unused=(EYE,))) == [("visual", "toy")]


def test_a_sense_keeps_the_encoder_that_searches_use() -> None:
    asked = {Modality.VISUAL: "toy:other"}
    assert configured_with(asked, BOTH, kept(EAR, EYE)) == BOTH
    assert configured_with(asked, {}, kept(EAR, EYE)) == BOTH
    assert configured_with(asked, BOTH, kept(EAR)) == BOTH | asked, "nothing was seen with the other yet"
    said = BOTH | {Modality.VISUAL: "toy:other"}
    assert configured_with({}, said, kept(EAR, EYE)) == said, "somebody edited the file"


def test_an_encoder_that_cannot_be_had() -> None:
    lost = replace(EYE, model="lost:large")
    with pytest.raises(EncoderError, match=r"no encoder 'lost:large'.*until `egosearch spaces drop visual=lost:large`"):
        names({}, BOTH, kept(EAR, EYE, unused=(lost,)))
    with pytest.raises(EncoderError, match=r"no encoder 'lost'; installed are: [^;]*$"):
        names({Modality.VISUAL: "lost"}, BOTH, kept(EAR, EYE))


@pytest.mark.parametrize(
    ("committed", "has_caught_up"),
    [
        ({"kitchen_old": 2, "kitchen_eye": 2}, True),
        ({"kitchen_old": 2, "kitchen_eye": 3}, True),
        ({"kitchen_old": 3, "kitchen_eye": 2}, False),
        ({"kitchen_old": 1, "kitchen_eye": 1, "walk_old": 1}, True),  # its file is away
        ({"kitchen_old": 1, "walk_eye": 1}, False),
    ],
)
def test_searches_go_over_to_a_new_version_once_it_has_caught_up(
    committed: dict[str, int], has_caught_up: bool
) -> None:
    had = kept(EAR, OLD_EYE, unused=(EYE,))
    settled = settle({}, BOTH, had, coverage(**committed), [KITCHEN])
    assert (settled.adopted, settled.behind, settled.beside) == (
        ((EYE,), (), ()) if has_caught_up else ((), (EYE,), ())
    )


def test_what_is_asked_for_is_beside_what_searches_use() -> None:
    had = kept(EAR, EYE, unused=(OTHER_EYE,))
    both = coverage(kitchen_eye=1, kitchen_other=1)
    settled = settle({Modality.VISUAL: "toy:other"}, BOTH, had, both, [KITCHEN])
    assert (settled.adopted, settled.behind, settled.beside) == ((), (), (OTHER_EYE,))
    settled = settle({Modality.VISUAL: "toy:other"}, BOTH, kept(EAR, EYE), both, [KITCHEN])
    assert settled.beside == (), "no slice of it came to be"


def test_the_words_of_what_is_said_go_with_their_transcriber() -> None:
    words, other_words = lexical_space(SPOKEN), lexical_space(SPOKEN_TOO)
    had = kept(EAR, SPOKEN, words, unused=(SPOKEN_TOO, other_words))
    assert had.together(SPOKEN) == {SPOKEN.id, words.id}
    assert had.together(SPOKEN_TOO) == {SPOKEN_TOO.id, other_words.id}
    assert had.together(EAR) == {EAR.id}
    assert had.named(words.id) == SPOKEN
    assert had.others(SPOKEN) == [SPOKEN_TOO]
    assert had.default(Modality.SPEECH) == SPOKEN
    listed = summaries(had, coverage(), None)
    assert [(one.model, one.is_default, one.size_bytes) for one in listed] == [
        ("toy", True, None),
        ("whisper:tiny.en", True, None),
        ("bm25", True, None),
        ("whisper:small", False, None),
        ("bm25", False, None),
    ]
