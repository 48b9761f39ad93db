"""float32 throughout: what the other forms are measured against.

At full size it needs 6 GB; it is for comparisons and for small models.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from leaksift.export.experts import Arithmetic, mixture
from leaksift.export.form import Read, Routes, exact_linear
from leaksift.export.graph import Graph
from leaksift.export.sizes import Sizes


class Fp32:
    """See `form.Form`."""

    name = "fp32"
    rows_independent = True

    def embedding(self, graph: Graph, ids: str, read: Read) -> str:
        return graph.Gather(
            graph.constant(read("model.embed_tokens.weight"), name="embedding"), ids
        )

    def linear(
        self,
        graph: Graph,
        value: str,
        weight: NDArray[np.float32],
        bias: NDArray[np.float32],
        name: str,
    ) -> str:
        return exact_linear(graph, value, weight, bias, name)

    def experts(
        self, graph: Graph, value: str, routes: Routes, read: Read, name: str, sizes: Sizes
    ) -> str:
        arithmetic = Arithmetic(lambda _, rows: (rows, None), _product)
        return mixture(graph, value, routes, read, name, sizes, arithmetic)


def _product(graph: Graph, rows: str, weight: NDArray[np.float32], name: str) -> str:
    return graph.MatMul(rows, graph.constant(weight.T, name=f"{name}.weight"))
