"""Exporting a model: which one is meant, what it will be called, and where it goes. The work is the encoders' own."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from egosearch.models import shelf
from indexers.encoders.model_folder import models_folder

Precision = Literal["fp16", "int8"]
FOLDER = "exported"


@dataclass(frozen=True)
class Made:
    """An exported model."""

    name: str
    """As its encoder is named."""
    folder: Path
    size_bytes: int
    method: str
    """How its weights were made smaller."""
    least_cosine: float
    """Between its vectors and its source's, over the samples."""


def export(
    name: str, *, precision: Precision, to: Path | None = None, on_step: Callable[[str], None] = lambda _: None
) -> Made:
    """Export both towers of a model to ONNX, compared with the source.

    Args:
        name: The source, as an encoder is named.
        precision: `fp16`: half the size, the same numbers; `int8`: a quarter, faster, nearly the same.
        to: The folder to make; None for one in the models' folder.
        on_step: Told what is done next.

    Raises:
        EncoderError: The source is not here or cannot be exported, or the result is too far from it.
    """
    from indexers.encoders.exported import making

    called = folder_name(name, precision)
    target = to.expanduser().absolute() if to is not None else models_folder() / FOLDER / called
    source = shelf.find(name)
    done = making.export(name, target, precision=precision, licence=source.licence if source else None, on_step=on_step)
    return Made(
        name=f"{FOLDER}:{target if to is not None else called}",
        folder=target,
        size_bytes=done.size_bytes,
        method=done.settings.method,
        least_cosine=min(done.settings.measured.values()),
    )


def folder_name(name: str, precision: Precision) -> str:
    """Return what an exported model is called after its source.

    >>> folder_name("open-clip:ViT-B-32/laion2b_s34b_b79k", "fp16")
    'ViT-B-32-laion2b_s34b_b79k-fp16'
    >>> folder_name("laion-clap:/home/me/my checkpoint.pt", "int8")
    'my-checkpoint-int8'
    """
    variant = name.partition(":")[2].partition("?")[0]
    model, _, rest = variant.partition("//")
    if variant.startswith("/"):
        variant = Path(variant).stem
    elif rest:
        variant = f"{model}-{Path(rest).stem}"
    options = name.partition("?")[2]
    plain = re.sub(r"[^A-Za-z0-9._]+", "-", f"{variant}-{options}" if options else variant).strip("-.")
    return f"{plain}-{precision}"
