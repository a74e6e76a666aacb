"""`open-clip:MODEL/WEIGHTS`: any OpenCLIP model, for pictures. Needs the extra `clip`, and weights on this machine."""

from indexers.base import Encoder
from indexers.errors import EncoderError
from indexers.types import Modality


def load(modality: Modality, variant: str) -> Encoder:
    """Return the encoder of a model; neither its packages nor its weights are touched yet.

    Raises:
        EncoderError: It is not for this modality, or the variant is not written as `naming.parse` wants it.
    """
    from indexers.encoders.open_clip.encoder import OpenClip
    from indexers.encoders.open_clip.naming import parse

    if modality is not Modality.VISUAL:
        raise EncoderError(f"the encoder open-clip has nothing for {modality}; it does visual")
    return OpenClip(parse(variant))
