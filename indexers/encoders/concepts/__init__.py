"""The default encoders: windows as sparse vectors of named concepts, with weights that ship in the package."""

from indexers.base import Encoder
from indexers.errors import EncoderError
from indexers.types import Modality


def load(modality: Modality, variant: str) -> Encoder:
    """Return the concept encoder of a modality. There is one for sound and one for pictures; neither has variants."""
    from indexers.encoders.concepts.encoders import SightConcepts, SoundConcepts

    if variant:
        raise EncoderError(f"the encoder concepts has no variant {variant!r}; name it without one")
    if modality is Modality.AUDIO:
        return SoundConcepts()
    if modality is Modality.VISUAL:
        return SightConcepts()
    raise EncoderError(f"the encoder concepts has nothing for {modality}; it does audio and visual")
