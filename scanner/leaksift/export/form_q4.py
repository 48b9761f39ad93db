"""Weights of 4 bits with one scale a block of 32, the arithmetic in float32: the smallest form.

`accuracy_level` 0 keeps the activations in float32, so that the graph computes what transformers
computes on the rounded weights. A matrix whose rows are not whole blocks of 32 takes blocks of 16,
and stays in float32 where that does not fit either: only models far smaller than the published one
have such.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from leaksift.export.form import Read, Routes, exact_linear
from leaksift.export.form_fp32 import Fp32
from leaksift.export.graph import Graph
from leaksift.export.quantise import blocks_q4
from leaksift.export.sizes import Sizes


class Q4:
    """See `form.Form`."""

    name = "q4"
    # QMoE multiplies the tokens of an expert together, in an order that depends on their number.
    rows_independent = False

    def embedding(self, graph: Graph, ids: str, read: Read) -> str:
        weight = read("model.embed_tokens.weight")
        block = block_of(weight.shape[1])
        if block is None:
            return Fp32().embedding(graph, ids, read)
        values, scale = blocks_q4(weight, block)
        return graph.GatherBlockQuantized(
            graph.constant(values, np.uint8, "embedding.q4"),
            ids,
            graph.constant(scale, name="embedding.scale"),
            bits=4,
            block_size=block,
            gather_axis=0,
            quantize_axis=1,
        )

    def linear(
        self,
        graph: Graph,
        value: str,
        weight: NDArray[np.float32],
        bias: NDArray[np.float32],
        name: str,
    ) -> str:
        outputs, inputs = weight.shape
        block = block_of(inputs)
        if block is None:
            return exact_linear(graph, value, weight, bias, name)
        values, scale = blocks_q4(weight, block)
        return graph.MatMulNBits(
            value,
            graph.constant(values.reshape(outputs, inputs // block, -1), np.uint8, f"{name}.q4"),
            graph.constant(scale.reshape(-1), name=f"{name}.scale"),
            "",
            "",
            graph.constant(bias, name=f"{name}.bias"),
            K=inputs,
            N=outputs,
            bits=4,
            block_size=block,
            accuracy_level=0,
        )

    def experts(
        self, graph: Graph, value: str, routes: Routes, read: Read, name: str, sizes: Sizes
    ) -> str:
        block = block_of(sizes.hidden)
        if block is None or sizes.intermediate % block:
            block = block_of(sizes.intermediate)
        if block is None or sizes.hidden % block:
            return Fp32().experts(graph, value, routes, read, name, sizes)
        weights = []
        for part, columns in (("gate_up", _interleaved(sizes)), ("down", slice(None))):
            weight = read(f"{name}.experts.{part}_proj").transpose(0, 2, 1)[:, columns]
            values, scale = blocks_q4(weight, block)
            del weight
            bias = read(f"{name}.experts.{part}_proj_bias")[:, columns]
            weights += [
                graph.constant(values, np.uint8, f"{name}.{part}.q4"),
                graph.constant(scale, name=f"{name}.{part}.scale"),
                graph.constant(bias, name=f"{name}.{part}.bias"),
            ]
        return graph.QMoE(
            value,
            routes.logits,
            *weights,
            expert_weight_bits=4,
            block_size=block,
            accuracy_level=0,
            k=sizes.experts_per_token,
            activation_type="swiglu",
            swiglu_fusion=1,
            activation_alpha=sizes.swiglu_alpha,
            activation_beta=1.0,
            swiglu_limit=sizes.swiglu_limit,
            # QMoE gets the logits of all experts and turns the highest into shares that add up to
            # 1, as the model does: its division of the shares by their number, and the
            # multiplication of the sum by it, cancel out.
            normalize_routing_weights=1,
        )


def block_of(columns: int) -> int | None:
    """How many columns share a scale, or None where no block fits."""
    return next((block for block in (32, 16) if columns % block == 0), None)


def _interleaved(sizes: Sizes) -> NDArray[np.int64]:
    """The outputs of `gate_up_proj` in the order gate 0, up 0, gate 1, up 1, ...: the only one
    that QMoE takes on the CPU. Checkpoints have all gates first."""
    return np.arange(2 * sizes.intermediate).reshape(2, -1).T.reshape(-1)
