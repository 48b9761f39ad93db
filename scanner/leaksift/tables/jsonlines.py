"""JSON Lines: one record a line. Only the values that are replaced are written anew; signs, blanks,
the order of keys and numbers as they are written stay.

A column is a path: `address.city`, `tags[]`. A line that is no JSON is looked at as a text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from leaksift.library.filter import PrivacyFilter
from leaksift.tables.deciding import Column
from leaksift.tables.inputs import Encoding, Input
from leaksift.tables.options import TableOptions
from leaksift.tables.replacing import Replacers
from leaksift.tables.report import TableProgress
from leaksift.tables.sampling import Reservoir

_TOGETHER = 1_000
_MOST_COLUMNS = 2_000
_DEEPEST = 100

_WORDS = {"true": True, "false": False, "null": None}

_TOKEN = re.compile(
    r'[ \t\r\n]*(?:(?P<string>"[^"\\]*(?:\\.[^"\\]*)*")|(?P<sign>[{}\[\]:,])'
    r"|(?P<bare>[^\s{}\[\]:,\"]+))",
    re.DOTALL,
)


@dataclass
class Scalar:
    """A value in a line: the path to it, where it stands, and the value; `member` is where its key
    or, in a list, it itself begins."""

    path: str
    start: int
    end: int
    value: Any


def scalars(line: str) -> list[Scalar]:
    """The strings, numbers and words of a line in their order, with their paths. Raises ValueError
    for a line that is no JSON."""
    json.loads(line)
    found: list[Scalar] = []
    # For each open bracket: the path up to it, and whether it is an object.
    stack: list[tuple[str, bool]] = []
    key = path = ""
    is_key = False
    for token in _TOKEN.finditer(line):
        sign = token["sign"]
        if sign in ("{", "["):
            inner = path if not stack else _path(stack[-1], key)
            stack.append((inner, sign == "{"))
            is_key = sign == "{"
        elif sign in ("}", "]"):
            stack.pop()
            is_key = False
        elif sign == ",":
            is_key = bool(stack) and stack[-1][1]
        elif sign == ":":
            is_key = False
        elif is_key and token["string"]:
            key = _read(token["string"])
        else:
            group = "string" if token["string"] else "bare"
            where = _path(stack[-1], key) if stack else ""
            found.append(Scalar(where, *token.span(group), _read(token[group])))
    return found


def _read(token: str) -> Any:
    """What a token of a line says that is known to be JSON: as `json.loads`, which takes five times
    as long for a short one."""
    if token.startswith('"'):
        return json.loads(token) if "\\" in token else token[1:-1]
    if token in _WORDS:
        return _WORDS[token]
    return int(token) if token.removeprefix("-").isdigit() else float(token)


def _path(inside: tuple[str, bool], key: str) -> str:
    path, is_object = inside
    if not is_object:
        return f"{path}[]"
    return f"{path}.{key}" if path else key


class _Number(str):
    """A number as it is written."""


def _without(line: str, dropped: frozenset[str]) -> str:
    """The line without these columns, numbers as they are written."""
    bare = line.rstrip("\r\n")
    blank = "" if '": ' not in bare else " "

    def kept(value: Any, path: str) -> str:
        if isinstance(value, _Number):
            return str(value)
        if isinstance(value, dict):
            inner = [(k, v, _path((path, True), k)) for k, v in value.items()]
            members = [
                f"{dumped(k, bare)}:{blank}{kept(v, p)}" for k, v, p in inner if p not in dropped
            ]
            return "{" + f",{blank}".join(members) + "}"
        if isinstance(value, list):
            where = f"{path}[]"
            items = [] if where in dropped else [kept(item, where) for item in value]
            return "[" + f",{blank}".join(items) + "]"
        return dumped(value, bare)

    value = json.loads(bare, parse_float=_Number, parse_int=_Number, parse_constant=_Number)
    return kept(value, "") + line[len(bare) :]


def dumped(value: Any, line: str) -> str:
    """A value as JSON, with escapes where the line has nothing but ASCII or there is no other
    way."""
    ascii_only = line.isascii() or (
        isinstance(value, str) and any("\ud800" <= c <= "\udfff" for c in value)
    )
    return json.dumps(value, ensure_ascii=ascii_only)


class JsonLines:
    """A JSON Lines file or stream."""

    def __init__(self, source: Input, options: TableOptions, used: PrivacyFilter) -> None:
        """Raises SourceError for what is no text."""
        self._source, self._options = source, options
        self._encoding = Encoding(source.head, source.name)
        self.names: list[str] = []

    def sample(self) -> tuple[list[Column], int | None]:
        """The columns of a sample, and how many rows there are where all were read."""
        drawn: Reservoir[str] = Reservoir(self._options.sample, self._options.seed)
        with self._source.open_sample() as raw:
            for line in self._encoding.read(raw):
                if not line.strip():
                    continue
                place = drawn.wants()
                if place is not None:
                    drawn.put(place, line)
                if drawn.seen % 100_000 == 0:
                    self._tell("sample", drawn.seen, raw.count)
        rows: list[dict[str, str]] = []
        numbers: dict[str, bool] = {}
        for line in drawn.rows:
            row: dict[str, str] = {}
            for path, value in _found(line):
                numbers.setdefault(path, True)
                if isinstance(value, str):
                    numbers[path] = False
                if value is not None and not isinstance(value, bool):
                    row[path] = f"{row[path]}\n{value}" if path in row else str(value)
            rows.append(row)
        self.names = list(numbers)[:_MOST_COLUMNS]
        columns = [
            Column(name, [row.get(name) for row in rows], not numbers[name]) for name in self.names
        ]
        return columns, drawn.seen if self._source.is_whole else None

    def redact(
        self, write: Callable[[bytes], object], replacers: Replacers
    ) -> tuple[int, list[str]]:
        """Writes the records without what is private. The number of rows, and notices."""
        done = broken = 0
        numbers = {name: number for number, name in enumerate(self.names)}
        with self._source.open_all() as raw:
            write(self._encoding.bom)
            for group in _groups(self._encoding.read(raw)):
                lines, bad = self._replaced(group, numbers, replacers)
                broken += bad
                write(self._encoding.encode("".join(lines)))
                done += sum(1 for line in group if line.strip())
                self._tell("redact", done, raw.count)
        return done, [f"{broken} lines are no JSON: looked at as text"] if broken else []

    def _replaced(
        self, group: Sequence[str], numbers: dict[str, int], replacers: Replacers
    ) -> tuple[list[str], int]:
        dropped = frozenset(n for n, i in numbers.items() if i in replacers.dropped)
        lines = list(group)
        broken = 0
        places: dict[int, list[tuple[int, Scalar]]] = {}
        for at, line in enumerate(lines):
            if not line.strip():
                continue
            try:
                if dropped:
                    lines[at] = line = _without(line, dropped)
                values = scalars(line)
            except (ValueError, RecursionError):
                broken += 1
                values = [Scalar("", 0, len(line.rstrip("\r\n")), _Raw(line.rstrip("\r\n")))]
            for scalar in values:
                index = numbers.get(scalar.path, len(numbers))
                places.setdefault(index, []).append((at, scalar))
        changes: dict[int, list[tuple[int, int, str]]] = {}
        for index, found in sorted(places.items()):
            column = replacers.of(index)
            texts = [(at, s) for at, s in found if isinstance(s.value, str)]
            made = column.texts([s.value for _, s in texts])
            for (at, s), new in zip(texts, made, strict=True):
                if new is not None and new != s.value:
                    text = new if isinstance(s.value, _Raw) else self._said(new, lines[at])
                    changes.setdefault(at, []).append((s.start, s.end, text))
            for at, s in found:
                if not isinstance(s.value, str) and s.value is not None:
                    new = column.value(s.value)
                    if new is not s.value:
                        changes.setdefault(at, []).append(
                            (s.start, s.end, self._said(new, lines[at]))
                        )
        for at, found_changes in changes.items():
            line = lines[at]
            for start, end, text in sorted(found_changes, reverse=True):
                line = line[:start] + text + line[end:]
            lines[at] = line
        return lines, broken

    def _said(self, value: Any, line: str) -> str:
        text = dumped(value, line)
        return text if self._encoding.can_say(text) else json.dumps(value)

    def _tell(self, stage: str, rows: int, count: int) -> None:
        if self._options.on_progress is not None:
            total = self._source.bytes_total
            self._options.on_progress(
                TableProgress("sample" if stage == "sample" else "redact", rows, count, total)
            )


class _Raw(str):
    """A line that is no JSON: what replaces a part of it is written as it is."""


def _found(line: str) -> Iterator[tuple[str, Any]]:
    try:
        yield from ((scalar.path, scalar.value) for scalar in scalars(line))
    except (ValueError, RecursionError):
        return


def _groups(lines: Iterable[str]) -> Iterator[list[str]]:
    group: list[str] = []
    size = 0
    for line in lines:
        group.append(line)
        size += len(line)
        if len(group) >= _TOGETHER or size >= 1_000_000:
            yield group
            group, size = [], 0
    if group:
        yield group
