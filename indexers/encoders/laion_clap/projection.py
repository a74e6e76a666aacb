"""What the two towers share: the space they end in, and how weights come into a network."""

from collections.abc import Mapping
from typing import Any

from indexers.errors import EncoderError

DIM = 512


def part(weights: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    """Return the weights whose names begin with a prefix, without it."""
    return {name.removeprefix(prefix): value for name, value in weights.items() if name.startswith(prefix)}


def projection(width: int) -> Any:
    """Return the projection of a tower of this width into the space, with weights yet to come.

    Source:
        `audio_projection` and `text_projection` in laion_clap/clap_module/model.py.
    """
    from torch import nn

    return nn.Sequential(nn.Linear(width, DIM), nn.ReLU(), nn.Linear(DIM, DIM))


def load_into(module: Any, weights: Mapping[str, Any], device: str) -> None:
    """Give a network all of its weights and make it ready to compute on a device.

    On the CPU they stay in the checkpoint's file until they are used.

    Raises:
        EncoderError: Some are missing, left over or of another shape.
    """
    single = {name: value.float() if value.is_floating_point() else value for name, value in weights.items()}
    try:
        module.load_state_dict(single, strict=True, assign=True)
    except RuntimeError as error:
        reason = " ".join(str(error).split()[:30])
        raise EncoderError(
            f"the checkpoint's weights do not fit LAION-CLAP's network ({reason} ...); use a published one"
        ) from error
    module.requires_grad_(False).eval().to(device)
