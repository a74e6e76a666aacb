"""Where the parts of a model lie on this machine. Nothing is fetched: what is missing is named with its remedy."""

import json
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from indexers.encoders.extras import require
from indexers.encoders.hub import cached_file, cached_snapshots
from indexers.encoders.open_clip.naming import FAMILY, LocalFile, LocalFolder, Published, Repository, Variant
from indexers.encoders.published import open_clip as published
from indexers.errors import EncoderError

WEIGHT_SUFFIXES = (".safetensors", ".bin", ".pth", ".pt")
"""In this order: the first holds nothing but numbers, the others are pickles, read with `weights_only`."""


@dataclass(frozen=True, eq=False)
class Parts:
    """A model's parts."""

    architecture: str
    """What OpenCLIP's functions call it: `ViT-B-32` or `local-dir:FOLDER`."""
    settings: dict[str, Any]
    """The model's configuration, as in OpenCLIP's JSON files."""
    preprocessing: dict[str, Any]
    """What its authors set of `PreprocessCfg`; perhaps nothing."""
    quick_gelu: bool
    """Whether these weights were trained with that activation, whatever the configuration says."""
    weights: Path
    config: Path | None
    """The file of the configuration; None where it is OpenCLIP's own."""


def find_parts(variant: Variant) -> Parts:
    """Find the parts of a model.

    Raises:
        EncoderError: There is no such model, its weights are not here, or OpenCLIP is not installed.
    """
    match variant.source:
        case Published(model, tag):
            return _published(variant, model, tag)
        case LocalFile(model, path):
            if not path.is_file():
                raise EncoderError(f"there is no file {path}, which the encoder {variant.name} needs; check the path")
            return Parts(model, _known_settings(model), {}, False, path, None)
        case LocalFolder(path):
            return _folder(path, f"the encoder {variant.name} needs such a folder; check the path")
        case Repository(name):
            for snapshot in cached_snapshots(name):
                if (snapshot / published.CONFIG).is_file() and _weights_in(snapshot):
                    return _folder(snapshot, "pull it again")
            raise _not_here(variant)


def text_folder(repository: str, variant: Variant) -> Path:
    """Return the folder of a tokenizer's or a text tower's settings that a model takes from the hub.

    Raises:
        EncoderError: They are not here.
    """
    for snapshot in cached_snapshots(repository):
        if any(snapshot.glob("*.json")):
            return snapshot
    is_published = isinstance(variant.source, (Published, Repository))
    # What goes with somebody's own weights is no part of a published model: the hub's own command fetches it.
    by_hand = f"fetch it once with `hf download {repository} --include '*.json' '*.txt' '*.model'`"
    remedy = _pull(variant) if is_published else by_hand
    raise EncoderError(f"{repository}, with which {variant.name} reads texts, is not on this machine; {remedy}")


def _published(variant: Variant, model: str, tag: str) -> Parts:
    settings = _known_settings(model)
    _check_tag(model, tag)
    files = published.files(f"{model}/{tag}")[0]
    weights = cached_file(files.repo, *files.needed[0])
    if weights is None:
        raise _not_here(variant)
    made = dict(_open_clip().get_pretrained_cfg(model, tag))
    return Parts(model, settings, made, bool(made.get("quick_gelu")), weights, None)


def _known_settings(model: str) -> dict[str, Any]:
    open_clip = _open_clip()
    settings = open_clip.get_model_config(model)
    if settings is None:
        hint = _near(model, open_clip.list_models()) or "`egosearch models list --all` shows them"
        raise EncoderError(f"OpenCLIP knows no model {model!r}; {hint}")
    return dict(settings)


def _check_tag(model: str, tag: str) -> None:
    """Refuse what is not exactly a tag of the model: OpenCLIP takes other spellings, and a space has one name."""
    tags = _open_clip().list_pretrained_tags_by_model(model)
    if tag in tags:
        return
    if not tags:
        raise EncoderError(f"OpenCLIP has no weights for {model}; name a file: {FAMILY}:{model}//PATH")
    there_are = f"there are {', '.join(tags)}"
    if not tag:
        raise EncoderError(f"{FAMILY}:{model} lacks its weights; write {FAMILY}:{model}/WEIGHTS, where {there_are}")
    raise EncoderError(f"OpenCLIP has no weights {tag!r} for {model}; {_near(tag, tags) or there_are}")


def _near(name: str, names: list[str]) -> str:
    near = get_close_matches(name, names, n=3)
    return f"did you mean {' or '.join(near)}?" if near else ""


def _folder(folder: Path, remedy: str) -> Parts:
    config = folder / published.CONFIG
    if not config.is_file():
        raise EncoderError(f"there is no {config}; {remedy}")
    weights = _weights_in(folder)
    if weights is None:
        raise EncoderError(f"there are no weights in {folder}, beside its {published.CONFIG}; {remedy}")
    try:
        content = json.loads(config.read_text(encoding="utf-8"))
        settings, preprocessing = content["model_cfg"], content.get("preprocess_cfg", {})
        if not {"embed_dim", "vision_cfg", "text_cfg"} <= set(settings):
            raise ValueError("embed_dim, vision_cfg or text_cfg is missing")
        return Parts(f"local-dir:{folder}", dict(settings), dict(preprocessing), False, weights, config)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise EncoderError(f"{config} does not describe a model of OpenCLIP ({error!r}); {remedy}") from error


def _weights_in(folder: Path) -> Path | None:
    """Return the weights in a folder: under the hub's names, else the only file of weights, else none."""
    for name in published.WEIGHTS:
        if (folder / name).is_file():
            return folder / name
    for suffix in WEIGHT_SUFFIXES:
        found = sorted(path for path in folder.iterdir() if path.suffix == suffix and path.is_file())
        if found:
            return found[0] if len(found) == 1 else None
    return None


def _not_here(variant: Variant) -> EncoderError:
    return EncoderError(f"the weights of {variant.name} are not on this machine; {_pull(variant)}")


def _pull(variant: Variant) -> str:
    return f"fetch them once with `egosearch models pull {variant.name.partition('?')[0]}`"


def _open_clip() -> Any:
    return require("open_clip", "clip", FAMILY)
