"""Forgetting: gone from every answer at once, from every file of the library soon, and nothing else is touched."""

import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import duckdb
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from egosearch.catalog import Catalog
from egosearch.errors import LibraryError, LibraryLockedError, QueryError
from egosearch.forgetting import erasing
from egosearch.forgetting.rewriting import rewrite
from egosearch.forgetting.spans import merged, silenced, touched
from egosearch.indexing.pool import index_here
from egosearch.library import Library
from egosearch.owner.opening import open_library, own_library
from egosearch.stores import EmbeddedStore, Filter, WindowRows
from egosearch.types import IndexOptions, Place, Where
from indexers.embeddings import DenseRows
from indexers.types import EmbeddingBatch, EmbeddingSpace, Modality, Slice, Span, WindowQuality
from tests.egosearch.servers import FakeClient, servers
from tests.media import BLUE, GREEN, RED, RecordingOptions, Tone, make_recording

BEGAN = "2026-11-20T18:00:00Z"
KITCHEN = RecordingOptions(
    seconds=12,
    colours=(*[RED] * 4, *[BLUE] * 4, *[GREEN] * 4),
    tones=(Tone(1, 2, 200), Tone(5, 6, 1200), Tone(9, 10, 400)),
    metadata={"creation_time": BEGAN},
)
HALL = RecordingOptions(seconds=6, colours=(RED,), tones=(Tone(2, 3, 200),))
TOY = IndexOptions(encoders={Modality.VISUAL: "toy", Modality.SPEECH: "toy"}, jobs=1)
PLANTED = EmbeddingSpace(Modality.VISUAL, "planted", "w", "p", 1.0, 1.0, 64, "dense", "dot")
MIDDLE = Span(4.0, 8.0)


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("films")
    return [make_recording(folder / "kitchen.mp4", KITCHEN), make_recording(folder / "hall.mp4", HALL)]


