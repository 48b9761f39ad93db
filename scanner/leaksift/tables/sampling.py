"""Rows drawn by a seed, and how sure a share is that was seen in them."""

from __future__ import annotations

import math
import random
from typing import Generic, TypeVar

Row = TypeVar("Row")

_Z = 1.959964  # 95 % of a normal distribution


class Reservoir(Generic[Row]):
    """`size` of the rows that pass, each with the same chance (Vitter, Algorithm R). The same rows
    and the same seed give the same sample."""

    def __init__(self, size: int, seed: int) -> None:
        self._size = size
        # Not for secrets: which rows are looked at may be known.
        self._random = random.Random(seed)  # noqa: S311
        self._kept: list[tuple[int, Row]] = []
        self.seen = 0

    def wants(self) -> int | None:
        """The place of the next row in the sample, None where it is not drawn. Counts the row."""
        number = self.seen
        self.seen += 1
        if number < self._size:
            return number
        place = self._random.randrange(number + 1)
        return place if place < self._size else None

    def put(self, place: int, row: Row) -> None:
        """Keeps the row that was just wanted."""
        entry = (self.seen, row)
        if place < len(self._kept):
            self._kept[place] = entry
        else:
            self._kept.append(entry)

    @property
    def rows(self) -> list[Row]:
        """The sample, in the order of the table."""
        return [row for _, row in sorted(self._kept, key=lambda entry: entry[0])]


def drawn(count: int, size: int, seed: int) -> list[int]:
    """The numbers of `size` of `count` rows, sorted."""
    if count <= size:
        return list(range(count))
    return sorted(random.Random(seed).sample(range(count), size))  # noqa: S311 - as above


def wilson(hits: int, count: int) -> tuple[float, float]:
    """The 95 % interval of a share of which `hits` of `count` were seen (Wilson, 1927)."""
    if count == 0:
        return 0.0, 1.0
    share, square = hits / count, _Z * _Z
    middle = (share + square / (2 * count)) / (1 + square / count)
    half = _Z / (1 + square / count)
    half *= math.sqrt(share * (1 - share) / count + square / (4 * count * count))
    return max(0.0, round(middle - half, 4)), min(1.0, round(middle + half, 4))
