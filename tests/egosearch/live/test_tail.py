"""What is live is found as if it were indexed, and once."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from egosearch.indexing.types import IndexOptions
from egosearch.library import Library
from egosearch.live.part import LivePart
from egosearch.owner.owned import OwnedLibrary
from egosearch.query.sounds import find_sound_events
from egosearch.types import Moment, Query, Where
from indexers.media import probe
from indexers.quality import LEVEL_HOP_S
from indexers.slices import EncoderChoice, Plan, index_slice
from indexers.types import Modality, Recording
from indexers.windows import slices
from tests.media import BLUE, GREEN, RED, RecordingOptions, Tone, make_recording

QUERIES = ("blue", "a high tone", "a low tone while it is green", "red")
PLAN = Plan((EncoderChoice(Modality.AUDIO, "toy"), EncoderChoice(Modality.VISUAL, "toy")))


@pytest.fixture
def recordings(tmp_path: Path) -> list[Path]:
    """Return two recordings with different things in them."""
    first = RecordingOptions(seconds=12, colours=(RED, GREEN, RED), tones=(Tone(3, 5, 200.0),))
    second = RecordingOptions(
        seconds=14, colours=(GREEN, BLUE, RED, RED), tones=(Tone(2, 3, 1200.0), Tone(8, 9, 200.0))
    )
    return [make_recording(tmp_path / "a.mp4", first), make_recording(tmp_path / "b.mp4", second)]


@pytest.fixture
def owned(tmp_path: Path, recordings: list[Path], toy: IndexOptions) -> Iterator[OwnedLibrary]:
    """Return a library that has the first recording."""
    opened = OwnedLibrary.open(tmp_path / "owned")
    assert isinstance(opened, OwnedLibrary)
    with opened:
        opened.index(recordings[:1], options=toy)
        yield opened


def _begin(library: OwnedLibrary, recording: Recording) -> LivePart:
    """Let a recording be live, all of it."""
    live = replace(recording, recording_id="f" * 32)
    part = library.tail.begin(live)
    for piece in slices(recording):
        result = index_slice(piece, PLAN)
        part.add(result.batches, result.levels_db, piece.end_s)
    return part


def _found(library: Library, text: str) -> list[tuple[str, float, float, float, float]]:
    answer = library.answer(Query(text, min_confidence=0.0))
    # Sorted, since of equal scores the earlier one comes first, and what is live is the last of all.
    return sorted(_told(moment) for moment in answer.moments if moment.score > 0.01)


def _told(moment: Moment) -> tuple[str, float, float, float, float]:
    span = moment.span
    return (
        moment.path.name,
        round(span.start_s, 6),
        round(span.end_s, 6),
        round(moment.score, 3),
        round(moment.confidence, 3),
    )


def test_a_live_part_is_found_as_if_it_were_indexed(
    owned: OwnedLibrary, library: Library, recordings: list[Path], toy: IndexOptions
) -> None:
    _begin(owned, probe(recordings[1]))
    live = [_found(owned, text) for text in QUERIES]
    assert any(name == "b.mp4" for found in live for name, *_ in found)
    library.index(recordings, options=toy)
    assert live == [_found(library, text) for text in QUERIES]


def test_a_part_that_is_indexed_is_found_once(owned: OwnedLibrary, recordings: list[Path], toy: IndexOptions) -> None:
    recording = probe(recordings[1])
    part = _begin(owned, recording)
    owned.tail.rename(part, recording)
    before = _found(owned, "blue")
    owned.index(recordings[1:], options=toy)
    owned.freshen()
    owned.tail.settle(part)
    assert before == _found(owned, "blue")
    assert [one.path.name for one in owned.recordings()].count("b.mp4") == 1


def test_what_was_found_live_is_known_by_its_former_id(owned: OwnedLibrary, recordings: list[Path]) -> None:
    recording = probe(recordings[1])
    part = _begin(owned, recording)
    (moment, *_) = owned.answer(Query("blue", min_confidence=0.0)).moments
    owned.tail.rename(part, recording)
    owned.tail.drop(part)
    assert owned.recording(moment.recording_id) == recording
    assert owned.picture(moment.recording_id, 1.5) is not None


def test_a_filter_reaches_what_is_live(owned: OwnedLibrary, recordings: list[Path]) -> None:
    part = _begin(owned, probe(recordings[1]))
    live_id = part.recording.recording_id
    only = owned.answer(Query("red", min_confidence=0.0, where=Where(recording_ids=frozenset({live_id})))).moments
    assert only
    assert {moment.recording_id for moment in only} == {live_id}
    assert live_id in [one.recording_id for one in owned.recordings()]


def test_an_empty_library_finds_what_is_live(tmp_path: Path, recordings: list[Path]) -> None:
    with OwnedLibrary.open(tmp_path / "empty") as opened:
        assert isinstance(opened, OwnedLibrary)
        _begin(opened, probe(recordings[1]))
        assert [moment.path.name for moment in opened.answer(Query("blue", min_confidence=0.0)).moments][:1] == [
            "b.mp4"
        ]


def test_sound_events_of_a_long_part_are_those_of_all_its_levels(recordings: list[Path]) -> None:
    random = np.random.default_rng(5)
    levels = (-60 + 2 * random.standard_normal(30_000)).astype(np.float32)  # ten minutes
    for at in random.integers(0, len(levels) - 300, 40):
        levels[at : at + 200] = -20 + random.standard_normal(200)
    part = LivePart(probe(recordings[0]))
    for first in range(0, len(levels), 1000):
        part.add((), levels[first : first + 1000], (first + 1000) * LEVEL_HOP_S)
        found = part.view().events.table
    expected = find_sound_events("a", levels, LEVEL_HOP_S).table
    assert len(found) == len(expected)
    assert np.allclose(found[:, 1:3], expected[:, 1:3], atol=0.1)
