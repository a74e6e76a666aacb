"""Texts as an exported text tower wants them: cleaned, cut into tokens, with the package `tokenizers` alone."""

import html
import string
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexers.encoders.exported.settings import TOKENIZER, Clean, TextSettings
from indexers.errors import EncoderError

Tokens = NDArray[np.int64]

_QUOTES = str.maketrans({"‘": "'", "’": "'", "‚": "'", "‛": "'", "“": '"', "”": '"', "„": '"', "‟": '"'})
_PUNCTUATION = str.maketrans("", "", string.punctuation)


class Tokenizer:
    """Cuts texts into tokens."""

    def __init__(self, folder: Path, settings: TextSettings) -> None:
        """Read the tokenizer of an exported model's folder.

        Raises:
            EncoderError: It is missing or damaged.
        """
        from tokenizers import Tokenizer as Words

        self._settings = settings
        try:
            self._words: Any = Words.from_file(str(folder / TOKENIZER))
        except Exception as error:  # the package raises nothing more special
            raise EncoderError(f"{folder / TOKENIZER} cannot be read ({error}); export the model again") from error
        self._words.no_padding()
        self._words.no_truncation()

    def __call__(self, text: str) -> Tokens:
        """Return the tokens of a text, shape (1, t)."""
        longest = self._settings.longest_tokens
        ids = list(self._words.encode(cleaned(text, self._settings.clean)).ids)
        if len(ids) > longest:
            ids = ids[:longest]
            if self._settings.end_id is not None:
                ids[-1] = self._settings.end_id
        if self._settings.padding_id is not None:
            ids += [self._settings.padding_id] * (longest - len(ids))
        return np.array([ids], np.int64)


def cleaned(text: str, how: Clean) -> str:
    """Do what OpenCLIP's tokenizers do first.

    Of ftfy, which they use and which is not needed here, it does what people type: curled quotes become straight, and
    HTML's escapes are resolved. Text in a wrong encoding is not mended.

    Source:
        `open_clip.tokenizer`: `_clean_lower`, `_clean_canonicalize`, `_clean_whitespace`.
    """
    if how == "none":
        return text
    plain = " ".join(html.unescape(html.unescape(text.translate(_QUOTES))).split())
    if how == "whitespace":
        return plain
    if how == "lower":
        return plain.lower()
    return " ".join(plain.replace("_", " ").translate(_PUNCTUATION).lower().split())
