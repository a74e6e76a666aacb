"""What became better or worse between two runs: `python -m benchmarks.compare OLD NEW`.

OLD and NEW are what `--json` wrote, or folders of such files: the same measured several times. Every figure of both is
shown with its ratio, new to old, medians where there are several. It is *better* or *worse* only where that is beyond
noise: the medians are apart by more than the threshold (`--threshold`, 0.1: a tenth), by more than one unit of the last
digit that is printed, and of several runs none of the new ones is among the old ones. What of the two is better,
`directions` says. Compare runs of one machine, taken in turns (`make bench-compare`).

Worked example: 20.1, 20.4 and 25.0 ms before and 23.1, 24.0 and 24.2 after: 1.18 times as long, but within the reach of
what was measured before, so it says nothing. Without the 25.0 it is worse.
"""

import argparse
import json
import statistics
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from benchmarks.directions import ROW_JOINT, Direction, direction
from benchmarks.report import Cell, Report, Table

THRESHOLD = 0.1
"""What a machine with nothing else to do may differ by between two runs, and seldom does."""
DIGITS = 3
"""Of a median that is shown."""


@dataclass(frozen=True, order=True)
class Place:
    """Where a figure stands."""

    benchmark: str
    caption: str
    row: str
    column: str


@dataclass(frozen=True)
class Change:
    """A figure of both runs."""

    place: Place
    old: tuple[Decimal, ...]
    new: tuple[Decimal, ...]
    threshold: float

    @property
    def medians(self) -> tuple[float, float]:
        """Old and new."""
        return float(statistics.median(self.old)), float(statistics.median(self.new))

    @property
    def ratio(self) -> float | None:
        """New to old; None where the old one is 0 and the new one is not."""
        old, new = self.medians
        if old == new:
            return 1.0
        return new / old if old else None

    @property
    def better(self) -> Direction | None:
        """Which way is better."""
        return direction(self.place.caption, self.place.row, self.place.column)

    @property
    def is_beyond_noise(self) -> bool:
        """Whether it changed, and not by chance."""
        old, new = self.medians
        unit = max(Decimal(1).scaleb(int(value.as_tuple().exponent)) for value in (*self.old, *self.new))
        is_apart = max(self.old) < min(self.new) or max(self.new) < min(self.old)
        return is_apart and abs(new - old) > float(unit) * (1 + 1e-9) and abs(_excess(old, new)) > self.threshold

    @property
    def is_worse(self) -> bool:
        """Whether it changed to the worse, and not by chance."""
        old, new = self.medians
        return self.is_beyond_noise and self.better is not None and (new > old) == (self.better == "less")

    @property
    def is_better(self) -> bool:
        """Whether it changed to the better, and not by chance."""
        return self.is_beyond_noise and self.better is not None and not self.is_worse

    @property
    def by(self) -> float:
        """By which share the larger of the two exceeds the smaller: twice as much is 1, half as much too."""
        return abs(_excess(*self.medians))


def _excess(old: float, new: float) -> float:
    low, high = sorted((abs(old), abs(new)))
    return 0.0 if low == high else (high / low - 1 if low else float("inf"))


def figures(results: Mapping[str, Any]) -> dict[Place, Decimal]:
    """Return the numbers of one run; `results` is what `--json` wrote.

    A row is named by its cells up to the first number, at least one; rows of one name are numbered.
    """
    found: dict[Place, Decimal] = {}
    for benchmark, report in results.get("benchmarks", {}).items():
        for table in report.get("tables", ()):
            _, *columns = table["header"]
            for first, *cells in table["rows"]:
                numbers = [_number(cell) for cell in cells]
                named = next((i for i, one in enumerate(numbers) if one is not None or cells[i] == "-"), len(cells))
                name = ROW_JOINT.join(map(str, (first, *cells[:named])))
                places = [Place(benchmark, table["caption"], name, column) for column in columns]
                while any(place in found for place in places):
                    name += "'"
                    places = [Place(benchmark, table["caption"], name, column) for column in columns]
                found |= {place: one for place, one in zip(places, numbers, strict=True) if one is not None}
    return found


