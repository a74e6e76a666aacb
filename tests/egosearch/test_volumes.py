"""A store of many volumes answers as one of a single volume does, and has few of them open."""

import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from egosearch.stores import EmbeddedStore, MemoryStore, VectorStore, WindowRows
from egosearch.stores import volume as volume_module
from egosearch.stores import volumes as volumes_module
from egosearch.stores.erasing import erase
from egosearch.stores.folders import next_folder, space_of, volume_folders
from indexers.types import EmbeddingSpace
from tests.contracts.stored import (
    COSINE,
    DENSE,
    EVERYTHING,
    RECORDINGS,
    SPARSE,
    Question,
    assert_same_hits,
    assert_same_rows,
    embeddings,
    questions,
    unit,
    vectors,
    windows,
)


@pytest.fixture(autouse=True, scope="module")
def small_volumes() -> Iterator[None]:
    """Begin a new volume with nearly every write, and leave out what takes longest and is tested elsewhere."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(volume_module, "trim", lambda folder: None)
        patch.setattr(volumes_module, "FULL_POINTS", {"sparse": 1, "dense": 3})
        yield


@pytest.fixture
def store(tmp_path: Path) -> Iterator[EmbeddedStore]:
    with EmbeddedStore(tmp_path) as opened:
        yield opened


def fill(store: VectorStore, slices: int = 4, each: int = 5) -> None:
    for k in range(slices):
        store.upsert(SPARSE, windows(SPARSE, "long", [unit(k % 6, i + 1) for i in range(each)], first=k * each))
    store.flush()


def volumes_open(store: EmbeddedStore) -> list[str]:
    volumes = store.volumes(SPARSE.id)
    assert volumes is not None
    return [volume.folder.name for volume in volumes._volumes if volume.is_open]


Step = Callable[[VectorStore, EmbeddingSpace], None]

names = st.sampled_from(RECORDINGS)
numbers = st.sets(st.integers(0, 20), min_size=1).map(lambda each: np.array(sorted(each), np.int64))


def upserting(name: str, values: list[list[float]], first: int) -> Step:
    return lambda store, space: store.upsert(space, windows(space, name, values, first))


def scattered(name: str, index: np.ndarray, value: list[float]) -> Step:
    return lambda store, space: store.upsert(space, WindowRows(name, index, embeddings(space, [value] * len(index))))


steps = st.lists(
    st.one_of(
        st.builds(upserting, names, st.lists(vectors, min_size=1, max_size=6), st.integers(0, 12)),
        st.builds(scattered, names, numbers, vectors),
        st.builds(lambda name, index: lambda store, space: store.discard(space, {name: index}), names, numbers),
        st.builds(lambda name: lambda store, space: store.remove(name), names),
        st.just(lambda store, space: store.compact()),
        st.just(lambda store, space: store.close()),  # and it opens itself again
    ),
    min_size=2,
    max_size=8,
)


@pytest.mark.parametrize("space", [DENSE, COSINE, SPARSE], ids=["dense", "cosine", "sparse"])
@given(steps=steps, question=questions, asked=numbers)
@settings(max_examples=12, deadline=None)
def test_many_volumes_answer_as_one_would(
    space: EmbeddingSpace, steps: list[Step], question: Question, asked: np.ndarray
) -> None:
    reference = MemoryStore()
    with TemporaryDirectory() as folder, EmbeddedStore(Path(folder)) as store:
        for step in steps:
            step(store, space)
            step(reference, space)
        for name in RECORDINGS:
            assert_same_rows(store.scan(space, name), reference.scan(space, name))
        wanted = dict.fromkeys(RECORDINGS, asked)
        found, expected = store.fetch(space, wanted), reference.fetch(space, wanted)
        assert list(found) == list(expected)
        for name, rows in found.items():
            assert_same_rows(rows, expected[name])
        row = embeddings(space, [question.query])
        hits, best = (
            each.search(space, row, where=question.where, limit=question.limit) for each in (store, reference)
        )
        assert_same_hits(hits, best, space)
        for where in (EVERYTHING, question.where):
            assert store.count(space, where=where) == reference.count(space, where=where)
        assert reference.recordings(space.id) <= store.recordings(space.id) <= set(RECORDINGS)


def test_the_first_volume_is_where_libraries_had_their_only_one(store: EmbeddedStore) -> None:
    fill(store)
    assert [folder.name for folder in volume_folders(store.path)] == [
        SPARSE.id,
        *(f"{SPARSE.id}.{number}" for number in (2, 3, 4)),
    ]
    assert {space_of(folder) for folder in volume_folders(store.path)} == {SPARSE.id}
    assert store.spaces() == [SPARSE.id]


def test_the_tenth_volume_comes_after_the_ninth(tmp_path: Path) -> None:
    for name in ("a.9", "a.10", "a", "b", ".new-a.12", "a.2"):
        (tmp_path / name).mkdir()
    assert [folder.name for folder in volume_folders(tmp_path, "a")] == ["a", "a.2", "a.9", "a.10"]
    assert next_folder(tmp_path, "a").name == "a.11"
    assert next_folder(tmp_path, "b").name == "b.2"
    assert next_folder(tmp_path, "c").name == "c"


def test_a_window_stays_where_it_was_written_first(store: EmbeddedStore) -> None:
    fill(store)
    fill(store)
    assert len(volume_folders(store.path)) == 4
    assert store.count(SPARSE, where=EVERYTHING) == 20


def test_few_volumes_are_open(store: EmbeddedStore) -> None:
    fill(store, slices=6)
    last = f"{SPARSE.id}.6"
    assert last in volumes_open(store)
    assert len(volumes_open(store)) <= 2
    store.fetch(SPARSE, {"long": np.array([1, 6, 11])})
    store.search(SPARSE, embeddings(SPARSE, [unit(0)]), where=EVERYTHING, limit=3)
    assert len(volumes_open(store)) <= 2
    assert last in volumes_open(store)


def test_a_closed_volume_is_not_opened_for_windows_far_from_its_own(store: EmbeddedStore) -> None:
    fill(store, slices=3)
    volumes = store.volumes(SPARSE.id)
    assert volumes is not None
    volumes._volumes[0].open = pytest.fail  # type: ignore[assignment]
    store.upsert(SPARSE, windows(SPARSE, "long", [unit(0)], first=7000))
    assert store.fetch(SPARSE, {"other": np.array([1])}) == {}


def test_recordings_are_read_in_the_order_in_which_they_came(store: EmbeddedStore) -> None:
    for name in ("c", "a", "b"):
        store.upsert(SPARSE, windows(SPARSE, name, [unit(0)]))
    assert store.reading_order(SPARSE.id, ["a", "nowhere", "b", "c"]) == ["c", "a", "b", "nowhere"]
    assert store.reading_order("no-such-space", ["b", "a"]) == ["b", "a"]


def test_a_space_is_dropped_with_all_its_volumes(store: EmbeddedStore) -> None:
    fill(store)
    store.upsert(DENSE, windows(DENSE, "a", [unit(0)]))
    store.drop_space(SPARSE.id)
    assert store.spaces() == [DENSE.id]
    assert volume_folders(store.path) == [store.path / DENSE.id]
    assert store.count(SPARSE, where=EVERYTHING) == 0


def test_a_space_of_which_a_kill_left_some_volumes_is_still_one(store: EmbeddedStore) -> None:
    fill(store)
    store.close()
    shutil.rmtree(store.path / SPARSE.id)
    assert store.spaces() == [SPARSE.id]
    assert store.count(SPARSE, where=EVERYTHING) == 15
    store.drop_space(SPARSE.id)
    assert volume_folders(store.path) == []


def test_what_is_erased_is_in_no_volume(store: EmbeddedStore) -> None:
    values = np.random.default_rng(1).normal(size=(40, 6)).astype(np.float32)
    needles = [values[i].astype(np.float16).tobytes() for i in (1, 30)]
    for first in range(0, 40, 8):
        rows = windows(DENSE, "a", values[first : first + 8].tolist(), first=first)
        store.upsert(DENSE, rows)
    assert len(volume_folders(store.path)) > 2
    store.discard(DENSE, {"a": np.array([1, 30])})
    store.flush()
    erase(store, [DENSE], ["a"])
    store.close()
    content = [path.read_bytes() for path in store.path.rglob("*") if path.is_file()]
    assert not any(needle in data for needle in needles for data in content)
    assert store.count(DENSE, where=EVERYTHING) == 38


def test_threads_read_while_volumes_are_opened_and_closed(store: EmbeddedStore) -> None:
    fill(store, slices=5)

    def read(k: int) -> list[int]:
        return [int(i) for i in store.fetch(SPARSE, {"long": np.array([k])})["long"].index]

    asked = [5 * (k % 5) + 2 for k in range(40)]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(read, asked)) == [[k] for k in asked]
