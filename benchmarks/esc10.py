"""Zero-shot sound: which of ten sentences says what a clip is?

Every clip of ESC-10 (ten everyday sounds, 5 s each; Piczak, "ESC: Dataset for Environmental Sound Classification",
ACM Multimedia 2015) is indexed as a recording is, and each of its windows compared with each sentence by inner product.
A clip's score is the mean of its best three windows. *Top-1* is the share of clips whose best sentence is that of their
folder; *mAP* the mean over sentences of the average precision of all clips ranked by it. Nothing was trained on ESC-10.
"""

import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.report import Report, Table
from benchmarks.settings import Settings, Skipped
from benchmarks.stopwatch import timing
from indexers.encoders import load_encoder
from indexers.media import probe
from indexers.slices import EncoderChoice, Plan, index_slice
from indexers.types import EmbeddingBatch, Modality, Slice

SENTENCES = {
    "dog": "a dog is barking",
    "sneeze": "someone sneezed",
    "clock": "a ticking clock",
    "rain": "the rain is falling",
    "sea": "waves at the sea",
    "fire": "a crackling fire",
    "baby": "a baby is crying",
    "chainsaw": "somebody using a chainsaw",
    "helicopter": "a helicopter flying",
    "rooster": "a rooster crowing",
}
"""By a word that is in the name of the class's folder."""
BEST_WINDOWS = 3
PLAN = Plan((EncoderChoice(Modality.AUDIO, "concepts"),))


def run(settings: Settings) -> Report:
    """Classify the clips that are there.

    Raises:
        Skipped: None are.
    """
    sets = {}
    if settings.all_dir is not None:
        sets["ESC-10, all"] = settings.all_dir
    try:
        sets["ESC-10, shared clips"] = settings.need("data/audio/esc10", "the clips of ESC-10")
    except Skipped:
        if not sets:
            raise
    rows = tuple(_row(name, folder) for name, folder in sets.items())
    header = ("clips", "n", "top-1", "mAP", "windows/s, encoder", "windows/s, with decoding")
    table = Table("Ten sentences, each clip to its best one", header, rows)
    return Report("Sound, zero-shot (ESC-10)", (table,), ("Windows per CPU second of one core.",))


def _row(name: str, folder: Path) -> tuple[str | int | float, ...]:
    clips = {path: label for path in sorted(folder.rglob("*")) if path.is_file() and (label := _label(path))}
    if not clips:
        raise Skipped(f"there are no clips in folders named by class in {folder.name}")
    encoder = load_encoder("concepts", Modality.AUDIO)
    encoder.encode([])  # loads the network
    queries = encoder.encode_text(list(SENTENCES.values())).dense()  # (q, dim)
    began = time.process_time()
    with timing(time.process_time, (encoder, "encode", "encode")) as watch:
        batches = [embed(path) for path in clips]
    took_s = time.process_time() - began
    scores = np.stack([clip_scores(batch, queries) for batch in batches])  # (clips, q)
    truth = np.array([list(SENTENCES).index(label) for label in clips.values()])
    windows = sum(len(batch) for batch in batches)
    return (
        name,
        len(clips),
        f"{(scores.argmax(axis=1) == truth).mean():.3f}",
        f"{mean_average_precision(scores, truth):.3f}",
        round(windows / watch.seconds["encode"]),
        round(windows / took_s),
    )


def _label(path: Path) -> str | None:
    """Return the class of a clip by its folder's name; None for a file that is no clip."""
    folder = path.parent.name.lower()
    return next((label for label in SENTENCES if label in folder), None)


def embed(path: Path) -> EmbeddingBatch:
    """Return the windows of a whole sound file, as indexing makes them."""
    recording = probe(path)
    (batch,) = index_slice(Slice(recording, 0, 0.0, recording.duration_s), PLAN).batches
    return batch


def clip_scores(batch: EmbeddingBatch, queries: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return a clip's score for each query (shape (q, dim)): the mean of its best windows, shape (q,)."""
    by_window = np.stack([batch.embeddings.dot(query) for query in queries])  # (q, windows)
    best: NDArray[np.float32] = np.sort(by_window, axis=1)[:, -BEST_WINDOWS:].mean(axis=1)
    return best


def mean_average_precision(scores: NDArray[np.float32], truth: NDArray[np.int64]) -> float:
    """Return the mean over queries of the precision at each relevant clip's rank.

    Args:
        scores: Shape (clips, q).
        truth: Shape (clips,), the query that each clip belongs to.
    """
    found = []
    for query in range(scores.shape[1]):
        relevant = truth[np.argsort(-scores[:, query], kind="stable")] == query
        if relevant.any():
            precision = np.cumsum(relevant) / np.arange(1, len(relevant) + 1)
            found.append(float(precision[relevant].mean()))
    return float(np.mean(found))
