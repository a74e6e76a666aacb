"""What the catalogue knows of spaces: which are the default, views on others, and what goes with a dropped one."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from egosearch.catalog import Catalog
from indexers.lexical import lexical_space
from indexers.types import EmbeddingSpace, Modality, Span, Utterance, Word
from tests.egosearch.catalog_samples import AUDIO, KITCHEN, MODIFIED, VISUAL, batch, piece

SPOKEN = EmbeddingSpace(Modality.SPEECH, "toy", "0", "none-1", 1.0, 0.1, 4, "dense", "cosine")
WORDS = lexical_space(SPOKEN)
SEEN_ANEW = replace(VISUAL, weights_digest="1")
SAID = Utterance(Span(1.5, 2.5), "the timer", (Word(Span(1.5, 1.75), "the", 0.5),), "en", 0.75)


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    with Catalog.open(tmp_path / "catalog.duckdb") as opened:
        opened.add_recording(KITCHEN, MODIFIED)
        yield opened


def test_the_first_space_of_a_sense_is_the_default(catalog: Catalog) -> None:
    for space in (AUDIO, VISUAL, SEEN_ANEW, SPOKEN, WORDS):
        catalog.commit_slice(piece(0), [batch(space, 0, 3)])
    assert catalog.spaces() == [AUDIO, VISUAL, SEEN_ANEW, SPOKEN, WORDS]
    assert catalog.default_spaces() == catalog.searched_spaces() == [AUDIO, VISUAL, SPOKEN, WORDS]


def test_words_are_the_default_with_the_space_that_they_go_with(catalog: Catalog) -> None:
    heard_otherwise = replace(SPOKEN, model="wordless")
    catalog.commit_slice(piece(0), [batch(heard_otherwise, 0, 3)])
    catalog.commit_slice(piece(0), [batch(WORDS, 0, 3), batch(SPOKEN, 0, 3)])
    assert catalog.default_spaces() == [heard_otherwise]
    catalog.use_spaces([SPOKEN.id, WORDS.id])
    assert set(catalog.default_spaces()) == {SPOKEN, WORDS}


def test_using_another(catalog: Catalog) -> None:
    for space in (AUDIO, VISUAL, SEEN_ANEW):
        catalog.commit_slice(piece(0), [batch(space, 0, 3)])
    catalog.use_spaces([SEEN_ANEW.id])
    assert catalog.default_spaces() == [AUDIO, SEEN_ANEW]
    catalog.commit_slice(piece(0), [batch(VISUAL, 0, 3)])
    assert catalog.default_spaces() == [AUDIO, SEEN_ANEW], "more of the other changes nothing"


def test_a_space_that_is_first_again_is_the_default_again(catalog: Catalog) -> None:
    for space in (VISUAL, SEEN_ANEW):
        catalog.commit_slice(piece(0), [batch(space, 0, 3)])
    catalog.drop_space(VISUAL.id, SEEN_ANEW.id)
    assert catalog.spaces() == []
    catalog.commit_slice(piece(0), [batch(SEEN_ANEW, 0, 3)])
    assert catalog.default_spaces() == [SEEN_ANEW]


def test_a_view_searches_other_spaces_of_the_same_library(catalog: Catalog) -> None:
    for space in (AUDIO, VISUAL, SEEN_ANEW):
        catalog.commit_slice(piece(0), [batch(space, 0, 3)])
    view = catalog.choosing([SEEN_ANEW.id, AUDIO.id])
    assert view.searched_spaces() == [AUDIO, SEEN_ANEW]
    assert view.default_spaces() == catalog.searched_spaces() == [AUDIO, VISUAL]
    assert [one.recording for one in view.recordings()] == [KITCHEN]
    before = view.generation()
    assert before != catalog.generation()
    assert catalog.choosing([AUDIO.id, SEEN_ANEW.id]).generation() == before
    catalog.commit_slice(piece(1), [batch(AUDIO, 3, 3)])
    assert view.generation() != before, "what is written through one is seen through the other"


def test_the_generation_changes_with_what_is_searched(catalog: Catalog) -> None:
    seen = []
    for space in (VISUAL, SEEN_ANEW):
        catalog.commit_slice(piece(0), [batch(space, 0, 3)])
        seen.append(catalog.generation())
    catalog.use_spaces([SEEN_ANEW.id])
    seen.append(catalog.generation())
    catalog.drop_space(VISUAL.id)
    seen.append(catalog.generation())
    assert len(set(seen)) == len(seen)


def test_what_is_said_goes_with_its_slice_its_space_and_its_recording(catalog: Catalog) -> None:
    def said(space: EmbeddingSpace = SPOKEN) -> list[Utterance]:
        return catalog.utterances(KITCHEN.recording_id, space.id)

    both = [batch(SPOKEN, 15, 1), batch(WORDS, 15, 1)]
    spoken = [replace(both[0], utterances=(SAID,)), both[1]]
    catalog.commit_slice(piece(0), spoken)
    assert said() == [SAID]
    assert said(WORDS) == []
    catalog.commit_slice(piece(0), [batch(AUDIO, 0, 3)])
    assert said() == [SAID], "the slice was committed anew, but not for speech"
    catalog.commit_slice(piece(0), [replace(both[0], utterances=(replace(SAID, text="the dimmer"),))])
    assert [one.text for one in said()] == ["the dimmer"]
    catalog.commit_slice(piece(0), both)
    assert said() == [], "and now nothing is said"
    catalog.commit_slice(piece(0), spoken)
    catalog.drop_space(SPOKEN.id, WORDS.id)
    assert said() == []
    catalog.commit_slice(piece(0), spoken)
    catalog.remove(KITCHEN.recording_id)
    assert said() == []