def _number(cell: Cell) -> Decimal | None:
    try:
        found = Decimal(str(cell).replace(",", ""))
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def compare(old: Sequence[Mapping[str, Any]], new: Sequence[Mapping[str, Any]], threshold: float) -> list[Change]:
    """Return the figures that all runs have, in the order of the first of the new ones."""
    of_old, of_new = ([figures(one) for one in runs] for runs in (old, new))
    everywhere = set.intersection(*(set(one) for one in (*of_old, *of_new)))
    return [
        Change(place, tuple(one[place] for one in of_old), tuple(one[place] for one in of_new), threshold)
        for place in of_new[0]
        if place in everywhere
    ]


def report(changes: Sequence[Change], *, is_short: bool) -> Report:
    """Return the comparison as tables: a summary, and one for each benchmark's table."""
    tables = [_table("Beyond noise", [one for one in changes if one.is_worse or one.is_better], named=True)]
    if not is_short:
        for benchmark, caption in dict.fromkeys((one.place.benchmark, one.place.caption) for one in changes):
            some = [one for one in changes if (one.place.benchmark, one.place.caption) == (benchmark, caption)]
            tables.append(_table(f"{benchmark}: {caption}", some))
    worse, better = sum(one.is_worse for one in changes), sum(one.is_better for one in changes)
    note = f"{len(changes)} figures: {better} better, {worse} worse, {len(changes) - better - worse} within noise."
    return Report("Old and new", tuple(tables), (note,))


def _table(caption: str, changes: Iterable[Change], *, named: bool = False) -> Table:
    rows = tuple(
        (
            *([f"{one.place.benchmark}: {one.place.caption}"] if named else []),
            one.place.row,
            one.place.column,
            *(f"{median:.{DIGITS}g}" if median < 10**DIGITS else f"{median:,.0f}" for median in one.medians),
            "-" if one.ratio is None else f"{one.ratio:.2f}",
            "worse" if one.is_worse else "better" if one.is_better else "",
        )
        for one in changes
    )
    return Table(caption, (*(["table"] if named else []), "what", "figure", "old", "new", "ratio", ""), rows)


def _read(path: Path) -> list[dict[str, Any]]:
    """Read a file of results, or all of a folder.

    Raises:
        ValueError: It holds none.
    """
    files = sorted(path.glob("*.json")) if path.is_dir() else [path]
    found = [json.loads(file.read_text(encoding="utf-8")) for file in files]
    if not found or not all(isinstance(one, dict) and "benchmarks" in one for one in found):
        raise ValueError(f"{path} holds no results: write them with `python -m benchmarks --json`")
    return found


def _differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    """Yield what else differed between two runs."""
    ours, theirs = (one.get("machine", {}) for one in (new, old))
    for name in ("CPU", "system", "Python", "versions"):
        if name in ours and name in theirs and ours[name] != theirs[name]:
            yield f"{name} differs: {theirs[name]} then, {ours[name]} now."


def main(arguments: list[str] | None = None) -> int:
    """Print the comparison; return 1 if a figure is worse by more than `--fail-above`, 2 if there is nothing to do."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.compare", description="Compare two runs.")
    parser.add_argument("old", type=Path, metavar="OLD", help="a file that --json wrote, or a folder of several")
    parser.add_argument("new", type=Path, metavar="NEW", help="likewise")
    help_threshold = f"a change by a smaller share is noise (default: {THRESHOLD})"
    parser.add_argument("--threshold", type=float, default=THRESHOLD, metavar="SHARE", help=help_threshold)
    help_fail = "exit with 1 if anything is worse by more than this share, beyond noise (0.25: a quarter)"
    parser.add_argument("--fail-above", type=float, metavar="SHARE", help=help_fail)
    parser.add_argument("--short", action="store_true", help="only what changed")
    options = parser.parse_args(arguments)
    try:
        old, new = _read(options.old), _read(options.new)
    except (OSError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    changes = compare(old, new, options.threshold)
    revisions = [one[0].get("machine", {}).get("revision", "unknown") for one in (old, new)]
    print(f"Old: {revisions[0]}, {len(old)} run(s); new: {revisions[1]}, {len(new)} run(s).\n")
    print("".join(f"{line}\n\n" for line in _differences(old[0], new[0])), end="")
    print(report(changes, is_short=options.short).markdown())
    if not changes:
        print("error: the two have no figure in common", file=sys.stderr)
        return 2
    limit = options.fail_above
    return int(limit is not None and any(one.is_worse and one.by > limit for one in changes))


if __name__ == "__main__":
    sys.exit(main())
