"""What OpenCLIP's models are made of: weights, and for some a tokenizer or a text tower's settings from elsewhere."""

from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import PurePosixPath
from typing import Any

from indexers.encoders.extras import require
from indexers.encoders.published import HubFiles
from indexers.errors import EncoderError

PREFIX = "hf-hub:"
WEIGHTS = ("open_clip_model.safetensors", "open_clip_pytorch_model.bin")
"""In the order in which `open_clip.pretrained` looks for them."""
CONFIG = "open_clip_config.json"
TOKENIZER = (
    *("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "vocab.json"),
    *("merges.txt", "vocab.txt", "*.model", "config.json"),
)
"""Whatever of it there is: `transformers` takes what it needs. `config.json` says which tokenizer it is."""


def files(variant: str) -> tuple[HubFiles, ...]:
    """Return the files of `MODEL/TAG`, one of OpenCLIP's own, or of `hf-hub:OWNER/NAME`.

    Raises:
        EncoderError: There is no such model or tag, it is a file on this machine, or open_clip is not installed.
    """
    open_clip = require("open_clip", "clip", "open-clip")
    if variant.startswith(PREFIX):
        repo = variant.removeprefix(PREFIX)
        return (HubFiles(repo, (WEIGHTS, (CONFIG,)), TOKENIZER),)
    model, _, tag = variant.partition("/")
    if not tag or tag.startswith("/") or variant.startswith("/"):
        raise EncoderError(f"open-clip:{variant} names no published weights; there is nothing to fetch")
    published = _published(open_clip, model, tag)
    repo, name = _split(str(published["hf_hub"]))
    weights = HubFiles(repo, (_names(name),))
    text = (open_clip.get_model_config(model) or {}).get("text_cfg", {})
    return weights, *_text_files(text)


def _published(open_clip: Any, model: str, tag: str) -> Mapping[str, Any]:
    tags = open_clip.list_pretrained_tags_by_model(model)
    known = open_clip.get_pretrained_cfg(model, tag)
    if known.get("hf_hub"):
        found: Mapping[str, Any] = known
        return found
    if not tags:
        models = [name for name in dict(open_clip.list_pretrained()) if name != model]
        raise EncoderError(f"OpenCLIP has no weights for a model {model!r}{_near(model, models)}")
    raise EncoderError(f"OpenCLIP has no weights {tag!r} for {model}; it has {', '.join(tags)}")


def _near(name: str, names: list[str]) -> str:
    near = get_close_matches(name, names, n=3)
    return f"; did you mean {' or '.join(near)}?" if near else "; `egosearch models list --all` shows them"


def _split(place: str) -> tuple[str, str]:
    """Take `owner/name/file` apart; the file is empty where the place ends with a slash."""
    owner, repo, *rest = place.split("/")
    return f"{owner}/{repo}", "/".join(rest)


def _names(name: str) -> tuple[str, ...]:
    """Return the names under which OpenCLIP looks for weights: safetensors before what is pickled."""
    if not name:
        return WEIGHTS
    path = PurePosixPath(name)
    return (str(path.with_suffix(".safetensors")), name) if path.suffix in (".bin", ".pth") else (name,)


def _text_files(text: Mapping[str, Any]) -> tuple[HubFiles, ...]:
    """Return what a text tower takes from other repositories: settings without weights, and its tokenizer."""
    tower, tokenizer = text.get("hf_model_name"), text.get("hf_tokenizer_name")
    settings = (HubFiles(str(tower), (("config.json",),)),) if tower and tower != tokenizer else ()
    return (*settings, *((HubFiles(str(tokenizer), (), TOKENIZER),) if tokenizer else ()))


def names() -> list[str]:
    """Return every model with published weights, as encoders are named."""
    open_clip = require("open_clip", "clip", "open-clip")
    return [f"open-clip:{model}/{tag}" for model, tag in open_clip.list_pretrained()]
