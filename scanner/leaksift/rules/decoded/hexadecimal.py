"""Text in hexadecimal digits."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from leaksift.rules.decoded.plausible import from_utf8
from leaksift.rules.decoded.stretch import Groups, Stretch
from leaksift.rules.decoded.triggers import HEX_PAIRS

_RUN = re.compile(r"(?:[0-9A-Fa-f]{2})+", re.ASCII)


def stretches(text: str, ends: Iterable[int]) -> Iterator[Stretch]:
    """The decoded texts that begin before `ends`: where the trigger saw the first pairs."""
    done = 0
    for end in sorted(set(ends)):
        first = end - 2 * HEX_PAIRS
        run = _RUN.match(text, first) if first >= done else None
        if run is None:
            continue
        done = run.end()
        decoded = from_utf8(bytes.fromhex(run[0]), 1, 2, len(run[0]))
        if decoded is not None:
            yield _at(first, *decoded)


def _at(first: int, found: str, groups: Groups) -> Stretch:
    def back(start: int, end: int) -> tuple[int, int]:
        low, high = groups.back(start, end)
        return first + low, first + high

    return Stretch(found, back)
