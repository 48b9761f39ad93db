"""Which lines a patch adds, read from what `git diff -p --full-index -U0` prints.

Content is skipped by the counts of the hunk header, never looked at, so that a file that imitates a
patch changes nothing. Sections are told apart by the two object names of their index line, not by
file names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from leaksift.document import LineRange, merge_lines

_INDEX = re.compile(rb"index ([0-9a-f]{40,64})\.\.([0-9a-f]{40,64})(?: [0-7]{6})?\n")
_HUNK = re.compile(rb"@@ -[0-9]+(?:,([0-9]+))? \+([0-9]+)(?:,([0-9]+))? @@")

Blobs = tuple[str, str]
"""The old and the new blob of a section, as hexadecimal object names."""


def added_lines(patch: Iterable[bytes]) -> dict[Blobs, tuple[LineRange, ...]]:
    """The added and changed lines of the new side, from 1, for each pair of blobs.

    `patch` gives lines that end in 0x0A, as a pipe does. Raises EOFError if it ends within a hunk,
    ValueError if it is no patch of this form.
    """
    found: dict[Blobs, list[LineRange]] = {}
    lines = iter(patch)
    ranges: list[LineRange] | None = None
    for line in lines:
        if line.startswith(b"@@ "):
            hunk = _HUNK.match(line)
            if hunk is None or ranges is None:
                raise ValueError("a hunk without an index line")
            old, first, new = (int(count) if count else 1 for count in hunk.groups())
            if new:
                ranges.append(LineRange(first, first + new - 1))
            _skip(lines, old, new)
        elif line.startswith(b"diff --git "):
            ranges = None
        elif index := _INDEX.fullmatch(line):
            ranges = found.setdefault((index[1].decode(), index[2].decode()), [])
    return {blobs: merge_lines(parts) for blobs, parts in found.items()}


def _skip(lines: Iterator[bytes], old: int, new: int) -> None:
    """Read the content of a hunk of `old` removed or kept and `new` added or kept lines."""
    while old or new:
        line = next(lines, None)
        if line is None:
            raise EOFError("a patch that ends within a hunk")
        sign = line[:1]
        if sign == b"-":
            old -= 1
        elif sign == b"+":
            new -= 1
        elif sign in (b" ", b"\n"):  # git prints a blank line of context without its blank on wish
            old, new = old - 1, new - 1
        elif sign != b"\\":  # "\ No newline at end of file"
            old = -1
        if old < 0 or new < 0:
            raise ValueError("a hunk that is not as long as its header says")


def common_lines(
    one: tuple[LineRange, ...] | None, other: tuple[LineRange, ...] | None
) -> tuple[LineRange, ...] | None:
    """The lines that are in both, where None stands for all lines."""
    if one is None or other is None:
        return other if one is None else one
    both: list[LineRange] = []
    i = j = 0
    while i < len(one) and j < len(other):
        first, last = max(one[i].first, other[j].first), min(one[i].last, other[j].last)
        if first <= last:
            both.append(LineRange(first, last))
        if one[i].last < other[j].last:
            i += 1
        else:
            j += 1
    return tuple(both)
