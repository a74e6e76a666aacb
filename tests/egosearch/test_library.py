import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from egosearch.errors import LibraryError, LibraryLockedError, MediaError, QueryError
from egosearch.indexing.types import IndexOptions, IndexProgress
from egosearch.library import Library
from egosearch.types import Query
from indexers.types import Modality
from tests.media import BLUE, GREEN, RED, RecordingOptions, Tone, make_recording

COLOURS = (RED, RED, RED, BLUE, BLUE, BLUE, GREEN, GREEN, GREEN)
OPTIONS = RecordingOptions(seconds=9, colours=COLOURS, tones=(Tone(1.0, 2.0),))


@pytest.fixture
def film(tmp_path: Path) -> Path:
    (tmp_path / "films").mkdir()
    return make_recording(tmp_path / "films" / "kitchen.mp4", OPTIONS)


@pytest.fixture
def filled(library: Library, film: Path, toy: IndexOptions) -> Library:
    library.index([film], options=toy)
    return library


@contextmanager
def held_by_another(folder: Path) -> Iterator[None]:
    code = (
        "import sys\nfrom egosearch import Library\n"
        f"with Library.open({str(folder)!r}):\n    print('open', flush=True)\n    sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "open\n"
        yield
        other.communicate("")


def test_a_new_library_is_private(tmp_path: Path) -> None:
    with Library.open(tmp_path / "new" / "library") as library:
        assert library.path == tmp_path / "new" / "library"
        assert library.recordings() == []
        assert library.encoders == {}
    assert stat.S_IMODE((tmp_path / "new" / "library").stat().st_mode) == 0o700


def test_without_a_path_it_is_the_one_named_or_the_user_s(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Library.open() as library:
        assert library.path.is_relative_to(home)
    monkeypatch.setenv("EGOSEARCH_LIBRARY", str(tmp_path / "named"))
    with Library.open() as library:
        assert library.path == tmp_path / "named"


def test_reading_only_needs_a_library(tmp_path: Path) -> None:
    with pytest.raises(LibraryError, match=r"there is no library at .*none; run `egosearch index`"):
        Library.open(tmp_path / "none", read_only=True)
    assert not (tmp_path / "none").exists()


def test_a_folder_of_other_things_is_left_alone(tmp_path: Path, film: Path) -> None:
    with pytest.raises(LibraryError, match="holds other things"):
        Library.open(film.parent)
    assert list(film.parent.iterdir()) == [film]
    with pytest.raises(LibraryError, match="is a file"):
        Library.open(film)


@pytest.mark.parametrize(
    ("text", "message"),
    [("format = 2\nid = 'a'", "has format 2"), ("format = [", "cannot be read"), ("", "cannot be read")],
)
def test_a_strange_library_is_refused(library: Library, text: str, message: str) -> None:
    library.close()
    (library.path / "egosearch.toml").write_text(text, encoding="utf-8")
    with pytest.raises(LibraryError, match=message):
        Library.open(library.path)


def test_another_process_has_it(library: Library) -> None:
    library.close()
    with held_by_another(library.path), pytest.raises(LibraryLockedError, match=r"in use by process \d+"):
        Library.open(library.path)
    Library.open(library.path).close()


def test_recordings_say_what_they_are(filled: Library, film: Path) -> None:
    (recording,) = filled.recordings()
    assert recording.path == film
    assert recording.indexed_s == recording.duration_s == pytest.approx(9, abs=0.1)
    assert (recording.has_sound, recording.has_pictures, recording.is_present) == (True, True, True)
    film.unlink()
    assert not filled.recordings()[0].is_present


def test_finding_a_recording(filled: Library, film: Path, toy: IndexOptions) -> None:
    (recording,) = filled.recordings()
    for text in (str(film), "kitchen.mp4", "kitchen", recording.recording_id[:6]):
        assert filled.find(text) == recording
    with pytest.raises(LibraryError, match="no recording matches 'garden'; `egosearch recordings` lists them"):
        filled.find("garden")
    (film.parent / "old").mkdir()
    make_recording(film.parent / "old" / "kitchen.mp4")
    filled.index([film.parent], options=toy)
    with pytest.raises(LibraryError, match=r"'kitchen' matches 2 recordings \(.*\); name one by its path"):
        filled.find("kitchen")


def test_searching_finds_the_colour_and_the_tone(filled: Library) -> None:
    assert filled.answer(Query("blue", min_confidence=0)).moments[0].span.start_s == pytest.approx(4, abs=1)
    curves = filled.curves(Query("blue"), filled.recordings()[0].recording_id)
    assert set(curves) == {"audio", "visual", "fused"}
    assert int(np.argmax(curves["visual"].scores)) == 4
    with pytest.raises(QueryError, match="the senses are audio, visual, speech"):
        filled.search("blue", modalities=["smell"])


def test_what_is_committed_can_be_searched_while_indexing_goes_on(
    library: Library, film: Path, toy: IndexOptions
) -> None:
    make_recording(film.parent / "later.mp4", RecordingOptions(colours=(BLUE, RED)))
    found: list[set[str]] = []

    def search(_: IndexProgress) -> None:
        answer = library.answer(Query("blue", min_confidence=0))
        found.append({moment.path.stem for moment in answer.moments})

    library.index([film, film.parent], options=toy, on_progress=search)
    assert found == [{"kitchen"}, {"kitchen", "later"}]


def test_a_library_open_for_reading_searches_and_writes_nothing(filled: Library, film: Path) -> None:
    before = filled.answer(Query("blue", min_confidence=0)).moments
    filled.close()
    with Library.open(filled.path, read_only=True) as library, Library.open(filled.path, read_only=True) as second:
        assert library.answer(Query("blue", min_confidence=0)).moments == before
        assert second.stats() == library.stats()
        with pytest.raises(LibraryError, match="open for reading only"):
            library.index([film])
        with pytest.raises(LibraryError, match="open for reading only"):
            library.remove(library.recordings()[0].recording_id)


def test_a_lost_search_cache_is_made_again(filled: Library) -> None:
    before = filled.answer(Query("blue", min_confidence=0)).moments
    filled.close()
    shutil.rmtree(filled.path / "scan")
    with Library.open(filled.path, read_only=True) as library:
        assert library.answer(Query("blue", min_confidence=0)).moments == before


def test_removing_forgets_everything_but_the_file(filled: Library, film: Path) -> None:
    (recording,) = filled.recordings()
    filled.remove(recording.recording_id)
    assert filled.recordings() == []
    assert filled.answer(Query("blue", min_confidence=0)).moments == ()
    assert film.exists()
    with pytest.raises(LibraryError, match="no recording has the id"):
        filled.remove(recording.recording_id)


def test_stats_count_windows_and_bytes(filled: Library) -> None:
    stats = filled.stats()
    assert (stats.recordings, stats.failures) == (1, 0)
    assert stats.windows == {Modality.AUDIO: 17, Modality.VISUAL: 9}
    assert set(stats.bytes_by_part) == {"catalogue", "vectors", "scan", "other"}
    assert all(size_bytes > 0 for size_bytes in stats.bytes_by_part.values())
    assert stats.size_bytes < 50_000_000


def test_failures_are_remembered(library: Library, tmp_path: Path, toy: IndexOptions) -> None:
    (tmp_path / "bad.mp4").write_bytes(b"no film" * 100)
    library.index([tmp_path / "bad.mp4"], options=toy)
    (failed,) = library.failures()
    assert (failed.path, failed.remedy) == (tmp_path / "bad.mp4", "check that it plays elsewhere")


def test_an_empty_library_may_change_its_mind(library: Library, film: Path, toy: IndexOptions) -> None:
    library.index([film.parent / "nothing.mp4"], options=IndexOptions(encoders={Modality.VISUAL: "toy"}, jobs=1))
    assert library.index([film], options=toy).indexed == 1
    assert 'audio = "toy"' in (library.path / "egosearch.toml").read_text(encoding="utf-8")


def test_pictures_and_levels(filled: Library, film: Path) -> None:
    recording_id = filled.recordings()[0].recording_id
    picture = filled.picture(recording_id, 4.5, short_side_px=24)
    assert picture is not None
    assert picture.shape == (24, 32, 3)
    assert picture.mean(axis=(0, 1)).argmax() == 2
    levels = filled.sound_levels(recording_id)
    assert levels is not None
    assert levels.hop_s == 0.02
    film.unlink()
    with pytest.raises(MediaError, match="no such file"):
        filled.picture(recording_id, 4.5)
    with pytest.raises(LibraryError, match="no recording has the id"):
        filled.picture("ff" * 16, 2.5)


def test_a_library_with_vectors_does_not_move_to_a_server_unasked(filled: Library) -> None:
    filled.close()
    with pytest.raises(LibraryError, match="keeps its vectors in its own folder"):
        Library.open(filled.path, qdrant_url="http://localhost:6333")
