"""A decoded text and the way back from its indices to those of the text it was decoded from."""

from __future__ import annotations

import bisect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

Back = Callable[[int, int], tuple[int, int]]
"""From the start and the end of something in a decoded text to those of its spelling."""


@dataclass(frozen=True)
class Stretch:
    """One decoded text.

    `back` leads to the document. `whole` tells that all of it was encoded; else `atoms` holds the
    indices, sorted, at which a character in `text` (or nothing) stands for a longer spelling.
    """

    text: str
    back: Back
    whole: bool = True
    atoms: Sequence[int] = ()

    def touches_encoded(self, start: int, end: int) -> bool:
        """Whether something between `start` and `end`, or right beside it, was spelled otherwise:
        the rest can be read in the original text."""
        if self.whole:
            return True
        at = bisect.bisect_left(self.atoms, start - 1)
        return at < len(self.atoms) and self.atoms[at] <= end

    def below(self, outer: Stretch) -> Stretch:
        """The same for a stretch of the text of `outer`: leads back to where that leads."""

        def back(start: int, end: int) -> tuple[int, int]:
            return outer.back(*self.back(start, end))

        return Stretch(self.text, back, self.whole, self.atoms)


@dataclass(frozen=True)
class Pieces:
    """A text put together of pieces of another one. Piece `i` begins at `starts[i]` in the new text
    and reaches from `firsts[i]` to `lasts[i]` in the old one. A piece is either copied, character
    by character, or, where its lengths differ, stands for a spelling as a whole."""

    starts: Sequence[int]
    firsts: Sequence[int]
    lasts: Sequence[int]

    def back(self, start: int, end: int) -> tuple[int, int]:
        """Where the characters from `start` to `end` (one at least) are spelled."""
        return self._place(start)[0], self._place(end - 1)[1]

    def _place(self, index: int) -> tuple[int, int]:
        """Start and end of the spelling of one character."""
        # Of pieces that begin at the same index only the last is not empty.
        number = bisect.bisect_right(self.starts, index) - 1
        first, last = self.firsts[number], self.lasts[number]
        if number + 1 < len(self.starts) and self.starts[number + 1] - self.starts[number] != (
            last - first
        ):
            return first, last
        place = first + index - self.starts[number]
        return min(place, last), min(place + 1, last)


@dataclass(frozen=True)
class Groups:
    """A text of bytes that are spelled in groups: `size` characters for `data` bytes."""

    text: str
    data: int
    size: int
    length: int
    bytes_of: Callable[[str], int]

    def back(self, start: int, end: int) -> tuple[int, int]:
        """The groups that hold the characters from `start` to `end`."""
        first, last = self._byte(start), self._byte(end)
        return first // self.data * self.size, min(-(-last // self.data) * self.size, self.length)

    def _byte(self, index: int) -> int:
        return index if self._offsets is None else self._offsets[index]

    @cached_property
    def _offsets(self) -> list[int] | None:
        """Where each character begins in the bytes; None where it is its index."""
        if self.text.isascii() and self.bytes_of("a") == 1:
            return None
        offsets = [0]
        for char in self.text:
            offsets.append(offsets[-1] + self.bytes_of(char))
        return offsets
