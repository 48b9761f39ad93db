"""Tables in memory: lists of rows, pandas and polars frames, Arrow tables."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from leaksift.errors import UsageError
from leaksift.library.filter import PrivacyFilter
from leaksift.tables.deciding import Column, decide
from leaksift.tables.files import open_filter
from leaksift.tables.options import TableOptions
from leaksift.tables.replacing import Replacers, check_modes
from leaksift.tables.report import TableReport


@dataclass(frozen=True)
class RedactedTable:
    """A table of the same type as the one that was given, and what was done."""

    table: Any = field(repr=False)
    report: TableReport


class _Table(Protocol):
    """A table in memory."""

    @property
    def rows(self) -> int: ...

    def sample(self) -> list[Column]: ...

    def redact(self, replacers: Replacers) -> tuple[Any, list[str]]: ...


def classify_columns(table: Any, **options: Any) -> TableReport:
    """Which columns are private: of a list of dicts, a list of rows, a pandas or polars frame, an
    Arrow table or anything that gives one (`__arrow_c_stream__`, `__dataframe__`).

    `options` are the fields of `TableOptions`. Raises UsageError for what is no table, what makes
    no sense, and a frame without the extra `leaksift[table]`.
    """
    chosen = TableOptions(**options)
    with open_filter(chosen) as used:
        opened = _opened(table, chosen, used)
        return decide(opened.sample(), chosen, used, rows=opened.rows)


def redact_table(table: Any, **options: Any) -> RedactedTable:
    """A new table without what is private; the one that was given stays as it is.

    Takes and raises what `classify_columns` does. Cells that are not private are the same objects
    or have the same bits; numbers, dates and nulls keep their types where they can.
    """
    chosen = TableOptions(**options)
    check_modes(chosen)
    with open_filter(chosen) as used:
        opened = _opened(table, chosen, used)
        columns = opened.sample()
        report = decide(columns, chosen, used, rows=opened.rows)
        replacers = Replacers(columns, report, chosen, used)
        made, notices = opened.redact(replacers)
        return RedactedTable(made, replacers.finish(report, rows=opened.rows, notices=notices))


def _opened(table: Any, options: TableOptions, used: PrivacyFilter) -> _Table:
    if isinstance(table, str | bytes | os.PathLike):
        raise UsageError("a table is rows or a frame; for a file there is redact_file")
    if isinstance(table, Sequence):
        from leaksift.tables.rows import ListRows, MappingRows

        if all(isinstance(row, Mapping) for row in table):
            return MappingRows(table, options)
        if all(isinstance(row, Sequence) and not isinstance(row, str | bytes) for row in table):
            return ListRows(table, options, used)
        raise UsageError("a table is a list of dicts or a list of lists, and not both")
    from leaksift.tables.frames import open_frame  # narwhals and pyarrow are an extra

    opened: _Table = open_frame(table, options)
    return opened
