"""Many kills, counted: of indexing by the clock, of every verb that writes by its steps, of the engine as it merges."""

import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from egosearch.stores import EmbeddedStore, WindowRows
from indexers.embeddings import DenseRows
from indexers.types import EmbeddingSpace, Modality
from tests.reliability.harness import (
    DEADLINE_S,
    ENCODERS,
    ROOT,
    SOME_FAILED,
    WHOMS,
    Attack,
    Done,
    doomed,
    index,
    index_and_kill,
    index_arguments,
    run,
    steps_of,
    time_of_run,
)
from tests.reliability.snapshots import Snapshot, snapshot

MOST_RUNS = 6
"""Of one library before it may be finished."""
MOST_ATTACKS = 3
"""On one run: it outlives its workers."""
GONE_ALREADY = 4


@dataclass
class Tally:
    """What kills have done."""

    kills: int = 0
    by_whom: dict[str, int] = field(default_factory=dict)
    libraries: int = 0
    """Finished afterwards and compared."""
    wrong: list[str] = field(default_factory=list)
    """What was not as it should be, a sentence each."""

    def note(self, whom: str) -> None:
        """Count a kill."""
        self.kills += 1
        self.by_whom[whom] = self.by_whom.get(whom, 0) + 1

    def compare(self, library: Path, expected: Snapshot, what: str) -> None:
        """Count a library, and note what is not as in one that nobody disturbed."""
        self.libraries += 1
        found = snapshot(library)
        if differences := found.differences(expected):
            shown = {name: (getattr(found, name), getattr(expected, name)) for name in differences}
            self.wrong.append(f"{what}: {', '.join(differences)} differ: {str(shown)[:2000]}")

    def check(self, done: Done, what: str, *allowed: int) -> None:
        """Note a run that ended otherwise than it should."""
        if done.code not in (allowed or (0,)):
            self.wrong.append(f"{what}: exit code {done.code}: {done.complaints}")


def index_by_clock(
    work: Path, recordings: Path, kills: int, seed: int, *, tell: Callable[[Tally], object] = id
) -> Tally:
    """Kill indexing runs at random times, evenly over a run and over who is killed, until so many were.

    Args:
        work: For libraries.
        recordings: Indexed over and over.
        kills: How many.
        seed: Of whom and when.
        tell: Called after each library.
    """
    chance, tally = random.Random(seed), Tally()
    run_s = time_of_run(work / "undisturbed", recordings)
    expected = snapshot(work / "undisturbed")
    while tally.kills < kills:
        library = work / "killed"
        shutil.rmtree(library, ignore_errors=True)
        story: list[str] = []
        more: tuple[str, ...] = ()
        for earlier in range(MOST_RUNS):
            longest_s = run_s / (1 + earlier)  # there is less to do each time
            count = chance.randint(1, MOST_ATTACKS)
            attacks = [Attack(chance.uniform(0, longest_s), chance.choice(WHOMS)) for _ in range(count)]
            attacked = index_and_kill(library, recordings, attacks)
            story.append(", ".join(map(str, attacks)))
            for whom in attacked.hits:
                tally.note(whom)
            if attacked.done is not None:
                tally.check(attacked.done, "; ".join(story), 0, SOME_FAILED)
                more = ("--retry-failed",)  # a recording may have been given up, each of its workers being killed
                break
            if tally.kills >= kills:
                break
        tally.check(index(library, recordings, *more), "; ".join(story))
        tally.compare(library, expected, "; ".join(story))
        tell(tally)
    return tally


@dataclass(frozen=True)
class Verb:
    """Something that writes, and how it is finished after a kill."""

    name: str
    base: Path | None
    """A library to begin with; None for none."""
    arguments: Callable[[Path], list[str]]
    """The command line, for a library."""
    finish: tuple[Callable[[Path], Done], ...] = ()
    """What a person does next: each either succeeds or says that it was done."""


def by_step(work: Path, verb: Verb, kills: int, seed: int) -> Tally:
    """Kill a verb at random steps, evenly over its steps, and finish it each time."""
    chance, tally, told = random.Random(seed), Tally(), work / "steps"

    def fresh() -> Path:
        library = work / "doomed"
        shutil.rmtree(library, ignore_errors=True)
        if verb.base is not None:
            shutil.copytree(verb.base, library)
        return library

    def finish(library: Path, what: str) -> None:
        for again in verb.finish:
            tally.check(again(library), what, 0, GONE_ALREADY)

    library = fresh()
    steps = steps_of(verb.arguments(library), told)
    finish(library, f"{verb.name}, undisturbed")
    expected = snapshot(library)
    for _ in range(kills):
        library, step = fresh(), chance.randint(1, steps)
        what = f"{verb.name}, step {step} of {steps}"
        done = doomed(verb.arguments(library), step, told)
        if done is None:
            tally.note(verb.name)
        finish(library, what)
        tally.compare(library, expected, what)
    return tally


