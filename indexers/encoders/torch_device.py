"""Where torch computes, and in which precision. Shared by the encoders that run on torch."""

import os
from typing import Any

from indexers.errors import EncoderError

VARIABLE = "EGOSEARCH_DEVICE"
AUTO = "auto"
DEVICES = ("cuda", "mps", "cpu")
"""Fastest first."""


def choose_device(wanted: str | None = None) -> str:
    """Return the device to compute on: `cuda`, `cuda:1`, `mps` or `cpu`.

    Args:
        wanted: One of those, or `auto` for the fastest there is; None asks `EGOSEARCH_DEVICE`, which is `auto` where
            it is not set.

    Raises:
        EncoderError: It is none of those, or this machine or this build of torch does not have it.
    """
    asked = (wanted or os.environ.get(VARIABLE) or AUTO).strip().lower()
    if asked == AUTO:
        return next(device for device in DEVICES if _is_there(device))
    kind, _, number = asked.partition(":")
    if kind not in DEVICES or (number and not (kind == "cuda" and number.isdecimal())):
        raise EncoderError(f"there is no device {asked!r}; set {VARIABLE} to {AUTO}, {', '.join(DEVICES)} or cuda:1")
    if not _is_there(asked):
        raise EncoderError(f"torch finds no {asked} on this machine; unset {VARIABLE}, or set it to {AUTO} or cpu")
    return asked


def dtype_for(device: str) -> Any:
    """Return torch's dtype for weights on a device: half precision on a GPU, where it is twice as fast, else single.

    A CPU without instructions for half precision computes slower in it than in single.
    """
    import torch

    return torch.float32 if device == "cpu" else torch.float16


def _is_there(device: str) -> bool:
    import torch

    kind, _, number = device.partition(":")
    if kind == "cuda":
        return bool(torch.cuda.is_available() and int(number or 0) < torch.cuda.device_count())
    return kind == "cpu" or bool(torch.backends.mps.is_available())
