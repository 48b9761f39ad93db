"""The frequencies of rotary embeddings, with YaRN's correction for long texts."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from leaksift.export.sizes import Rope


def frequencies(rope: Rope, head_dim: int) -> tuple[NDArray[np.float32], float]:
    """Radians per position of each pair [head_dim / 2], and the factor on cosines and sines.

    In float32 like `_compute_yarn_parameters` of transformers (modeling_rope_utils.py), since the
    parity of the graph is measured against it. The idea: https://arxiv.org/abs/2309.00071.
    """
    steps = np.arange(0, head_dim, 2, dtype=np.float32) / np.float32(head_dim)
    # The power in float64 is nearer to torch's of float32 than NumPy's of float32 is.
    lengths = np.power(rope.theta, steps.astype(np.float64)).astype(np.float32)
    plain = np.float32(1) / lengths
    if not rope.yarn:
        return plain, 1.0
    low, high = (
        _corrected(rope, rope.beta_fast, head_dim),
        _corrected(rope, rope.beta_slow, head_dim),
    )
    if rope.truncate:
        low, high = math.floor(low), math.ceil(high)
    low, high = max(low, 0), min(high, head_dim - 1)
    if low == high:
        high += 0.001
    pairs = np.arange(head_dim // 2, dtype=np.float32)
    stretched = np.clip((pairs - np.float32(low)) / np.float32(high - low), 0, 1)
    slowed = np.float32(1) / (np.float32(rope.factor) * lengths)
    factor = rope.attention_factor
    if factor is None:
        factor = 0.1 * math.log(rope.factor) + 1.0 if rope.factor > 1 else 1.0
    return slowed * stretched + plain * (1 - stretched), factor


def _corrected(rope: Rope, turns: float, head_dim: int) -> float:
    """The pair that makes so many turns within the positions the model was first trained on."""
    ratio = math.log(rope.original_positions / (turns * 2 * math.pi))
    return head_dim * ratio / (2 * math.log(rope.theta))
