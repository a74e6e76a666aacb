"""Ask a library in one process, with any commit's egosearch: `python -P warm.py LIBRARY QUERIES.json [ROOT HOURS]`.

Prints JSON: milliseconds of each query, and the versions of what was imported. Of egosearch it uses what has always
been public, and of the benchmarks nothing, so that the same ruler is laid to both commits (`revisions.py`). With ROOT,
a checkout, and HOURS the benchmarks of that commit make a library of so many hours out of this one, which is asked too.
"""

import json
import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any


def ask(library: Path, texts: list[str]) -> list[float]:
    """Ask each text once, and the last one before the clock starts; return milliseconds."""
    from egosearch import Library

    *asked, warming = texts
    taken_ms = []
    with Library.open(library, read_only=True) as opened:
        opened.search(warming)
        for text in asked:
            began = time.perf_counter()
            opened.search(text)
            taken_ms.append(1000 * (time.perf_counter() - began))
    return taken_ms


def main(library: Path, texts: list[str], root: str = "", hours: str = "0") -> dict[str, Any]:
    """Return what is printed; `large` says why where there is no larger library."""
    found: dict[str, Any] = {"small": ask(library, texts)}
    packages = ("av", "duckdb", "numpy", "onnxruntime", "qdrant-edge-py")
    found["versions"] = ", ".join(f"{name} {version(name)}" for name in packages)
    if root:
        sys.path.insert(0, root)
        target = library.with_name(f"{library.name}-large")
        try:
            from benchmarks.libraries import generate

            generate(library, target, int(hours))
        except Exception as error:
            found["large"] = f"{type(error).__name__}: {error}"
        else:
            found["large"] = ask(target, texts)
    return found


if __name__ == "__main__":
    _, folder, queries, *more = sys.argv
    print(json.dumps(main(Path(folder), json.loads(Path(queries).read_text(encoding="utf-8")), *more)))
