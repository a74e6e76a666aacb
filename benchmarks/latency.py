"""Time queries in a process of their own: `python -m benchmarks.latency LIBRARY QUERIES.json` prints JSON.

Each query is asked once, as a person would, so that its text is encoded too; before the clock starts, one other query
loads the networks and reads the search cache. The time of each stage is taken around the engine's own functions.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np

from benchmarks.stopwatch import timing
from egosearch.library import Library
from egosearch.query import engine, steps
from egosearch.query.explanation import Explainer
from egosearch.scan import ScanCache
from egosearch.types import Query
from indexers.encoders import load_encoder
from indexers.types import Modality

STAGES = ("text", "catalogue", "curves", "candidates", "fusion", "moments")


def main(library: Path, texts: list[str]) -> dict[str, object]:
    """Ask every query and return milliseconds: `p50`, `p95`, and the mean of each stage and of the rest."""
    encoders = [load_encoder("concepts", sense) for sense in (Modality.AUDIO, Modality.VISUAL)]
    places: list[tuple[object, str, str]] = [
        *((encoder, name, "text") for encoder in encoders for name in ("encode_text", "affinity")),
        (ScanCache, "load", "catalogue"),
        (steps, "sense_curve", "curves"),
        (steps, "propose", "candidates"),
        (steps, "fuse", "fusion"),
        (engine, "suppress", "fusion"),
        (Explainer, "moments", "moments"),
    ]
    with Library.open(library, read_only=True) as opened:
        opened.answer(Query("something else than what will be asked"))
        taken_s = []
        with timing(time.perf_counter, *places) as watch:
            for text in texts:
                began = time.perf_counter()
                opened.answer(Query(text))
                taken_s.append(time.perf_counter() - began)
        windows = opened.stats().windows
    stages = {name: 1000 * watch.seconds[name] / len(texts) for name in STAGES}
    mean = 1000 * float(np.mean(taken_s))
    return {
        "windows": {sense.value: number for sense, number in windows.items()},
        "queries": len(texts),
        "p50": 1000 * float(np.percentile(taken_s, 50)),
        "p95": 1000 * float(np.percentile(taken_s, 95)),
        "stages": {**stages, "rest": max(0.0, mean - sum(stages.values()))},
    }


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), json.loads(Path(sys.argv[2]).read_text(encoding="utf-8")))))
