"""LAION-CLAP without its weights: random ones in the authors' own network and format, and a local cache of the hub.

    models = make_models(tmp_path / "models")        # what `egosearch models pull laion-clap:...` leaves behind
    monkeypatch.setenv("EGOSEARCH_MODELS", str(models))
    load_encoder("laion-clap:630k-audioset-best", Modality.AUDIO)

The sound tower is HTSAT as it is: its sizes are fixed, 31 million weights for the tiny one. The text tower is a
RoBERTa of one layer, or a whole one where speed and memory are measured, which do not depend on the weights' values:

    make_models(folder, has_whole_text=True)
"""

import importlib
import io
import json
import sys
import warnings
from contextlib import redirect_stdout
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

NAME = "630k-audioset-best"
SENTENCES = (
    "the sound of a kettle",
    "this is a sound of running water",
    "a door bell rings",
    "when the timer went off",
)
REVISION = "0123456789abcdef0123456789abcdef01234567"
_SPECIAL = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]


def is_installed() -> bool:
    """Whether the extra is there. `laion_clap` is looked for and not imported: that asks the hub for tokenizers."""
    return all(find_spec(name) is not None for name in ("laion_clap", "torchlibrosa", "transformers", "torch"))


def make_models(
    folder: Path, *, name: str = NAME, architecture: str = "HTSAT-tiny", has_whole_text: bool = False
) -> Path:
    """Make a models' folder with a random checkpoint and the cache of the hub, and return it."""
    text = whole_settings() if has_whole_text else tiny_settings()
    make_roberta(folder / "hub", settings=text)
    (folder / "laion-clap").mkdir(parents=True)
    weights = random_weights(architecture, has_whole_text=has_whole_text)
    save_as_the_authors(weights, folder / "laion-clap" / f"{name}.pt")
    return folder


def tiny_settings() -> Any:
    """Return settings of one layer. The width cannot be smaller: LAION-CLAP has 768 written into its projection."""
    from transformers import RobertaConfig

    return RobertaConfig(
        vocab_size=320,
        num_hidden_layers=1,
        num_attention_heads=4,
        intermediate_size=32,
        max_position_embeddings=90,
        type_vocab_size=1,
        layer_norm_eps=1e-5,
    )


def whole_settings() -> Any:
    """Return the settings of `roberta-base`."""
    from transformers import RobertaConfig

    return RobertaConfig(vocab_size=50_265, max_position_embeddings=514, type_vocab_size=1, layer_norm_eps=1e-5)


def make_roberta(hub: Path, name: str = "roberta-base", settings: Any = None) -> Path:
    """Lay a RoBERTa with its tokenizer, without weights, into a cache of the hub; return the folder of its files."""
    from tokenizers import ByteLevelBPETokenizer

    repository = hub / f"models--{name.replace('/', '--')}"
    snapshot = repository / "snapshots" / REVISION
    snapshot.mkdir(parents=True)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text(REVISION)
    words = ByteLevelBPETokenizer()
    words.train_from_iterator(SENTENCES, vocab_size=320, min_frequency=1, special_tokens=_SPECIAL, show_progress=False)
    words.save_model(str(snapshot))
    (snapshot / "config.json").write_text(json.dumps((settings or tiny_settings()).to_dict()))
    return snapshot


def make_authors_cache(hub: Path, weights: dict[str, Any]) -> None:
    """Make the cache of the hub that `import laion_clap` and `CLAP_Module` ask for: three tokenizers and a RoBERTa."""
    import torch

    text = {name.removeprefix("text_branch."): value for name, value in weights.items() if "text_branch." in name}
    torch.save(text, make_roberta(hub) / "pytorch_model.bin")
    (make_roberta(hub, "facebook/bart-base") / "config.json").write_text('{"model_type": "bart"}')
    bert = make_roberta(hub, "bert-base-uncased")
    (bert / "config.json").write_text('{"model_type": "bert"}')
    (bert / "vocab.txt").write_text("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\n")


