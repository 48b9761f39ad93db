"""JSON with positions. Comments and commas that are one too many are forgiven, as editors do."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from leaksift.rules.files.entry import Entry, with_pairs

_TOKEN = re.compile(
    # A text without an end is taken to the end of its line: so each character is read once.
    r'"(?P<text>(?:[^"\\\n]|\\.)*)"?|(?P<sign>[{}\[\],:])|//[^\n]*'
    r"|(?P<bare>[^\s\"{}\[\],:/]+)"
)
_DEPTH = 200


def entries(text: str) -> Iterator[Entry]:
    """The texts and numbers of a JSON document, by the names on the way to them. Places in lists
    have no name. What is commented out is read too."""
    return with_pairs(_entries(text))


def _entries(text: str) -> Iterator[Entry]:
    names: list[str | None] = []  # of the objects and lists that are open; None has no name
    name: str | None = None
    last: tuple[str, int, int] | None = None
    for token in _TOKEN.finditer(text):
        sign = token["sign"]
        if sign is None:
            if token["text"] is not None:
                last = (token["text"], token.start("text"), token.end("text"))
            elif token["bare"] is not None:
                last = (token["bare"], token.start(), token.end())
            continue
        if sign == ":":
            name = unescaped(last[0]) if last else None
            last = None
            continue
        if sign in "{[":
            if len(names) < _DEPTH:
                names.append(name)
            name, last = None, None
            continue
        if last:
            yield _entry(names, name, last)
        last = None
        if sign in "}]":
            del names[-1:]
            name = None
        elif not names or sign == ",":
            name = None
    if last:
        yield _entry(names, name, last)


def _entry(names: list[str | None], name: str | None, value: tuple[str, int, int]) -> Entry:
    way = (*(part for part in names if part is not None), *([name] if name is not None else []))
    return Entry(way or ("",), unescaped(value[0]), value[1], value[2])


def unescaped(text: str) -> str:
    """What a text between quotes means; itself where its escapes are wrong."""
    if "\\" not in text:
        return text
    try:
        return str(json.loads(f'"{text}"'))
    except ValueError:
        return text
