"""What LAION-CLAP's checkpoints need: the checkpoint, and RoBERTa's settings and words."""

from difflib import get_close_matches

from indexers.encoders.laion_clap.checkpoint import PUBLISHED, REPOSITORY
from indexers.encoders.published import HubFiles
from indexers.errors import EncoderError

FOLDER = "laion-clap"
ROBERTA = "roberta-base"
"""As a variant: only what texts are read with, for a checkpoint that is a file of one's own."""
_ROBERTA = HubFiles(ROBERTA, (("config.json",), ("vocab.json",), ("merges.txt",)), ("tokenizer*.json",))
"""Not its weights, 500 MB: the checkpoint replaces every one."""


def files(variant: str) -> tuple[HubFiles, ...]:
    """Return the files of a checkpoint by its name, or those of `roberta-base` alone.

    Raises:
        EncoderError: The authors publish none of this name, or it is a file on this machine.
    """
    if variant == ROBERTA:
        return (_ROBERTA,)
    if variant.startswith(("/", "~")):
        raise EncoderError(
            f"laion-clap:{variant} is a file of yours; what else it needs is fetched by"
            f" `egosearch models pull laion-clap:{ROBERTA}`"
        )
    names = [published.name for published in PUBLISHED]
    if variant not in names:
        near = get_close_matches(variant, names, n=1)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(names)}"
        raise EncoderError(f"LAION-CLAP has no checkpoint {variant!r} to fetch; {hint}")
    return HubFiles(REPOSITORY, ((f"{variant}.pt",),), folder=FOLDER), _ROBERTA