@lru_cache(maxsize=2)
def random_weights(
    architecture: str = "HTSAT-tiny", *, has_whole_text: bool = False, has_fusion: bool = False
) -> dict[str, Any]:
    """Return the weights of the authors' own network by name, as its `state_dict` gives them; not to be changed."""
    import torch

    text = whole_settings() if has_whole_text else tiny_settings()
    torch.manual_seed(0)
    with warnings.catch_warnings(), redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        weights: dict[str, Any] = _authors_clap(architecture, text, has_fusion=has_fusion).state_dict()
    # About the decibels of a room, so that what follows sees numbers about 0, as in a trained network.
    weights["audio_branch.bn0.running_mean"].fill_(-30.0)
    weights["audio_branch.bn0.running_var"].fill_(900.0)
    return weights


def save_as_the_authors(weights: dict[str, Any], path: Path) -> Path:
    """Save a checkpoint as laion_clap/training/main.py does: trained on several GPUs, with an older transformers.

    The learning rates of the optimiser are NumPy's numbers, since the schedule is computed with NumPy.
    """
    import torch

    positions = len(weights["text_branch.embeddings.position_embeddings.weight"])
    named = {f"module.{name}": value for name, value in weights.items()}
    named["module.text_branch.embeddings.position_ids"] = torch.arange(positions)[None]
    group = {"lr": np.float64(1e-4), "betas": (0.9, 0.99), "amsgrad": np.bool_(False), "warmup": np.int64(7)}
    optimizer = {"state": {0: {"step": 7, "exp_avg": torch.zeros(3)}}, "param_groups": [{**group, "params": [0]}]}
    torch.save({"epoch": 45, "name": "tiny", "state_dict": named, "optimizer": optimizer}, path)
    return path


def _authors_clap(architecture: str, text: Any, *, has_fusion: bool) -> Any:
    """Build `CLAP` out of `clap_module`, which is imported from where the authors put it on the path themselves."""
    from transformers import RobertaModel

    spec = find_spec("laion_clap")
    assert spec is not None
    assert spec.submodule_search_locations
    folder = Path(spec.submodule_search_locations[0])
    sys.path.insert(0, str(folder))
    try:
        module: Any = importlib.import_module("clap_module.model")
    finally:
        sys.path.remove(str(folder))

    class Roberta:
        @staticmethod
        def from_pretrained(_: str) -> Any:
            return RobertaModel(text)

    settings = json.loads((folder / "clap_module" / "model_configs" / f"{architecture}.json").read_text())
    settings["text_cfg"]["model_type"] = "roberta"
    kept, module.RobertaModel = module.RobertaModel, Roberta
    try:
        return module.CLAP(**settings, enable_fusion=has_fusion, fusion_type="aff_2d" if has_fusion else "None").eval()
    finally:
        module.RobertaModel = kept


def teach(weights: dict[str, Any], meanings: dict[str, Any], roberta: Path) -> dict[str, Any]:
    """Return weights with which texts mean sounds, so that what is asked for can be found.

    The last layer of the text tower is solved so that each prompt of a text ends where its sound does.

    Args:
        weights: Of `random_weights`.
        meanings: By text, shape (t,): samples at 48 kHz.
        roberta: The folder that `make_roberta` made.
    """
    import torch

    from indexers.encoders.laion_clap.encoder import PROMPTS
    from indexers.encoders.laion_clap.hearing import Hearing
    from indexers.encoders.laion_clap.reading import Reading
    from indexers.encoders.laion_clap.sound import filled

    heard = torch.from_numpy(Hearing(weights, "cpu").embed(np.stack([filled(one) for one in meanings.values()])))
    reading = Reading(weights, roberta, "cpu")
    said = [prompt.format(text) for text in meanings for prompt in PROMPTS]
    tokens = reading._tokenizer(said, padding=True, return_tensors="pt")
    with torch.inference_mode():
        pooled = reading._branch(**tokens).pooler_output
        hidden = reading._projection[:2](pooled)  # shape (texts * prompts, 512)
    target = heard.repeat_interleave(len(PROMPTS), dim=0)
    solution = torch.linalg.lstsq(hidden, target).solution  # shape (512, 512)
    return {**weights, "text_projection.2.weight": solution.T.contiguous(), "text_projection.2.bias": torch.zeros(512)}
