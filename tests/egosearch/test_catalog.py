"""What the catalogue keeps."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from egosearch.catalog import Catalog, FileStamp, SoundLevels, decode_levels, encode_levels
from egosearch.types import Mark
from indexers.types import Span
from tests.egosearch.catalog_samples import AUDIO, KITCHEN, MODIFIED, VISUAL, WALK, batch, piece


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "catalog.duckdb"


@pytest.fixture
def catalog(path: Path) -> Iterator[Catalog]:
    with Catalog.open(path) as opened:
        opened.add_recording(KITCHEN, MODIFIED)
        yield opened


def test_a_recording_comes_back_as_it_went_in(catalog: Catalog) -> None:
    catalog.add_recording(WALK, MODIFIED)
    for recording in (KITCHEN, WALK):
        found = catalog.recording(recording.recording_id)
        assert found is not None
        assert found.recording == recording
        assert found.modified_at == MODIFIED
        assert abs(found.indexed_at - datetime.now(UTC)) < timedelta(minutes=1)
    kitchen = catalog.recording(KITCHEN.recording_id)
    assert kitchen is not None
    assert KITCHEN.recorded_at is not None
    assert kitchen.recording.recorded_at is not None
    assert kitchen.recording.recorded_at.utcoffset() == KITCHEN.recorded_at.utcoffset()
    assert catalog.recording("none") is None


def test_a_moved_file_keeps_its_index(catalog: Catalog) -> None:
    catalog.commit_slice(piece(0), [batch(AUDIO, 0, 5)])
    catalog.add_recording(replace(KITCHEN, path=Path("/archive/kitchen.mp4")), MODIFIED)
    assert [found.recording.path for found in catalog.recordings()] == [Path("/archive/kitchen.mp4")]
    assert catalog.committed_slices(KITCHEN.recording_id, AUDIO.id) == {0}


def test_recordings_come_by_wall_clock_then_path(catalog: Catalog) -> None:
    assert KITCHEN.recorded_at is not None
    names = ["earlier", "same b", "same a"]
    for number, name in enumerate(names):
        when = KITCHEN.recorded_at - timedelta(hours=1) if name == "earlier" else KITCHEN.recorded_at
        catalog.add_recording(
            replace(KITCHEN, recording_id=f"{number:032x}", path=Path(f"/films/{name}.mp4"), recorded_at=when), MODIFIED
        )
    catalog.add_recording(WALK, MODIFIED)
    assert [found.recording.path.stem for found in catalog.recordings()] == [
        "earlier",
        "kitchen",
        "same a",
        "same b",
        "walk",
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("/films/walk.wav", ["walk"]),
        ("walk.wav", ["walk"]),
        ("kitchen", ["kitchen"]),
        ("ab" * 16, ["kitchen"]),
        ("ABAB", ["kitchen"]),
        ("aba", []),  # three digits are not taken for an id
        ("films", []),
        ("", []),
        ("x' OR 1=1 --", []),
    ],
)
def test_what_a_person_may_call_a_recording(catalog: Catalog, text: str, found: list[str]) -> None:
    catalog.add_recording(WALK, MODIFIED)
    assert [each.recording.path.stem for each in catalog.find_recordings(text)] == found


def test_a_relative_path_names_a_recording(catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    catalog.add_recording(replace(WALK, path=tmp_path / "deep" / "walk.wav"), MODIFIED)
    monkeypatch.chdir(tmp_path)
    assert len(catalog.find_recordings("deep/walk.wav")) == 1


def test_spaces_come_back_equal_and_in_order(catalog: Catalog) -> None:
    catalog.add_space(VISUAL)
    catalog.add_space(AUDIO)
    catalog.add_space(VISUAL)
    assert catalog.spaces() == [VISUAL, AUDIO]
    assert [space.id for space in catalog.spaces()] == [VISUAL.id, AUDIO.id]


def test_windows_come_back_in_time_order(catalog: Catalog) -> None:
    catalog.commit_slice(piece(1), [batch(AUDIO, 625, 625), batch(VISUAL, 300, 300)])
    catalog.commit_slice(piece(0), [batch(AUDIO, 0, 625), batch(VISUAL, 0, 300)])
    for space, n in ((AUDIO, 1250), (VISUAL, 600)):
        found, expected = catalog.windows(space.id, KITCHEN.recording_id), batch(space, 0, n)
        assert len(found) == n
        assert found.index.dtype == np.int64
        np.testing.assert_array_equal(found.index, expected.index)
        np.testing.assert_array_equal(found.start_s, expected.start_s)
        np.testing.assert_array_equal(found.end_s, expected.end_s)
        for name in ("loudness_db", "snr_db", "sharpness", "exposure"):
            np.testing.assert_array_equal(getattr(found.quality, name), getattr(expected.quality, name))
            assert getattr(found.quality, name).dtype == np.float32
    assert len(catalog.windows("none", KITCHEN.recording_id)) == 0


def test_committing_a_slice_again_replaces_it(catalog: Catalog) -> None:
    levels = SoundLevels(0.02, np.zeros(4, dtype=np.float32))
    catalog.commit_slice(piece(0), [batch(AUDIO, 0, 9), batch(VISUAL, 0, 4)], levels)
    catalog.commit_slice(piece(0), [batch(AUDIO, 2, 3)], levels)
    assert catalog.windows(AUDIO.id, KITCHEN.recording_id).index.tolist() == [2, 3, 4]
    assert len(catalog.windows(VISUAL.id, KITCHEN.recording_id)) == 4
    assert catalog.counts().windows == 7
    found = catalog.levels(KITCHEN.recording_id)
    assert found is not None
    assert len(found.levels_db) == 4


def test_an_empty_slice_is_committed_too(catalog: Catalog) -> None:
    catalog.commit_slice(piece(3), [batch(AUDIO, 0, 0)])
    assert catalog.committed_slices(KITCHEN.recording_id, AUDIO.id) == {3}
    assert catalog.committed_slices(KITCHEN.recording_id, VISUAL.id) == set()


def test_a_commit_that_fails_leaves_nothing(catalog: Catalog) -> None:
    before = catalog.generation()
    broken = replace(batch(VISUAL, 0, 4), start_s=np.zeros(3))
    with pytest.raises(duckdb.Error):
        catalog.commit_slice(piece(0), [batch(AUDIO, 0, 9), broken])
    assert catalog.generation() == before
    assert catalog.spaces() == []
    assert catalog.counts().windows == 0
    catalog.commit_slice(piece(0), [batch(AUDIO, 0, 9)])


def test_a_slice_of_a_stranger_is_refused(catalog: Catalog) -> None:
    with pytest.raises(ValueError, match="has not been added"):
        catalog.commit_slice(piece(0, WALK), [batch(AUDIO, 0, 1, WALK)])
    with pytest.raises(ValueError, match="another recording"):
        catalog.commit_slice(piece(0), [batch(AUDIO, 0, 1, WALK)])


def test_removing_and_dropping_forget_everything_of_one(catalog: Catalog) -> None:
    catalog.add_recording(WALK, MODIFIED)
    for recording in (KITCHEN, WALK):
        levels = SoundLevels(0.02, np.zeros(3, dtype=np.float32))
        catalog.commit_slice(
            piece(0, recording), [batch(AUDIO, 0, 9, recording), batch(VISUAL, 0, 4, recording)], levels
        )
    catalog.drop_space(VISUAL.id)
    assert catalog.spaces() == [AUDIO]
    assert catalog.counts().windows == 18
    catalog.remove(KITCHEN.recording_id)
    catalog.remove(KITCHEN.recording_id)
    assert catalog.recording(KITCHEN.recording_id) is None
    assert catalog.levels(KITCHEN.recording_id) is None
    assert catalog.levels(WALK.recording_id) is not None
    assert catalog.counts().windows == 9
    assert len(catalog.windows(AUDIO.id, KITCHEN.recording_id)) == 0


def test_the_generation_changes_with_what_is_visible(path: Path, catalog: Catalog) -> None:
    seen = [catalog.generation()]
    steps: list[Any] = [
        lambda: catalog.commit_slice(piece(0), [batch(AUDIO, 0, 9)]),
        lambda: catalog.commit_slice(piece(0), [batch(AUDIO, 0, 9)]),
        lambda: catalog.commit_slice(piece(1), [batch(AUDIO, 9, 9)]),
        lambda: catalog.remove(KITCHEN.recording_id),
    ]
    for step in steps:
        step()
        seen.append(catalog.generation())
    assert seen[-1] == seen[0]  # empty again
    assert len(set(seen[:-1])) == len(seen) - 1
    catalog.add_failure(Path("/films/bad.mp4"), "it is empty", "copy it again", FileStamp(0, MODIFIED))
    assert catalog.generation() == seen[-1]
    catalog.close()
    with Catalog.open(path) as again:
        assert again.generation() == seen[-1]


def judgement(
    start_s: float,
    end_s: float,
    *,
    query: str = "the timer",
    is_right: bool = True,
    session: str = "here",
    age_s: int = 0,
) -> Mark:
    return Mark(
        query, KITCHEN.recording_id, Span(start_s, end_s), is_right, session, MODIFIED - timedelta(seconds=age_s)
    )


def test_marks_come_back_as_they_went_in_oldest_first(path: Path, catalog: Catalog) -> None:
    newer, older = judgement(1.5, 2.25), judgement(40, 44, is_right=False, session="", age_s=5)
    catalog.add_mark(newer)
    catalog.add_mark(older)
    assert catalog.marks() == [older, newer]
    catalog.close()
    with Catalog.open(path, read_only=True) as again:
        assert again.marks() == [older, newer]


def test_marks_of_a_query_and_a_session(catalog: Catalog) -> None:
    mine, other, unnamed = judgement(1, 2), judgement(3, 4, query="The  TIMER "), judgement(5, 6, session="")
    for mark in (mine, other, unnamed, judgement(1, 2, query="a dog")):
        catalog.add_mark(mark)
    assert catalog.marks(query="the timer") == [mine, other, unnamed]
    assert catalog.marks(query=" THE timer", session="here") == [mine, other]
    assert catalog.marks(session="") == [unnamed]
    assert catalog.marks(query="the time") == []


@pytest.mark.parametrize(
    ("again", "is_same"),
    [
        (judgement(10, 14, is_right=False), True),
        (judgement(11, 14.5, query="THE  Timer"), True),  # IoU 0.67
        (judgement(12, 16), False),  # IoU 0.33
        (judgement(10, 14, session="there"), False),
        (judgement(10, 14, query="the timers"), False),
        (replace(judgement(10, 14), recording_id=WALK.recording_id), False),
    ],
)
def test_the_same_moment_marked_again(catalog: Catalog, again: Mark, is_same: bool) -> None:
    first = judgement(10, 14, age_s=1)
    catalog.add_mark(first)
    catalog.add_mark(again)
    assert catalog.marks() == ([again] if is_same else [first, again])


def test_taking_a_mark_back(catalog: Catalog) -> None:
    first, far = judgement(10, 14, is_right=False), judgement(50, 52, age_s=-1)
    catalog.add_mark(first)
    catalog.add_mark(far)
    assert catalog.unmark(judgement(10, 13.5, query="The timer")) == [first]
    assert catalog.unmark(judgement(10, 13.5)) == []
    assert catalog.marks() == [far]


def test_removing_a_recording_forgets_its_marks(catalog: Catalog) -> None:
    of_walk = replace(judgement(1, 2), recording_id=WALK.recording_id)
    catalog.add_recording(WALK, MODIFIED)
    catalog.add_mark(judgement(1, 2))
    catalog.add_mark(of_walk)
    catalog.add_recording(replace(KITCHEN, path=Path("/archive/kitchen.mp4")), MODIFIED)
    assert len(catalog.marks()) == 2, "moving a file keeps them"
    catalog.remove(KITCHEN.recording_id)
    assert catalog.marks() == [of_walk]


def test_a_mark_is_no_reason_to_read_everything_again(catalog: Catalog) -> None:
    before = catalog.generation()
    catalog.add_mark(judgement(1, 2))
    assert catalog.generation() == before


def test_levels_are_laid_along_the_recording(catalog: Catalog) -> None:
    for index, level in ((2, -30.0), (0, -60.0)):
        levels = SoundLevels(100.0, np.full(3, level, dtype=np.float32), start_s=index * 300.0)
        catalog.commit_slice(piece(index), [], levels)
    found = catalog.levels(KITCHEN.recording_id)
    assert found is not None
    assert (found.hop_s, found.start_s) == (100.0, 0.0)
    np.testing.assert_array_equal(found.levels_db, [-60] * 3 + [np.nan] * 3 + [-30] * 3)
    assert catalog.levels("none") is None


@given(st.lists(st.floats(-200, 50, width=32)))
def test_levels_lose_a_quarter_of_a_decibel_at_most(values: list[float]) -> None:
    levels = np.array(values, dtype=np.float32)
    data = encode_levels(levels)
    assert len(data) == len(levels)
    np.testing.assert_allclose(decode_levels(data), np.clip(levels, -120, 7.5), atol=0.2501)


@given(st.datetimes(min_value=datetime(1980, 1, 1), max_value=datetime(2100, 1, 1)), st.integers(-14 * 60, 14 * 60))
@settings(max_examples=25, deadline=None)
def test_wall_clock_times_keep_their_zone(moment: datetime, offset_min: int) -> None:
    when = moment.replace(tzinfo=timezone(timedelta(minutes=offset_min)))
    with Catalog.open(Path(":memory:"), time_zone=UTC) as memory:
        memory.add_recording(replace(KITCHEN, recorded_at=when), when)
        found = memory.recordings()[0]
    assert found.recording.recorded_at == when
    assert found.recording.recorded_at.utcoffset() == when.utcoffset()
    assert found.modified_at == when
