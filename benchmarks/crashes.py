"""Kills: whether a library that was killed at any moment, and indexed again, is the one that nobody disturbed.

Small recordings are indexed by the program as it is, with the toy encoders of `indexers.testing`, and killed (SIGKILL)
at up to three times drawn evenly over the run: the whole process group, the process that writes, or one worker. A
library takes up to six such runs, and is then finished. Verbs that take milliseconds are killed at a step drawn evenly
over the calls that the modules which write make and receive (`tests.reliability.doomed`), and finished by the same verb
once more; the engine is killed while it writes 30,000 windows anew without those of one recording.

Compared are recordings, spaces, windows with times and quality, levels, transcripts, failures, vectors as the store
gives them back and how many it holds in all, answers to six queries, and that no unfinished file is left.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.report import Report, Table, heading, machine
from benchmarks.settings import Settings, Skipped
from tests.reliability.campaigns import Tally, by_step, compaction_by_clock, index_by_clock, verbs
from tests.reliability.harness import WHOMS, make_recordings

SEED = 6
PER_VERB = 0.1
"""Kills of each verb, as a share of those of indexing by the clock."""
HEADER = ("killed", "how", "kills", "libraries compared", "different")


def run(settings: Settings, *, seed: int = SEED) -> Report:
    """Kill so many indexing runs, a tenth as many of every verb that writes, and of the engine.

    Raises:
        Skipped: Processes are not killed here as on Linux.
    """
    if sys.platform != "linux":
        raise Skipped("processes are looked up and killed as on Linux")
    began_s = time.perf_counter()
    work = settings.work / "crashes"
    work.mkdir()
    recordings = make_recordings(work / "recordings")
    found = {"indexing, two workers": ("any time", index_by_clock(work, recordings, settings.kills, seed, tell=_tell))}
    few = max(1, round(PER_VERB * settings.kills))
    for verb in verbs(work, recordings):
        found[verb.name] = ("any step", by_step(work, verb, few, seed))
        _tell(found[verb.name][1])
    found["merging in the engine"] = ("any time", compaction_by_clock(work, few, seed))
    return report(found, seed, time.perf_counter() - began_s)


def report(found: dict[str, tuple[str, Tally]], seed: int, seconds: float) -> Report:
    """Return what was found, by what was killed."""
    rows = tuple((name, how, one.kills, one.libraries, len(one.wrong)) for name, (how, one) in found.items())
    clock = next(iter(found.values()))[1]
    whom = ", ".join(f"{clock.by_whom.get(one, 0)} of the {one}" for one in WHOMS)
    notes = [
        f"Of the kills by the clock while indexing: {whom}. Seed {seed}; {seconds / 60:.0f} minutes in all.",
        "A library is different where anything is not as in one that was never killed, or a run after the kill fails.",
    ]
    notes += [f"DIFFERENT: {wrong}" for _, one in found.values() for wrong in one.wrong]
    return Report("Crashes", (Table("Kills, and libraries that differ afterwards", HEADER, rows),), tuple(notes))


def _tell(tally: Tally) -> None:
    print(f"{tally.kills} kills, {tally.libraries} libraries, {len(tally.wrong)} wrong", file=sys.stderr, flush=True)


def main(arguments: list[str] | None = None) -> int:
    """Run it as a program of its own; return the exit code, which is 1 where a library differs."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.crashes", description="Kills while libraries grow.")
    parser.add_argument("--kills", type=int, default=Settings.kills, metavar="N", help="of indexing runs")
    parser.add_argument("--seed", type=int, default=SEED, metavar="N", help="of whom and when")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="egosearch-benchmarks-") as work:
        made = run(Settings(None, Path(work), Path(work), kills=options.kills), seed=options.seed)
    print(heading(machine()))
    print(f"\n{made.markdown()}")
    return int(any(note.startswith("DIFFERENT") for note in made.notes))


if __name__ == "__main__":
    sys.exit(main())
