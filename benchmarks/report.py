"""Results as tables: Markdown for the README, JSON for comparing runs, and the machine they were measured on."""

import os
import platform
import subprocess
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from benchmarks.settings import ROOT

Cell = str | int | float
PACKAGES = ("egosearch", "av", "duckdb", "faiss-cpu", "numpy", "onnxruntime", "qdrant-client", "qdrant-edge-py")


@dataclass(frozen=True)
class Table:
    """One table; numbers are already rounded as they are to be read."""

    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def markdown(self) -> str:
        """Return it with its caption, numbers aligned to the right where the first row has one."""
        first = self.rows[0] if self.rows else ()
        rule = ["---:" if isinstance(cell, int | float) else "---" for cell in first] or ["---"] * len(self.header)
        lines = [self.header, rule, *([_shown(cell) for cell in row] for row in self.rows)]
        return "\n".join([f"**{self.caption}**", "", *("| " + " | ".join(line) + " |" for line in lines)])


@dataclass(frozen=True)
class Report:
    """What one benchmark has to say."""

    title: str
    tables: tuple[Table, ...]
    notes: tuple[str, ...] = ()
    """What a reader must know to take the numbers for what they are."""

    def markdown(self) -> str:
        """Return title, tables and notes."""
        notes = ["\n".join(f"- {note}" for note in self.notes)] if self.notes else []
        return "\n\n".join([f"## {self.title}", *(table.markdown() for table in self.tables), *notes])

    def as_json(self) -> dict[str, object]:
        """Return it as plain values."""
        return asdict(self)


def machine() -> dict[str, str]:
    """Describe where and with what is measured."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "CPU": f"{_cpu()}, {cores} cores",
        "system": f"{platform.system()} {platform.machine()}",
        "Python": platform.python_version(),
        "revision": _revision(),
        "versions": ", ".join(f"{name} {found}" for name, found in _versions().items()),
    }


def heading(described: Mapping[str, str]) -> str:
    """Return the line that stands above all tables."""
    return "Measured: " + "; ".join(f"{name} {value}" for name, value in described.items()) + "."


def _cpu() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or "unknown"


def _revision() -> str:
    """Return the checkout's commit, with `-dirty` where files differ from it."""
    command = ["git", "describe", "--always", "--dirty", "--abbrev=7"]
    try:
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def _versions() -> dict[str, str]:
    found = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "missing"
    return found


def _shown(cell: Cell) -> str:
    return f"{cell:,}" if isinstance(cell, int) else str(cell)