@pytest.fixture(scope="module")
def indexed(films: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("libraries") / "library"
    with Library.open(folder) as library:
        library.index(films, options=TOY, executor=index_here)
    return folder


@pytest.fixture
def filled(indexed: Path, tmp_path: Path) -> Iterator[Library]:
    shutil.copytree(indexed, tmp_path / "filled")
    with Library.open(tmp_path / "filled") as library:
        yield library


@pytest.fixture
def noted(filled: Library, monkeypatch: pytest.MonkeyPatch) -> Library:
    """Return a library in which forgetting ends after its transaction, as a kill would end it: all is on the disk."""
    monkeypatch.setattr(erasing.Erasure, "run", lambda _: None)
    return filled


def id_of(library: Library, name: str) -> str:
    return library.find(name).recording_id


def only(library: Library, name: str) -> Where:
    return Where(recording_ids=frozenset({id_of(library, name)}))


def found(library: Library, text: str) -> list[tuple[str, float]]:
    seen = library.search(text, limit=50, min_confidence=0, modalities=["visual"])
    return [(one.path.name, one.span.start_s) for one in seen]


def everything(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Return all rows and all that describes them, by table."""
    with duckdb.connect(path, read_only=True) as connection:
        asked = {
            table: f"SELECT * FROM {table}"  # noqa: S608
            for (table,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()
        }
        asked["what describes tables"] = "SELECT table_name, sql, comment FROM duckdb_tables()"
        asked["what describes views"] = "SELECT view_name, sql, comment FROM duckdb_views() WHERE NOT internal"
        asked["what describes columns"] = "SELECT table_name, column_name, comment FROM duckdb_columns()"
        return {name: sorted(connection.execute(query).fetchall(), key=str) for name, query in asked.items()}


# Arithmetic

SPANS = st.lists(
    st.tuples(st.integers(0, 40), st.integers(0, 40)).map(lambda ends: Span(min(ends) / 2, max(ends) / 2)), max_size=6
)


@given(SPANS)
def test_merged_spans_are_the_same_seconds(spans: list[Span]) -> None:
    found = merged(spans)
    halves = np.arange(0, 20, 0.25)
    for time_s in halves:
        before = any(span.start_s <= time_s < span.end_s for span in spans)
        assert before == any(span.start_s <= time_s < span.end_s for span in found)
    assert all(one.end_s < other.start_s for one, other in pairwise(found))


@given(SPANS, st.integers(1, 8))
def test_what_is_touched_is_what_shares_a_moment(spans: list[Span], length: int) -> None:
    start_s = np.arange(30) / 2
    end_s = start_s + length / 4
    expected = [
        any(max(a, span.start_s) < min(b, span.end_s) for span in spans)
        for a, b in zip(start_s.tolist(), end_s.tolist(), strict=True)
    ]
    assert touched(start_s, end_s, [span for span in spans if span.duration_s]).tolist() == expected


def test_levels_are_silent_in_the_span_and_as_they_were_beside_it() -> None:
    levels = np.full(100, -30.0, np.float32)
    quiet = silenced(levels, 10.0, 0.02, [Span(10.5, 11.0)])
    assert np.flatnonzero(quiet == -120).tolist() == list(range(25, 50))
    assert (np.delete(quiet, range(25, 50)) == -30).all()


# What goes, and what stays


def test_a_part_is_gone_and_the_rest_is_as_it_was(noted: Library) -> None:
    kitchen = id_of(noted, "kitchen.mp4")
    for time_s in (1.5, 5.5):
        noted.mark(Place(kitchen, time_s), "a tone", is_right=True, length_s=1.0)
    assert ("kitchen.mp4", 4.0) in found(noted, "blue")
    before = everything_but_spans(noted)
    plan = noted.to_forget(only(noted, "kitchen.mp4"), MIDDLE)
    report = noted.forget(only(noted, "kitchen.mp4"), MIDDLE)
    assert report.plan == plan
    (doomed,) = plan.doomed
    assert (doomed.is_whole, doomed.spans, doomed.utterances, doomed.marks) == (False, (MIDDLE,), 1, 1)
    assert found(noted, "blue") == []
    assert ("kitchen.mp4", 0.0) in found(noted, "red")
    assert [one.text for one in noted.transcript(kitchen)] == ["low", "middle"]
    assert [mark.span.start_s for mark in noted.marks()] == [1.5]
    after = everything_but_spans(noted)
    overlapping = [row for row in before if row[2] < MIDDLE.end_s and row[3] > MIDDLE.start_s and row[0] == kitchen]
    assert after == [row for row in before if row not in overlapping]
    assert len(overlapping) == doomed.windows
    levels = noted.sound_levels(kitchen)
    assert levels is not None
    assert (levels.levels_db[200:400] == -120).all()
    assert (levels.levels_db[60:90] > -60).all()


def everything_but_spans(library: Library) -> list[tuple[str, str, float, float]]:
    with library._catalog._cursor() as cursor:
        return cursor.execute("SELECT recording_id, space_id, start_s, end_s FROM windows ORDER BY ALL").fetchall()


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


# Gone from the disk


class Plants:
    """Things in a library that can be told from all others byte by byte."""

    def __init__(self, library: Library, name: str) -> None:
        rng = random.Random(7)
        self._library = library
        self.text = "".join(rng.choices("abcdefghijklmnopqrstuvwxyz ", k=3000))
        values = np.random.default_rng(7).normal(size=(30, 64)).astype(np.float32)
        self.vector = values[5].astype(np.float16).tobytes()
        known = library._catalog.recording(id_of(library, name))
        assert known is not None
        recording = known.recording
        nothing = np.full(30, np.nan, np.float32)
        index = np.arange(30)
        batch = EmbeddingBatch(
            recording.recording_id,
            PLANTED,
            index,
            index / 3,
            index / 3 + 1,
            DenseRows(values),
            WindowQuality(nothing, nothing, nothing, nothing),
        )
        with library._access.vectors() as store:
            store.upsert(PLANTED, WindowRows(recording.recording_id, index, batch.embeddings))
            store.flush()
            library._catalog.commit_slice(Slice(recording, 0, 0, recording.duration_s), [batch])
            store.compact()
        with library._catalog._transaction() as cursor:
            cursor.execute(
                "UPDATE transcripts SET text = ? WHERE text = 'low' AND recording_id = ?",
                [self.text, recording.recording_id],
            )
        library._catalog._shared.connection.execute("CHECKPOINT")

    def left(self) -> set[str]:
        """Return what of it is in any byte of the library's folder."""
        self._library.close()
        found = set()
        for path in self._library.path.rglob("*"):
            if path.is_file():
                data = path.read_bytes()
                found |= {"text"} if self.text[:40].encode() in data else set()
                found |= {"vector"} if self.vector in data else set()
        return found


@pytest.fixture
def planted(filled: Library) -> Iterator[tuple[Library, Plants]]:
    plants = Plants(filled, "kitchen.mp4")
    assert plants.left() == {"text", "vector"}, "what is not there cannot be looked for"
    with Library.open(filled.path) as again:
        plants._library = again
        yield again, plants


@pytest.mark.parametrize("within", [None, Span(1.0, 2.9)])
def test_nothing_of_it_is_in_any_byte(planted: tuple[Library, Plants], within: Span | None) -> None:
    library, plants = planted
    found(library, "red")  # makes the search cache
    library.forget(only(library, "kitchen.mp4"), within)
    assert all(note.is_erased for note in library.forgotten())
    assert plants.left() == set()
    with Library.open(library.path) as again:
        assert ("hall.mp4", 0.0) in found(again, "red")


def test_removing_alone_leaves_it_in_the_files(planted: tuple[Library, Plants]) -> None:
    library, plants = planted
    library.remove(id_of(library, "kitchen.mp4"))
    assert plants.left() != set(), "then forgetting would have nothing to do"


def test_copies_and_logs_are_cleaned_and_what_is_left_is_told(filled: Library) -> None:
    name = filled.find("kitchen.mp4").path
    (filled.path / "catalog.duckdb.before-9").write_bytes(str(name).encode())
    log = filled.path / "logs" / "egosearch.log"
    log.parent.mkdir(exist_ok=True)
    log.write_text(f"a line before\n{name} cannot be indexed\na line after\n")
    (filled.path / "notes.txt").write_text(f"look at {name}")
    with pytest.raises(LibraryError, match=r"still in the bytes of .*notes\.txt"):
        filled.forget(only(filled, "kitchen.mp4"))
    assert [one.path.name for one in filled.recordings()] == ["hall.mp4"]
    assert not filled.forgotten()[0].is_erased
    assert not (filled.path / "catalog.duckdb.before-9").exists()
    assert log.read_text().startswith("a line before\na line after\n")
    (filled.path / "notes.txt").unlink()
    filled.forget()
    assert filled.forgotten()[0].is_erased


STEPS = {
    "while vectors are erased": "egosearch.forgetting.erasing.erase = die",
    "before the catalogue takes its place": "pathlib.Path.replace = die",
    "after it has": "egosearch.forgetting.rewriting.connect = die",
    "before that is noted": "egosearch.forgetting.ledger.Ledger.settle = die",
}


@pytest.mark.slow
@pytest.mark.parametrize("step", STEPS)
def test_a_kill_in_the_middle_is_finished_by_the_next(planted: tuple[Library, Plants], step: str) -> None:
    library, plants = planted
    kitchen = id_of(library, "kitchen.mp4")
    library.close()
    code = (
        "import os, pathlib\nimport egosearch.forgetting.erasing, egosearch.forgetting.rewriting\n"
        "from egosearch import Library, Where\ndef die(*_, **__):\n    os._exit(9)\n"
        f"with Library.open({str(library.path)!r}) as library:\n"
        f"    {STEPS[step]}\n"
        f"    library.forget(Where(recording_ids=frozenset({{{kitchen!r}}})))\n"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 9
    with Library.open(library.path) as again:
        assert {name for name, _ in found(again, "red")} == {"hall.mp4"}
        assert not again.forgotten()[0].is_erased
        again.forget()
        assert again.forgotten()[0].is_erased
        plants._library = again
        assert plants.left() == set()


# The catalogue's file


def test_a_rewritten_catalogue_is_the_same_one(filled: Library) -> None:
    path = filled.path / "catalog.duckdb"
    filled.close()
    before, number = everything(path), path.stat().st_ino
    with Catalog.open(path) as catalog:
        rewrite(catalog, lambda: None)
        assert len(catalog.recordings()) == 2
        catalog.clear_failure(Path("/nowhere"))  # it can be written to
    assert everything(path) == before
    assert path.stat().st_ino != number
    assert sorted(one.name for one in path.parent.glob("catalog*")) == ["catalog.duckdb"]


def test_a_rewriting_that_fails_leaves_the_old_one(filled: Library) -> None:
    path = filled.path / "catalog.duckdb"

    def fail() -> None:
        raise LibraryError("no")

    with pytest.raises(LibraryError, match="no"):
        rewrite(filled._catalog, fail)
    assert len(filled.recordings()) == 2
    assert sorted(one.name for one in path.parent.glob("catalog*draft*")) == []


def test_nobody_else_gets_in_meanwhile(filled: Library) -> None:
    path = filled.path / "catalog.duckdb"
    code = f"import duckdb\ntry:\n    duckdb.connect({str(path)!r})\nexcept duckdb.IOException:\n    print('locked')"
    said = []

    def ask() -> None:
        said.append(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)

    rewrite(filled._catalog, ask)
    assert said == ["locked\n"]
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "locked\n"


# Taking it back


def test_what_is_taken_back_is_indexed_anew(noted: Library, films: list[Path]) -> None:
    before = everything_but_spans(noted)
    kitchen = id_of(noted, "kitchen.mp4")
    noted.forget(only(noted, "kitchen.mp4"), MIDDLE)
    assert [note.span for note in noted.unforget(kitchen)] == [MIDDLE]
    assert noted.forgotten() == []
    assert noted.index(films, options=TOY, executor=index_here).indexed == 1
    assert everything_but_spans(noted) == before
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


# Where it cannot be


@contextmanager
def held_by_another(folder: Path) -> Iterator[None]:
    """Let another process own the library, as `egosearch watch` does, and not let go."""
    code = (
        "import sys\nfrom egosearch.owner.opening import own_library\nfrom pathlib import Path\n"
        f"with own_library(Path({str(folder)!r})):\n    print('open', flush=True)\n    sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "open\n"
        try:
            yield
        finally:
            other.communicate("")


def test_not_while_reading_only(filled: Library) -> None:
    where = only(filled, "hall.mp4")
    filled.close()
    with Library.open(filled.path, read_only=True) as opened, pytest.raises(LibraryError, match="reading only"):
        opened.forget(where)


def test_old_copies_come_first(filled: Library) -> None:
    config = filled.path / "egosearch.toml"
    config.write_text(config.read_text().replace("[encoders]", 'old_copies = ["http://old"]\n[encoders]'))
    filled.close()
    with (
        Library.open(filled.path) as opened,
        pytest.raises(LibraryError, match=r"\(http://old\) would keep .* `egosearch migrate --to local --remove-old`"),
    ):
        opened.forget(only(opened, "hall.mp4"))


def test_on_a_server_the_points_go(library: Library, films: list[Path], tmp_path: Path) -> None:
    url, client = "http://nowhere", FakeClient()
    with servers({url: client}), Library.open(tmp_path / "remote", qdrant_url=url) as remote:
        remote.index(films, options=TOY, executor=index_here)
        kitchen, hall = id_of(remote, "kitchen.mp4"), id_of(remote, "hall.mp4")
        report = remote.forget(only(remote, "kitchen.mp4"), MIDDLE)
        assert report.is_remote
        remote.forget(only(remote, "hall.mp4"))
        with remote._access.vectors() as store:
            for space in remote._catalog.spaces():
                shown = len(remote._catalog.windows(space.id, kitchen).index)
                assert store.count(space, where=Filter(frozenset({kitchen}))) == shown
                assert store.count(space, where=Filter(frozenset({hall}))) == 0
        assert found(remote, "blue") == []
        assert ("kitchen.mp4", 0.0) in found(remote, "red")


@pytest.mark.slow
def test_an_owner_at_work_has_to_be_stopped(filled: Library) -> None:
    where, folder = only(filled, "kitchen.mp4"), filled.path
    filled.close()
    with own_library(folder), open_library(folder) as shared:
        assert shared.is_remote
        assert len(shared.to_forget(where).doomed) == 1
        assert shared.forgotten() == []
    with held_by_another(folder), open_library(folder) as shared:
        assert shared.is_remote
        with pytest.raises(LibraryLockedError, match="is in use by"):
            shared.forget(where)
    with open_library(folder) as shared:
        assert len(shared.forget(where).plan.doomed) == 1
        assert [note.is_whole for note in shared.forgotten()] == [True]
        assert len(shared.unforget(shared.forgotten()[0].recording_id)) == 1
        assert shared.forgotten() == []


@pytest.mark.slow
def test_an_owner_that_only_answers_lets_go(filled: Library) -> None:
    where, folder = only(filled, "kitchen.mp4"), filled.path
    filled.close()
    arguments = ["egosearch", "serve", "--library", str(folder)]
    code = f"import sys\nfrom egosearch.cli import main\nsys.argv = {arguments!r}\nmain()"
    with subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True) as serving:
        assert serving.stderr is not None
        try:
            assert "Answering for" in serving.stderr.readline()
            with open_library(folder) as shared:
                assert shared.is_remote
                assert len(shared.forget(where).plan.doomed) == 1
                assert shared.forgotten()[0].is_erased
        finally:
            serving.terminate()
            serving.communicate()


def test_an_embedded_store_gives_up_every_byte_of_what_is_deleted(tmp_path: Path) -> None:
    from egosearch.stores.erasing import erase

    values = np.random.default_rng(1).normal(size=(3000, 64)).astype(np.float32)
    needle = values[7].astype(np.float16).tobytes()

    def holds() -> bool:
        return any(needle in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())

    with EmbeddedStore(tmp_path / "vectors") as store:
        for name in ("a", "b"):
            rows = values if name == "a" else values[::-1] + 1
            store.upsert(PLANTED, WindowRows(name, np.arange(3000), DenseRows(rows)))
        store.flush()
        store.compact()
        store.discard(PLANTED, {"a": np.array([7])})
        store.flush()
        store.compact()
        assert holds(), "the engine leaves the bytes of a deleted point where they are"
        erase(store, [PLANTED])
        assert not holds()
        assert store.count(PLANTED, where=Filter()) == 5999
        rows_left = store.scan(PLANTED, "a")
        assert rows_left is not None
        assert 7 not in rows_left.index.tolist()
