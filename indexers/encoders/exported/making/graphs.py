"""From a torch module to an ONNX file, and from whole weights to smaller ones."""

import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from indexers.encoders.exported.making.attention import plain_attention
from indexers.encoders.exported.making.towers import Tower
from indexers.encoders.exported.settings import Precision
from indexers.encoders.extras import quietly

OPSET = 18
LEAST_ELEMENTS = 2048
"""Smaller tensors (biases, norms) stay as they are: they weigh nothing, and some hold large and small numbers."""
BLOCK = 32
"""Weights that share a scale, of `scale_by_block`."""


def trace(tower: Tower, path: Path) -> None:
    """Write a tower as ONNX, for one window or text at a time.

    By tracing: torch's newer way takes minutes for HTSAT and gives OpenCLIP's text tower two nodes of one name
    (torch 2.15). A trace holds for the batch that it was made with, so the batch is one.
    """
    import torch

    axes = {name: {1: "t"} for name in tower.inputs} if tower.any_length else None
    with quietly(), warnings.catch_warnings(), plain_attention(tower.module):
        warnings.simplefilter("ignore")
        torch.onnx.export(
            tower.module,
            tuple(tower.inputs.values()),
            str(path),
            input_names=list(tower.inputs),
            output_names=["vectors"],
            dynamic_axes=axes,
            opset_version=OPSET,
            dynamo=False,
        )


def halve(source: Path, target: Path) -> None:
    """Write a network with its weights in half precision.

    It computes in single precision, which a CPU does faster than half: weights are widened once, when a session loads.
    Tables of words stay half in memory too; only the rows that a text needs are widened.
    """
    import onnx

    model = onnx.load(str(source))
    _halve_weights(model)
    onnx.save(model, str(target))


def scale_by_tensor(source: Path, target: Path) -> None:
    """Write a network whose products of matrices are of 8-bit integers: weights a scale a column, input one in all.

    The smallest and the fastest; what a network loses depends on how far its largest numbers are from the rest.
    """
    from onnxruntime.quantization import QuantType, quantize_dynamic

    with quietly():
        quantize_dynamic(
            str(source),
            str(target),
            op_types_to_quantize=["MatMul", "Gemm"],
            per_channel=True,
            weight_type=QuantType.QInt8,
            extra_options={"MatMulConstBOnly": True},
        )
    halve(target, target)


def scale_by_block(source: Path, target: Path) -> None:
    """Write a network whose weights, and what they are multiplied with, are 8-bit integers with a scale for every 32.

    Twice as slow as one scale in all, a third larger, and near the original whatever the numbers are.
    """
    import onnx
    from onnxruntime.quantization.matmul_nbits_quantizer import MatMulNBitsQuantizer

    with quietly():
        quantizer = MatMulNBitsQuantizer(
            onnx.load(str(source)), bits=8, block_size=BLOCK, is_symmetric=True, accuracy_level=4
        )
        quantizer.process()
    onnx.save(quantizer.model.model, str(target))
    halve(target, target)


METHODS: Mapping[Precision, Mapping[str, Callable[[Path, Path], None]]] = MappingProxyType(
    {
        "fp16": {"half weights": halve},
        "int8": {"a scale a tensor": scale_by_tensor, "a scale a block": scale_by_block},
    }
)
"""By precision, ways to write it, the cheapest to use first: the first that is near enough to the source is taken."""


def _halve_weights(model: Any) -> None:
    import numpy as np
    from onnx import TensorProto, helper, numpy_helper

    graph = model.graph
    users: dict[str, list[Any]] = {}
    for node in graph.node:
        for name in node.input:
            users.setdefault(name, []).append(node)
    casts = []
    for tensor in list(graph.initializer):
        if tensor.data_type != TensorProto.FLOAT or int(np.prod(tensor.dims)) < LEAST_ELEMENTS:
            continue
        values = numpy_helper.to_array(tensor)
        if not np.isfinite(values.astype(np.float16)).all():
            continue
        half = numpy_helper.from_array(values.astype(np.float16), f"{tensor.name}.half")
        graph.initializer.remove(tensor)
        graph.initializer.append(half)
        if all(node.op_type == "Gather" and node.input[0] == tensor.name for node in users.get(tensor.name, [])):
            for node in users.get(tensor.name, []):
                node.input[0] = half.name
                whole = node.output[0]
                node.output[0] = f"{whole}.half"
                index = list(graph.node).index(node)
                graph.node.insert(index + 1, helper.make_node("Cast", [node.output[0]], [whole], to=TensorProto.FLOAT))
        else:
            casts.append(helper.make_node("Cast", [half.name], [tensor.name], to=TensorProto.FLOAT))
    for cast in reversed(casts):
        graph.node.insert(0, cast)
