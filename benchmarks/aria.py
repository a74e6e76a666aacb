"""Zero-shot sight on real first-person frames: which of 21 sentences says what the wearer is doing?

Four frames of a head-worn Aria camera (fisheye, dark corners, the wearer's hands): two of one kitchen, two of one
office, so they count for two scenes rather than four. For each scene two sentences are acceptable; the other 17 are
things that people also do. All were written by looking at the frames, before anything was scored, and not changed
since. A frame is described by the encoder as a window is, and sentences are ranked three ways: by inner product; with
each sentence's mean over the four frames taken off, which asks for which frame it stands out; and as the engine scores
windows (`egosearch.query.curves`), centred and whitened over a library, where the frames are put among the bench's
recordings. Of a library of four frames alone the engine's shrinkage would leave nearly the plain inner product.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.libraries import bench_library
from benchmarks.report import Report, Table
from benchmarks.settings import Settings, Skipped
from egosearch.catalog import Catalog
from egosearch.config import LibraryPaths
from egosearch.query.curves import sense_curve
from egosearch.scan import ScanCache
from indexers.base import PictureInput
from indexers.embeddings import Embeddings, concatenate
from indexers.encoders import load_encoder
from indexers.types import Clip, Modality, Span

ACCEPTABLE = {
    "adt": ("mixing something in a bowl", "standing in the kitchen"),
    "gen2": ("walking through the office", "the computers on the desks"),
}
"""By how the frame's file name begins."""
DISTRACTORS = (
    "driving a car",
    "walking the dog in the park",
    "at the beach",
    "riding a bicycle",
    "eating pizza",
    "in the bedroom",
    "washing my hands in the bathroom",
    "watching television on the sofa",
    "playing the piano",
    "shopping at the supermarket",
    "waiting for the train",
    "reading a book",
    "mowing the lawn",
    "swimming in the pool",
    "a cat on my lap",
    "climbing a mountain",
    "in the church",
)
SENTENCES = (*(sentence for sentences in ACCEPTABLE.values() for sentence in sentences), *DISTRACTORS)
SHOWN = 4


def run(settings: Settings) -> Report:
    """Rank the sentences for each frame that is there.

    Raises:
        Skipped: None is.
    """
    folder = settings.need("data/images/aria", "frames of an Aria camera")
    names, pictures = [], []
    for path in sorted(folder.glob("*.jpg")):
        if any(path.name.startswith(begin) for begin in ACCEPTABLE):
            names.append(path.stem)
            pictures.append(read_picture(path))
    plain = rank(pictures, SENTENCES)
    centred = plain - plain.mean(axis=0)
    ways = {"Plain inner product": plain, "Each sentence's mean over the frames taken off": centred}
    with suppress(Skipped):  # where there is no library to put them among
        ways["As the engine scores it, among the bench's recordings"] = among(bench_library(settings), pictures)
    tables = tuple(_table(caption, names, scores) for caption, scores in ways.items())
    notes = (
        f"{len(SENTENCES)} sentences, two acceptable for each frame: a guess is right in {2 / len(SENTENCES):.0%}.",
        "Two scenes, two nearly equal frames each: an example, not a statistic.",
    )
    return Report("Sight, zero-shot, on a head-worn camera (Aria)", tables, notes)


def read_picture(path: Path) -> NDArray[np.uint8]:
    """Return an image file as the decoder would give it: upright RGB, as large as the encoder wants it."""
    from PIL import Image, ImageOps

    wanted = load_encoder("concepts", Modality.VISUAL).input
    with Image.open(path) as opened:
        upright = ImageOps.exif_transpose(opened).convert("RGB")
    short_side_px = wanted.short_side_px(*upright.size) if isinstance(wanted, PictureInput) else min(upright.size)
    scale = min(1.0, short_side_px / min(upright.size))
    size = (round(upright.width * scale), round(upright.height * scale))
    return np.asarray(upright.resize(size, Image.Resampling.BILINEAR))


def rank(pictures: Sequence[NDArray[np.uint8]], sentences: Sequence[str]) -> NDArray[np.float32]:
    """Return the inner product of every picture with every sentence, shape (pictures, sentences)."""
    queries = load_encoder("concepts", Modality.VISUAL).encode_text(list(sentences)).dense()
    rows = _encode(pictures)
    return np.stack([rows.dot(query) for query in queries], axis=1)


def among(library: Path, pictures: Sequence[NDArray[np.uint8]]) -> NDArray[np.float32]:
    """Return the engine's score of every picture for every sentence, each a recording of its own in a library."""
    paths = LibraryPaths(library)
    with Catalog.open(paths.catalog, read_only=True) as catalog:
        scan = ScanCache(paths.scan).load(catalog)
    known, count = scan.matrices[Modality.VISUAL], len(pictures)
    names = tuple(f"frame {i}" for i in range(count))
    matrix = replace(
        known,
        recording_ids=(*known.recording_ids, *names),
        digests=(*known.digests, *names),
        offsets=np.concatenate([known.offsets, known.offsets[-1] + np.arange(1, count + 1)]),
        start_s=np.concatenate([known.start_s, np.zeros(count)]),
        end_s=np.concatenate([known.end_s, np.ones(count)]),
        clarity=np.concatenate([known.clarity, np.ones((count, 2), np.float32)]),
        rows=concatenate([known.rows.take(np.arange(len(known))), _encode(pictures)], known.space.dim),
    )
    both = replace(
        scan, matrices={Modality.VISUAL: matrix}, durations_s={**scan.durations_s, **dict.fromkeys(names, 1)}
    )
    queries = load_encoder("concepts", Modality.VISUAL).encode_text(SENTENCES).dense()
    return np.stack([sense_curve(both, matrix, query, 1.0).scores[-count:] for query in queries], axis=1)


def _encode(pictures: Sequence[NDArray[np.uint8]]) -> Embeddings:
    encoder = load_encoder("concepts", Modality.VISUAL)
    return encoder.encode([Clip(Span(0.0, 1.0), pictures=(rgb,)) for rgb in pictures])


def _table(caption: str, names: Sequence[str], scores: NDArray[np.float32]) -> Table:
    rows = []
    right = 0
    for name, row in zip(names, scores, strict=True):
        acceptable = next(sentences for begin, sentences in ACCEPTABLE.items() if name.startswith(begin))
        order = np.argsort(-row, kind="stable")
        first = next(place for place, i in enumerate(order, start=1) if SENTENCES[i] in acceptable)
        right += first == 1
        best = "; ".join(
            f"**{SENTENCES[i]}** {row[i]:.2f}" if SENTENCES[i] in acceptable else f"{SENTENCES[i]} {row[i]:.2f}"
            for i in order[:SHOWN]
        )
        rows.append((name, best, first))
    header = ("frame", f"best {SHOWN} of {len(SENTENCES)} (bold: acceptable)", "rank of the first acceptable")
    return Table(f"{caption}: {right} of {len(names)} frames have an acceptable sentence on top", header, tuple(rows))
