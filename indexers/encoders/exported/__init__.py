"""`exported:NAME`: a model that `egosearch models export` made, run by ONNX Runtime alone: no torch, no extra."""

from indexers.base import Encoder
from indexers.errors import EncoderError
from indexers.types import Modality


def load(modality: Modality, variant: str) -> Encoder:
    """Return the encoder of an exported model; its settings are read, its networks are not.

    Raises:
        EncoderError: There is no such model, it is damaged, or it is for another modality.
    """
    from indexers.encoders.exported.encoders import ExportedPictures, ExportedSounds
    from indexers.encoders.exported.naming import find
    from indexers.encoders.exported.settings import PictureSettings

    folder, settings, window_s, hop_s = find(variant)
    if settings.modality is not modality:
        raise EncoderError(f"the encoder exported:{variant} has nothing for {modality}; it does {settings.modality}")
    if isinstance(settings.window, PictureSettings):
        return ExportedPictures(variant, folder, settings, settings.window)
    return ExportedSounds(variant, folder, settings, window_s, hop_s)
