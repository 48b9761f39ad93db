"""Lists of dicts and lists of rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from leaksift.library.filter import PrivacyFilter
from leaksift.tables.deciding import Column, looks_like_names
from leaksift.tables.options import TableOptions
from leaksift.tables.replacing import Replacers
from leaksift.tables.report import TableProgress
from leaksift.tables.sampling import drawn

_TOGETHER = 2_000


def text_of(value: Any) -> str | None:
    """What a cell of any type says, for the sample."""
    if value is None or isinstance(value, bool) or value != value:  # NaN and NaT are not themselves
        return None
    if isinstance(value, Mapping):
        return "\n".join(filter(None, map(text_of, value.values()))) or None
    if isinstance(value, list | tuple):
        return "\n".join(filter(None, map(text_of, value))) or None
    return str(value)


class MappingRows:
    """A list of dicts. Its columns are all keys, in the order in which they first come."""

    def __init__(self, rows: Sequence[Mapping[Any, Any]], options: TableOptions) -> None:
        self._rows, self._options = rows, options
        self._keys = list(dict.fromkeys(key for row in rows for key in row))

    @property
    def rows(self) -> int:
        return len(self._rows)

    def sample(self) -> list[Column]:
        """The columns of a sample."""
        chosen = [self._rows[n] for n in drawn(self.rows, self._options.sample, self._options.seed)]
        return [column_of(str(key), [row.get(key) for row in chosen]) for key in self._keys]

    def redact(self, replacers: Replacers) -> tuple[list[dict[Any, Any]], list[str]]:
        """New dicts without what is private."""
        made = [dict(row) for row in self._rows]
        for start in _steps(self.rows, self._options):
            for index, key in enumerate(self._keys):
                group = [row for row in made[start : start + _TOGETHER] if key in row]
                if index in replacers.dropped:
                    for row in group:
                        del row[key]
                    continue
                values = replacers.of(index).values([row[key] for row in group])
                for row, value in zip(group, values, strict=True):
                    row[key] = value
        return made, []


class ListRows:
    """A list of rows, the first of which may have the names."""

    def __init__(
        self, rows: Sequence[Sequence[Any]], options: TableOptions, used: PrivacyFilter
    ) -> None:
        self._options = options
        first = rows[0] if rows else []
        header = options.header
        if header is None:
            texts = all(isinstance(cell, str) for cell in first)
            header = bool(first) and texts and looks_like_names([str(c) for c in first], used)
        self._head = list(first) if header else None
        self._rows = rows[1:] if header else rows

    @property
    def rows(self) -> int:
        return len(self._rows)

    def sample(self) -> list[Column]:
        """The columns of a sample."""
        chosen = [self._rows[n] for n in drawn(self.rows, self._options.sample, self._options.seed)]
        width = len(self._head) if self._head else max(map(len, self._rows), default=0)
        return [
            column_of(
                str(self._head[index]) if self._head else f"column {index + 1}",
                [row[index] if index < len(row) else None for row in chosen],
                is_named=self._head is not None,
            )
            for index in range(width)
        ]

    def redact(self, replacers: Replacers) -> tuple[list[list[Any]], list[str]]:
        """New lists without what is private."""
        made = [list(row) for row in self._rows]
        for start in _steps(self.rows, self._options):
            group = made[start : start + _TOGETHER]
            for index in range(max(map(len, group), default=0)):
                if index in replacers.dropped:
                    continue
                rows = [row for row in group if index < len(row)]
                values = replacers.of(index).values([row[index] for row in rows])
                for row, value in zip(rows, values, strict=True):
                    row[index] = value
        table = made if self._head is None else [self._head, *made]
        dropped = replacers.dropped
        if dropped:
            table = [[c for index, c in enumerate(row) if index not in dropped] for row in table]
        return table, []


def column_of(name: str, values: Sequence[Any], *, is_named: bool = True) -> Column:
    """A column of a sample of values of any type."""
    is_text = any(isinstance(value, str | list | tuple | Mapping) for value in values)
    return Column(name, [text_of(value) for value in values], is_text, is_named)


def _steps(rows: int, options: TableOptions) -> Iterator[int]:
    for start in range(0, rows, _TOGETHER):
        yield start
        if options.on_progress is not None:
            options.on_progress(TableProgress("redact", min(start + _TOGETHER, rows)))
