"""What is forgotten stays out, whatever indexes it again: another run, another encoder, another path."""

import shutil
from pathlib import Path

import pytest

from egosearch.indexing.pool import index_here
from egosearch.indexing.types import IndexOptions, IndexReport
from egosearch.library import Library
from egosearch.types import Where
from indexers.types import Modality, Span
from tests.media import BLUE, GREEN, RED, RecordingOptions, Tone, make_recording

FILM = RecordingOptions(seconds=9, colours=(*[RED] * 3, *[BLUE] * 3, *[GREEN] * 3), tones=(Tone(3.5, 5, 440),))
PICTURES = IndexOptions(encoders={Modality.VISUAL: "toy"}, jobs=1)
MIDDLE = Span(3.0, 6.0)


@pytest.fixture
def film(tmp_path: Path) -> Path:
    (tmp_path / "films").mkdir()
    return make_recording(tmp_path / "films" / "film.mp4", FILM)


@pytest.fixture
def filled(library: Library, film: Path) -> Library:
    index(library, film)
    return library


def index(library: Library, *paths: Path, options: IndexOptions = PICTURES) -> IndexReport:
    return library.index(paths, options=options, executor=index_here)


def windows(library: Library) -> dict[str, list[tuple[float, float]]]:
    """Return when there are windows, by encoder's sense."""
    with library._catalog._cursor() as cursor:
        rows = cursor.execute(
            "SELECT modality, start_s, windows.end_s FROM windows JOIN spaces USING (space_id) ORDER BY ALL"
        ).fetchall()
    found: dict[str, list[tuple[float, float]]] = {}
    for sense, start_s, end_s in rows:
        found.setdefault(sense, []).append((start_s, end_s))
    return found


def stored(library: Library) -> int:
    with library._access.vectors() as store:
        rows = [
            store.scan(space, one.recording.recording_id)
            for space in library._catalog.spaces()
            for one in library._catalog.recordings()
        ]
    return sum(len(one) for one in rows if one is not None)


def forget(library: Library, within: Span | None = None) -> None:
    (recording,) = library.recordings()
    library.forget(Where(recording_ids=frozenset({recording.recording_id})), within)


def test_a_whole_recording_stays_out_and_is_no_failure(filled: Library, film: Path) -> None:
    forget(filled)
    report = index(filled, film.parent)
    assert (report.indexed, report.unchanged, report.forgotten, report.failed) == (0, 0, 1, ())
    assert filled.recordings() == []
    assert filled.failures() == []


def test_a_moved_or_copied_file_is_recognised(filled: Library, film: Path, tmp_path: Path) -> None:
    forget(filled)
    (tmp_path / "elsewhere").mkdir()
    shutil.copy2(film, tmp_path / "elsewhere" / "copy.mp4")
    film.rename(tmp_path / "elsewhere" / "moved.mp4")
    assert index(filled, tmp_path / "elsewhere").forgotten == 2
    assert filled.recordings() == []


@pytest.mark.parametrize("is_removed", [False, True])
def test_a_part_stays_out_of_every_encoder(filled: Library, film: Path, is_removed: bool) -> None:
    before = windows(filled)["visual"]
    forget(filled, MIDDLE)
    if is_removed:
        filled.remove(filled.recordings()[0].recording_id)
    more = IndexOptions(encoders={Modality.VISUAL: "toy", Modality.AUDIO: "toy", Modality.SPEECH: "toy"}, jobs=1)
    assert index(filled, film, options=more).indexed == 1
    found = windows(filled)
    assert found["visual"] == [(a, b) for a, b in before if b <= MIDDLE.start_s or a >= MIDDLE.end_s]
    assert found["audio"]
    assert all(b <= MIDDLE.start_s or a >= MIDDLE.end_s for sense in found.values() for a, b in sense)
    (recording,) = filled.recordings()
    assert filled.transcript(recording.recording_id) == ()
    assert stored(filled) == sum(len(sense) for sense in found.values())
    levels = filled.sound_levels(recording.recording_id)
    assert levels is not None
    assert (levels.levels_db[150:300] == -120).all()


def test_taken_back_it_is_indexed_whole(filled: Library, film: Path) -> None:
    before = windows(filled)
    forget(filled, MIDDLE)
    filled.unforget(filled.recordings()[0].recording_id)
    index(filled, film)
    assert windows(filled) == before
