"""Rounds weights: to int8 with one scale a row, or to 4 bits with one scale a block."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

_SMALLEST = np.float32(1e-12)
"""Stands for the scale of a row that is zero throughout."""

_PART = 1 << 22
"""Weights that are rounded at a time: what that needs besides is several times their size."""

Scales = NDArray[np.float32]


def rows_int8(weight: NDArray[np.float32]) -> tuple[NDArray[np.int8], Scales]:
    """int8 values of [rows, columns] and one scale a row: symmetric, -127 to 127."""

    def rounded(part: NDArray[np.float32]) -> tuple[NDArray[np.int8], Scales]:
        largest = np.maximum(part.max(axis=1), -part.min(axis=1))
        scale = np.maximum(largest, _SMALLEST) / np.float32(127)
        return np.rint(part / scale[:, None]).astype(np.int8), scale

    return _in_parts(rounded, weight)


def blocks_q4(weight: NDArray[np.float32], block: int) -> tuple[NDArray[np.uint8], Scales]:
    """4-bit values of [..., columns] packed by two to [..., columns / 2], the even column in the
    low half, and scales [..., columns / block]. Zero is stored as 8.

    The value farthest from zero becomes -8, so that all sixteen steps are used.
    """

    def rounded(part: NDArray[np.float32]) -> tuple[NDArray[np.uint8], Scales]:
        blocks = part.reshape(*part.shape[:-1], -1, block)
        highest, lowest = blocks.max(axis=-1), blocks.min(axis=-1)
        scale = np.where(highest > -lowest, highest, lowest) / np.float32(-8)
        inverse = np.divide(1, scale, out=np.zeros_like(scale), where=scale != 0)
        steps = np.clip(np.rint(blocks * inverse[..., None]) + 8, 0, 15).astype(np.uint8)
        steps = steps.reshape(part.shape)
        return steps[..., 0::2] | (steps[..., 1::2] << 4), scale

    return _in_parts(rounded, weight)


Values = TypeVar("Values", NDArray[np.int8], NDArray[np.uint8])


def _in_parts(
    rounded: Callable[[NDArray[np.float32]], tuple[Values, Scales]], weight: NDArray[np.float32]
) -> tuple[Values, Scales]:
    parts = np.array_split(weight, min(len(weight), 1 + weight.size // _PART))
    values, scales = zip(*map(rounded, parts), strict=True)
    return np.concatenate(values), np.concatenate(scales)


def from_q4(
    packed: NDArray[np.uint8], scale: NDArray[np.float32], block: int
) -> NDArray[np.float32]:
    """The weights that `blocks_q4` stands for."""
    values = np.stack((packed & 15, packed >> 4), axis=-1).reshape(*packed.shape[:-1], -1)
    steps = values.astype(np.float32) - np.float32(8)
    return steps * np.repeat(scale, block, axis=-1)
