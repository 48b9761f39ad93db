"""Base64 of text: both alphabets, padded or not, in one line or wrapped."""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterable, Iterator

from leaksift.rules.decoded.plausible import from_utf8, from_utf16
from leaksift.rules.decoded.stretch import Pieces, Stretch
from leaksift.rules.decoded.triggers import BASE64_GROUPS, WIDE_GROUPS

_RUN = re.compile(r"[A-Za-z0-9+/_-]+", re.ASCII)
# Between the lines of a wrapped text: the line end (which in a string literal is escaped, or
# between two literals), and the indentation or the mark of a comment.
_WRAP = re.compile(
    r"""
    ["']?[ \t]{0,20}(?:[+.,&][ \t]{0,20})?
    (?:\\?\r?\n|\\r\\n|\\n)
    [ \t]{0,80}(?:[\#*>][ \t]{0,20})?["']?
    """,
    re.VERBOSE | re.ASCII,
)
# Encoders that wrap do so after 60 to 76 characters.
_SHORTEST_LINE = 40
_TO_STANDARD = str.maketrans("-_", "+/")


def stretches(text: str, ends: Iterable[int], wide: bool) -> Iterator[Stretch]:
    """The decoded texts that begin before `ends`: where the trigger saw the first groups."""
    length = 8 * WIDE_GROUPS if wide else 4 * BASE64_GROUPS
    done = 0
    for end in sorted(set(ends)):
        start = end - length
        if start < done:
            continue  # a line of the text before
        pieces = _lines(text, start)
        done = pieces.lasts[-1]
        stretch = _decoded(text, pieces, wide)
        if stretch is not None:
            yield stretch


def _lines(text: str, start: int) -> Pieces:
    """Where the lines of one encoded text stand."""
    starts, firsts, lasts = [0], [start], [start]
    width = 0
    while match := _RUN.match(text, firsts[-1]):
        lasts[-1] = match.end()
        length = match.end() - firsts[-1]
        width = width or length
        wrap = _WRAP.match(text, match.end())
        if length != width or width < _SHORTEST_LINE or wrap is None:
            break
        following = _RUN.match(text, wrap.end())
        if following is None or following.end() - following.start() > width:
            break
        starts.append(starts[-1] + length)
        firsts.append(wrap.end())
        lasts.append(wrap.end())
    return Pieces(starts, firsts, lasts)


def _decoded(text: str, pieces: Pieces, wide: bool) -> Stretch | None:
    parts = [text[first:last] for first, last in zip(pieces.firsts, pieces.lasts, strict=True)]
    spelling = "".join(parts).translate(_TO_STANDARD)
    # A single character at the end holds no byte.
    spelling = spelling[: len(spelling) - (len(spelling) % 4 == 1)]
    data = binascii.a2b_base64(spelling + "=" * (-len(spelling) % 4))
    decoded = (from_utf16 if wide else from_utf8)(data, 3, 4, len(spelling))
    if decoded is None:
        return None
    found, groups = decoded

    def back(start: int, end: int) -> tuple[int, int]:
        return pieces.back(*groups.back(start, end))

    return Stretch(found, back)
