"""Neither loading nor encoding reaches for the network, whatever was imported before."""

from pathlib import Path

import pytest

from indexers.encoders import load_encoder
from indexers.encoders.extras import offline
from indexers.types import Modality
from tests.encoders import tiny_clip
from tests.encoders.tiny_clip import clip, plain
from tests.media import RED

hub = pytest.importorskip("huggingface_hub")
pytest.importorskip("open_clip")


def test_the_hubs_client_fetches_nothing_while_offline(tmp_path: Path, no_network: list[str]) -> None:
    with offline():
        assert hub.constants.HF_HUB_OFFLINE
        with pytest.raises(Exception, match=r"(?i)offline|cannot find|outgoing traffic"):
            hub.hf_hub_download("owner/name", "a.bin", cache_dir=tmp_path)
    assert not hub.constants.HF_HUB_OFFLINE
    assert no_network == []


def test_a_text_tower_of_transformers_is_read_from_this_machine(tmp_path: Path, models: Path) -> None:
    """Its settings and its tokenizer come from two caches of the hub, as two programs may have left them."""
    transformers = pytest.importorskip("transformers")
    own = tiny_clip.hub_snapshot(models / "hub", "owner/words")
    shared = tiny_clip.hub_snapshot(tmp_path / "huggingface" / "hub", "owner/tower")
    save_words(own)
    settings = transformers.RobertaConfig(
        vocab_size=64, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16
    )
    settings.save_pretrained(shared)
    text = {
        "hf_model_name": "owner/tower",
        "hf_tokenizer_name": "owner/words",
        "hf_proj_type": "mlp",
        "hf_pooler_type": "mean_pooler",
        "context_length": 12,
    }
    weights = save_tower(tmp_path, text, shared)
    encoder = load_encoder(f"open-clip:ViT-tower/{weights}", Modality.VISUAL)
    assert encoder.encode([clip(plain(RED))]).dense().shape == (1, tiny_clip.DIM)
    a, b = encoder.encode_text(["a red mug", "the green door"]).dense()
    assert 0 < a @ b < 1


def save_words(folder: Path) -> None:
    """Save a tokenizer that knows a few words, as transformers does."""
    import tokenizers
    from transformers import PreTrainedTokenizerFast

    words = ["<s>", "<pad>", "</s>", "<unk>", "a", "photo", "of", "the", "red", "mug", "green", "door", "person"]
    model = tokenizers.models.WordLevel({word: i for i, word in enumerate(words)}, unk_token="<unk>")  # noqa: S106
    tokenizer = tokenizers.Tokenizer(model)
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    marks = {"pad_token": "<pad>", "unk_token": "<unk>", "bos_token": "<s>", "eos_token": "</s>"}
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, clean_up_tokenization_spaces=False, **marks).save_pretrained(
        folder
    )


def save_tower(folder: Path, text: dict[str, object], settings: Path) -> Path:
    """Save a checkpoint of a model with a text tower of transformers; `settings` is the tower's folder."""
    import open_clip

    tiny_clip.know(folder / "configs", "ViT-tower", text_cfg=text)
    local = {**text, "hf_model_name": str(settings), "hf_model_pretrained": False}
    model = open_clip.create_model("ViT-tower", load_weights=False, pretrained_text=False, text_cfg=local)
    return tiny_clip.save_checkpoint(model, folder / "tower.pt")
