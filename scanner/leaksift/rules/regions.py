"""Where a rule's pattern is tried: at the places that the one pass saw, or in a region around them.

The regions of a rule are joined where they touch, so that no character is looked at twice by the
same rule and a text full of candidates stays linear.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from leaksift.rules.compiled import Hits

LOOKAHEAD = 16
"""Room after the last anchor for what a pattern asserts behind its match (a boundary, a quote)."""


def matches_at(
    pattern: re.Pattern[str], text: str, places: Iterable[int], max_length: int
) -> Iterator[re.Match[str]]:
    """The matches that start at one of the places and do not overlap."""
    end = 0
    for place in sorted(set(places)):
        if place >= end:
            match = pattern.match(text, place, place + max_length + LOOKAHEAD)
            if match:
                end = match.end()
                yield match


def matches_around(
    pattern: re.Pattern[str], text: str, places: Iterable[int], max_length: int
) -> Iterator[re.Match[str]]:
    """The matches in the stretches of text around the places."""
    for low, high in _regions(places, max_length, len(text)):
        yield from pattern.finditer(text, low, high)


def is_near(places: Sequence[int], start: int, end: int, near: int, longest: int) -> bool:
    """Whether one of `places`, the ends of words of at most `longest` characters, in their order,
    is at most `near` characters before or after the match."""
    after = bisect.bisect_left(places, start - near)
    return after < len(places) and places[after] <= end + near + longest


def lines_around(text: str, start: int, end: int, count: int, most: int) -> tuple[int, int]:
    """The text from `count` lines before the match to `count` after, `most` characters each way."""
    low, high = start, end
    for _ in range(count + 1):
        low = text.rfind("\n", max(0, start - most), low)
        if low == -1:
            low = max(0, start - most)
            break
    for _ in range(count + 1):
        high = text.find("\n", high, end + most) + 1
        if not high:
            high = min(len(text), end + most)
            break
    return low, high


def _regions(places: Iterable[int], max_length: int, length: int) -> Iterator[tuple[int, int]]:
    """The stretches of text in which a match that contains one of the places must lie."""
    low = high = -1
    for place in sorted(places):
        start, end = max(0, place - max_length), min(length, place + max_length + LOOKAHEAD)
        if low == -1:
            low, high = start, end
        elif start <= high:
            high = end
        else:
            yield low, high
            low, high = start, end
    if low != -1:
        yield low, high


def in_characters(hits: Hits, data: bytes, length: int) -> Hits:
    """The same places as indices of the string, `length` characters, that `data` is made from."""
    if len(data) == length:
        return hits
    every = (hits.anchors, hits.keywords, hits.encoded)
    table: dict[int, int] = {}
    last = index = 0
    for offset in sorted(set(chain.from_iterable(chain(*(places.values() for places in every))))):
        index += len(data[last:offset].decode("utf-8", "ignore"))
        table[offset] = index
        last = offset
    return Hits(
        {number: [table[offset] for offset in places] for number, places in hits.anchors.items()},
        {word: [table[offset] for offset in places] for word, places in hits.keywords.items()},
        {name: [table[offset] for offset in places] for name, places in hits.encoded.items()},
    )
