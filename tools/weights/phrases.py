"""Embed the phrases of the concept vocabulary with the sentence encoder that ships beside them.

Rebuild after every change to `indexers/encoders/concepts/vocabulary/*.tsv`.
"""

import zipfile
from pathlib import Path

import numpy as np

from indexers.encoders.concepts.text import SentenceEncoder
from indexers.encoders.concepts.vocabulary import FILES, read_concepts

_BATCH = 64


def build(_source_dir: Path, target_dir: Path) -> list[Path]:
    """Write `phrases-sounds.npz` and `phrases-sights.npz`.

    Each holds `steps`, int8 (phrases, 384), and `scale`, float32 (phrases,): their product is the embedding.
    """
    encoder = SentenceEncoder()
    built = []
    for kind in FILES:
        phrases = [phrase for concept in read_concepts(kind) for phrase in concept.phrases]
        embeddings = np.concatenate(
            [encoder.embed(phrases[start : start + _BATCH]) for start in range(0, len(phrases), _BATCH)]
        )
        scale = np.abs(embeddings).max(axis=1) / 127
        path = target_dir / f"phrases-{kind}.npz"
        _save(path, steps=np.round(embeddings / scale[:, None]).astype(np.int8), scale=scale.astype(np.float32))
        built.append(path)
    return built


def _save(path: Path, **arrays: "np.typing.NDArray[np.generic]") -> None:
    """Write an npz whose bytes depend on the arrays alone; NumPy's own stamps it with the time."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, array in arrays.items():
            with archive.open(zipfile.ZipInfo(f"{name}.npy"), "w") as file:
                np.lib.format.write_array(file, array, allow_pickle=False)
