"""The memory of a program and of what it has started, looked at from outside while it runs. Linux only.

Three sums, since no single one is right:

- *proportional* (PSS): a page that several processes share counts for each of them in parts. Added up over processes
  it is what the machine has less of: the figure to hold against a limit;
- *resident* (RSS) counts such a page for each process in full: what `top` shows, too much once added up;
- the kernel's own peak of each process (`processes.py`) misses nothing, but peaks do not come at the same time.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Footprint:
    """At one moment."""

    at_s: float
    """Since the program was started."""
    program_bytes: int
    """Proportional, of the first process."""
    workers_bytes: tuple[int, ...]
    """Proportional, of each process that it has started and these have started, largest first."""
    resident_bytes: int
    """Of all of them."""

    @property
    def total_bytes(self) -> int:
        """Proportional, of all of them."""
        return self.program_bytes + sum(self.workers_bytes)


def footprint(pid: int, at_s: float) -> Footprint | None:
    """Look at a process and its descendants now; None where it is over, or the system does not say."""
    found = {one: sizes for one in descent(pid) if (sizes := _sizes_bytes(one)) is not None}
    if pid not in found:
        return None
    program = found.pop(pid)
    workers = sorted((proportional for proportional, _ in found.values()), reverse=True)
    return Footprint(at_s, program[0], tuple(workers), program[1] + sum(resident for _, resident in found.values()))


def descent(pid: int) -> Iterator[int]:
    """Yield a process and all that came from it, as far as they are still there; nothing where there is no /proc."""
    pending = [pid]
    while pending:
        one = pending.pop()
        try:
            tasks = list(Path(f"/proc/{one}/task").iterdir())
            pending += [int(child) for task in tasks for child in (task / "children").read_text("ascii").split()]
        except OSError:
            continue
        yield one


def _sizes_bytes(pid: int) -> tuple[int, int] | None:
    """Return proportional and resident size."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    sizes = {line.split(":")[0]: int(line.split()[1]) * 1024 for line in lines if line.endswith(" kB")}
    return (sizes["Pss"], sizes["Rss"]) if "Pss" in sizes and "Rss" in sizes else None
