"""Whether this processor multiplies integers as the int8 graphs need it.

On x86 without VNNI, onnxruntime multiplies unsigned by signed bytes with an instruction
(vpmaddubsw) that adds two products in 16 bits and cuts off what is beyond: a model would see
something else than it was made to. So the sums of a small graph (`training/selftest_graph.py`) are
compared with NumPy's, on the same device and with the same options, before such a graph is used.
A graph that multiplies floating-point numbers, as that of the embedded model, needs no such test.

Imports NumPy.
"""

from __future__ import annotations

import functools
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from leaksift.errors import ModelError
from leaksift.model.backend import SELF_TEST
from leaksift.model.onnx_weights import parse_weights
from leaksift.model.providers import Choice, open_graph

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Sums = NDArray[Any]

INPUTS = 70
ZERO_POINT = 128

# Of one row, of few and of more than kernels take at a time: each has code of its own.
_ROWS = (1, 5, 20)


@dataclass(frozen=True)
class SelfTest:
    """`wrong` of `sums` were not what they have to be."""

    wrong: int
    sums: int
    seconds: float

    @property
    def passed(self) -> bool:
        """Whether all were right."""
        return self.wrong == 0


@functools.cache
def integer_products(choice: Choice, *, exact: bool = False, graph: Path = SELF_TEST) -> SelfTest:
    """Multiplies integers on this device, once in a process: 4 ms. `exact` as in `open_graph`.

    A product that cannot be computed is a wrong one. Raises ModelError where the device does not
    start.
    """
    begun = time.perf_counter()
    wrong = sums = 0
    try:
        for found, right in _sums(choice, exact, graph):
            wrong += int(np.count_nonzero(found != right))
            sums += right.size
    except ModelError:
        raise
    except Exception:  # onnxruntime's exceptions share no base but this
        wrong, sums = wrong + 1, sums + 1
    return SelfTest(wrong, sums, time.perf_counter() - begun)


def _sums(choice: Choice, exact: bool, graph: Path) -> Iterator[tuple[Sums, Sums]]:
    """What comes out, and what has to."""
    weights = parse_weights(graph.read_bytes())
    # Not optimised, as the graphs are that this is about.
    session = open_graph(graph, choice, ready=True, exact=exact)
    for count in _ROWS:
        rows = _rows(count)
        plain, centred = session.run(["plain", "centred"], {"rows": rows})
        for found, name, zero in ((plain, "plain", 0), (centred, "centred", ZERO_POINT)):
            matrix = weights[f"{name}_weights"].astype(np.int64)
            yield found, (rows.astype(np.int64) - zero) @ matrix


def _rows(count: int) -> NDArray[np.uint8]:
    """uint8 [count, INPUTS]: the highest value, and others."""
    rows, columns = np.indices((count, INPUTS))
    mixed = (rows * 53 + columns * 29) % 256
    return np.where(rows % 3 == 0, 255, mixed).astype(np.uint8)
