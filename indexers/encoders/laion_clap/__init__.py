"""`laion-clap:CHECKPOINT`: LAION-CLAP, for sound. Needs the extra `clap`, and a checkpoint on this machine."""

from indexers.base import Encoder
from indexers.errors import EncoderError
from indexers.types import Modality


def load(modality: Modality, variant: str) -> Encoder:
    """Return the encoder of a checkpoint; neither its packages nor the checkpoint are touched yet.

    Raises:
        EncoderError: It is not for this modality, or the variant is not written as `naming.parse` wants it.
    """
    from indexers.encoders.laion_clap.encoder import LaionClap
    from indexers.encoders.laion_clap.naming import parse

    if modality is not Modality.AUDIO:
        raise EncoderError(f"the encoder laion-clap has nothing for {modality}; it does audio")
    return LaionClap(parse(variant))
