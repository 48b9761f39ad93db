"""A text to scan and the way from its string indices to lines and columns.

A line is what a line feed ends: not `str.splitlines`, which also splits on form feeds and U+2028.
A lone carriage return ends nothing. How bytes become text is in `decoding.py`.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class LineRange:
    """Lines `first` to `last`, both included, counted from 1."""

    first: int
    last: int


@dataclass(frozen=True)
class Position:
    """A place in a text: line and column from 1, the column in code points and UTF-16 units."""

    line: int
    column: int
    column_utf16: int


@dataclass(frozen=True)
class Document:
    """One text to scan.

    `path` is what reports call it: relative to the repository (or as given), with forward slashes;
    bytes of a name that are not UTF-8 are surrogate escapes. `text` has no byte order mark.
    `changed` holds the added or changed lines, sorted and apart; None means that all lines are new.
    `size` is the length of the original bytes, `encoding` a codec name that Python knows, and
    `has_bom` tells whether a byte order mark stood before the text.
    """

    path: str
    text: str
    size: int
    encoding: str = "utf-8"
    has_bom: bool = False
    changed: tuple[LineRange, ...] | None = None

    @cached_property
    def line_starts(self) -> list[int]:
        """String index of the first character of every line; a final line feed opens no line."""
        starts = [0]
        find = self.text.find
        at = find("\n")
        while at != -1:
            starts.append(at + 1)
            at = find("\n", at + 1)
        if len(starts) > 1 and starts[-1] == len(self.text):
            starts.pop()
        return starts

    @property
    def line_count(self) -> int:
        """Number of lines; 0 for an empty text."""
        # Not by `line_starts`: most documents have no finding and need no table of their lines.
        return self.text.count("\n") + (self.text != "" and not self.text.endswith("\n"))

    def line_at(self, index: int) -> int:
        """The line, from 1, that holds the character at `index`."""
        return bisect.bisect_right(self.line_starts, index)

    def line_bounds(self, line: int) -> tuple[int, int]:
        """Start and end index of a line, without its line feed."""
        start = self.line_starts[line - 1]
        if line < len(self.line_starts):
            return start, self.line_starts[line] - 1
        return start, len(self.text) - self.text.endswith("\n")

    @cached_property
    def _wide(self) -> list[int]:
        """Indices of the characters that take two UTF-16 code units."""
        if self.text.isascii():
            return []
        return [match.start() for match in re.finditer("[\U00010000-\U0010ffff]", self.text)]

    def position(self, index: int) -> Position:
        """Line and column of a string index."""
        line = self.line_at(index)
        start = self.line_starts[line - 1]
        wide = bisect.bisect_left(self._wide, index) - bisect.bisect_left(self._wide, start)
        return Position(line, index - start + 1, index - start + 1 + wide)

    def touches_change(self, start: int, end: int) -> bool:
        """Whether the span shares a line with an added or changed one."""
        if self.changed is None:
            return True
        first, last = self.line_at(start), self.line_at(max(start, end - 1))
        return any(lines.first <= last and first <= lines.last for lines in self.changed)


def merge_lines(ranges: Iterable[LineRange]) -> tuple[LineRange, ...]:
    """The same lines, sorted, with overlapping and adjoining ranges joined."""
    merged: list[LineRange] = []
    for lines in sorted(ranges, key=lambda lines: lines.first):
        if merged and lines.first <= merged[-1].last + 1:
            merged[-1] = LineRange(merged[-1].first, max(merged[-1].last, lines.last))
        else:
            merged.append(lines)
    return tuple(merged)
