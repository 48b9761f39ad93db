"""The products with constant matrices in a published graph, however they are stored, and how far in
the model each of them is. Part of `upstream.py`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leaksift.export.onnx_graph import Node, OnnxGraph, dequantized

EXPERTS = frozenset({"QMoE", "MoE"})
"""The operators that are the experts of a layer."""

CHANGES_FORM = frozenset({"Cast", "Identity", "Reshape", "Squeeze", "Unsqueeze"})
"""Operators after which the same numbers stand in the same order."""

Parameters = dict[str, tuple[Node, Callable[[], Any]]]
"""How each parameter is read, and the node that it is of."""


@dataclass(frozen=True)
class Matrix:
    """A product with a constant matrix. `value` is what it reads, `result` what it makes, with its
    bias; `weight` reads [out, in], and `bias` is the name of a constant, empty without one."""

    node: Node
    value: str
    result: str
    shape: tuple[int, int]
    weight: Callable[[], NDArray[Any]]
    bias: str


class Matrices:
    """Those of one graph, by their node."""

    def __init__(self, graph: OnnxGraph) -> None:
        """Raises ModelError for a matrix that is stored in a way unknown here."""
        found = (_matrix(graph, node) for node in graph.nodes)
        self.by_node = {matrix.node: matrix for matrix in found if matrix is not None}
        self.by_result = {
            value: matrix
            for matrix in self.by_node.values()
            for value in (matrix.node.outputs[0], matrix.result)
        }
        self._graph = graph
        self._places: dict[str, tuple[int, int]] = {}
        for node in graph.nodes:
            layer, stage = max(map(self.place, node.inputs), default=(0, 0))
            if node.operator in EXPERTS:
                layer, stage = layer + 1, 0
            elif node in self.by_node:
                stage += 1
            self._places |= dict.fromkeys(node.outputs, (layer, stage))

    def place(self, value: str) -> tuple[int, int]:
        """How many layers are done where a value is made, and how many matrices of the next."""
        return self._places.get(value, (0, 0))

    def of_layer(self, layer: int) -> list[Matrix]:
        """The matrices behind so many layers and before the next one is done."""
        return [one for one in self.by_node.values() if self.place(one.value)[0] == layer]

    def nearest(self, value: str) -> Matrix | None:
        """The matrix whose product a value is, in whatever form."""
        while value not in self.by_result:
            node = self._graph.maker.get(value)
            if node is None or node.operator not in CHANGES_FORM:
                return None
            value = node.input(0)
        return self.by_result[value]


def parameters(
    graph: OnnxGraph,
    matrix: Matrix,
    name: str,
    shape: tuple[int, ...],
    *,
    biased: bool,
    start: int = 0,
    order: Callable[[NDArray[Any]], NDArray[Any]] | None = None,
) -> Parameters:
    """Weight and bias of `name`, whose weight has this shape: the rows of the matrix from `start`,
    in another order where there is one. Raises ModelError where they are not of this shape."""
    end = start + shape[0]
    if matrix.shape[1] != shape[1] or end > matrix.shape[0]:
        raise graph.wrong(
            matrix.node,
            f"its matrix {list(matrix.shape)} is not the {list(shape)} that config.json means "
            f"for {name}",
        )
    if biased != bool(matrix.bias):
        has = "no" if biased else "a"
        raise graph.wrong(matrix.node, f"{name} has {has} bias, unlike in config.json")

    def rows(values: NDArray[Any]) -> NDArray[Any]:
        return order(values[start:end]) if order else values[start:end]

    found: Parameters = {f"{name}.weight": (matrix.node, lambda: rows(matrix.weight()))}
    if biased:
        found[f"{name}.bias"] = (matrix.node, lambda: rows(graph.array(matrix.bias).reshape(-1)))
    return found


def _matrix(graph: OnnxGraph, node: Node) -> Matrix | None:
    if node.operator == "MatMulNBits":
        shape, weight = _of_blocks(graph, node)
        bias = node.input(5)
    elif node.operator in ("MatMul", "Gemm"):
        stored, bias = node.input(1), node.input(2)
        if not graph.is_constant(stored) or graph.is_constant(node.input(0)):
            return None
        upright = node.attributes.get("transB", 0) == 1
        plain = node.attributes.get("alpha", 1.0) == node.attributes.get("beta", 1.0) == 1.0
        if not plain or node.attributes.get("transA", 0):
            raise graph.wrong(node, "it scales or transposes what it reads")
        sizes = graph.shape(stored)
        if len(sizes) != 2:
            raise graph.wrong(node, "its constant is not a matrix")
        shape = (sizes[0], sizes[1]) if upright else (sizes[1], sizes[0])
        weight = partial(_stored, graph, stored, upright)
    else:
        return None
    result = node.outputs[0]
    if not bias:
        result, bias = _added(graph, result, shape[0])
    elif not graph.is_constant(bias):
        raise graph.wrong(node, "its bias is not a constant")
    return Matrix(node, node.input(0), result, shape, weight, bias)


def _stored(graph: OnnxGraph, name: str, upright: bool) -> NDArray[Any]:
    values = graph.array(name)
    return values if upright else values.T


def _of_blocks(
    graph: OnnxGraph, node: Node
) -> tuple[tuple[int, int], Callable[[], NDArray[np.float32]]]:
    says = node.attributes
    columns, rows, block = (says.get(name, 0) for name in ("K", "N", "block_size"))
    bits = says.get("bits", 4)
    if bits not in (4, 8) or min(columns, rows, block) < 1:
        raise graph.wrong(node, f"[{rows}, {columns}] of {bits} bits in blocks of {block}")
    if node.input(4):
        raise graph.wrong(node, "its columns are in another order (g_idx)")
    if graph.shape(node.input(1))[:1] != (rows,):
        raise graph.wrong(node, f"its constant has not {rows} rows")

    def weight() -> NDArray[np.float32]:
        values = graph.array(node.input(1)).reshape(rows, -1)
        zeros = graph.array(node.input(3)) if node.input(3) else None
        return dequantized(values, graph.array(node.input(2)), zeros, bits, block, columns)

    return (rows, columns), weight


def _added(graph: OnnxGraph, value: str, size: int) -> tuple[str, str]:
    """The sum with a constant vector and the name of that, where the sum is all that becomes of a
    value; else the value."""
    result = value
    while len(readers := graph.readers.get(result, [])) == 1:
        node = readers[0]
        if node.operator == "Add":
            others = [name for name in node.inputs if name != result and graph.is_constant(name)]
            if len(others) == 1 and graph.shape(others[0])[-1:] == (size,):
                return node.outputs[0], others[0]
            break
        if node.operator not in ("Cast", "Identity"):
            break
        result = node.outputs[0]
    return value, ""
