"""Small made-up libraries for the query engine: a few windows, a few concepts, numbers that a reader can follow."""

from collections.abc import Sequence

import numpy as np

from egosearch.query.sounds import SoundEvents
from egosearch.scan import Scan, SpaceMatrix
from indexers.embeddings import SparseRows
from indexers.types import EmbeddingSpace, Modality


def space(modality: Modality, dim: int = 4, hop_s: float = 1.0) -> EmbeddingSpace:
    return EmbeddingSpace(modality, "toy", "0", "none-1", hop_s, hop_s, dim, "sparse", "dot")


def matrix(
    modality: Modality,
    recordings: dict[str, Sequence[Sequence[float]]],
    *,
    hop_s: float = 1.0,
    clarity: tuple[float, float] | None = None,
) -> SpaceMatrix:
    """Each recording is a list of windows, one every `hop_s`; each window a list of strengths by concept."""
    lengths = [len(windows) for windows in recordings.values()]
    rows = np.array([window for windows in recordings.values() for window in windows], dtype=np.float32)
    starts = np.concatenate([np.arange(length) * hop_s for length in lengths])
    good = (-20.0, 40.0) if modality is Modality.AUDIO else (3.0, 0.5)
    return SpaceMatrix(
        space(modality, rows.shape[1], hop_s),
        tuple(recordings),
        tuple("1" for _ in recordings),
        np.cumsum([0, *lengths]),
        starts,
        starts + hop_s,
        np.tile(np.array(clarity or good, np.float32), (len(rows), 1)),
        SparseRows.from_dense(rows, above=0),
    )


def scan(*matrices: SpaceMatrix, events: dict[str, Sequence[tuple[float, float, float]]] | None = None) -> Scan:
    """Events are (start_s, end_s, snr_db) by recording."""
    durations = {one: float(made.end_s.max()) for made in matrices for one in made.recording_ids}
    parts = [
        SoundEvents((one,), np.array([(0.0, *event) for event in found], dtype=np.float64).reshape(-1, 4))
        for one, found in (events or {}).items()
    ]
    return Scan("1", {made.space.modality: made for made in matrices}, SoundEvents.join(parts), durations)
