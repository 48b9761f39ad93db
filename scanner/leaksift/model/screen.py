"""A first, coarse look at every token: which ones are worth a reading by the model.

Most lines of a commit can hold nothing private, and a net a thousand times smaller than the model
sees that. It looks at the tokens at most `reach` away, so that its answer for a token does not
depend on which lines changed. What it lets through, the model reads as if it had read everything.

`screen.npz` in a model's directory holds its weights (see `training/screen.py`): an embedding, two
layers of a depthwise convolution beside the input, and one number for each token that is compared
with `threshold`. A model without the file reads every token. Imports NumPy.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from leaksift.errors import ModelError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Weights = NDArray[np.float32]

FILE = "screen.npz"

# Tokens looked at in one go: bounds the memory. Fixed, so that a text always gives the same bits.
_BLOCK = 16_384


class Screen:
    """The weights of a screen. May be used by several threads at once."""

    def __init__(self, file: Path) -> None:
        """Raises ModelError for a damaged file."""
        try:
            with np.load(file, allow_pickle=False) as stored:
                weights = {name: stored[name] for name in stored.files}
            scale = weights["embedding_scale"][:, None]
            self._embedding: Weights = weights["embedding"].astype(np.float32) * scale
            self._layers = [
                (weights[f"near{number}"], weights[f"weight{number}"], weights[f"bias{number}"])
                for number in range(2)
            ]
            self._last: Weights = weights["last"]
            self._threshold = float(weights["threshold"])
            self.reach = sum(len(near) // 2 for near, _, _ in self._layers)
            self.worth(np.zeros(1, dtype=np.int64))
        except (OSError, ValueError, KeyError, IndexError, EOFError):
            raise ModelError(f"{file}: the file is damaged, fetch the model again") from None

    def worth(self, ids: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which of the tokens may belong to a span, [tokens]. `ids` is a whole text."""
        return self.scores(ids) > self._threshold

    def scores(self, ids: NDArray[np.int64]) -> Weights:
        """What is compared with the threshold, [tokens]."""
        result = np.zeros(len(ids), dtype=np.float32)
        for start in range(0, len(ids), _BLOCK):
            low, end = max(0, start - self.reach), min(len(ids), start + _BLOCK)
            scores = self._block(ids[low : end + self.reach])
            result[start:end] = scores[start - low : end - low]
        return result

    def _block(self, ids: NDArray[np.int64]) -> Weights:
        x = self._embedding[ids]
        for near, weight, bias in self._layers:
            half = len(near) // 2
            padded = np.pad(x, ((half, half), (0, 0)))
            mixed = np.zeros_like(x)
            for offset, factor in enumerate(near):
                mixed += padded[offset : offset + len(x)] * factor
            x = np.maximum(np.concatenate([x, mixed], axis=1) @ weight + bias, 0)
        return np.asarray(x @ self._last, dtype=np.float32)


def open_screen(directory: Path) -> Screen | None:
    """The screen of a model directory; None for a model that has none. Raises ModelError."""
    file = directory / FILE
    return Screen(file) if file.exists() else None


def stretches(mask: NDArray[np.bool_], margin: int) -> tuple[tuple[int, int], ...]:
    """The stretches of True, each with `margin` more at both ends, joined where they touch."""
    places = np.flatnonzero(mask)
    if not len(places):
        return ()
    breaks = np.flatnonzero(np.diff(places) > 2 * margin + 1)
    first = np.maximum(0, places[np.r_[0, breaks + 1]] - margin)
    last = np.minimum(len(mask), places[np.r_[breaks, len(places) - 1]] + margin + 1)
    return tuple(zip(first.tolist(), last.tolist(), strict=True))


def common(
    one: tuple[tuple[int, int], ...], other: tuple[tuple[int, int], ...]
) -> tuple[tuple[int, int], ...]:
    """What two sorted rows of stretches have in common."""
    result: list[tuple[int, int]] = []
    at = 0
    for start, end in one:
        while at < len(other) and other[at][1] <= start:
            at += 1
        following = at
        while following < len(other) and other[following][0] < end:
            result.append((max(start, other[following][0]), min(end, other[following][1])))
            following += 1
    return tuple(result)
