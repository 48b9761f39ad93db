"""The experts of a layer in a published graph: one node QMoE or MoE. Part of `upstream.py`."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leaksift.export.onnx_graph import Node, OnnxGraph, dequantized
from leaksift.export.sizes import Sizes
from leaksift.export.upstream_matrices import Parameters


def expert_parameters(graph: OnnxGraph, node: Node, sizes: Sizes, name: str) -> Parameters:
    """The parameters of a layer's experts. Raises ModelError where the node computes something else
    than config.json means.

    The inputs are those of
    https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md#commicrosoftqmoe:
    weight, scales (of QMoE) and bias of each of up to three matrices, and then the zero points.
    """
    says, quantized = node.attributes, node.operator == "QMoE"
    _compare(graph, node, sizes)
    bits, step = says.get("expert_weight_bits", 4), 3 if quantized else 2
    if quantized and (bits not in (4, 8) or says.get("block_size", 0) < 0):
        raise graph.wrong(node, f"its weights have {bits} bits")
    if any(map(node.input, range(2 + 2 * step, 2 + 3 * step))):
        raise graph.wrong(node, "it has a third matrix of experts")
    packed = 8 // bits if quantized else 1
    found: Parameters = {}
    for at, part, rows, columns in (
        (0, "gate_up_proj", 2 * sizes.intermediate, sizes.hidden),
        (1, "down_proj", sizes.hidden, sizes.intermediate),
    ):
        place = 2 + at * step
        shape = (sizes.experts, rows, -(-columns // packed))
        if graph.shape(node.input(place)) != shape:
            raise graph.wrong(
                node,
                f"its {part} is {list(graph.shape(node.input(place)))}, where config.json means "
                f"{list(shape)}",
            )
        bias = node.input(place + step - 1)
        if not bias:
            raise graph.wrong(node, f"its {part} has no bias")
        fused = says["swiglu_fusion"] == 1 and at == 0
        zeros = node.input(11 + at) if quantized else ""
        found[f"{name}.{part}"] = node, partial(_weights, graph, node, place, zeros, columns, fused)
        found[f"{name}.{part}_bias"] = node, partial(_biases, graph, bias, fused)
    return found


def _compare(graph: OnnxGraph, node: Node, sizes: Sizes) -> None:
    says = node.attributes
    wanted = {
        "k": (says.get("k", 1), sizes.experts_per_token),
        "activation_alpha": (says.get("activation_alpha", 1.0), sizes.swiglu_alpha),
        "activation_beta": (says.get("activation_beta", 0.0), 1.0),
        "swiglu_limit": (says.get("swiglu_limit", math.inf), sizes.swiglu_limit),
        "normalize_routing_weights": (says.get("normalize_routing_weights", 0), 1),
    }
    for name, (value, right) in wanted.items():
        if not math.isclose(value, right, rel_tol=1e-6):
            raise graph.wrong(node, f"its {name} is {value:g}, not {right:g}")
    if says.get("activation_type") != b"swiglu" or says.get("swiglu_fusion") not in (1, 2):
        raise graph.wrong(node, "its activation is not swiglu with gates and ups in one matrix")


def _weights(
    graph: OnnxGraph, node: Node, place: int, zeros: str, size: int, fused: bool
) -> NDArray[np.float32]:
    """[expert, in, out], an expert after the other: in one go the steps between would be as large
    as the result."""
    values = graph.array(node.input(place))
    result = np.empty((len(values), size, values.shape[1]), np.float32)
    quantized = node.operator == "QMoE"
    scales = graph.array(node.input(place + 1)) if quantized else None
    middles = graph.array(zeros) if zeros else None
    bits, block = (node.attributes.get(key, 0) for key in ("expert_weight_bits", "block_size"))
    for expert, rows in enumerate(values):
        if scales is not None:
            middle = None if middles is None else middles[expert]
            rows = dequantized(rows, scales[expert], middle, bits or 4, block, size)
        result[expert] = (_apart(rows) if fused else rows).T
    return result


def _biases(graph: OnnxGraph, name: str, fused: bool) -> NDArray[Any]:
    values = graph.array(name)
    return _apart(values.T).T if fused else values


def _apart(rows: NDArray[Any]) -> NDArray[Any]:
    """Gate 0, up 0, gate 1, ... as all gates and then all ups."""
    return np.concatenate([rows[0::2], rows[1::2]])
