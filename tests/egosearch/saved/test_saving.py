"""Saved queries: what is kept under a name, what is refused, and who has them."""

import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from egosearch.backup.importing import import_library
from egosearch.errors import LibraryError, QueryError
from egosearch.indexing.types import IndexOptions
from egosearch.library import Library
from egosearch.migrations import MIGRATIONS
from egosearch.owner.opening import open_library, own_library
from egosearch.saved.names import MAX_NAME, clean_name, folded, saved_query
from egosearch.types import Where
from tests.media import RecordingOptions, make_recording


def kept(library: Library) -> dict[str, str]:
    return {one.name: one.line for one in library.saved_queries()}


def test_a_query_is_kept_as_written_and_found_by_its_name(library: Library) -> None:
    library.save_query(" Dog  walks ", '  a dog   barking when:yesterday not:"a car"')
    library.save_query("alarm", "the timer went off")
    assert kept(library) == {"alarm": "the timer went off", "Dog walks": 'a dog barking when:yesterday not:"a car"'}
    assert saved_query(library, "dog WALKS").name == "Dog walks"
    with pytest.raises(QueryError, match="no query is saved as 'cat'; `egosearch saved` lists"):
        saved_query(library, "cat")


def test_another_query_takes_a_name_only_when_told_to(library: Library) -> None:
    library.save_query("dog", "a dog barking")
    library.save_query("dog", "a  dog barking")  # the same
    with pytest.raises(QueryError, match="“dog” is saved already, as a dog barking; choose another name"):
        library.save_query("DOG", "a wolf")
    assert kept(library) == {"dog": "a dog barking"}
    library.save_query("DOG", "a wolf", replace=True)
    assert kept(library) == {"DOG": "a wolf"}


def test_what_is_dropped_is_returned_and_gone(library: Library) -> None:
    library.save_query("dog", "a dog barking")
    dropped = library.unsave_query(" Dog ")
    assert dropped is not None
    assert dropped.line == "a dog barking"
    assert kept(library) == {}
    assert library.unsave_query("dog") is None


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("", "say what you heard or saw"),
        ("not:rain", "these are conditions only"),
        ("rain since:blursday", "'blursday' is not understood as a time"),
        ("rain in:nowhere.mp4", "no recording matches 'nowhere.mp4'"),
        ("rain then:thunder", r"what follows \(then:\) needs a time; say within how many seconds: within:30"),
        ("rain folder:trips", "folder:trips means another place in every folder"),
        ("rain in:trips/a.mp4", "in:trips/a.mp4 means another place"),
        ("rain " * 1000, "characters"),
    ],
)
def test_a_line_that_could_not_be_asked_is_refused(library: Library, line: str, message: str) -> None:
    with pytest.raises(QueryError, match=message) as caught:
        library.save_query("rain", line)
    assert "--" not in str(caught.value), "a line has no options"
    assert kept(library) == {}


@pytest.mark.parametrize("name", ["", "  ", "x" * (MAX_NAME + 1), "bell\x07", "\udcff"])
def test_a_name_that_could_not_be_told_is_refused(library: Library, name: str) -> None:
    with pytest.raises(QueryError, match="the name"):
        library.save_query(name, "rain")


@given(st.text(max_size=40))
def test_a_clean_name_stays_as_it_is_and_means_the_same(name: str) -> None:
    try:
        clean = clean_name(name)
    except QueryError:
        return
    assert clean_name(clean) == clean
    assert folded(clean) == folded(name) == folded(name.upper().lower() if name.isascii() else name)


def test_nothing_is_saved_while_reading_only(library: Library) -> None:
    library.save_query("dog", "a dog barking")
    library.close()
    with Library.open(library.path, read_only=True) as opened:
        assert kept(opened) == {"dog": "a dog barking"}
        with pytest.raises(LibraryError, match="reading only"):
            opened.save_query("cat", "a cat")
        with pytest.raises(LibraryError, match="reading only"):
            opened.unsave_query("dog")


def test_an_owner_saves_for_others(library: Library) -> None:
    library.close()
    with own_library(library.path) as owned, open_library(library.path, read_only=True) as shared:
        assert shared.is_remote
        saved = shared.save_query("dog", "a dog barking")
        assert owned.saved_queries() == shared.saved_queries() == [saved]
        with pytest.raises(QueryError, match="is saved already"):
            shared.save_query("dog", "a wolf")
        assert shared.save_query("dog", "a wolf", replace=True).line == "a wolf"
        assert shared.unsave_query("dog") is not None
        assert shared.unsave_query("dog") is None


def test_a_copy_of_a_library_has_them(library: Library, tmp_path: Path) -> None:
    saved = library.save_query("dog", "a dog barking")
    library.export(tmp_path / "copy.tar.gz")
    import_library(tmp_path / "copy.tar.gz", tmp_path / "copy")
    with Library.open(tmp_path / "copy", read_only=True) as copy:
        assert copy.saved_queries() == [saved]


def test_forgetting_a_recording_leaves_what_was_typed(library: Library, toy: IndexOptions, tmp_path: Path) -> None:
    path = make_recording(tmp_path / "a walk in the park.mp4", RecordingOptions(seconds=2))
    library.index([path], options=toy)
    library.save_query("park", f'in:"{path}" birds')
    library.forget(Where(recording_ids=frozenset({library.find(str(path)).recording_id})))
    assert all(one.is_erased for one in library.forgotten()), "the line names the file, and is nobody's trace"
    assert kept(library) == {"park": f'in:"{path}" birds'}


def test_a_library_from_before_gets_the_table(tmp_path: Path) -> None:
    import duckdb

    from egosearch.migrations import migrate

    with Library.open(tmp_path / "new") as library:
        library.save_query("dog", "a dog barking")
    shutil.copytree(tmp_path / "new", tmp_path / "old")
    (tmp_path / "old" / "catalog.duckdb").unlink()
    number = next(one.number for one in MIGRATIONS if one.name == "saved queries")
    with duckdb.connect(tmp_path / "old" / "catalog.duckdb") as connection:
        migrate(connection, MIGRATIONS[: number - 1])
    with Library.open(tmp_path / "old") as library:
        assert library.saved_queries() == []
        library.save_query("dog", "a dog barking")
