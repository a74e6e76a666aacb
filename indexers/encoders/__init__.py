"""Encoders by name: `concepts`, `toy`, or what an installed package offers under the entry points `egosearch.encoders`.

A name is `FAMILY` or `FAMILY:VARIANT`; the entry point of the family is called with the modality and the variant. With
`+motion` at its end, the encoder of pictures that stands before it also sees what changes in a window (`motion`).
"""

from functools import lru_cache
from importlib.metadata import entry_points

from indexers.base import Encoder
from indexers.errors import EncoderError
from indexers.types import Modality

GROUP = "egosearch.encoders"
WITH_MOTION = "+motion"


@lru_cache(maxsize=16)
def load_encoder(name: str, modality: Modality) -> Encoder:
    """Return the encoder of this name for a modality; one instance a process, its networks loaded on first use.

    Raises:
        EncoderError: No such encoder, or not for this modality, or its packages or weights are missing.
    """
    if name.endswith(WITH_MOTION):
        from indexers.encoders.motion import Motion

        return Motion(load_encoder(name.removesuffix(WITH_MOTION), modality))
    family, _, variant = name.partition(":")
    found = {point.name: point for point in entry_points(group=GROUP)}
    if family not in found:
        raise EncoderError(f"there is no encoder {name!r}; installed are: {', '.join(sorted(found))}")
    encoder: Encoder = found[family].load()(modality, variant)
    return encoder
