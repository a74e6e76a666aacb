"""Where checkpoints are, and what is in them. They are untrusted input: nothing in one is ever run.

The authors save a dictionary of training's whole state, pickled. Of it only tensors, numbers and words are accepted;
among the numbers are NumPy's (learning rates), which torch refuses unless they are named to it.
"""

import pickle
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import numpy as np

from indexers.encoders.extras import quietly, require
from indexers.encoders.laion_clap.naming import FAMILY
from indexers.encoders.model_folder import models_folder
from indexers.errors import EncoderError

REPOSITORY = "lukewys/laion_clap"
"""On the hub; licence CC0 1.0."""


SAFE_TORCH = (2, 6)
"""The first version in which `weights_only` keeps what it promises."""


@dataclass(frozen=True)
class PublishedCheckpoint:
    """A checkpoint that the authors publish, without fusion."""

    name: str
    architecture: str
    """Of the sound tower, as LAION-CLAP calls it."""
    size_bytes: int | None = None
    """Rounded; None where it is not known."""

    @property
    def file(self) -> str:
        """Its name in `REPOSITORY`, and in the folder of `named_file`."""
        return f"{self.name}.pt"

    @property
    def url(self) -> str:
        """Where it can be fetched."""
        return f"https://huggingface.co/{REPOSITORY}/resolve/main/{self.file}"


PUBLISHED = (
    PublishedCheckpoint("630k-audioset-best", "HTSAT-tiny", 1_860_000_000),
    PublishedCheckpoint("630k-best", "HTSAT-tiny"),
    PublishedCheckpoint("music_audioset_epoch_15_esc_90.14", "HTSAT-base"),
    PublishedCheckpoint("music_speech_epoch_15_esc_89.25", "HTSAT-base"),
    PublishedCheckpoint("music_speech_audioset_epoch_15_esc_89.98", "HTSAT-base"),
)
"""From the README of github.com/LAION-AI/CLAP and laion_clap/hook.py. The first is their choice for short sounds."""


def checkpoint_file(checkpoint: str | Path) -> Path:
    """Return the file of a checkpoint by name or path.

    Raises:
        EncoderError: It is not on this machine, or nobody has heard of it.
    """
    if isinstance(checkpoint, Path):
        if not checkpoint.is_file():
            raise EncoderError(f"there is no checkpoint {checkpoint}; check the path")
        return checkpoint
    path = named_file(checkpoint)
    if path.is_file():
        return path
    names = [published.name for published in PUBLISHED]
    if checkpoint in names:
        raise EncoderError(
            f"the checkpoint {checkpoint} is not on this machine;"
            f" fetch it once with `egosearch models pull {FAMILY}:{checkpoint}`"
        )
    if "fusion" in checkpoint:
        raise EncoderError(_for_longer_sounds(checkpoint))
    near = get_close_matches(checkpoint, names, n=1)
    hint = f"did you mean {near[0]}?" if near else f"the published ones are {', '.join(names)}"
    raise EncoderError(f"there is no checkpoint {checkpoint!r} of LAION-CLAP; {hint}")


def named_file(name: str) -> Path:
    """Return where a checkpoint known by name is, once it is fetched."""
    return models_folder() / FAMILY / f"{name}.pt"


def read_weights(path: Path) -> dict[str, Any]:
    """Return a checkpoint's tensors by name, on the CPU; they are read from the file when they are used.

    Names are those of the model: without `module.`, which several GPUs put before each, and without
    `text_branch.embeddings.position_ids`, which transformers counted among the weights before 4.31 and does not now.

    Raises:
        EncoderError: It is damaged, holds anything but tensors, numbers and words, or is of another kind of model.
    """
    torch = require("torch", "clap", FAMILY)
    if _version(torch) < SAFE_TORCH:
        raise EncoderError(
            f"torch {torch.__version__} can be made to run what a checkpoint says (CVE-2025-32434);"
            " upgrade it: pip install --upgrade torch"
        )
    try:
        # Mapped, not read: a process takes what it computes with, and workers share it. Two thirds of a published file
        # are the optimiser's and are never touched.
        with quietly(), torch.serialization.safe_globals(_numpy_numbers()):
            content = torch.load(path, map_location="cpu", weights_only=True, mmap=zipfile.is_zipfile(path))
    except pickle.UnpicklingError as error:
        raise EncoderError(
            f"the checkpoint {path} is damaged or holds more than weights, and none of it was run; take another"
        ) from error
    except Exception as error:  # what torch raises on a damaged file depends on where the damage is
        raise EncoderError(
            f"the checkpoint {path} is damaged ({type(error).__name__}); fetch or copy it again"
        ) from error
    weights = content.get("state_dict", content) if isinstance(content, Mapping) else {}
    if not all(isinstance(value, torch.Tensor) for value in weights.values()):
        weights = {}
    named = {str(name).removeprefix("module."): value for name, value in weights.items()}
    _refuse_strangers(path, named)
    named.pop("text_branch.embeddings.position_ids", None)
    return named


def _refuse_strangers(path: Path, weights: Mapping[str, Any]) -> None:
    if "audio_branch.patch_embed.mel_conv2d.weight" in weights:
        raise EncoderError(_for_longer_sounds(str(path)))
    if "audio_branch.patch_embed.proj.weight" not in weights or "text_branch.pooler.dense.weight" not in weights:
        raise EncoderError(
            f"{path} is no checkpoint of LAION-CLAP with HTSAT and RoBERTa; use a published one such as"
            f" {PUBLISHED[0].name}"
        )


def _version(torch: Any) -> tuple[int, int]:
    major, minor, *_ = str(torch.__version__).split(".")
    return int(major), int(minor)


def _for_longer_sounds(checkpoint: str) -> str:
    return (
        f"{checkpoint} is a checkpoint with fusion, which is for sounds longer than a window; use one without,"
        f" such as {PUBLISHED[0].name}"
    )


def _numpy_numbers() -> list[Any]:
    """Return what a pickled number of NumPy needs, for torch's list of what may be called.

    Two names of one function: NumPy 2 moved it, and a checkpoint carries the name of the NumPy that wrote it. A
    number's type must be listed too, since NumPy 1.25 gave each a class of its own.
    """
    scalar = np.float64(0).__reduce__()[0]
    kinds = {type(np.dtype(kind)) for kind in ("?", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8")}
    names = ("numpy.core.multiarray.scalar", "numpy._core.multiarray.scalar")
    return [*((scalar, name) for name in names), np.dtype, *kinds]
