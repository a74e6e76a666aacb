"""Tokenizers of other packages as the JSON of `tokenizers`, which is all that is needed afterwards."""

from typing import Any

from indexers.encoders.exported.settings import Clean, TextSettings
from indexers.errors import EncoderError

WORDS = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|\p{L}+|\p{N}|[^\s\p{L}\p{N}]+"
"""What OpenCLIP's tokenizer takes for a word (`SimpleTokenizer.pat`)."""
_END_OF_WORD = "</w>"


def simple_tokenizer(tokenizer: Any) -> tuple[str, TextSettings]:
    """Return OpenCLIP's own tokenizer: byte pairs, with a mark at the end of a word.

    Args:
        tokenizer: An `open_clip.tokenizer.SimpleTokenizer`.
    """
    from tokenizers import Regex, Tokenizer, models, pre_tokenizers, processors

    merges = sorted(tokenizer.bpe_ranks, key=tokenizer.bpe_ranks.get)
    pairs = models.BPE(vocab=dict(tokenizer.encoder), merges=merges, end_of_word_suffix=_END_OF_WORD)
    words = Tokenizer(pairs)
    words.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(WORDS), behavior="removed", invert=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    names = {index: name for name, index in tokenizer.encoder.items()}
    start, end = names[tokenizer.sot_token_id], names[tokenizer.eot_token_id]
    words.add_special_tokens([names[index] for index in tokenizer.all_special_ids])
    words.post_processor = processors.TemplateProcessing(
        single=f"{start} $A {end}",
        special_tokens=[(start, tokenizer.sot_token_id), (end, tokenizer.eot_token_id)],
    )
    settings = TextSettings(
        clean=_clean_of(tokenizer),
        longest_tokens=int(tokenizer.context_length),
        padding_id=0,
        end_id=int(tokenizer.eot_token_id),
        has_mask=False,
    )
    return words.to_str(), settings


def fast_tokenizer(tokenizer: Any) -> tuple[str, TextSettings]:
    """Return a tokenizer of `transformers` that is one of `tokenizers` inside.

    Args:
        tokenizer: An `open_clip.tokenizer.HFTokenizer`.

    Raises:
        EncoderError: It is not one of `tokenizers`.
    """
    inner = tokenizer.tokenizer
    settings = TextSettings(
        clean=_clean_of(tokenizer),
        longest_tokens=int(tokenizer.context_length),
        padding_id=int(inner.pad_token_id),
        end_id=_end_of(inner),
        has_mask=False,
    )
    return _inner_json(inner), settings


def roberta_tokenizer(tokenizer: Any) -> tuple[str, TextSettings]:
    """Return RoBERTa's tokenizer as LAION-CLAP uses it.

    Args:
        tokenizer: A `transformers.RobertaTokenizer`.

    Raises:
        EncoderError: It is not one of `tokenizers` inside.
    """
    settings = TextSettings(clean="none", longest_tokens=77, padding_id=None, end_id=_end_of(tokenizer), has_mask=True)
    return _inner_json(tokenizer), settings


def _inner_json(tokenizer: Any) -> str:
    from tokenizers import Tokenizer

    inner = getattr(tokenizer, "backend_tokenizer", None)
    if inner is None:
        kind = type(tokenizer).__name__
        raise EncoderError(f"a model with the tokenizer {kind} cannot be exported, since that needs its own package")
    words = Tokenizer.from_str(inner.to_str())
    words.no_padding()
    words.no_truncation()
    text: str = words.to_str()
    return text


def _end_of(tokenizer: Any) -> int | None:
    """Return what every text ends with, even one that is cut off; None where there is nothing of the kind."""
    ids = tokenizer(["a"])["input_ids"][0]
    end = tokenizer.eos_token_id if tokenizer.eos_token_id is not None else tokenizer.sep_token_id
    return int(end) if end is not None and ids and ids[-1] == end else None


def _clean_of(tokenizer: Any) -> Clean:
    name = str(getattr(tokenizer.clean_fn, "__name__", "")).removeprefix("_clean_")
    for known in ("lower", "canonicalize", "whitespace"):
        if name == known:
            return known
    raise EncoderError(f"a model whose texts are cleaned by {name!r} cannot be exported")
