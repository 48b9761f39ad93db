"""XML with positions. A file that is not well formed gives what can be read of it.

Nothing is expanded but the character references: an entity of the document stays as it is written.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from leaksift.rules.files.entry import Entry, with_pairs

_TOKEN = re.compile(
    # Everything stops at the next `<` and after a bounded length, so that a file full of
    # beginnings without an end costs no more than another.
    r"<!--|<!\[CDATA\[|<[!?][^<>]{0,2000}>|</(?P<close>[^\s<>]{1,200})[ \t\r\n]{0,20}>"
    r"|<(?P<open>[A-Za-z_][\w.:-]{0,200})"
    r"(?P<attributes>(?:[^<>\"']|\"[^\"]{0,8000}\"|'[^']{0,8000}'){0,4000}?)(?P<empty>/?)>"
)
_ATTRIBUTE = re.compile(
    r"(?<![\w.:-])(?P<name>[\w.:-]{1,200})\s{0,20}=\s{0,20}(?:\"(?P<double>[^\"]*)\"|'(?P<single>[^']*)')"
)
_DEPTH = 200
_LONGEST = 20_000


def entries(text: str) -> Iterator[Entry]:
    """The texts of the elements by the elements' names, and the attributes as `@name` below them.
    An attribute `encoding`, `key` and the like that says what a text is gives the pair's name."""
    return with_pairs(_entries(text))


def _entries(text: str) -> Iterator[Entry]:
    open_: list[str] = []
    at = 0  # where the text of the innermost element begins
    position = 0
    while token := _TOKEN.search(text, position):
        position = token.end()
        if token[0] == "<!--":
            # Mostly the samples that a program brings with it.
            end = text.find("-->", position)
            if end == -1:
                return
            position = end
            continue
        if token[0] == "<![CDATA[":
            end = text.find("]]>", position)
            end = len(text) if end == -1 else end
            if open_ and end > position:
                yield Entry(tuple(open_), text[position:end], position, end)
            at = position = min(end + 3, len(text))
            continue
        if token["open"]:
            names = (*open_, token["open"])
            for attribute in _ATTRIBUTE.finditer(text, *token.span("attributes")):
                kind = "double" if attribute["double"] is not None else "single"
                value = html.unescape(attribute[kind])
                yield Entry((*names, f"@{attribute['name']}"), value, *attribute.span(kind))
            if not token["empty"] and len(open_) < _DEPTH:
                open_.append(token["open"])
            at = position
        elif token["close"]:
            written = text[at : min(token.start(), at + _LONGEST)]
            value = written.strip()
            if value and open_ and open_[-1] == token["close"]:
                start = at + len(written) - len(written.lstrip())
                yield Entry(tuple(open_), html.unescape(value), start, start + len(value))
            if token["close"] in open_:
                while open_ and open_.pop() != token["close"]:
                    pass
            at = position
