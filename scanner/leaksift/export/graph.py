"""Writes an ONNX graph node by node: `graph.MatMul(a, b)` adds a node and names its output.

What the operators mean is in https://onnx.ai/onnx/operators/ and, for those of `MICROSOFT`, in
https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

MICROSOFT = "com.microsoft"
_MICROSOFT = frozenset(
    {
        "GatherBlockQuantized",
        "MatMulIntegerToFloat",
        "MatMulNBits",
        "MoE",
        "MultiHeadAttention",
        "QMoE",
        "QuickGelu",
        "RotaryEmbedding",
        "SkipSimplifiedLayerNormalization",
    }
)
"""The operators used here that onnxruntime adds to the standard."""

_LARGE = 1024
"""Bytes from which a named weight goes to the store."""


class Store(Protocol):
    """Keeps the weights that would make the graph itself too large (`weights.py`)."""

    def add(self, name: str, values: np.ndarray[Any, Any]) -> onnx.TensorProto:
        """Writes the values and returns the tensor that says where they are."""
        ...


class Graph:
    """Collects the nodes and weights of a graph. Values are the names of tensors."""

    def __init__(self, store: Store | None = None) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.weights: dict[str, onnx.TensorProto] = {}
        self._store = store
        self._numbers: Iterator[int] = itertools.count()

    def constant(self, value: Any, dtype: Any = np.float32, name: str | None = None) -> str:
        """The name of a weight with this value; equal unnamed ones are stored once."""
        array = np.array(value, dtype=dtype, order="C")
        name = name or f"{array.dtype}{array.shape}{array.tobytes().hex()}"
        if len(name) > 100:
            name = f"constant{len(self.weights)}"
        if self._store is not None and array.nbytes >= _LARGE:
            self.weights[name] = self._store.add(name, array)
        elif name not in self.weights:
            self.weights[name] = numpy_helper.from_array(array, name)
        return name

    def shape(self, *sizes: int) -> str:
        """A constant list of integers."""
        return self.constant(sizes, np.int64)

    def number(self, value: int) -> str:
        """A constant integer without dimensions."""
        return self.constant(value, np.int64)

    def outputs(
        self, operator: str, inputs: Sequence[str], count: int, **attributes: Any
    ) -> list[str]:
        """Adds a node of `count` outputs."""
        number = next(self._numbers)
        names = [f"{operator}{number}_{part}" for part in range(count)]
        self._add(operator, inputs, names, attributes)
        return names

    def split(self, value: str, sizes: Sequence[int], axis: int) -> list[str]:
        """The parts of these sizes along an axis."""
        return self.outputs("Split", [value, self.shape(*sizes)], len(sizes), axis=axis)

    def one_by_one(self, count: str, part: Callable[[Graph, str], str]) -> str:
        """The float32 results of `count` parts (a number), one after the other, below each other:
        [rows of all parts, ...] of [rows, ...]. `part` adds the nodes of one, given its number,
        and may use the values of this graph. All results are of one shape."""
        body = Graph(self._store)
        body.weights, body._numbers = self.weights, self._numbers
        index, go, on = (f"{name}{next(self._numbers)}" for name in ("index", "go", "on"))
        result = part(body, index)
        body.Identity(go, output=on)
        graph = helper.make_graph(
            body.nodes,
            "part",
            [
                helper.make_tensor_value_info(index, TensorProto.INT64, []),
                helper.make_tensor_value_info(go, TensorProto.BOOL, []),
            ],
            [
                helper.make_tensor_value_info(on, TensorProto.BOOL, []),
                helper.make_tensor_value_info(result, TensorProto.FLOAT, None),
            ],
        )
        return self.Loop(count, "", body=graph)

    def __getattr__(self, operator: str) -> Callable[..., str]:
        def add(*inputs: str, output: str | None = None, **attributes: Any) -> str:
            number = next(self._numbers)
            name = output or f"{operator}{number}"
            self._add(operator, inputs, [name], attributes)
            return name

        return add

    def _add(
        self, operator: str, inputs: Sequence[str], outputs: list[str], attributes: dict[str, Any]
    ) -> None:
        if operator in _MICROSOFT:
            attributes["domain"] = MICROSOFT
        self.nodes.append(helper.make_node(operator, inputs, outputs, **attributes))
