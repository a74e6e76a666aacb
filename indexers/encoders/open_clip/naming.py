"""How models of OpenCLIP are named. Only words: whether such a model exists is `sources`' to say.

| variant | means |
| --- | --- |
| `ViT-B-32/laion2b_s34b_b79k` | a model that OpenCLIP knows, with published weights |
| `ViT-B-32//home/me/weights.pt` | a model that OpenCLIP knows, with weights of a local file |
| `hf-hub:OWNER/NAME` | a repository of the Hugging Face hub in OpenCLIP's format |
| `/home/me/model` | a local folder in the same format: `open_clip_config.json` and weights |

Each may end in `?resize=shortest`, `?resize=longest` or `?resize=squash`: see `encoder.OpenClip`.
"""

from dataclasses import dataclass
from pathlib import Path

from indexers.encoders.variants import Asked, split
from indexers.errors import EncoderError

FAMILY = "open-clip"
EXAMPLE = f"{FAMILY}:ViT-B-32/laion2b_s34b_b79k"
HUB = "hf-hub:"
RESIZES = ("shortest", "longest", "squash")
"""OpenCLIP's own words: cut the middle out, pad to a square, or squeeze to a square."""


@dataclass(frozen=True)
class Published:
    """A known model with published weights."""

    model: str
    tag: str


@dataclass(frozen=True)
class LocalFile:
    """A known model with weights of a file."""

    model: str
    path: Path


@dataclass(frozen=True)
class LocalFolder:
    """A folder with a model's configuration and weights."""

    path: Path


@dataclass(frozen=True)
class Repository:
    """A repository of the hub with a model's configuration and weights."""

    name: str


Source = Published | LocalFile | LocalFolder | Repository


@dataclass(frozen=True)
class Variant(Asked):
    """What was asked for."""

    family = FAMILY

    source: Source
    resize: str | None
    """One of `RESIZES`; None for what the authors of the weights do."""


def parse(variant: str) -> Variant:
    """Read a variant.

    Raises:
        EncoderError: It is written otherwise.
    """
    source, options = split(variant, FAMILY, ["resize"])
    return Variant(variant, _source(source), _resize(options.get("resize")))


def _source(text: str) -> Source:
    if text.startswith(HUB):
        if text.count("/") != 1 or text.endswith("/") or text.startswith(f"{HUB}/"):
            raise EncoderError(f"{FAMILY}:{text} names no repository; write {FAMILY}:{HUB}OWNER/NAME")
        return Repository(text.removeprefix(HUB))
    whole = Path(text).expanduser()
    if whole.is_absolute():
        return LocalFolder(whole)
    model, _, weights = text.partition("/")
    if not model:
        raise EncoderError(f"the encoder {FAMILY} needs a model and its weights; name them: {EXAMPLE}")
    path = Path(weights).expanduser()
    if path.is_absolute():
        return LocalFile(model, path)
    if "/" in weights or weights.endswith((".pt", ".bin", ".safetensors")):
        raise EncoderError(f"{FAMILY}:{text} names no weights; write the file's whole path: {FAMILY}:{model}//PATH")
    return Published(model, weights)


def _resize(resize: str | None) -> str | None:
    if resize is not None and resize not in RESIZES:
        raise EncoderError(f"the encoder {FAMILY} cannot resize by {resize!r}; it can by {', '.join(RESIZES)}")
    return resize
