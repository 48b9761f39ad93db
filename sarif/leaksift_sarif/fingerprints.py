"""GitHub's `primaryLocationLineHash`, so that an alert stays the same alert when its line moves.

`upload-sarif` computes this hash from the file in the checkout and warns about every result whose
own value differs, so a value is either exactly GitHub's or not there. The algorithm is described in
the comments of https://github.com/github/codeql-action/blob/main/src/fingerprints.ts; this is a
different way to the same numbers: instead of a rolling window, prefix hashes up to the last line
that is asked for. The stable identity that leaksift itself uses is `Finding.fingerprint`.
"""

from __future__ import annotations

import codecs
import re
from array import array
from collections.abc import Iterable
from itertools import islice

from leaksift.document import Document

_WINDOW = 100
_BASE = 37
_BASE_TO_WINDOW = pow(_BASE, _WINDOW, 1 << 64)
_MASK = (1 << 64) - 1
_END_OF_FILE = "\uffff"
_BYTE_ORDER_MARK = "\ufeff"


def document_line_hashes(document: Document, lines: Iterable[int]) -> dict[int, str]:
    """`line_hashes` of a document as `upload-sarif` reads it: as UTF-8, byte order mark included.

    Empty for any other encoding: GitHub's client would decode those bytes as UTF-8 and hash
    something that cannot be told from the text. The document must be what lies in the checkout.
    """
    if codecs.lookup(document.encoding).name not in ("utf-8", "utf-8-sig", "ascii"):
        return {}
    return line_hashes(_BYTE_ORDER_MARK * document.has_bom + document.text, lines)


def line_hashes(text: str, lines: Iterable[int]) -> dict[int, str]:
    """The hash of each asked line (from 1) as `hex:count`; a line that is not there is left out.

    A line's hash covers its first 100 UTF-16 units that are neither space nor tab, running on into
    the next lines, with every line end as one line feed. The count tells equal hashes apart in
    their order in the file, so all earlier lines are hashed too, and none after the last asked one.

    Lines are numbered as GitHub's client numbers them: a lone carriage return ends one, other than
    in SARIF and in `Document`. The client looks up a result's `startLine` in its own numbering, so
    in a file with lone carriage returns the right key for a result is still its `startLine`, even
    though the hash is then that of an earlier line: it is the value that the client compares.
    """
    wanted = {line for line in lines if line >= 1}
    if not wanted:
        return {}
    units = _kept_units(text)
    starts = _line_starts(units, max(wanted))
    prefix = _prefix_hashes(units, starts[-1] + _WINDOW)
    seen: dict[int, int] = {}
    hashes: dict[int, str] = {}
    for line, start in enumerate(starts, 1):
        value = (prefix[start + _WINDOW] - prefix[start] * _BASE_TO_WINDOW) & _MASK
        seen[value] = count = seen.get(value, 0) + 1
        if line in wanted:
            hashes[line] = f"{value:x}:{count}"
    return hashes


def _kept_units(text: str) -> str:
    """The units that are hashed, one character each, with the end mark and a window of zeros.

    Line ends come before blanks: a blank between carriage return and line feed makes them two.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace(" ", "").replace("\t", "")
    if not text.isascii():
        text = re.sub("[\U00010000-\U0010ffff]", _surrogate_pair, text)
    return text + _END_OF_FILE + "\0" * _WINDOW


def _surrogate_pair(match: re.Match[str]) -> str:
    above = ord(match[0]) - 0x10000
    return chr(0xD800 + (above >> 10)) + chr(0xDC00 + (above & 0x3FF))


def _line_starts(units: str, last_line: int) -> list[int]:
    """Index of the first unit of every line up to `last_line`. The end mark starts a line where
    the text ends with a line feed, or is empty."""
    starts = [0]
    while len(starts) < last_line:
        line_feed = units.find("\n", starts[-1])
        if line_feed == -1:
            break
        starts.append(line_feed + 1)
    return starts


def _prefix_hashes(units: str, length: int) -> array[int]:
    """For every n up to `length`, the polynomial hash of the first n units, modulo 2**64."""
    prefix = array("Q", [0])
    append = prefix.append
    value = 0
    # A plain loop: 93 ns a unit where itertools.accumulate with a lambda takes 144.
    for unit in map(ord, islice(units, length)):
        value = (value * _BASE + unit) & _MASK
        append(value)
    return prefix
