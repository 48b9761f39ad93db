"""Cuts a long row of tokens into windows that change nothing, and windows into equal shapes.

A token's logits depend on the `context` tokens on each side (the model's receptive field). Every
token is therefore taken from a window that holds all of these, or that ends where the text ends.
Where a graph reads several texts in one row, windows are put behind each other in long rows. Plain
integers only; nothing here knows what a token is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_SHORTEST = 32


@dataclass(frozen=True)
class Window:
    """Tokens `start` to `end` are read; the logits of `keep_start` to `keep_end` are used."""

    start: int
    end: int
    keep_start: int
    keep_end: int

    @property
    def length(self) -> int:
        """Number of tokens read."""
        return self.end - self.start


def window_length(context: int, *, by_parts: bool = False) -> int:
    """Tokens of a window for a model with this receptive field: at most half of a window is
    context, which doubles the work of a very long text and bounds the memory of any. Of a graph
    that reads a long row `by_parts`, where a token more takes little memory, at most a third."""
    return canonical_length(max((6 if by_parts else 4) * context, 1024))


def plan_windows(
    count: int,
    length: int,
    context: int,
    first: int = 0,
    last: int | None = None,
    *,
    block: int = 1,
) -> list[Window]:
    """Windows of at most `length` tokens that keep each of `count` tokens once, in order; or only
    those from `first` to before `last`, each still with its full context. They start at multiples
    of `block`.

    Raises ValueError when `length` leaves no room between the two contexts.
    """
    if length < 2 * context + block:
        raise ValueError(f"windows of {length} tokens are too short for a context of {context}")
    windows: list[Window] = []
    kept = first
    last = count if last is None else last
    while kept < last:
        start = max(0, kept - context) // block * block
        end = min(start + length, last + context, count)
        keep_end = last if end in (count, last + context) else end - context
        windows.append(Window(start, end, kept, keep_end))
        kept = keep_end
    return windows


def canonical_length(count: int) -> int:
    """The length to which a window of `count` tokens is padded: 32, 48, 64, 96, 128, 192, ...

    It depends on the window alone. Matrix kernels choose their order of summation by shape, so
    that the same window in the same shape gives the same bits whatever else is being read.
    """
    length = _SHORTEST
    while length < count:
        if length * 3 // 2 >= count:
            return length * 3 // 2
        length *= 2
    return length


def plan_batches(lengths: Sequence[int], budget: int) -> Iterator[list[int]]:
    """Indices of windows that go through the model together: of one canonical length, together
    at most `budget` tokens (a longer window goes alone). With a budget of 0, each goes alone."""
    batch: list[int] = []
    for index in sorted(range(len(lengths)), key=lambda index: lengths[index]):
        if batch and (
            lengths[batch[0]] != lengths[index] or (len(batch) + 1) * lengths[index] > budget
        ):
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch


def plan_rows(lengths: Sequence[int], block: int, capacity: int) -> list[list[int]]:
    """Indices of windows that are put behind each other in one row, each from a multiple of
    `block`, together at most `capacity` tokens (a longer window goes alone). With a capacity of 0,
    each goes alone.

    The longest first, each into the first row that has room for it.
    """
    rows: list[list[int]] = []
    free: list[int] = []
    open_from = 0  # the rows before this one have no room for any window
    for index in sorted(range(len(lengths)), key=lambda index: -lengths[index]):
        length = aligned(lengths[index], block)
        for row in range(open_from, len(rows)):
            if free[row] >= length:
                break
        else:
            row = len(rows)
            rows.append([])
            free.append(max(0, capacity))
        rows[row].append(index)
        free[row] -= length
        while open_from < len(rows) and free[open_from] < block:
            open_from += 1
    return rows


def aligned(count: int, block: int) -> int:
    """The least multiple of `block` that is not below `count`."""
    return -(-count // block) * block
