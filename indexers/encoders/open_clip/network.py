"""A model of OpenCLIP in torch: pictures and texts in, vectors of length 1 out. The only place that loads weights."""

import logging
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexers.encoders.extras import offline, quietly, require
from indexers.encoders.open_clip.facts import preprocessing_of
from indexers.encoders.open_clip.naming import FAMILY, Variant
from indexers.encoders.open_clip.sources import Parts, find_parts, text_folder
from indexers.encoders.torch_device import choose_device, dtype_for
from indexers.errors import EncoderError

logger = logging.getLogger(__name__)

Floats = NDArray[np.float32]

BATCH = 32
"""Pictures or sentences that go through the network together: bounds the memory, and fills a small GPU."""


class Network:
    """Load a model on the device that `EGOSEARCH_DEVICE` names, or the fastest there is.

    Raises:
        EncoderError: A part of it is missing, or the weights are not of this model.
    """

    def __init__(self, variant: Variant) -> None:
        parts = find_parts(variant)
        self._device = choose_device()
        self._dtype = dtype_for(self._device)
        settings = _with_text_tower(parts.settings, variant)
        try:
            with offline(), quietly():
                self._model = _loaded(parts, settings).to(self._device)
                self._transform = _transform(variant, parts)
                self._tokenizer = _tokenizer(parts, settings, variant)
        except EncoderError:
            raise
        except Exception as error:  # torch, safetensors, transformers and OpenCLIP share no root
            raise EncoderError(_why(variant, parts.weights, error)) from error
        logger.info("loaded %s on %s in %s", variant.name, self._device, self._dtype)

    def pictures(self, pictures: Sequence[NDArray[np.uint8]]) -> Floats:
        """Return shape (n, dim) of n pictures, each (h, w, 3)."""
        import torch
        from PIL import Image

        batches = (pictures[first : first + BATCH] for first in range(0, len(pictures), BATCH))
        prepared = (torch.stack([self._transform(Image.fromarray(rgb)) for rgb in batch]) for batch in batches)
        return self._embedded(prepared, self._model.encode_image)

    def texts(self, texts: Sequence[str]) -> Floats:
        """Return shape (n, dim) of n sentences."""
        batches = (texts[first : first + BATCH] for first in range(0, len(texts), BATCH))
        return self._embedded((self._tokenizer(list(batch)) for batch in batches), self._model.encode_text)

    def close(self) -> None:
        """Give a GPU's memory back. The network cannot be used afterwards."""
        import torch

        del self._model
        if self._device.startswith("cuda"):
            torch.cuda.empty_cache()
        elif self._device == "mps":
            torch.mps.empty_cache()

    def _embedded(self, batches: Iterable[Any], tower: Any) -> Floats:
        import torch

        is_half = self._dtype is not torch.float32
        kind = self._device.partition(":")[0]
        rows = []
        with torch.inference_mode(), torch.autocast(kind, dtype=self._dtype if is_half else None, enabled=is_half):
            for batch in batches:
                embedded = tower(batch.to(self._device)).float()
                rows.append(torch.nn.functional.normalize(embedded, dim=-1).cpu().numpy())
        return np.concatenate(rows).astype(np.float32, copy=False)


def _loaded(parts: Parts, settings: dict[str, Any]) -> Any:
    """Return the model with its weights, on the CPU, in single precision.

    Half precision is `autocast`'s, operation by operation, as OpenCLIP's authors use it: it holds for every kind of
    tower, where casting the weights leaves some with layers in two precisions.
    """
    import open_clip

    with _without_first_values():
        model = open_clip.create_model(
            parts.architecture,
            load_weights=False,
            pretrained_text=False,
            force_quick_gelu=parts.quick_gelu,  # OpenCLIP only warns where weights were trained with it
            text_cfg=settings["text_cfg"],
        )
    open_clip.load_checkpoint(model, str(parts.weights), weights_only=True)
    return model.eval()


def _without_first_values() -> Any:
    """Return a context in which torch does not fill new weights with random values: the file replaces every one.

    It takes 2 of the 4 seconds in which ViT-B-32 loads.
    """
    from torch.overrides import TorchFunctionMode

    class Unfilled(TorchFunctionMode):  # type: ignore[misc] # torch's types are not read
        def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            if getattr(func, "__name__", "") in _FILLING:
                return args[0] if args else kwargs["tensor"]
            return func(*args, **(kwargs or {}))

    return Unfilled()


_FILLING = frozenset(
    {"normal_", "uniform_", "erfinv_", "trunc_normal_", "kaiming_uniform_", "kaiming_normal_", "xavier_uniform_"}
)


def _with_text_tower(settings: dict[str, Any], variant: Variant) -> dict[str, Any]:
    """Return settings whose text tower, where it is one of transformers, is set up from a folder of this machine."""
    text = dict(settings["text_cfg"])
    if text.get("hf_model_name"):
        text["hf_model_name"] = str(text_folder(text["hf_model_name"], variant))
        text["hf_model_pretrained"] = False
    return {**settings, "text_cfg": text}


def _transform(variant: Variant, parts: Parts) -> Any:
    from open_clip.transform import PreprocessCfg, image_transform_v2

    return image_transform_v2(PreprocessCfg(**preprocessing_of(variant, parts)), is_train=False)


def _tokenizer(parts: Parts, settings: dict[str, Any], variant: Variant) -> Any:
    """Return the model's tokenizer: OpenCLIP's own, or one of transformers from a folder of this machine."""
    import open_clip
    from open_clip.tokenizer import HFTokenizer

    text = settings["text_cfg"]
    name = text.get("hf_tokenizer_name")
    if not name:
        return open_clip.get_tokenizer(parts.architecture)
    beside = parts.config.parent if parts.config else None
    has_own = beside is not None and any((beside / file).is_file() for file in _TOKENIZER_FILES)
    folder = beside if has_own else text_folder(name, variant)
    require("transformers", "clip", FAMILY)
    return HFTokenizer(
        str(folder),
        context_length=text.get("context_length", open_clip.tokenizer.DEFAULT_CONTEXT_LENGTH),
        tokenizer_mode=text.get("tokenizer_mode"),
        **text.get("tokenizer_kwargs", {}),
    )


_TOKENIZER_FILES = ("tokenizer.json", "tokenizer_config.json", "vocab.json", "vocab.txt")


def _why(variant: Variant, weights: Path, error: Exception) -> str:
    reason = " ".join(str(error).split()) or type(error).__name__
    short = reason if len(reason) <= 200 else f"{reason[:200]} ..."
    return f"the weights {weights} cannot be loaded as {variant.name} ({short}); check the model's name, or pull again"
