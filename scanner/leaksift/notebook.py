"""Jupyter notebooks read by cell: the text of their strings, and the way back to the file.

A notebook is JSON, in which a line of source is a string with its quotes escaped. Read as that, the
same line says what it means, a cell is one text again, and the images between cells are left out.
Two texts come out of a notebook: the source of its code cells, which is called as a file of their
language would be, and everything else that it says: other cells, outputs, metadata.
https://nbformat.readthedocs.io/en/latest/format_description.html
"""

from __future__ import annotations

import bisect
import re
from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from json import decoder

from leaksift.document import Document
from leaksift.rules.decoded.stretch import Pieces

# A string up to its end or the end of the text, or a sign. What stands between is of no use here.
_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?|[{}\[\],:]', re.DOTALL)
_ESCAPE = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|.)", re.DOTALL
)
# The values that are text of the notebook, by their keys; `text/plain`, `text/html` are too.
_TEXTS = frozenset({"source", "input", "text", "traceback", "evalue"})
_NO_TEXTS = ("image/", "application/pdf", "video/", "audio/", "font/")
# What reports call the source of a language that says nothing else: most notebooks are Python.
_EXTENSION = re.compile(r'"file_extension"\s*:\s*"(\.[A-Za-z0-9]{1,8})"')


@dataclass(frozen=True)
class Strings:
    """Text that is put together of strings of a file, with a blank line between cells.

    String `i` begins at `starts[i]` in the text and is written, with its quotes, from `firsts[i]`
    to `lasts[i]` in the file.
    """

    source: str
    text: str
    starts: array[int]
    firsts: array[int]
    lasts: array[int]
    _last: dict[int, Pieces] = field(default_factory=dict, compare=False)

    def back(self, start: int, end: int) -> tuple[int, int]:
        """Where the characters from `start` to `end` stand in the file."""
        return self._place(start)[0], self._place(end - 1)[1]

    def _place(self, index: int) -> tuple[int, int]:
        number = bisect.bisect_right(self.starts, index) - 1
        if number not in self._last:
            # Only the last string is kept: spans come in their order.
            self._last.clear()
            self._last[number] = _pieces(self.source, self.firsts[number], self.lasts[number])
        local = index - self.starts[number]
        return self._last[number].back(local, local + 1)


@dataclass(frozen=True)
class Notebook:
    """`code` and `rest`, each with the path that its text goes by, and where the strings of cells
    and outputs, and those that hold no text, stand in the file: sorted pairs of indices."""

    code: tuple[str, Strings]
    rest: tuple[str, Strings]
    texts: list[tuple[int, int]]
    images: list[tuple[int, int]]

    def documents(self) -> list[tuple[Document, Strings]]:
        """What is to be scanned, without what is empty."""
        return [
            (Document(path, strings.text, len(strings.text)), strings)
            for path, strings in (self.code, self.rest)
            if strings.text
        ]

    def is_in_text(self, index: int) -> bool:
        """Whether the place is in a string that is part of `code` or `rest` as text."""
        return _is_in(self.texts, index)

    def is_in_image(self, index: int) -> bool:
        """Whether the place is in an image or the like."""
        return _is_in(self.images, index)


def is_notebook(path: str) -> bool:
    """Whether a file with this path is read as a notebook."""
    return path[-6:].lower() == ".ipynb"


def read_notebook(path: str, text: str) -> Notebook | None:
    """The texts of a notebook; None where it has no cells. Linear in the length of `text`; a file
    that is cut off or damaged gives what can be read."""
    code, rest = _Collected(), _Collected()
    texts: list[tuple[int, int]] = []
    images: list[tuple[int, int]] = []
    cells = False
    cell: list[tuple[str, int, int]] = []
    for key, first, last, depth in _strings(text):
        if key is _CELL:
            cells = True
            _add_cell(cell, text, code, rest)
            cell = []
        elif key.startswith(_NO_TEXTS):
            images.append((first, last))
        elif depth:
            if key in _TEXTS or key.startswith("text/"):
                texts.append((first, last))
            cell.append((key, first, last))
        else:
            rest.add(text, first, last)
            rest.end()
    _add_cell(cell, text, code, rest)
    if not cells:
        return None
    extension = match[1] if (match := _EXTENSION.search(text)) else ".py"
    return Notebook(
        code=(path[:-6] + extension, code.strings(text)),
        rest=(path[:-6] + ".md", rest.strings(text)),
        texts=texts,
        images=images,
    )


