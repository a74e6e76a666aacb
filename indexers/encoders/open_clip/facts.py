"""What a model's space is, known without loading it, and from the second time on without importing torch."""

import hashlib
import json
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from indexers.encoders.digests import file_digest, recall, remember
from indexers.encoders.extras import require
from indexers.encoders.hub import cached_file
from indexers.encoders.open_clip.naming import FAMILY, Published, Repository, Variant
from indexers.encoders.open_clip.sources import Parts, find_parts

REVISION = 1
"""Of this file: what was remembered by another one is worked out again."""


@dataclass(frozen=True)
class Facts:
    """What is known of a model before it is loaded."""

    dim: int
    side_px: int
    """Of the pictures that the network takes; the longer one where they are not square."""
    digest: str
    """Over the weights, and over their configuration where that came with them."""
    preprocessing: str


def find_facts(variant: Variant) -> Facts:
    """Return a model's facts.

    They are remembered for as long as OpenCLIP's version and the files stay: importing it takes seconds.

    Raises:
        EncoderError: See `sources.find_parts`.
    """
    try:
        stamp = [REVISION, version("open_clip_torch")]
    except PackageNotFoundError:
        require("open_clip", "clip", FAMILY)
        stamp = [REVISION, "unknown"]
    known = recall(variant.name, stamp)
    if isinstance(known, dict) and _is_current(variant, known):
        return Facts(**known["facts"])
    parts = find_parts(variant)
    facts = _facts(variant, parts)
    files = [_entry(variant, path) for path in (parts.weights, parts.config) if path is not None]
    remember(variant.name, stamp, {"facts": asdict(facts), "files": files})
    return facts


def preprocessing_of(variant: Variant, parts: Parts) -> dict[str, Any]:
    """Return all of OpenCLIP's `PreprocessCfg` for a model: its defaults, what the authors set, what was asked for."""
    require("open_clip", "clip", FAMILY)
    from open_clip.transform import PreprocessCfg, merge_preprocess_dict

    asked = {"resize_mode": variant.resize} if variant.resize else {}
    size = parts.settings["vision_cfg"].get("image_size", 224)  # OpenCLIP's default, as in its CLIPVisionCfg
    merged = merge_preprocess_dict(PreprocessCfg(), {**parts.preprocessing, **asked, "size": size})
    return {**merged, "mean": list(merged["mean"]), "std": list(merged["std"])}


def _facts(variant: Variant, parts: Parts) -> Facts:
    done = preprocessing_of(variant, parts)
    sides = done["size"] if isinstance(done["size"], (list, tuple)) else (done["size"], done["size"])
    rest = hashlib.blake2b(json.dumps(done, sort_keys=True).encode(), digest_size=3).hexdigest()
    preprocessing = f"{done['resize_mode']}-{sides[0]}x{sides[1]}-{done['interpolation']}-{rest}-1"
    digest = file_digest(parts.weights)
    if parts.config is not None:
        both = digest + file_digest(parts.config)
        digest = hashlib.blake2b(both.encode(), digest_size=6).hexdigest()
    return Facts(int(parts.settings["embed_dim"]), max(sides), digest, preprocessing)


def _entry(variant: Variant, path: Path) -> dict[str, Any]:
    """Return what tells whether a file is still the same, and still the one that would be found."""
    facts = path.stat()
    from_hub = isinstance(variant.source, (Published, Repository))
    repository = path.parents[2].name.removeprefix("models--").replace("--", "/") if from_hub else None
    return {"path": str(path), "repository": repository, "stamp": [facts.st_size, facts.st_mtime_ns]}


def _is_current(variant: Variant, known: dict[str, Any]) -> bool:
    for file in known["files"]:
        path = Path(file["path"])
        if file["repository"] and cached_file(file["repository"], path.name) != path:
            return False  # a newer revision has been pulled
        if not path.is_file() or _entry(variant, path) != file:
            return False
    return True
