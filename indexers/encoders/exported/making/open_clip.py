"""OpenCLIP's models taken apart."""

from pathlib import Path
from typing import Any

from indexers.encoders.exported.making.tokens import fast_tokenizer, simple_tokenizer
from indexers.encoders.exported.making.towers import Tower, Towers
from indexers.encoders.exported.settings import PictureSettings
from indexers.encoders.open_clip.encoder import OpenClip
from indexers.encoders.open_clip.facts import preprocessing_of
from indexers.encoders.open_clip.naming import Variant, parse
from indexers.encoders.open_clip.network import Network
from indexers.encoders.open_clip.sources import find_parts
from indexers.errors import EncoderError


def towers(variant: str) -> Towers:
    """Load a model of OpenCLIP and take it apart.

    Raises:
        EncoderError: It is not on this machine, or its tokenizer cannot be had without its package.
    """
    import torch

    parsed = parse(variant)
    encoder, network = OpenClip(parsed), Network(parsed)
    model, tokenizer = network._model, network._tokenizer
    window = _window(parsed, encoder)
    picture = torch.zeros(1, 3, window.height_px, window.width_px)
    json, text = _words(parsed, tokenizer)
    takes_any_length = _is_causal(model)
    if takes_any_length:
        text = text.without_padding()
    tokens = torch.tensor([_padded(tokenizer, "a photo of a kettle on a stove", text.padding_id)])
    return Towers(
        encoder=encoder,
        windows=Tower(_pictures(model), {"windows": picture}),
        texts=Tower(
            _short_texts(model) if takes_any_length else _texts(model), {"tokens": tokens}, any_length=takes_any_length
        ),
        window=window,
        text=text,
        tokenizer=json,
        tokens=lambda sentence: _padded(tokenizer, sentence, text.padding_id),
        write_files=_nothing_else,
    )


def _window(variant: Variant, encoder: OpenClip) -> PictureSettings:
    done = preprocessing_of(variant, find_parts(variant))
    size = done["size"]
    height, width = size if isinstance(size, (list, tuple)) else (size, size)
    return PictureSettings(
        height_px=int(height),
        width_px=int(width),
        resize_mode=done["resize_mode"],
        interpolation="bilinear" if done["interpolation"] == "bilinear" else "bicubic",  # as OpenCLIP reads it
        mean=tuple(done["mean"]),
        std=tuple(done["std"]),
        fill=int(done.get("fill_color", 0)),
        pixels=encoder.input.pixels,
    )


def _words(variant: Variant, tokenizer: Any) -> Any:
    kind = type(tokenizer).__name__
    if kind == "SimpleTokenizer" and tokenizer.reduction_fn is None:
        return simple_tokenizer(tokenizer)
    if kind == "HFTokenizer" and not tokenizer.tokenizer_mode and not tokenizer.strip_sep_token:
        return fast_tokenizer(tokenizer)
    raise EncoderError(f"{variant.name} cannot be exported, because its tokenizer ({kind}) needs its own package")


def _padded(tokenizer: Any, text: str, padding_id: int | None) -> list[int]:
    """Return a text's tokens; where nothing is filled up, what OpenCLIP fills up with is taken off again."""
    ids = [int(one) for one in tokenizer([text])[0]]
    if padding_id is None:
        while len(ids) > 1 and ids[-1] == 0:
            ids.pop()
    return ids


def _is_causal(model: Any) -> bool:
    """Say whether a text is read from left to right up to its end: then what follows need not be computed."""
    is_plain = type(model).__name__ == "CLIP" and getattr(model, "text_pool_type", "") == "argmax"
    return is_plain and getattr(model, "attn_mask", None) is not None


def _pictures(model: Any) -> Any:
    import torch

    class Pictures(torch.nn.Module):  # type: ignore[misc] # torch's types are not read
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, windows: Any) -> Any:
            return self.model.encode_image(windows)

    return Pictures().eval()


def _texts(model: Any) -> Any:
    import torch

    class Texts(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, tokens: Any) -> Any:
            return self.model.encode_text(tokens)

    return Texts().eval()


def _short_texts(model: Any) -> Any:
    """Return the text tower for texts as long as they are: 15 tokens take a fifth of the 77 that OpenCLIP computes.

    Source:
        `CLIP.encode_text` in open_clip/model.py, with its tables cut to the text's length.
    """
    import torch

    class ShortTexts(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, tokens: Any) -> Any:
            inner, length = self.model, tokens.shape[1]
            x = inner.token_embedding(tokens) + inner.positional_embedding[:length]  # shape (1, t, width)
            x = inner.transformer(x, attn_mask=inner.attn_mask[:length, :length])
            last = inner.ln_final(x)[
                :, -1
            ]  # the token that ends a text, which `argmax` looks for, is the last one here
            projection = inner.text_projection
            if projection is None:
                return last
            return projection(last) if isinstance(projection, torch.nn.Module) else last @ projection

    return ShortTexts().eval()


def _nothing_else(_: Path) -> None:
    """Write no further files."""