# The part of the standard reader that does a string; its type stubs leave it out.
_scanstring: Callable[[str, int, bool], tuple[str, int]] = decoder.scanstring  # type: ignore[attr-defined]

_CELL = "\0cell"
"""In place of a key: a cell ends here."""


def _strings(text: str) -> Iterator[tuple[str, int, int, bool]]:
    """The strings of a JSON text that are no keys: the key they belong to, where they stand with
    their quotes, and whether that is in a cell. At the end of a cell `_CELL` without a string."""
    open_keys: list[str] = []
    in_cell = 0  # how many objects and lists are open in the list of cells, with the cell's own
    key = ""
    last: tuple[int, int] | None = None
    for token in _TOKEN.finditer(text):
        sign = token[0][:1]
        if sign == '"':
            last = token.span()
            continue
        if sign == ":":
            if last is not None:
                key = text[last[0] + 1 : min(last[1] - 1, last[0] + 80)]
            last = None
            continue
        if last is not None:
            yield key, *last, in_cell > 0
            last = None
        if sign in "{[":
            if in_cell or (sign == "{" and open_keys[-1:] == ["cells"]):
                in_cell += 1
            open_keys.append(key)
        elif sign in "}]":
            if in_cell:
                in_cell -= 1
                if not in_cell:
                    yield _CELL, token.start(), token.start(), False
            if open_keys:
                key = open_keys.pop()
    if last is not None:
        yield key, *last, in_cell > 0


@dataclass
class _Collected:
    """The strings of a text while it is put together."""

    parts: list[str] = field(default_factory=list)
    length: int = 0
    starts: array[int] = field(default_factory=lambda: array("q"))
    firsts: array[int] = field(default_factory=lambda: array("q"))
    lasts: array[int] = field(default_factory=lambda: array("q"))

    def add(self, text: str, first: int, last: int) -> None:
        meaning = _meaning(text, first, last)
        if meaning:
            self.parts.append(meaning)
            self.starts.append(self.length)
            self.firsts.append(first)
            self.lasts.append(last)
            self.length += len(meaning)

    def end(self) -> None:
        """A text ends here, and another one begins."""
        if self.parts and self.parts[-1] != "\n\n":
            self.parts.append("\n\n")
            self.length += 2

    def strings(self, text: str) -> Strings:
        return Strings(text, "".join(self.parts), self.starts, self.firsts, self.lasts)


def _add_cell(
    cell: list[tuple[str, int, int]], text: str, code: _Collected, rest: _Collected
) -> None:
    """The source of a code cell goes to the code, everything else of it to the rest."""
    is_code = any(key == "cell_type" and text[a:b] == '"code"' for key, a, b in cell)
    before = ""
    for key, first, last in cell:
        to = code if is_code and key in ("source", "input") else rest
        # Lines of one text are strings in one list; another key begins another text.
        if key != before or key not in _TEXTS:
            rest.end()
        to.add(text, first, last)
        before = key
    code.end()
    rest.end()


def _meaning(text: str, first: int, last: int) -> str:
    """What a string says; as it is written where that is no JSON."""
    try:
        return _scanstring(text, first + 1, False)[0]
    except ValueError:
        begin, end = _inside(text, first, last)
        return text[begin:end]


def _inside(text: str, first: int, last: int) -> tuple[int, int]:
    """A string without its quotes; the last one of a file that is cut off may lack one."""
    return first + 1, last - text.endswith('"', first + 1, last)


def _pieces(text: str, first: int, last: int) -> Pieces:
    """How the meaning of one string is put together of its spelling."""
    begin, end = _inside(text, first, last)
    if _meaning(text, first, last) == text[begin:end]:
        return Pieces([0], [begin], [end])
    starts, firsts, lasts = [], [], []
    at, length = begin, 0
    for escape in _ESCAPE.finditer(text, begin, end):
        starts += [length, length + escape.start() - at]
        firsts += [at, escape.start()]
        lasts += [escape.start(), escape.end()]
        length += escape.start() - at + 1
        at = escape.end()
    return Pieces([*starts, length], [*firsts, at], [*lasts, end])


def _is_in(ranges: list[tuple[int, int]], index: int) -> bool:
    at = bisect.bisect_right(ranges, (index, len(ranges) and ranges[-1][1])) - 1
    return at >= 0 and ranges[at][0] <= index < ranges[at][1]
