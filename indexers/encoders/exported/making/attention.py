"""Attention in a form that a trace can follow, whatever the length of what is attended to."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def plain_attention(module: Any) -> Iterator[None]:
    """Let every `torch.nn.MultiheadAttention` inside compute by plain products while this is entered.

    torch's own writes the length of the sample into the trace, and a dozen nodes a layer that only ask for shapes.
    """
    import torch

    changed = [one for one in module.modules() if isinstance(one, torch.nn.MultiheadAttention)]
    for one in changed:
        one.forward = _Plain(one)
    try:
        yield
    finally:
        for one in changed:
            del one.forward  # the class's own is seen again


class _Plain:
    """Stands for the `forward` of one layer.

    Source:
        Vaswani et al., "Attention Is All You Need", NeurIPS 2017: softmax(q k^T / sqrt(d)) v for each head.
    """

    def __init__(self, layer: Any) -> None:
        self._layer = layer
        self._own = layer.forward

    def __call__(self, query: Any, key: Any, value: Any, *, attn_mask: Any = None, **more: Any) -> Any:
        from torch.nn.functional import linear, softmax

        layer = self._layer
        is_on_itself = query is key and key is value and layer.in_proj_weight is not None
        if not is_on_itself or not layer.batch_first or more.get("need_weights") or more.get("key_padding_mask"):
            return self._own(query, key, value, attn_mask=attn_mask, **more)
        heads, width = layer.num_heads, layer.embed_dim
        parts = linear(query, layer.in_proj_weight, layer.in_proj_bias).chunk(3, dim=-1)
        q, k, v = (part.reshape(1, -1, heads, width // heads).transpose(1, 2) for part in parts)  # (1, heads, t, d)
        scores = (q * (width // heads) ** -0.5) @ k.transpose(-2, -1)
        if attn_mask is not None:
            scores = scores + attn_mask
        mixed = (softmax(scores, dim=-1) @ v).transpose(1, 2).reshape(1, -1, width)
        return layer.out_proj(mixed), None
