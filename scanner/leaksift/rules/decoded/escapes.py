"""Escapes, and tokens that are cut: by adjoining string literals or at the end of a line.

Not a parser of any language: what could be an escape is one. A wrong guess changes a few characters
in a text in which only credentials of a known form are looked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from leaksift.rules.decoded.stretch import Pieces, Stretch

# How much around an escape is read: a token and the name it is given to.
_AROUND = 400

_TOKEN = "[A-Za-z0-9_+/=-]"  # noqa: S105
_GAP = r"(?:\s|\\\r?\n){0,60}"
# Each alternative begins with one certain character, which `re` finds quickly in other text.
_ATOM = re.compile(
    rf"""
    \\(?: x(?P<two>[0-9A-Fa-f]{{2}}) | u(?P<four>[0-9A-Fa-f]{{4}}) | U(?P<eight>[0-9A-Fa-f]{{8}})
        | u\{{(?P<braces>[0-9A-Fa-f]{{1,6}})\}} | (?P<letter>[abfnrtv0/"'`\\])
        | (?<={_TOKEN}\\) \r?\n[ \t]{{0,60}} (?={_TOKEN}) )
    | %(?P<percent>[0-7][0-9A-Fa-f])
    | &(?: \#[xX]0{{0,4}}(?P<reference>[0-9A-Fa-f]{{1,6}}) | \#0{{0,4}}(?P<decimal>[0-9]{{1,7}})
         | (?P<name>amp|quot|lt|gt|apos|nbsp) );
    | "(?<={_TOKEN}") {_GAP}(?:[+.&]{_GAP})?"(?={_TOKEN})
    | '(?<={_TOKEN}') {_GAP}(?:[+.&]{_GAP})?'(?={_TOKEN})
    """,
    re.VERBOSE | re.ASCII,
)
_LETTERS = {
    "a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "0": "\0",
}  # fmt: skip
_NAMES = {"amp": "&", "quot": '"', "lt": "<", "gt": ">", "apos": "'", "nbsp": " "}


def stretches(text: str, places: Iterable[int]) -> Iterator[Stretch]:
    """The text around the places, each stretch with at least one escape replaced."""
    for low, high in _regions(places, len(text)):
        stretch = _decoded(text, low, high)
        if stretch is not None:
            yield stretch


def _regions(places: Iterable[int], length: int) -> Iterator[tuple[int, int]]:
    low = high = -1
    for place in sorted(places):
        if low != -1 and place - _AROUND <= high:
            high = place + _AROUND
            continue
        if low != -1:
            yield low, min(high, length)
        low, high = max(0, place - _AROUND), place + _AROUND
    if low != -1:
        yield low, min(high, length)


def _decoded(text: str, low: int, high: int) -> Stretch | None:
    parts: list[str] = []
    atoms: list[int] = []
    starts, firsts, lasts = [], [], []
    at, length = low, 0
    for match in _ATOM.finditer(text, low, high):
        if match.start() > at:
            parts.append(text[at : match.start()])
            starts.append(length)
            firsts.append(at)
            lasts.append(match.start())
            length += match.start() - at
        meaning = _meaning(match)
        parts.append(meaning)
        atoms.append(length)
        starts.append(length)
        firsts.append(match.start())
        lasts.append(match.end())
        length += len(meaning)
        at = match.end()
    if not atoms:
        return None
    parts.append(text[at:high])
    starts.append(length)
    firsts.append(at)
    lasts.append(high)
    return Stretch("".join(parts), Pieces(starts, firsts, lasts).back, whole=False, atoms=atoms)


def _meaning(match: re.Match[str]) -> str:
    kind = match.lastgroup
    if kind is None:
        return ""
    spelling = match[kind]
    if kind == "letter":
        return _LETTERS.get(spelling, spelling)
    if kind == "name":
        return _NAMES[spelling]
    number = int(spelling, 10 if kind == "decimal" else 16)
    return chr(number) if number < 0x110000 else "\ufffd"
