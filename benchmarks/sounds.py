"""Single sounds: does its own name find a recording among all others?

Every labelled recording of one sound in `data/index.csv` (a door, a doorbell, a cough; half a second to minutes) is
indexed as a recording is, and described by the mean of each concept's best windows, whitened over the set as
`egosearch.query.curves` does over a library. Each label, as it stands, is a query. *First* and *among five* are the
shares of recordings that fewer than one and five recordings of other labels score above, for their own label; *MRR* is
the mean of one over that rank. Nothing is located and nothing fused: it is the ear alone, and its ceiling.
"""

import csv

import numpy as np
from numpy.typing import NDArray

from benchmarks.esc10 import embed
from benchmarks.report import Report, Table
from benchmarks.settings import Settings, Skipped
from egosearch.query.curves import DEVIATION_FLOOR, WHITENING
from indexers.encoders import load_encoder
from indexers.errors import MediaError
from indexers.types import Modality

BEST_WINDOWS = 4
INDEX = "data/index.csv"


def run(settings: Settings) -> Report:
    """Rank the recordings that are there.

    Raises:
        Skipped: There are none.
    """
    index = settings.need(INDEX, "the list of labelled sounds")
    labels, rows = [], []
    with index.open(encoding="utf-8", newline="") as lines:
        for line in csv.DictReader(lines):
            if line["kind"] == "sound" and (index.parent / line["path"]).is_file():
                try:
                    batch = embed(index.parent / line["path"])
                except MediaError:
                    continue  # a damaged file is there to be refused
                if len(batch):
                    labels.append(line["label"].lower())
                    rows.append(np.sort(batch.embeddings.dense(), axis=0)[-BEST_WINDOWS:].mean(axis=0))
    if not rows:
        raise Skipped(f"no sound that {INDEX} lists is there")
    names = sorted(set(labels))
    queries = load_encoder("concepts", Modality.AUDIO).encode_text(names).dense()  # (q, dim)
    shown = np.stack(rows)  # (n, dim)
    scores = (shown - shown.mean(axis=0)) / (shown.std(axis=0) + DEVIATION_FLOOR) ** WHITENING @ queries.T  # (n, q)
    found = ranks(scores, np.array([names.index(label) for label in labels]))
    header = ("recordings", "labels", "first", "among five", "MRR")
    shares = [float(np.mean(one)) for one in (found < 1, found < 5, 1 / (found + 1))]
    row: tuple[str | int | float, ...] = (len(found), len(names), *(f"{share:.3f}" for share in shares))
    return Report("Single sounds", (Table("Each label to its recordings, among all", header, (row,)),))


def ranks(scores: NDArray[np.float32], truth: NDArray[np.int64]) -> NDArray[np.int64]:
    """Count what other labels have above each recording.

    Args:
        scores: Shape (n, q).
        truth: Shape (n,), the query that is each recording's label.

    Returns:
        Shape (n,): how many recordings of other labels score higher for the label; 0 for the first.
    """
    own = scores[np.arange(len(truth)), truth]
    others = truth[:, None] != truth[None]  # (n, n)
    above: NDArray[np.int64] = ((own[:, None] < scores[:, truth].T) & others).sum(axis=1)
    return above
