"""Writes the graph of the self-test, `scanner/leaksift/model/selftest.onnx`: `python -m
training.selftest_graph`.

Products of integers as the int8 graphs of the large model have them, with weights at both ends of
their range: sums of two neighbours are then far beyond 16 bits, which is where processors without
VNNI cut them off. The sizes are no multiples of what kernels take at a time. What has to come out
is said by `leaksift.model.selftest`, from the weights in the file.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from onnx import TensorProto, checker, helper

import leaksift
from leaksift.export.graph import Graph
from leaksift.model.selftest import INPUTS, ZERO_POINT

OUTPUTS = 30
FILE = Path(leaksift.__file__).parent / "model" / "selftest.onnx"


def weights() -> np.ndarray:
    """int8 [INPUTS, OUTPUTS]: the highest, the lowest, both in turn, and everything between."""
    rows, columns = np.indices((INPUTS, OUTPUTS))
    mixed = (rows * 37 + columns * 91) % 256 - 128
    turns = np.where(rows % 2, 127, -128)
    values = np.select([columns < 5, columns < 10, columns < 15], [127, -128, turns], mixed)
    return values.astype(np.int8)


def build() -> bytes:
    """The file's content, always the same."""
    graph = Graph()
    matrix = weights()
    zero = graph.constant(ZERO_POINT, np.uint8)
    one, ones = graph.constant(1.0), graph.constant(np.ones(OUTPUTS))
    # Weights of their own for each product: kernels keep them in an order of their own.
    names = [graph.constant(matrix, np.int8, name) for name in ("plain_weights", "centred_weights")]
    graph.MatMulInteger("rows", names[0], output="plain")
    graph.MatMulIntegerToFloat("rows", names[1], one, ones, zero, output="centred")
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "leaksift_selftest",
            [helper.make_tensor_value_info("rows", TensorProto.UINT8, ["rows", INPUTS])],
            [
                helper.make_tensor_value_info("plain", TensorProto.INT32, ["rows", OUTPUTS]),
                helper.make_tensor_value_info("centred", TensorProto.FLOAT, ["rows", OUTPUTS]),
            ],
            list(graph.weights.values()),
        ),
        opset_imports=[helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)],
        ir_version=8,
    )
    checker.check_model(model)
    return bytes(model.SerializeToString(deterministic=True))


if __name__ == "__main__":
    FILE.write_bytes(build())
