"""Which tokens go through the model together: texts are cut into windows, and windows become the
rows of batches.

What a window holds, how it is computed and at which place of a block it begins depends on its text
alone, never on what else is read: that is why a text has the same bits in any company. A graph
that takes several texts in a row (`Packing`) computes a text in one of two ways, and the length of
the whole text says in which one, so that a part of it has the bits of the whole too. Imports NumPy.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from leaksift.model.screen import common
from leaksift.model.windows import (
    Window,
    aligned,
    canonical_length,
    plan_batches,
    plan_rows,
    plan_windows,
    window_length,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from leaksift.model.session import Packing, Session

Stretches = tuple[tuple[int, int], ...]
"""Starts and ends, sorted."""

# Tokens in one run of rows that may share it: enough to make the cost of a call small.
_BATCH_TOKENS = 2_048

ROW_TOKENS = 1_024
"""Tokens in one run of a graph that packs, where a text is not longer. Each expert of a mixture has
some thirty of them to work on then, which is as fast as with more (measured), and the memory that a
run takes grows with each."""


class Piece(NamedTuple):
    """One window of the text with this number. `kept` are the tokens of it whose logits are used,
    as indices of the text."""

    text: int
    window: Window
    kept: Stretches


@dataclass(frozen=True)
class Batch:
    """What goes through the model in one run: `rows` rows of `length` tokens, and the row and the
    place in it where each piece begins."""

    rows: int
    length: int
    places: tuple[tuple[Piece, int, int], ...]

    @property
    def tokens(self) -> int:
        """Of all rows, padding too."""
        return self.rows * self.length

    def inputs(
        self, texts: Sequence[NDArray[np.int64]], pad_id: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Token ids, the number of each token's segment in its row, and its place in its text."""
        ids = np.full((self.rows, self.length), pad_id, dtype=np.int64)
        segments = np.zeros((self.rows, self.length), dtype=np.int64)
        positions = np.zeros((self.rows, self.length), dtype=np.int64)
        last = [0] * self.rows
        for (text, window, _), row, at in self.places:
            here = slice(at, at + window.length)
            last[row] += 1
            ids[row, here] = texts[text][window.start : window.end]
            segments[row, here] = last[row]
            positions[row, here] = np.arange(window.start, window.end)
        return ids, segments, positions


class Schedule:
    """How a session reads texts, given the receptive field of its model."""

    def __init__(self, session: Session, context: int, window_tokens: int | None = None) -> None:
        """`window_tokens` is the length of windows, for tests."""
        self._shared = session.rows_independent
        self._packing = session.packing
        self._context = context
        by_parts = self._packing is not None
        self._window = window_tokens or window_length(context, by_parts=by_parts)

    def batches(self, lengths: Sequence[int], runs: Sequence[Stretches]) -> list[Batch]:
        """The batches of texts with so many tokens, of which these tokens are wanted."""
        pairs = enumerate(zip(lengths, runs, strict=True))
        if self._packing is None:
            pieces = [
                Piece(text, window, ((window.keep_start, window.keep_end),))
                for text, (length, wanted) in pairs
                for first, last in wanted
                for window in plan_windows(length, self._window, self._context, first, last)
            ]
            return list(self._in_equal_rows(pieces, _BATCH_TOKENS))
        short: list[Piece] = []
        long: list[Piece] = []
        for text, (length, wanted) in pairs:
            if length > self._packing.dense_limit:
                long += self._windows(text, length, wanted, self._packing.block)
            elif wanted:
                short.append(Piece(text, Window(0, length, 0, length), wanted))
        return [
            *self._in_equal_rows(short, ROW_TOKENS, self._packing.dense_limit),
            *self._in_long_rows(long, self._packing),
        ]

    def _windows(self, text: int, length: int, wanted: Stretches, block: int) -> Iterator[Piece]:
        # Of two stretches whose contexts touch, each alone would read more than both together.
        for first, last in _joined(wanted, 2 * self._context):
            for window in plan_windows(
                length, self._window, self._context, first, last, block=block
            ):
                if kept := common(((window.keep_start, window.keep_end),), wanted):
                    yield Piece(text, window, kept)

    def _in_equal_rows(
        self, pieces: Sequence[Piece], budget: int, longest: int | None = None
    ) -> Iterator[Batch]:
        lengths = [canonical_length(piece.window.length) for piece in pieces]
        if longest is not None:
            lengths = [min(length, longest) for length in lengths]
        for batch in plan_batches(lengths, budget if self._shared else 0):
            places = tuple((pieces[index], row, 0) for row, index in enumerate(batch))
            yield Batch(len(batch), lengths[batch[0]], places)

    def _in_long_rows(self, pieces: Sequence[Piece], packing: Packing) -> Iterator[Batch]:
        lengths = [piece.window.length for piece in pieces]
        # A shorter row would be computed in the other way.
        least = aligned(packing.dense_limit + 1, packing.block)
        for row in plan_rows(lengths, packing.block, ROW_TOKENS if self._shared else 0):
            places, end = [], 0
            for index in row:
                places.append((pieces[index], 0, end))
                end += aligned(lengths[index], packing.block)
            yield Batch(1, max(least, end), tuple(places))


def _joined(runs: Iterable[tuple[int, int]], gap: int) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for first, last in runs:
        if joined and first - joined[-1][1] <= gap:
            joined[-1] = (joined[-1][0], last)
        else:
            joined.append((first, last))
    return joined
