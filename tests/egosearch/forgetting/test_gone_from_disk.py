"""What is forgotten is in no byte of the library's files, whenever somebody looks, and what cannot go is told."""

import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from egosearch.errors import LibraryError
from egosearch.library import Library
from egosearch.stores import EmbeddedStore, Filter, WindowRows
from egosearch.stores.erasing import erase
from indexers.embeddings import DenseRows
from indexers.types import EmbeddingBatch, EmbeddingSpace, Modality, Slice, Span, WindowQuality
from tests.egosearch.forgetting.films import found, id_of, only

PLANTED = EmbeddingSpace(Modality.VISUAL, "planted", "w", "p", 1.0, 1.0, 64, "dense", "dot")


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


def test_an_embedded_store_gives_up_every_byte_of_what_is_deleted(tmp_path: Path) -> None:
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
        erase(store, [PLANTED], ["a"])
        assert not holds()
        assert store.count(PLANTED, where=Filter()) == 5999
        rows_left = store.scan(PLANTED, "a")
        assert rows_left is not None
        assert 7 not in rows_left.index.tolist()
