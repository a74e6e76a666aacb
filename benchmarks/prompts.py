"""What wording a query as captions are worded is worth to OpenCLIP: needs its packages, and trained weights.

`EGOSEARCH_BENCH_CLIP` names the encoder: `open-clip:ViT-B-32/laion2b_s34b_b79k`. Every second of the bench's recordings
is embedded, and ranked for each query about what is seen by inner product alone: without the engine, so that nothing
but the wording differs. A query's rank is that of the first second that overlaps with what was asked for.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.report import Cell, Report, Table
from benchmarks.settings import Settings, Skipped
from egosearch.evaluation.annotations import LabelledQuery
from egosearch.evaluation.formats import read_annotations
from indexers.encoders.open_clip.encoder import OpenClip, Phrasing
from indexers.encoders.open_clip.naming import FAMILY, parse
from indexers.encoders.open_clip.prompts import prompts, third_person
from indexers.errors import EncoderError
from indexers.media import discover, probe
from indexers.slices import EncoderChoice, Plan, index_slice
from indexers.types import Modality
from indexers.windows import slices

VARIABLE = "EGOSEARCH_BENCH_CLIP"
SEEN = ("picture", "small-picture", "picture-in-noise")
"""The bench's kinds of queries that are about a picture alone."""
PHRASINGS: dict[str, Phrasing] = {
    "as it was typed": lambda text: (text,),
    "in the third person": lambda text: (third_person(text),),
    "a photo of it": lambda text: (f"a photo of {third_person(text)}.",),
    "all templates, as it was typed": lambda text: tuple(
        one.replace(third_person(text), text) for one in prompts(text)
    ),
    "all templates, in the third person (the default)": prompts,
}


def run(settings: Settings) -> Report:
    """Rank the bench's seconds for every wording.

    Raises:
        Skipped: No encoder is named, its weights or packages are not here, or the bench is not.
    """
    name = os.environ.get(VARIABLE, "")
    if not name:
        raise Skipped(f"it needs trained weights: name an encoder in {VARIABLE}, such as open-clip:ViT-B-32/openai")
    recordings = settings.need("bench/recordings", "the bench's recordings")
    asked = read_annotations(settings.need("bench/queries.jsonl", "the bench's queries")).queries
    queries = [query for query in asked if query.group in SEEN and query.is_present]
    try:
        seconds = embed(name, list(discover([recordings])))
        rows = tuple(_row(name, phrasing, queries, seconds) for phrasing in PHRASINGS)
    except EncoderError as error:
        raise Skipped(f"the encoder cannot be had: {error}") from error
    header = ("a query is put", "n", "first", "among 5", "median rank", "mean of 1 / rank")
    table = Table(f"{name}, rank of the right second among {len(seconds.names):,}", header, rows)
    note = f"{len(queries)} queries: differences of a few hundredths are within chance."
    return Report("Wording a query as captions are worded", (table,), (note,))


@dataclass(frozen=True, eq=False)
class Seconds:
    """n windows of several recordings."""

    names: tuple[str, ...]
    """Of each one's recording."""
    spans_s: NDArray[np.float64]
    """Shape (n, 2): starts and ends."""
    rows: NDArray[np.float32]
    """Shape (n, dim)."""


def embed(name: str, paths: Sequence[Path]) -> Seconds:
    """Embed every second of recordings with an encoder of pictures."""
    plan = Plan((EncoderChoice(Modality.VISUAL, name),))
    found = [
        (path.name, batch)
        for path in paths
        for part in slices(probe(path))
        for batch in index_slice(part, plan).batches
    ]
    return Seconds(
        tuple(owner for owner, batch in found for _ in range(len(batch))),
        np.concatenate([np.stack([batch.start_s, batch.end_s], axis=1) for _, batch in found]),
        np.concatenate([batch.embeddings.dense() for _, batch in found]),
    )


def ranks(queries: Sequence[LabelledQuery], rows: NDArray[np.float32], seconds: Seconds) -> NDArray[np.int64]:
    """Return the rank, from 1, of the first right second for each query; `rows` are the queries', shape (q, dim)."""
    found = []
    for query, scores in zip(queries, rows @ seconds.rows.T, strict=True):
        right = np.zeros(len(scores), bool)
        for target in query.relevant:
            overlaps = (seconds.spans_s[:, 0] < target.span.end_s) & (seconds.spans_s[:, 1] > target.span.start_s)
            right |= overlaps & (np.array(seconds.names) == target.recording)
        found.append(1 + int((scores > scores[right].max()).sum()) if right.any() else len(scores))
    return np.array(found, np.int64)


def _row(name: str, phrasing: str, queries: Sequence[LabelledQuery], seconds: Seconds) -> tuple[Cell, ...]:
    encoder = OpenClip(parse(name.removeprefix(f"{FAMILY}:")), PHRASINGS[phrasing])
    texts = encoder.encode_text([query.text for query in queries]).dense()
    encoder.close()
    found = ranks(queries, texts, seconds)
    shares = (float((found <= 1).mean()), float((found <= 5).mean()))
    return (
        phrasing,
        len(found),
        *(round(share, 2) for share in shares),
        float(np.median(found)),
        round(float((1 / found).mean()), 2),
    )
