"""Attention in a published graph: which rows of which matrix are queries, keys and values, and
where the sinks are. Part of `upstream.py`."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leaksift.export.onnx_graph import Node, OnnxGraph
from leaksift.export.sizes import Sizes
from leaksift.export.upstream_matrices import (
    CHANGES_FORM,
    EXPERTS,
    Matrices,
    Matrix,
    Parameters,
    parameters,
)

_PRODUCTS = frozenset({"MatMul", "FusedMatMul"})
_WEIGHTED = frozenset({"MatMulNBits", "Gemm"}) | EXPERTS


@dataclass(frozen=True)
class _Rows:
    """Rows of a matrix, from `start`. `halves`: the pairs of a head are its two halves."""

    matrix: Matrix
    start: int
    halves: bool = False


@dataclass(frozen=True)
class _Core:
    """What is between the matrices before attention and the one behind it; `sinks` is the name of a
    constant."""

    query: _Rows
    key: _Rows
    values: _Rows
    sinks: str


def attention_parameters(
    graph: OnnxGraph, matrices: Matrices, sizes: Sizes, layer: int, router: Matrix
) -> tuple[Parameters, str]:
    """The parameters of a layer's `self_attn` without its norm, and the value that they read.
    Raises ModelError."""
    name = f"model.layers.{layer}.self_attn"
    all_of = [one for one in matrices.of_layer(layer) if one is not router]
    firsts = [one for one in all_of if matrices.place(one.value) == (layer, 0)]
    behind = [one for one in all_of if matrices.place(one.value) == (layer, 1)]
    if len(behind) != 1 or len(firsts) + 1 != len(all_of) or not firsts:
        raise graph.wrong(
            router.node,
            f"{len(firsts)} and {len(behind)} matrices are before it, not q, k, v and o",
        )
    if len({one.value for one in firsts}) != 1:
        raise graph.wrong(firsts[0].node, "query, key and value do not read the same")
    core = _Search(graph, matrices, sizes).core(behind[0])
    shapes = sizes.shapes()
    parts = {"q": core.query, "k": core.key, "v": core.values}
    wanted = {part: shapes[f"{name}.{part}_proj.weight"] for part in parts}
    used = sorted(
        (all_of.index(rows.matrix), rows.start, rows.start + wanted[part][0])
        for part, rows in parts.items()
        if rows.matrix in firsts
    )
    taken = sum(end - start for _, start, end in used)
    if (
        len(used) != len(parts)
        or any(a[0] == b[0] and a[2] > b[1] for a, b in itertools.pairwise(used))
        or taken != sum(one.shape[0] for one in firsts)
    ):
        raise graph.wrong(
            firsts[0].node, "query, key and value are not all of its rows, each row once"
        )
    if core.query.halves != core.key.halves or core.values.halves:
        raise graph.wrong(firsts[0].node, "query and key are not rotated alike")

    def side_by_side(values: NDArray[Any]) -> NDArray[Any]:
        order = np.arange(sizes.head_dim).reshape(2, -1).T.reshape(-1)
        heads = values.reshape(-1, sizes.head_dim, *values.shape[1:])[:, order]
        return heads.reshape(values.shape)

    found: Parameters = {}
    for part, rows in parts.items():
        found |= parameters(
            graph,
            rows.matrix,
            f"{name}.{part}_proj",
            wanted[part],
            biased=sizes.attention_bias,
            start=rows.start,
            order=side_by_side if rows.halves else None,
        )
    found |= parameters(
        graph,
        behind[0],
        f"{name}.o_proj",
        shapes[f"{name}.o_proj.weight"],
        biased=sizes.attention_bias,
    )
    found[f"{name}.sinks"] = behind[0].node, lambda: graph.array(core.sinks).reshape(-1)
    return found, firsts[0].value


class _Search:
    """Finds the core of attention before the matrix of its output."""

    def __init__(self, graph: OnnxGraph, matrices: Matrices, sizes: Sizes) -> None:
        self._graph, self._matrices, self._sizes = graph, matrices, sizes

    def core(self, behind: Matrix) -> _Core:
        for node in self._graph.before(behind.value, {"Softmax"} | _WEIGHTED):
            if node.operator == "Softmax":
                return self._around(node)
        raise self._graph.wrong(behind.node, "no Softmax is before it")

    def _around(self, softmax: Node) -> _Core:
        graph, weighted = self._graph, self._matrices.by_node
        before = list(graph.before(softmax.input(0), _PRODUCTS | _WEIGHTED))
        after = graph.after(softmax.outputs[0], _PRODUCTS | _WEIGHTED)
        products = [one for one in before if one.operator in _PRODUCTS and one not in weighted]
        reads = [one for one in after if one.operator in _PRODUCTS and one not in weighted]
        if len(products) != 1 or len(reads) != 1:
            raise graph.wrong(softmax, "not one product of queries and keys, and one with values")
        query, key = (self._rows(products[0], value) for value in products[0].inputs)
        values = self._rows(reads[0], reads[0].input(1))
        return _Core(query, key, values, self._sinks(softmax, products[0], before))

    def _sinks(self, softmax: Node, product: Node, before: list[Node]) -> str:
        """The constant of one number for each head that is put beside the scores."""
        graph = self._graph
        scores = set(product.outputs)
        for node in graph.after(product.outputs[0], {"Softmax"}):
            scores.update(node.outputs)
        beside = [
            value
            for node in before
            if node.operator == "Concat" and scores.intersection(node.inputs)
            for value in node.inputs
            if value not in scores
        ]
        names = dict.fromkeys(beside)
        for value in beside:
            for node in graph.before(value, ()):
                names |= dict.fromkeys(filter(None, node.inputs))
        found = [
            name
            for name in names
            if graph.is_constant(name)
            and (name not in graph.maker or graph.maker[name].operator == "Constant")
            and int(np.prod(graph.shape(name))) == self._sizes.heads
            and graph.array(name).dtype.kind == "f"
        ]
        if len(found) != 1:
            raise graph.wrong(
                softmax, f"{len(found)} constants beside its scores could be the sinks, not one"
            )
        return found[0]

    def _rows(self, reader: Node, value: str) -> _Rows:
        """The matrix, and of it the rows, that a value of attention comes from."""
        graph, start, halves = self._graph, 0, False
        while value not in self._matrices.by_result:
            node = graph.maker.get(value)
            if node is None:
                raise graph.wrong(reader, "it reads what does not come from a matrix")
            if node.operator == "RotaryEmbedding":
                size = node.attributes.get("rotary_embedding_dim", 0)
                if size not in (0, self._sizes.head_dim):
                    raise graph.wrong(node, f"it turns only {size} numbers of a head")
                halves = node.attributes.get("interleaved", 0) == 0
                value = node.input(0)
            elif node.operator == "Split":
                start += self._before_part(node, value)
                value = node.input(0)
            else:
                # What was split behind a change of form was not split by rows of the matrix.
                start = 0
                moves = node.operator in CHANGES_FORM or node.operator in ("Transpose", "Expand")
                value = node.input(0) if moves else self._one_source(reader, node)
        return _Rows(self._matrices.by_result[value], start, halves)

    def _before_part(self, node: Node, value: str) -> int:
        sizes = node.attributes.get("split")
        if node.input(1):
            sizes = self._graph.array(node.input(1)).tolist()
        if sizes is None:
            raise self._graph.wrong(node, "it does not say the sizes of its parts")
        return int(sum(sizes[: node.outputs.index(value)]))

    def _one_source(self, reader: Node, node: Node) -> str:
        """Through operators that work on each head by itself (a rotation written out, a scale): the
        one value behind them that is of a matrix, or of a part of it."""
        graph, stop = self._graph, _PRODUCTS | _WEIGHTED | {"Split"}
        found: dict[str, Node] = {}
        for one in (node, *graph.before(node.outputs[0], stop)):
            for value in one.inputs if one.operator not in stop else ():
                maker = graph.maker.get(value)
                if maker is not None and maker.operator in stop:
                    found[value] = maker
        makers = set(found.values())
        if len(makers) != 1:
            raise graph.wrong(reader, f"what it reads comes from {len(makers)} products or parts")
        # Several parts of one Split are the halves of a head that are turned.
        return makers.pop().input(0) if len(found) > 1 else next(iter(found))
