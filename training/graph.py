"""Writes an ONNX graph node by node: `graph.MatMul(a, b)` adds a node and names its output."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import onnx
from onnx import helper, numpy_helper


class Graph:
    """Collects the nodes and weights of a graph."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.weights: dict[str, onnx.TensorProto] = {}

    def constant(self, value: Any, dtype: Any = np.float32, name: str | None = None) -> str:
        """The name of a weight with this value; equal unnamed ones are stored once."""
        array = np.array(value, dtype=dtype, order="C")
        name = name or f"{array.dtype}{array.shape}{array.tobytes().hex()}"
        if len(name) > 100:
            name = f"constant{len(self.weights)}"
        self.weights[name] = numpy_helper.from_array(array, name)
        return name

    def shape(self, *sizes: int) -> str:
        """A constant list of integers."""
        return self.constant(sizes, np.int64)

    def __getattr__(self, operator: str) -> Callable[..., str]:
        def add(*inputs: str, output: str | None = None, **attributes: Any) -> str:
            name = output or f"{operator}{len(self.nodes)}"
            self.nodes.append(helper.make_node(operator, inputs, [name], **attributes))
            return name

        return add
