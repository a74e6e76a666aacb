"""A tiny OpenCLIP model in the real formats, made in a moment: it knows colours.

Its weights are random but for the projection of texts, which is solved for: a text that names one of the colours has
the embedding of a picture that is that colour all over. So what a search must find can be predicted.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from indexers.encoders.open_clip.prompts import prompts
from indexers.types import Clip, Span
from tests.media import BLUE, GREEN, RED, YELLOW, Colour

NAME = "ViT-tiny"
DIM = 16
SIDE_PX = 32
COLOURS: dict[str, Colour] = {"red": RED, "green": GREEN, "blue": BLUE, "yellow": YELLOW}
SETTINGS: dict[str, Any] = {
    "embed_dim": DIM,
    "vision_cfg": {"image_size": SIDE_PX, "layers": 1, "width": 32, "head_width": 16, "patch_size": 16},
    "text_cfg": {"context_length": 24, "vocab_size": 49408, "width": 32, "heads": 2, "layers": 1},
}
CONFIG = "open_clip_config.json"
SAFE_WEIGHTS = "open_clip_model.safetensors"


def know(folder: Path, name: str = NAME, **changed: Any) -> None:
    """Tell OpenCLIP of the tiny model, as its users do of their own."""
    import open_clip

    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.json").write_text(json.dumps({**SETTINGS, **changed}))
    open_clip.add_model_config(folder / f"{name}.json")


def build(folder: Path, *, seed: int = 0, name: str = NAME) -> Any:
    """Return the model with weights, OpenCLIP told of it."""
    import open_clip
    import torch

    know(folder, name)
    torch.manual_seed(seed)
    model = open_clip.create_model(name, load_weights=False).eval()
    _teach_colours(model, open_clip.get_tokenizer(name))
    return model


def save_checkpoint(model: Any, path: Path) -> Path:
    """Save weights the way OpenCLIP's training does: within a dictionary, under the names of a parallel model."""
    import torch

    path.parent.mkdir(parents=True, exist_ok=True)
    state = {f"module.{key}": value for key, value in model.state_dict().items()}
    torch.save({"epoch": 1, "name": "tiny", "state_dict": state}, path)
    return path


def save_folder(model: Any, folder: Path, **preprocessing: Any) -> Path:
    """Save a model as OpenCLIP's repositories on the hub are laid out, and return the folder."""
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    save_file({key: value.contiguous() for key, value in model.state_dict().items()}, str(folder / SAFE_WEIGHTS))
    (folder / CONFIG).write_text(json.dumps({"model_cfg": SETTINGS, "preprocess_cfg": preprocessing}))
    return folder


def hub_snapshot(cache: Path, repository: str, revision: str = "0" * 40) -> Path:
    """Return a new folder for a repository's files in a cache laid out as the hub's, current from now on."""
    folder = cache / f"models--{repository.replace('/', '--')}"
    (folder / "refs").mkdir(parents=True, exist_ok=True)
    (folder / "refs" / "main").write_text(revision)
    snapshot = folder / "snapshots" / revision
    snapshot.mkdir(parents=True, exist_ok=True)
    return snapshot


def clip(*pictures: NDArray[np.uint8]) -> Clip:
    """Return a window of pictures."""
    return Clip(Span(0, 1), pictures=pictures)


def plain(colour: Colour, width: int = 64, height: int = 48) -> NDArray[np.uint8]:
    """Return a picture of one colour, (h, w, 3)."""
    return np.full((height, width, 3), colour, np.uint8)


def _teach_colours(model: Any, tokenize: Any) -> None:
    """Set the projection of texts so that the prompts of a colour's name get the embedding of its picture.

    There are fewer prompts than the text tower is wide, so the equations have a solution.
    """
    import torch
    from open_clip.transform import PreprocessCfg, image_transform_v2

    transform = image_transform_v2(PreprocessCfg(**model.visual.preprocess_cfg), is_train=False)
    sentences = [prompts(name) for name in COLOURS]
    with torch.no_grad():
        seen = torch.stack([transform(Image.fromarray(plain(colour))) for colour in COLOURS.values()])
        wanted = model.encode_image(seen, normalize=True)
        wanted = torch.cat([row.expand(len(several), -1) for row, several in zip(wanted, sentences, strict=True)])
        model.text_projection = torch.nn.Parameter(torch.eye(len(model.text_projection)))
        hidden = model.encode_text(tokenize([sentence for several in sentences for sentence in several]))
        model.text_projection = torch.nn.Parameter(torch.linalg.pinv(hidden) @ wanted)
