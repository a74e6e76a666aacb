"""Whatever is killed, the next run makes the library that an undisturbed one makes. A few kills; 200 by hand.

python -m benchmarks.crashes --kills 200
"""

import sys
from pathlib import Path

import pytest

from egosearch.library import Library
from tests.reliability.campaigns import Tally, Verb, by_step, compaction_by_clock, index_by_clock, verbs
from tests.reliability.harness import SOME_FAILED, Attack, index, index_and_kill, make_recordings
from tests.reliability.snapshots import snapshot

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="processes are looked up and killed as on Linux")

SEED = 20_261_121


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("work")


@pytest.fixture(scope="module")
def recordings(work: Path) -> Path:
    return make_recordings(work / "recordings", 5)


@pytest.fixture(scope="module")
def writers(work: Path, recordings: Path) -> dict[str, Verb]:
    return {verb.name: verb for verb in verbs(work, recordings)}


def assert_nothing_is_lost(tally: Tally, kills: int) -> None:
    assert tally.kills >= kills, "what is not killed proves nothing"
    assert tally.wrong == []


def test_indexing_is_killed_at_any_time(tmp_path: Path, recordings: Path) -> None:
    tally = index_by_clock(tmp_path, recordings, kills=3, seed=SEED)
    assert_nothing_is_lost(tally, 3)
    assert tally.libraries >= 1


@pytest.mark.parametrize("name", ["index more", "remove", "spaces drop", "query, its cache"])
def test_a_verb_is_killed_at_any_step(tmp_path: Path, writers: dict[str, Verb], name: str) -> None:
    assert_nothing_is_lost(by_step(tmp_path, writers[name], kills=1, seed=SEED), 1)


def test_the_engine_is_killed_while_it_merges(tmp_path: Path) -> None:
    assert_nothing_is_lost(compaction_by_clock(tmp_path, kills=2, seed=SEED), 2)


def test_what_differs_is_noticed(writers: dict[str, Verb]) -> None:
    half, whole = writers["index more"].base, writers["remove"].base
    assert half is not None
    assert whole is not None
    everything = snapshot(whole)
    assert everything.differences(snapshot(whole)) == []
    tally = Tally()
    tally.compare(half, everything, "on purpose")
    assert tally.libraries == 1
    (wrong,) = tally.wrong
    assert wrong.startswith("on purpose: recordings, windows, levels, utterances, vectors, counted, answers differ")


def test_a_run_outlives_its_workers(tmp_path: Path, recordings: Path) -> None:
    library = tmp_path / "library"
    attacked = index_and_kill(library, recordings, [Attack(0.5, "worker"), Attack(0.8, "worker")])
    assert attacked.done is not None
    assert attacked.done.code in {0, SOME_FAILED}
    assert index(library, recordings, "--retry-failed").code == 0
    with Library.open(library, read_only=True) as opened:
        assert {one.path for one in opened.recordings()} == set(recordings.iterdir())
