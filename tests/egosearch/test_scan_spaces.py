"""Which spaces the search cache holds: those that searches use, what is said by sense and by words, or chosen ones."""

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from egosearch.catalog import Catalog
from egosearch.scan.build import gather
from egosearch.scan.files import load, save
from egosearch.stores import MemoryStore, WindowRows
from indexers.embeddings import DenseRows, Embeddings, SparseRows
from indexers.types import EmbeddingBatch, EmbeddingSpace, Modality
from tests.egosearch.catalog_samples import AUDIO, KITCHEN, MODIFIED, VISUAL, batch, piece

SENSE = replace(VISUAL, modality=Modality.SPEECH, model="toy", hop_s=0.1)
WORDS = replace(SENSE, model="bm25", weights_digest=SENSE.id, layout="sparse", distance="dot", dim=65_536)
OTHER = replace(VISUAL, model="toy:other")


def spoken(space: EmbeddingSpace) -> EmbeddingBatch:
    """Three utterances, that begin and end where they like."""
    values: Embeddings
    if space.layout == "sparse":
        values = SparseRows(
            np.array([0, 2, 2, 3]), np.array([7, 60_000, 7], np.uint16), np.ones(3, np.float32), space.dim
        )
    else:
        values = DenseRows(np.eye(3, dtype=np.float32))
    made = batch(space, 0, 3)
    start_s, end_s = np.array([0.37, 4.1, 9.0]), np.array([3.2, 8.9, 12.5])
    index = np.floor(start_s / space.hop_s).astype(np.int64)
    return replace(made, index=index, start_s=start_s, end_s=end_s, embeddings=values)


@pytest.fixture
def filled(tmp_path: Path) -> Iterator[tuple[Catalog, MemoryStore]]:
    store = MemoryStore()
    random = np.random.default_rng(1)
    with Catalog.open(tmp_path / "catalog.duckdb") as catalog:
        catalog.add_recording(KITCHEN, MODIFIED)
        heard = replace(batch(AUDIO, 0, 9), embeddings=SparseRows.from_dense(np.ones((9, 2), np.float32), above=0))
        seen = [
            replace(batch(space, 0, 9), embeddings=DenseRows(random.random((9, 3), np.float32)))
            for space in (VISUAL, OTHER)
        ]
        batches = [heard, *seen, spoken(SENSE), spoken(WORDS)]
        for one in batches:
            store.upsert(one.space, WindowRows(one.recording_id, one.index, one.embeddings))
        catalog.commit_slice(piece(0), batches)
        yield catalog, store


def test_what_is_said_is_there_by_its_sense_and_by_its_words(filled: tuple[Catalog, MemoryStore]) -> None:
    catalog, store = filled
    made = gather("1", catalog, store, None)
    assert {sense: matrix.space for sense, matrix in made.matrices.items()} == {
        Modality.AUDIO: AUDIO,
        Modality.VISUAL: VISUAL,
        Modality.SPEECH: SENSE,
    }
    with tempfile.TemporaryDirectory() as folder:
        save(Path(folder), made)
        read = load(Path(folder), "1")
        for scan in (made, read):
            assert scan.lexical is not None
            assert scan.lexical.space == WORDS
            assert [one.space for one in scan.all_matrices()][-1] == WORDS
            asked = np.zeros(WORDS.dim, np.float32)
            asked[60_000] = 2
            assert scan.lexical.similarities(asked).tolist() == [2, 0, 0]
            assert scan.lexical.background.mean[[7, 60_000, 8]] == pytest.approx([2 / 3, 1 / 3, 0])
            assert scan.lexical.start_s.tolist() == [0.37, 4.1, 9.0]
            assert scan.lexical.end_s.tolist() == [3.2, 8.9, 12.5]
            line = scan.line_of(scan.lexical)
            assert line.starts_s.tolist() == scan.lines[Modality.SPEECH].starts_s.tolist()
        size = sum(file.stat().st_size for file in Path(folder).glob(f"{WORDS.id}.*"))
        assert size < 10_000, "of 65,536 words few are said"


def test_other_spaces_are_read_where_they_are_chosen(filled: tuple[Catalog, MemoryStore]) -> None:
    catalog, store = filled
    usual = gather("1", catalog, store, None)
    chosen = gather("2", catalog, store, usual, spaces=[AUDIO, OTHER])
    assert [one.space for one in chosen.all_matrices()] == [AUDIO, OTHER]
    assert chosen.lexical is None
    held = store.scan(OTHER, KITCHEN.recording_id)
    assert held is not None
    expected = held.embeddings.dense().astype(np.float16).astype(np.float32)
    np.testing.assert_array_equal(chosen.matrices[Modality.VISUAL].rows.dense(), expected)


def test_spaces_that_did_not_change_are_taken_over(filled: tuple[Catalog, MemoryStore]) -> None:
    catalog, store = filled
    before = gather("1", catalog, store, None)
    again = gather("2", catalog, MemoryStore(), before)  # where nothing could be read
    for one, other in zip(before.all_matrices(), again.all_matrices(), strict=True):
        assert one.space == other.space
        np.testing.assert_array_equal(one.rows.dense(), other.rows.dense())
