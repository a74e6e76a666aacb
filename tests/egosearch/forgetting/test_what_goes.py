"""What forgetting takes out of every answer, what it leaves as it was, and how it is taken back."""

from datetime import datetime
from pathlib import Path

import pytest

from egosearch.errors import LibraryError, QueryError
from egosearch.indexing.pool import index_here
from egosearch.library import Library
from egosearch.types import Place, Where
from indexers.types import Span
from tests.egosearch.forgetting.films import HALL, KITCHEN, MIDDLE, TOY, found, id_of, only, windows
from tests.media import make_recording


def test_a_part_is_gone_and_the_rest_is_as_it_was(noted: Library) -> None:
    kitchen = id_of(noted, "kitchen.mp4")
    for time_s in (1.5, 5.5):
        noted.mark(Place(kitchen, time_s), "a tone", is_right=True, length_s=1.0)
    assert ("kitchen.mp4", 4.0) in found(noted, "blue")
    before = windows(noted)
    plan = noted.to_forget(only(noted, "kitchen.mp4"), MIDDLE)
    report = noted.forget(only(noted, "kitchen.mp4"), MIDDLE)
    assert report.plan == plan
    (doomed,) = plan.doomed
    assert (doomed.is_whole, doomed.spans, doomed.utterances, doomed.marks) == (False, (MIDDLE,), 1, 1)
    assert found(noted, "blue") == []
    assert ("kitchen.mp4", 0.0) in found(noted, "red")
    assert [one.text for one in noted.transcript(kitchen)] == ["low", "middle"]
    assert [mark.span.start_s for mark in noted.marks()] == [1.5]
    after = windows(noted)
    overlapping = [row for row in before if row[2] < MIDDLE.end_s and row[3] > MIDDLE.start_s and row[0] == kitchen]
    assert after == [row for row in before if row not in overlapping]
    assert len(overlapping) == doomed.windows
    levels = noted.sound_levels(kitchen)
    assert levels is not None
    assert (levels.levels_db[200:400] == -120).all()
    assert (levels.levels_db[60:90] > -60).all()


def test_slices_stay_whole_and_say_how_much_is_left(noted: Library) -> None:
    kitchen = id_of(noted, "kitchen.mp4")
    indexed_s = noted.find("kitchen.mp4").indexed_s
    noted.forget(only(noted, "kitchen.mp4"), MIDDLE)
    assert noted.find("kitchen.mp4").indexed_s == indexed_s
    with noted._catalog._cursor() as cursor:
        wrong = cursor.execute(
            "SELECT * FROM slices WHERE windows <> (SELECT count(*) FROM windows w WHERE w.recording_id ="
            " slices.recording_id AND w.space_id = slices.space_id AND w.slice_index = slices.slice_index)"
        ).fetchall()
        checksums = cursor.execute("SELECT checksum FROM slices WHERE recording_id = ?", [kitchen]).fetchall()
    assert wrong == []
    assert all(checksum is None for (checksum,) in checksums)


def test_the_library_is_sound_afterwards(filled: Library) -> None:
    both = Where(recording_ids=frozenset({id_of(filled, "kitchen.mp4"), id_of(filled, "hall.mp4")}))
    assert len(filled.forget(both, MIDDLE).plan.doomed) == 2
    assert filled.verify().findings == ()


def test_a_whole_recording_is_gone_and_its_file_is_not(noted: Library, films: list[Path]) -> None:
    kitchen = id_of(noted, "kitchen.mp4")
    noted.forget(only(noted, "kitchen.mp4"))
    assert [one.path.name for one in noted.recordings()] == ["hall.mp4"]
    assert films[0].exists()
    assert {name for name, _ in found(noted, "red")} == {"hall.mp4"}
    (note,) = noted.forgotten()
    assert (note.recording_id, note.is_whole, note.is_erased) == (kitchen, True, False)


def test_from_one_end_to_the_other_is_all_of_it(filled: Library) -> None:
    duration_s = filled.find("kitchen.mp4").duration_s
    (doomed,) = filled.to_forget(only(filled, "kitchen.mp4"), Span(0, duration_s + 1)).doomed
    assert doomed.is_whole


def test_by_the_clock(noted: Library) -> None:
    evening = Where(since=datetime(2026, 11, 20, 18, 0, 4), until=datetime(2026, 11, 20, 18, 0, 8))
    plan = noted.to_forget(evening)
    assert [(one.path.name, one.spans) for one in plan.doomed] == [("kitchen.mp4", (MIDDLE,))]
    assert noted.forget(evening).plan == plan
    assert found(noted, "blue") == []


def test_who_has_no_time_is_told_and_left_alone(filled: Library) -> None:
    with filled._catalog._transaction() as cursor:
        cursor.execute("UPDATE recordings SET recorded_at = NULL WHERE path LIKE '%hall.mp4'")
    plan = filled.to_forget(Where(since=datetime(2020, 1, 1)))
    assert [one.path.name for one in plan.doomed] == ["kitchen.mp4"]
    assert plan.untimed == 1
    assert filled.to_forget(only(filled, "hall.mp4")).untimed == 0


def test_something_must_be_named(filled: Library) -> None:
    with pytest.raises(QueryError, match="nothing is named"):
        filled.forget(Where())
    with pytest.raises(QueryError, match="what is said"):
        filled.forget(Where(said="low"))
    assert filled.forgotten() == []


def test_looking_changes_nothing(filled: Library) -> None:
    filled.to_forget(only(filled, "kitchen.mp4"))
    assert len(filled.recordings()) == 2
    assert filled.forgotten() == []


# Files


def test_files_go_only_when_asked_for_and_unchanged(library: Library, tmp_path: Path) -> None:
    kept = make_recording(tmp_path / "kept.mp4", HALL)
    changed = make_recording(tmp_path / "changed.mp4", KITCHEN)
    library.index([kept, changed], options=TOY, executor=index_here)
    where = Where(folder=tmp_path)
    changed.write_bytes(b"something else, which nobody has asked to delete")
    report = library.forget(where, delete_files=True)
    assert (report.deleted, report.left) == ((kept,), (changed,))
    assert not kept.exists()
    assert changed.exists()


def test_a_file_is_not_deleted_for_a_part(filled: Library, films: list[Path]) -> None:
    with pytest.raises(QueryError, match=r"only a part of kitchen\.mp4"):
        filled.forget(only(filled, "kitchen.mp4"), MIDDLE, delete_files=True)
    assert found(filled, "blue") != []
    assert films[0].exists()


# Taking it back


def test_what_is_taken_back_is_indexed_anew(noted: Library, films: list[Path]) -> None:
    before = windows(noted)
    kitchen = id_of(noted, "kitchen.mp4")
    noted.forget(only(noted, "kitchen.mp4"), MIDDLE)
    assert [note.span for note in noted.unforget(kitchen)] == [MIDDLE]
    assert noted.forgotten() == []
    assert noted.index(films, options=TOY, executor=index_here).indexed == 1
    assert windows(noted) == before
    assert found(noted, "blue") != []


def test_a_whole_one_comes_back_too(noted: Library, films: list[Path]) -> None:
    kitchen = id_of(noted, "kitchen.mp4")
    noted.forget(only(noted, "kitchen.mp4"))
    noted.unforget(kitchen)
    noted.index(films, options=TOY, executor=index_here)
    assert len(noted.recordings()) == 2


def test_what_is_not_forgotten_cannot_be_taken_back(filled: Library) -> None:
    with pytest.raises(LibraryError, match="nothing of the recording"):
        filled.unforget(id_of(filled, "hall.mp4"))
