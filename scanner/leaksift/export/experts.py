"""A mixture of experts of plain products: the tokens sorted by expert, each expert its rows.

onnxruntime has operators for all of this (MoE, QMoE), but what they compute for a token depends in
the last bits on how many other tokens chose the same expert (measured with onnxruntime 1.31), and
they do not multiply by int8 instructions. Here each product is a node with a constant matrix, and
its rows do not know of each other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leaksift.export.form import Read, Routes
from leaksift.export.graph import Graph
from leaksift.export.sizes import Sizes

GROUP = 32
"""Experts whose element-wise work is done together. All at once, the values between the operators
leave the processor's cache (a tenth slower at 1024 tokens); one expert at a time, a layer has six
times the nodes, and a session of 20,000 nodes takes long to load and to walk."""


@dataclass(frozen=True)
class Arithmetic:
    """How rows are multiplied by matrices.

    `prepared` gives the rows as the product wants them and, where it rounds, the scale of each
    row [rows, 1], which is not in the product; `product` multiplies prepared rows by a weight
    [out, in] of the given name.
    """

    prepared: Callable[[Graph, str], tuple[str, str | None]]
    product: Callable[[Graph, str, NDArray[np.float32], str], str]


def mixture(
    graph: Graph,
    value: str,
    routes: Routes,
    read: Read,
    name: str,
    sizes: Sizes,
    arithmetic: Arithmetic,
) -> str:
    """The experts of one layer on [tokens, hidden]; see `form.Form.experts`."""
    dispatch = _Dispatch(graph, routes, sizes)
    rows, scale = arithmetic.prepared(graph, value)
    inputs = dispatch.per_expert(graph.Gather(rows, dispatch.tokens))
    scales = dispatch.per_group(graph.Gather(scale, dispatch.tokens)) if scale else None
    numbers = dispatch.per_group(dispatch.sorted_experts)
    bias = graph.constant(read(f"{name}.experts.gate_up_proj_bias"), name=f"{name}.gate_up.bias")
    # A row more at the end of each group keeps it from being empty: onnxruntime (1.31) gives
    # ReduceMax over rows the wrong shape when there are none.
    spare = graph.constant(np.zeros((1, 2 * sizes.intermediate)))

    def products(
        rows: Sequence[str], weights: NDArray[np.float32], members: range, part: str
    ) -> list[str]:
        """The rows of each of these experts times its weights [experts, in, out]."""
        return [
            arithmetic.product(graph, rows[expert], weights[expert].T, f"{name}.{expert}.{part}")
            for expert in members
        ]

    hidden: list[str] = []
    factors: list[str | None] = []
    weights = read(f"{name}.experts.gate_up_proj")
    for group, members in enumerate(dispatch.groups):
        both = graph.Concat(*products(inputs, weights, members, "gate_up"), spare, axis=0)
        if scales:
            both = graph.Mul(both, graph.Concat(scales[group], graph.constant([[1.0]]), axis=0))
        experts = graph.Concat(numbers[group], graph.shape(members[0]), axis=0)
        both = graph.Add(both, graph.Gather(bias, experts))
        rows, factor = arithmetic.prepared(graph, swiglu(graph, both, sizes))
        counts = graph.Concat(dispatch.counts(members), graph.shape(1), axis=0)
        hidden += graph.outputs("Split", [rows, counts], len(members) + 1, axis=0)[:-1]
        factors.append(factor)
    del weights  # 0.4 GB at full size
    weights = read(f"{name}.experts.down_proj")
    shares = dispatch.per_group(dispatch.sorted_shares)
    spare = graph.constant(np.zeros((1, sizes.hidden)))
    parts: list[str] = []
    for group, members in enumerate(dispatch.groups):
        outputs = graph.Concat(*products(hidden, weights, members, "down"), spare, axis=0)
        share = graph.Concat(shares[group], graph.constant([[0.0]]), axis=0)
        factor = factors[group]
        parts.append(graph.Mul(outputs, graph.Mul(factor, share) if factor else share))
    routed = graph.Gather(graph.Concat(*parts, axis=0), dispatch.places)
    routed = graph.Reshape(routed, graph.shape(-1, sizes.experts_per_token, sizes.hidden))
    # The biases of a token's experts by their shares: one small product rather than a pass over
    # all routes.
    none = graph.Mul(routes.logits, graph.constant(0.0))
    by_expert = graph.ScatterElements(none, routes.experts, routes.shares, axis=1)
    bias = graph.constant(read(f"{name}.experts.down_proj_bias"), name=f"{name}.down.bias")
    summed = graph.ReduceSum(routed, graph.shape(1), keepdims=0)
    return graph.Add(summed, graph.MatMul(by_expert, bias))


def swiglu(graph: Graph, both: str, sizes: Sizes) -> str:
    """The experts' activation: gate and up [..., 2 x intermediate] to [..., intermediate]."""
    limit = graph.constant(sizes.swiglu_limit)
    gate, up = graph.split(both, (sizes.intermediate, sizes.intermediate), axis=-1)
    gate = graph.QuickGelu(graph.Min(gate, limit), alpha=sizes.swiglu_alpha)
    up = graph.Clip(up, graph.constant(-sizes.swiglu_limit), limit)
    return graph.Mul(gate, graph.Add(up, graph.constant(1.0)))


class _Dispatch:
    """The routes of a layer, sorted by expert. There are tokens x experts per token of them.

    `tokens` is the token of each sorted route; `places` where the route of each token and choice
    stands once every group has got its spare row.
    """

    def __init__(self, graph: Graph, routes: Routes, sizes: Sizes) -> None:
        self._graph = graph
        self.groups = [
            range(first, min(first + GROUP, sizes.experts))
            for first in range(0, sizes.experts, GROUP)
        ]
        flat = graph.Reshape(routes.experts, graph.shape(-1))
        count = graph.Shape(flat)
        self.sorted_experts, order = graph.outputs("TopK", [flat, count], 2, axis=0, largest=0)
        self.tokens = graph.Div(order, graph.number(sizes.experts_per_token))
        self.sorted_shares = graph.Gather(graph.Reshape(routes.shares, graph.shape(-1, 1)), order)
        places = graph.Range(graph.number(0), graph.Squeeze(count), graph.number(1))
        places = graph.Add(places, graph.Div(self.sorted_experts, graph.number(GROUP)))
        self.places = graph.ScatterElements(order, order, places, axis=0)
        self._counts = graph.ScatterElements(
            graph.constant(np.zeros(sizes.experts), np.int64),
            flat,
            graph.Expand(graph.shape(1), count),
            reduction="add",
        )
        sums = [graph.ReduceSum(self.counts(members), keepdims=1) for members in self.groups]
        self._group_counts = graph.Concat(*sums, axis=0)

    def counts(self, members: range) -> str:
        """How many routes each of these experts has."""
        graph = self._graph
        return graph.Slice(self._counts, graph.shape(members.start), graph.shape(members.stop))

    def per_expert(self, value: str) -> list[str]:
        """The rows of each expert, of a value with one row for each sorted route."""
        count = sum(len(members) for members in self.groups)
        return self._graph.outputs("Split", [value, self._counts], count, axis=0)

    def per_group(self, value: str) -> list[str]:
        """The rows of each group, of a value with one row for each sorted route."""
        return self._graph.outputs("Split", [value, self._group_counts], len(self.groups), axis=0)
