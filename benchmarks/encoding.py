"""One encoder in a process of its own: what `benchmarks.encoders` runs.

`python -m benchmarks.encoding build FOLDER` makes models with random weights there, and exports them.
`python -m benchmarks.encoding windows MODALITY NAME` and `... texts ...` encode and print what it took, as JSON. What
is counted is processor time, which other work on the machine changes least; with one thread it is what an idle machine
takes.
"""

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

LEAST_S = 6.0
"""How long to encode before the speed is read off."""
PER_CALL = 8
"""Windows in one call: the least that indexing hands over but for the end of a slice."""
OPEN_CLIP, LAION_CLAP = "ViT-B-32", "630k-audioset-best"
PRECISIONS = ("fp16", "int8")
SENTENCE = "when the timer went off"
"""One that the random models' tokenizer was made of, so that it has about as many tokens as with a real one."""


def build(folder: Path) -> None:
    """Make models in the real formats with random weights: speed and memory do not depend on their values."""
    import open_clip
    import torch

    from egosearch.models.exporting import export
    from tests.encoders.tiny_clap import make_models

    os.environ["EGOSEARCH_MODELS"] = str(folder)
    make_models(folder, name=LAION_CLAP, has_whole_text=True)
    torch.manual_seed(0)
    weights = open_clip_weights(folder)
    torch.save(open_clip.create_model(OPEN_CLIP, load_weights=False).state_dict(), weights)
    for name in (f"open-clip:{OPEN_CLIP}/{weights}", f"laion-clap:{LAION_CLAP}"):
        for precision in PRECISIONS:
            made = export(name, precision=precision)  # type: ignore[arg-type] # mypy widens them
            print(f"{made.name}: least cosine {made.least_cosine:.4f}, {made.method}", file=sys.stderr)


def open_clip_weights(folder: Path) -> Path:
    """Return where the random weights of OpenCLIP are."""
    return folder / f"{OPEN_CLIP}.pt"


def windows(modality: str, name: str) -> dict[str, float]:
    """Return windows a second, and the seconds that the process took to the first one."""
    from indexers.encoders import load_encoder
    from indexers.types import Modality

    encoder = load_encoder(name, Modality(modality))
    clips = _clips(encoder)
    encoder.encode(clips[:1])
    first_s = time.process_time()
    encoder.encode(clips)
    began, done = time.process_time(), 0
    while time.process_time() - began < LEAST_S:
        encoder.encode(clips)
        done += len(clips)
    return {"first_s": first_s, "per_s": done / (time.process_time() - began)}


def texts(modality: str, name: str) -> dict[str, float]:
    """Return the seconds a query takes, and those that the process took to the first one's vector."""
    from indexers.encoders import load_encoder
    from indexers.types import Modality

    encoder = load_encoder(name, Modality(modality))
    encoder.encode_text([SENTENCE])
    first_s = time.process_time()
    took = []
    for _ in range(10):
        began = time.process_time()
        encoder.encode_text([SENTENCE])
        took.append(time.process_time() - began)
    return {"first_s": first_s, "query_s": sorted(took)[len(took) // 2]}


def _clips(encoder: Any) -> list[Any]:
    """Return windows as the decoder hands them over: a picture of 16:9, or a window of sound."""
    import numpy as np

    from indexers.base import PictureInput
    from indexers.types import Clip, Span

    random = np.random.default_rng(1)
    wanted, window_s = encoder.input, encoder.space.window_s
    span = Span(0, window_s)
    if isinstance(wanted, PictureInput):
        short = wanted.short_side_px(1920, 1080)
        size = (short, round(short * 16 / 9), 3)
        return [Clip(span, pictures=(random.integers(0, 256, size, np.uint8),)) for _ in range(PER_CALL)]
    length = round(window_s * wanted.sample_rate_hz)
    return [Clip(span, samples=(random.normal(size=length) / 10).astype(np.float32)) for _ in range(PER_CALL)]


def main(arguments: list[str]) -> None:
    """Do what the arguments say, on one thread and without a GPU, as a worker of an indexing run does."""
    from benchmarks.processes import use_one_thread

    use_one_thread()
    os.environ["EGOSEARCH_DEVICE"] = "cpu"
    if arguments[0] == "build":
        build(Path(arguments[1]))
        return
    act = {"windows": windows, "texts": texts}[arguments[0]]
    print(json.dumps(act(arguments[1], arguments[2])))


if __name__ == "__main__":
    main(sys.argv[1:])
