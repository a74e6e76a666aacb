"""One engine in a process of its own: what it takes to keep windows, and how soon it finds some. Prints JSON.

    python -m benchmarks.searching build ENGINE LAYOUT LIBRARY WINDOWS FOLDER
    python -m benchmarks.searching ask ENGINE LAYOUT LIBRARY WINDOWS FOLDER

Every query is asked once, and another one before the clock starts. An engine that is slow is asked fewer.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any, get_args

from benchmarks.rivals import RIVALS
from benchmarks.searchers import NUMPY, OWN, Engine
from benchmarks.windows import Layout, Windows

ENGINES: dict[str, Engine] = {engine.name: engine for engine in (*OWN, *NUMPY, *RIVALS)}
PATIENCE_S = 60.0
"""For all queries of an engine."""
LEAST = 5
"""Queries asked, however long they take."""


def build(engine: Engine, windows: Windows, folder: Path) -> dict[str, Any]:
    """Keep windows, and return the seconds that it took; reading them is not counted where they are sparse."""
    began = time.perf_counter()
    engine.build(windows, folder)
    return {"build_s": time.perf_counter() - began}


def ask(engine: Engine, windows: Windows, folder: Path) -> dict[str, Any]:
    """Return the seconds to open, milliseconds of each query, and what each found."""
    *queries, warming = range(len(windows.texts))
    began = time.perf_counter()
    asking = engine.open(windows, folder)
    opened_s = time.perf_counter() - began
    asking(warming)
    taken_ms, found = [], []
    until = time.perf_counter() + PATIENCE_S
    for i in queries:
        began = time.perf_counter()
        one = asking(i)
        taken_ms.append(1000 * (time.perf_counter() - began))
        if one:
            found.append([list(map(int, of_sense)) for of_sense in one])
        if time.perf_counter() > until and len(taken_ms) >= LEAST:
            break
    return {"open_s": opened_s, "ms": taken_ms, "found": found}


def main(arguments: list[str]) -> dict[str, Any]:
    """Do what the command line says."""
    verb, name, layout, library, windows, folder = arguments
    known: dict[str, Layout] = {one: one for one in get_args(Layout)}
    do = {"build": build, "ask": ask}[verb]
    return do(ENGINES[name], Windows(Path(windows), Path(library), known[layout]), Path(folder))


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1:])))
