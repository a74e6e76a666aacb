"""Where the bytes are, and that an hour does not take more of them than is promised."""

from pathlib import Path

import numpy as np
import pytest

from egosearch.config import LibraryPaths
from egosearch.indexing.types import IndexOptions
from egosearch.library import Library
from egosearch.query.sounds import SoundEvents
from egosearch.scan import Scan, SpaceMatrix
from egosearch.scan.files import save
from egosearch.scan.kept import KeptRows
from egosearch.sizes import bytes_by_part, bytes_by_space, fixed_bytes
from egosearch.stores import EmbeddedStore, WindowRows
from egosearch.types import LibraryStats
from indexers.embeddings import SparseRows
from indexers.types import EmbeddingSpace, Modality
from tests.media import BLUE, RED, RecordingOptions, Tone, make_recording

HEARD = EmbeddingSpace(Modality.AUDIO, "toy", "0", "none-1", 0.975, 0.48, 521, "sparse", "dot")
ENTRIES = 18
"""Of a row of the default encoders, on average."""


def test_bytes_are_told_by_space_and_those_that_do_not_grow(tmp_path: Path, toy: IndexOptions) -> None:
    film = make_recording(
        tmp_path / "a.mp4", RecordingOptions(seconds=4, colours=(RED, BLUE), tones=(Tone(2, 3, 400),))
    )
    with Library.open(tmp_path / "library") as library:
        library.index([film], options=toy)
        spaces = library._catalog.spaces()
    paths = LibraryPaths(tmp_path / "library")
    parts, by_space = bytes_by_part(paths), bytes_by_space(paths, spaces)
    assert sorted(by_space) == ["audio toy", "visual toy"]
    assert all(size > 0 for size in by_space.values())
    assert sum(by_space.values()) <= parts["vectors"] + parts["scan"]
    # All of so short a recording's library is what every library takes.
    assert fixed_bytes(paths, spaces) == pytest.approx(sum(parts.values()), rel=0.3)


def test_what_does_not_grow_is_not_growth() -> None:
    held = LibraryStats(1, 1800.0, {}, 0, {"catalogue": 300_000, "vectors": 700_000}, {}, 400_000)
    assert held.size_bytes == 1_000_000
    assert held.growth_bytes == 1_200_000
    assert LibraryStats(0, 0.0, {}, 0, {"catalogue": 300_000}).growth_bytes == 0


def test_a_window_of_concepts_takes_so_much_in_store_and_cache(tmp_path: Path) -> None:
    n, random = 15_000, np.random.default_rng(1)  # two hours of sound
    indices = np.sort(random.random((n, HEARD.dim)).argpartition(ENTRIES)[:, :ENTRIES]).astype(np.uint16)
    values = random.uniform(0.15, 1, n * ENTRIES).astype(np.float32)
    rows = SparseRows(np.arange(n + 1) * ENTRIES, indices.ravel(), values, HEARD.dim)
    with EmbeddedStore(tmp_path / "vectors") as store:
        for first in range(0, n, 625):
            index = np.arange(first, first + 625)
            store.upsert(HEARD, WindowRows("a", index, rows.take(index)))
            store.flush()
        store.compact()
    starts_s = np.asarray(np.arange(n) * HEARD.hop_s, np.float64)
    ends_s = np.asarray(starts_s + HEARD.window_s, np.float64)
    clarity = np.ones((n, 2), np.float32)
    matrix = SpaceMatrix(HEARD, ("a",), ("1",), np.array([0, n]), starts_s, ends_s, clarity, KeptRows.of(rows))
    (tmp_path / "scan").mkdir()
    save(tmp_path / "scan", Scan("1", {Modality.AUDIO: matrix}, SoundEvents.join([]), {"a": 7200.0}))
    sizes = {part: size_of(tmp_path / part) / n for part in ("vectors", "scan")}
    assert sizes["vectors"] < 115, "4 bytes a value, 1.5 an index, and what all windows share"
    assert sizes["scan"] < 65, "3 bytes an entry, and 1 to 2 for where each column's are"


def size_of(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
