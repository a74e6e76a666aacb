"""What Whisper's models are made of, as converted for CTranslate2."""

from difflib import get_close_matches

from indexers.encoders.extras import require
from indexers.encoders.published import HubFiles
from indexers.errors import EncoderError

FOLDER = "whisper"


def files(variant: str) -> tuple[HubFiles, ...]:
    """Return the files of a size that faster-whisper knows, or of `OWNER/NAME`, a repository in its format.

    Raises:
        EncoderError: It knows no such size, it is a folder on this machine, or faster-whisper is not installed.
    """
    needed, welcome = (
        (("model.bin",), ("config.json",), ("tokenizer.json",)),
        ("preprocessor_config.json", "vocabulary.*"),
    )
    if variant.startswith(("/", "~")):
        raise EncoderError(f"whisper:{variant} is a folder of yours; there is nothing to fetch")
    if "/" in variant:
        return (HubFiles(variant, needed, welcome),)
    known: dict[str, str] = require("faster_whisper.utils", "speech", "whisper")._MODELS
    if variant not in known:
        near = get_close_matches(variant, known, n=1)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}"
        raise EncoderError(f"Whisper has no model {variant!r} to fetch; {hint}")
    return (HubFiles(known[variant], needed, welcome, f"{FOLDER}/{variant}"),)
