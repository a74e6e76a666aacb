"""LAION-CLAP's models taken apart: the spectrogram is computed outside, the rest is exported."""

from pathlib import Path
from typing import Any

import numpy as np

from indexers.encoders.exported.making.tokens import roberta_tokenizer
from indexers.encoders.exported.making.towers import Tower, Towers
from indexers.encoders.exported.settings import FILTERS, SoundSettings
from indexers.encoders.laion_clap.encoder import LaionClap
from indexers.encoders.laion_clap.naming import parse
from indexers.encoders.laion_clap.sound import SAMPLE_RATE_HZ

MEL_SHAPE = (1, 1, 1001, 64)


def towers(variant: str) -> Towers:
    """Load a checkpoint and take it apart.

    Raises:
        EncoderError: It or RoBERTa's tokenizer is not on this machine.
    """
    import torch

    encoder = LaionClap(parse(variant))
    hearing, reading = encoder._loaded_hearing(), encoder._loaded_reading()
    reading._branch.set_attn_implementation("eager")  # the other ways of computing it cannot be traced
    json, text = roberta_tokenizer(reading._tokenizer)
    ids = torch.tensor([_tokens(reading._tokenizer, "the sound of a kettle", text.longest_tokens)])

    class Sounds(torch.nn.Module):  # type: ignore[misc] # torch's types are not read
        def __init__(self) -> None:
            super().__init__()
            self.branch, self.projection = hearing._branch, hearing._projection

        def forward(self, windows: Any) -> Any:
            return hearing.embed_mel(windows)

    class Texts(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.branch, self.projection = reading._branch, reading._projection

        def forward(self, tokens: Any, mask: Any) -> Any:
            return reading.embed_tokens(tokens, mask)

    def write_filters(folder: Path) -> None:
        np.save(folder / FILTERS, hearing._filters.cpu().numpy())

    return Towers(
        encoder=encoder,
        windows=Tower(Sounds().eval(), {"windows": torch.zeros(MEL_SHAPE)}),
        texts=Tower(Texts().eval(), {"tokens": ids, "mask": torch.ones_like(ids)}, any_length=True),
        window=SoundSettings(SAMPLE_RATE_HZ),
        text=text,
        tokenizer=json,
        tokens=lambda sentence: _tokens(reading._tokenizer, sentence, text.longest_tokens),
        write_files=write_filters,
    )


def _tokens(tokenizer: Any, text: str, longest: int) -> list[int]:
    return [int(one) for one in tokenizer([text], truncation=True, max_length=longest)["input_ids"][0]]
