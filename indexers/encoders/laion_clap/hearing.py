"""The sound tower: HTSAT as LAION-CLAP has it, and its projection into the common space.

`laion_clap` itself is not imported, nor its `clap_module`: the one asks the hub for three tokenizers while it is
imported, puts its folder on the import path and loads checkpoints that may run anything; the other brings
scikit-learn, timm and torchvision, which fails beside some builds of torch. Of the authors' code what defines the
network is taken. It needs none of that, and runs with NumPy 2, which the packages beside it do not allow yet.
"""

import json
import sys
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np

from indexers.encoders.extras import quietly, require
from indexers.encoders.laion_clap.naming import FAMILY
from indexers.encoders.laion_clap.projection import DIM, load_into, part, projection
from indexers.encoders.laion_clap.sound import log_mel
from indexers.encoders.torch_device import dtype_for
from indexers.errors import EncoderError
from indexers.types import Floats

_PACKAGE = "indexers.encoders.laion_clap.authors"
"""What the authors' folder is called here, so that nobody who imports `clap_module` meets our changes to it."""
_ARCHITECTURES = {96: "HTSAT-tiny", 128: "HTSAT-base", 256: "HTSAT-large"}
"""By the width of the first layer."""
_BATCH = {"cpu": 4}
"""Windows at a time. On a CPU four are the fastest: 32 take 1.3 times as long each and 1.2 GB more."""
_USUAL_BATCH = 32


class Hearing:
    """The loaded tower."""

    def __init__(self, weights: dict[str, Any], device: str) -> None:
        """Build it from a checkpoint's weights.

        Raises:
            EncoderError: `laion_clap` or what it needs is missing, or the weights do not fit.
        """
        own = part(weights, "audio_branch.")
        settings, htsat = _settings(own), _authors_htsat()
        self._filters = own.pop("logmel_extractor.melW").float().to(device)
        own = {name: value for name, value in own.items() if not name.startswith("spectrogram_extractor.")}
        with quietly():
            self._branch = htsat.create_htsat_model(SimpleNamespace(**settings["audio_cfg"]))
        load_into(self._branch, own, device)
        self._projection = projection(settings["embed_dim"])
        load_into(self._projection, part(weights, "audio_projection."), device)
        self._device = device

    def embed(self, samples: Floats) -> Floats:
        """Embed sounds of ten seconds, shape (n, 480000); returns shape (n, 512), rows of length 1."""
        import torch

        size = _BATCH.get(self._device, _USUAL_BATCH)
        rows = np.empty((len(samples), DIM), np.float32)
        with torch.inference_mode():
            for first in range(0, len(samples), size):
                batch = torch.from_numpy(samples[first : first + size]).to(self._device)
                rows[first : first + size] = self.embed_mel(log_mel(batch, self._filters)).cpu().numpy()
        return rows

    def embed_mel(self, mel: Any) -> Any:
        """Embed log-mel spectrograms of shape (n, 1, 1001, 64); returns a tensor of shape (n, 512).

        What the authors' `forward` also computes (classes, attention maps) is left out: a tenth of the time.
        """
        import torch

        branch = self._branch
        x = branch.reshape_wav2img(branch.bn0(mel.transpose(1, 3)).transpose(1, 3))  # shape (n, 1, 256, 256)
        kind, dtype = torch.device(self._device).type, dtype_for(self._device)
        with torch.autocast(kind, dtype, enabled=dtype != torch.float32):
            x = branch.patch_embed(x)  # shape (n, 64 * 64, width)
            for layer in branch.layers:
                for block in layer.blocks:
                    x, _ = block(x)
                if layer.downsample is not None:
                    x = layer.downsample(x)
            x = self._projection(branch.norm(x).mean(dim=1))
        return torch.nn.functional.normalize(x.float(), dim=-1)


def _settings(weights: dict[str, Any]) -> dict[str, Any]:
    width = len(weights["patch_embed.proj.weight"])
    if width not in _ARCHITECTURES:
        raise EncoderError(f"a checkpoint with HTSAT of width {width} is not known; use a published one")
    path = _authors_folder() / "model_configs" / f"{_ARCHITECTURES[width]}.json"
    settings: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return settings


def _authors_folder() -> Path:
    spec = find_spec("laion_clap")
    if spec is None or not spec.submodule_search_locations:
        require("laion_clap", "clap", FAMILY)  # says what is missing and what brings it
        raise EncoderError("the package laion_clap is not where packages are; reinstall it: pip install laion-clap")
    return Path(spec.submodule_search_locations[0]) / "clap_module"


@lru_cache(maxsize=1)
def _authors_htsat() -> ModuleType:
    """Import the authors' HTSAT, without what it imports and does not need here, and without random weights.

    Left out are their helpers (for training, with torchvision) and their spectrogram, for which torchlibrosa has
    librosa compute tables with Numba: 1.6 s and 300 MB for what `log_mel` does.
    """
    torch = require("torch", "clap", FAMILY)
    package, helpers = ModuleType(_PACKAGE), ModuleType(f"{_PACKAGE}.utils")
    package.__path__ = [str(_authors_folder())]
    helpers.__dict__.update(do_mixup=None, interpolate=None)
    sys.modules.update({_PACKAGE: package, helpers.__name__: helpers})
    with quietly():
        require("torchlibrosa", "clap", FAMILY)
        htsat = require(f"{_PACKAGE}.htsat", "clap", FAMILY)

    def nothing(**_: object) -> Any:
        return torch.nn.Identity()

    htsat.__dict__.update(Spectrogram=nothing, LogmelFilterBank=nothing, trunc_normal_=lambda tensor, **_: tensor)
    return htsat
