"""Write your own encoder: one that is shown eight pictures a second at once and tells which way the view turns.

A video model of the TimeSformer or ViViT kind goes where `encode` is. For `egosearch index --encoder visual=turning`
its pyproject.toml says, under [project.entry-points."egosearch.encoders"]: turning = "your_own_encoder:Turning"
"""

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from egosearch import IndexOptions, Library, Modality
from indexers.base import PictureInput
from indexers.embeddings import SparseRows
from indexers.media.write import write_recording
from indexers.types import Clip, EmbeddingSpace, Floats

WORDS = ("still", "left", "right")


class Turning:  # noqa: D101
    input = PictureInput(pixels=64 * 36, frames=8)
    space = EmbeddingSpace(Modality.VISUAL, "turning", "none", "columns-1", 1.0, 1.0, len(WORDS), "sparse", "dot")

    def __init__(self, modality: Modality, variant: str) -> None: ...  # the variant follows a colon in the name

    def encode(self, clips: Sequence[Clip]) -> SparseRows:
        columns = [np.diff([picture.mean(axis=(0, 2)) for picture in clip.pictures]) for clip in clips]  # (8, w - 1)
        fits = [[(np.roll(c[:-1], by, axis=1) * c[1:]).sum() for by in range(-8, 9)] for c in columns]
        turns = [int(np.sign(np.argmax(fit) - 8)) for fit in fits]  # -1, what is seen goes left: the camera turns right
        return SparseRows.from_dense(np.eye(3, dtype=np.float32)[turns], above=0)

    def encode_text(self, texts: Sequence[str]) -> SparseRows:
        return SparseRows.from_dense(np.array([[w in t for w in WORDS] for t in texts], np.float32), above=0)

    def affinity(self, text: str) -> float:
        return 1.0 if any(word in text for word in WORDS) else 0.2

    def words(self, row: Floats, limit: int) -> list[tuple[str, float]]:
        return [(WORDS[i], float(row[i])) for i in np.argsort(-row)[:limit] if row[i] > 0]

    def close(self) -> None: ...


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder, Library.open(Path(folder, "library")) as library:
        (installed := Path(folder, "own.dist-info")).mkdir()  # as `pip install` of the package leaves it
        (installed / "entry_points.txt").write_text("[egosearch.encoders]\nturning = your_own_encoder:Turning")
        sys.path.append(folder)
        world = np.random.default_rng(1).integers(0, 256, (9, 200, 3), np.uint8).repeat(4, axis=0).repeat(4, axis=1)
        left_px = np.interp(np.arange(240), [60, 120, 180], [100, 400, 100]).astype(int)  # still, right, left, still
        frames, sound = (world[:, x : x + 64] for x in left_px), np.zeros(768_000, np.float32)
        path = Path(folder, "a.mp4")
        write_recording(path, frames=frames, frame_rate_hz=10, samples=sound, sample_rate_hz=32_000, recorded_at=None)
        library.index([path], options=IndexOptions(encoders={Modality.VISUAL: "turning"}, jobs=1))
        for text in ("turning right", "turning left"):
            print(text, *(f"{one.span.start_s:.0f} to {one.span.end_s:.0f} s" for one in library.search(text)))
