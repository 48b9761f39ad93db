"""int8 weights with one scale an output, and activations rounded to 8 bits with one scale a token.

The form that is fastest on processors with VNNI instructions: `MatMulIntegerToFloat` reaches four
times the rate of float32 there, while the operators made for small weights (MatMulNBits, QMoE)
compute in float32 or at its rate. Rounding each token by itself, which DynamicQuantizeLinear does
not, makes a token's bits independent of the others: the sums are of integers and thus exact.

Processors without VNNI multiply 8-bit numbers by instructions that saturate at 16 bits
(https://onnxruntime.ai/docs/performance/model-optimizations/quantization.html, "When should I use
reduce-range"): there this form gives wrong logits without saying so, so whoever runs it must first
compare a product whose partial sums pass 32767 with the true one.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto

from leaksift.export.experts import Arithmetic, mixture
from leaksift.export.form import Read, Routes
from leaksift.export.graph import Graph
from leaksift.export.quantise import rows_int8
from leaksift.export.sizes import Sizes


class Int8:
    """See `form.Form`."""

    name = "int8"
    rows_independent = True

    def embedding(self, graph: Graph, ids: str, read: Read) -> str:
        values, scale = rows_int8(read("model.embed_tokens.weight"))
        rows = graph.Gather(graph.constant(values, np.int8, "embedding.int8"), ids)
        scales = graph.Gather(graph.constant(scale[:, None], name="embedding.scale"), ids)
        return graph.Mul(graph.Cast(rows, to=TensorProto.FLOAT), scales)

    def linear(
        self,
        graph: Graph,
        value: str,
        weight: NDArray[np.float32],
        bias: NDArray[np.float32],
        name: str,
    ) -> str:
        rounded, scale = _rounded(graph, value)
        product = graph.Mul(_product(graph, rounded, weight, name), scale)
        return graph.Add(product, graph.constant(bias, name=f"{name}.bias"))

    def experts(
        self, graph: Graph, value: str, routes: Routes, read: Read, name: str, sizes: Sizes
    ) -> str:
        arithmetic = Arithmetic(_rounded, _product)
        return mixture(graph, value, routes, read, name, sizes, arithmetic)


def _rounded(graph: Graph, value: str) -> tuple[str, str]:
    """uint8 values of [rows, features] around 128, and their scales [rows, 1]."""
    largest = graph.ReduceMax(graph.Abs(value), axes=[-1], keepdims=1)
    scale = graph.Max(graph.Mul(largest, graph.constant(1 / 127)), graph.constant(1e-12))
    # One scale for each index of the first axis is what the operator calls "per axis".
    scales = graph.Squeeze(scale, graph.shape(1))
    zeros = graph.Expand(graph.constant([128], np.uint8), graph.Shape(scales))
    return graph.QuantizeLinear(value, scales, zeros, axis=0), scale


def _product(graph: Graph, rounded: str, weight: NDArray[np.float32], name: str) -> str:
    """Rounded rows times weight [out, in], still without the rows' scales."""
    values, scale = rows_int8(weight)
    return graph.MatMulIntegerToFloat(
        rounded,
        graph.constant(values.T, np.int8, f"{name}.int8"),
        graph.constant(1.0),
        graph.constant(scale, name=f"{name}.scale"),
        graph.constant(128, np.uint8),
    )
