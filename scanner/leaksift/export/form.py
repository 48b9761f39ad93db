"""What the three forms of a graph have to offer: an embedding, linear layers and experts.

`form_fp32.py`, `form_q4.py` and `form_int8.py` differ in nothing else. All values between the parts
are float32 matrices [tokens, features], with the tokens of all rows of a batch below each other.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from leaksift.export.graph import Graph
from leaksift.export.sizes import Sizes

Read = Callable[[str], NDArray[np.float32]]
"""The parameter of a Hugging Face name, read anew each time."""


@dataclass(frozen=True)
class Routes:
    """Where the tokens go: `logits` of all experts [tokens, experts], the `experts` of each token
    [tokens, experts per token] and their `shares`, which add up to 1."""

    logits: str
    experts: str
    shares: str


class Form(Protocol):
    """One way to store the weights and to compute with them."""

    name: str
    rows_independent: bool
    """Whether a token's bits do not depend on which other tokens there are."""

    def embedding(self, graph: Graph, ids: str, read: Read) -> str:
        """The rows [tokens, hidden] of these ids [tokens]."""
        ...

    def linear(
        self,
        graph: Graph,
        value: str,
        weight: NDArray[np.float32],
        bias: NDArray[np.float32],
        name: str,
    ) -> str:
        """value [tokens, in] times weight [out, in], plus bias."""
        ...

    def experts(
        self, graph: Graph, value: str, routes: Routes, read: Read, name: str, sizes: Sizes
    ) -> str:
        """The mixture of experts of one layer; `name` is that of the layer's `mlp`."""
        ...


def exact_linear(
    graph: Graph, value: str, weight: NDArray[np.float32], bias: NDArray[np.float32], name: str
) -> str:
    """A linear layer in float32, for the small matrices whose rounding every form avoids: the
    router, whose choices are all or nothing, and the two heads."""
    product = graph.MatMul(value, graph.constant(weight.T, name=f"{name}.weight"))
    return graph.Add(product, graph.constant(bias, name=f"{name}.bias"))
