"""The text tower: RoBERTa and its projection into the common space.

Of `roberta-base` its settings and tokenizer are needed, 2 MB out of a local cache of the hub; its weights, which
LAION-CLAP's own code loads first, are not, since the checkpoint replaces every one.
"""

import copy
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from indexers.encoders.extras import offline, quietly, require
from indexers.encoders.hub import cached_snapshots
from indexers.encoders.laion_clap.naming import FAMILY
from indexers.encoders.laion_clap.projection import DIM, load_into, part, projection
from indexers.encoders.torch_device import dtype_for
from indexers.errors import EncoderError
from indexers.types import Floats

ROBERTA = "roberta-base"
_NAMES = (ROBERTA, f"FacebookAI/{ROBERTA}")
"""The hub moved it; caches hold it under the name it was asked for."""
_TOKENIZERS = (("vocab.json", "merges.txt"), ("tokenizer.json",))
_BYTES = 256
"""RoBERTa's tokenizer has a token for each; transformers 5 makes an empty one of missing files, and says nothing."""
_LONGEST_TOKENS = 77
_BATCH = 64


def roberta_folder(pull: str) -> Path:
    """Return the cached folder with RoBERTa's settings and tokenizer.

    Args:
        pull: What to name in the remedy, where it is missing: `laion-clap:630k-audioset-best`.

    Raises:
        EncoderError: It is not on this machine.
    """
    for folder in (snapshot for name in _NAMES for snapshot in cached_snapshots(name)):
        tokenizer = any(all((folder / name).is_file() for name in names) for names in _TOKENIZERS)
        if tokenizer and (folder / "config.json").is_file():
            return folder
    raise EncoderError(
        f"the settings and the tokenizer of {ROBERTA}, which {FAMILY} reads texts with, are not on this machine;"
        f" fetch them once with `egosearch models pull {pull}`"
    )


class Reading:
    """The loaded tower."""

    def __init__(self, weights: dict[str, Any], roberta: Path, device: str) -> None:
        """Build it from a checkpoint's weights and the folder of `roberta_folder`.

        Raises:
            EncoderError: `transformers` is missing, or the weights or the folder's files do not fit.
        """
        transformers = require("transformers", "clap", FAMILY)
        try:
            with offline(), quietly():
                config = transformers.RobertaConfig.from_pretrained(str(roberta), local_files_only=True)
                self._tokenizer = transformers.RobertaTokenizer.from_pretrained(str(roberta), local_files_only=True)
                self._branch = _without_weights(transformers.RobertaModel, config)
            if len(self._tokenizer) < _BYTES:
                raise ValueError("an empty tokenizer")
        except Exception as error:  # a file that is cut short may raise anything
            raise EncoderError(
                f"the settings or the tokenizer of {ROBERTA} in {roberta} are damaged ({type(error).__name__});"
                " remove that folder and fetch them again"
            ) from error
        load_into(self._branch, part(weights, "text_branch."), device)
        self._projection = projection(config.hidden_size)
        load_into(self._projection, part(weights, "text_projection."), device)
        self._device = device

    def embed(self, texts: Sequence[str]) -> Floats:
        """Embed texts; returns shape (n, 512), rows of length 1. What is beyond 77 tokens of a text is not read."""
        import torch

        rows = np.empty((len(texts), DIM), np.float32)
        for first in range(0, len(texts), _BATCH):
            # Filled up to the longest of them, where the authors fill up to 77: what is filled up is not attended to.
            tokens = self._tokenizer(
                list(texts[first : first + _BATCH]),
                padding=True,
                truncation=True,
                max_length=_LONGEST_TOKENS,
                return_tensors="pt",
            )
            with torch.inference_mode():
                embedded = self.embed_tokens(tokens["input_ids"], tokens["attention_mask"])
            rows[first : first + _BATCH] = embedded.cpu().numpy()
        return rows

    def embed_tokens(self, ids: Any, attention_mask: Any) -> Any:
        """Embed tokens, both of shape (n, t); returns a tensor of shape (n, 512)."""
        import torch

        kind, dtype = torch.device(self._device).type, dtype_for(self._device)
        with torch.autocast(kind, dtype, enabled=dtype != torch.float32):
            read = self._branch(input_ids=ids.to(self._device), attention_mask=attention_mask.to(self._device))
            row = self._projection(read.pooler_output)
        return torch.nn.functional.normalize(row.float(), dim=-1)


def _without_weights(kind: Any, config: Any) -> Any:
    """Build RoBERTa without memory for its weights, but with the small tables that no checkpoint holds."""
    import torch

    with torch.device("meta"):
        model = kind(config)
    small = copy.deepcopy(config)
    small.vocab_size, small.hidden_size = config.pad_token_id + 1, 1
    tables = dict(type(model.embeddings)(small).named_buffers())
    for name in [name for name, table in model.embeddings.named_buffers() if table.is_meta]:
        model.embeddings.register_buffer(name, tables[name], persistent=False)
    return model