def verbs(work: Path, recordings: Path) -> Iterator[Verb]:
    """Make what is needed and yield everything that writes to a library."""
    half, whole, stale = work / "half", work / "whole", work / "stale"
    first = sorted(recordings.iterdir())[: len(list(recordings.iterdir())) // 2]
    assert run("index", *first, "--library", half, "--jobs", 1, "--quiet", *ENCODERS).code == 0
    assert index(whole, recordings, jobs=1).code == 0
    shutil.copytree(whole, stale)
    shutil.rmtree(stale / "scan")

    def with_library(*arguments: object) -> Callable[[Path], list[str]]:
        return lambda library: [*map(str, arguments), "--library", str(library)]

    def once_more(*arguments: object) -> Callable[[Path], Done]:
        return lambda library: run(*arguments, "--library", library)

    def index_all(library: Path) -> list[str]:
        return index_arguments(library, recordings, jobs=1)

    remove, drop = ("remove", first[0].name, "--yes"), ("spaces", "drop", "audio=toy", "--yes")
    go_on = once_more("index", "--quiet")
    yield Verb("index", None, index_all, (lambda library: index(library, recordings, jobs=1),))
    yield Verb("index more", half, index_all, (lambda library: index(library, recordings, jobs=1),))
    yield Verb("remove", whole, with_library(*remove), (once_more(*remove), go_on))
    yield Verb("spaces drop", whole, with_library(*drop), (once_more(*drop), go_on))
    yield Verb("query, its cache", stale, with_library("query", "blue", "--min-confidence", "0"))


SPACE = EmbeddingSpace(Modality.AUDIO, "many", "0", "none-1", 1.0, 1.0, 64, "dense", "cosine")
WINDOWS = 10_000
"""Of a recording: that merging takes a while."""
COMPACTING = """
import sys
from pathlib import Path
from egosearch.stores import EmbeddedStore
from tests.reliability.campaigns import SPACE
with EmbeddedStore(Path(sys.argv[1])) as store:
    store.scan(SPACE, "kept")
    print("open", flush=True)
    store.remove("gone")
    store.flush()
    store.compact()
"""


def compaction_by_clock(work: Path, kills: int, seed: int) -> Tally:
    """Kill a process while the engine writes a store anew without a removed recording."""
    chance, tally = random.Random(seed), Tally()
    rows: Mapping[str, WindowRows] = {
        name: WindowRows(name, np.arange(WINDOWS), DenseRows(_directions(number)))
        for number, name in enumerate(("kept", "gone", "also kept"))
    }
    base, copy = work / "many", work / "compacted"
    with EmbeddedStore(base) as store:
        for one in rows.values():
            store.upsert(SPACE, one)
    shutil.copytree(base, copy)
    run_s = _compact(copy, None)
    while tally.kills < kills:
        shutil.rmtree(copy)
        shutil.copytree(base, copy)
        after_s = chance.uniform(0, run_s)
        if _compact(copy, after_s) == after_s:
            tally.note("compaction")
        tally.libraries += 1
        with EmbeddedStore(copy) as store:
            store.remove("gone")
            store.compact()
            kept = {name: store.scan(SPACE, name) for name in rows}
            if kept["gone"] is not None:
                tally.wrong.append(f"compaction after {after_s:.3f} s: what was removed is there")
            for name in ("kept", "also kept"):
                found = kept[name]
                if found is None or not np.allclose(found.embeddings.dense(), rows[name].embeddings.dense(), atol=1e-3):
                    tally.wrong.append(f"compaction after {after_s:.3f} s: vectors are lost")
    return tally


def _directions(seed: int) -> "np.ndarray[tuple[int, int], np.dtype[np.float32]]":
    values = np.random.default_rng(seed).normal(size=(WINDOWS, SPACE.dim)).astype(np.float32)
    unit: np.ndarray[tuple[int, int], np.dtype[np.float32]] = values / np.linalg.norm(values, axis=1, keepdims=True)
    return unit


def _compact(folder: Path, after_s: float | None) -> float:
    """Compact a store and kill that after a while; return after how long it ended."""
    command = [sys.executable, "-c", COMPACTING, str(folder)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        began_s = time.monotonic()
        try:
            process.wait(DEADLINE_S if after_s is None else after_s)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            return DEADLINE_S if after_s is None else after_s
        return time.monotonic() - began_s
