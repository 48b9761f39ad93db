"""pandas and polars frames through narwhals; what else gives an Arrow table comes back as one."""

from __future__ import annotations

from typing import Any

from leaksift.errors import UsageError
from leaksift.tables.deciding import Column
from leaksift.tables.options import TableOptions
from leaksift.tables.replacing import ColumnReplacer, Replacers
from leaksift.tables.report import TableProgress
from leaksift.tables.rows import column_of
from leaksift.tables.sampling import drawn

MISSING = "frames, Parquet and Arrow need pyarrow and narwhals: pip install 'leaksift[table]'"


def open_frame(table: Any, options: TableOptions) -> Any:
    """A table that can be sampled and redacted. Raises UsageError for what is none."""
    try:
        import narwhals as nw
        import pyarrow as pa

        from leaksift.tables.arrow import ArrowTable
    except ImportError:
        raise UsageError(MISSING) from None
    if isinstance(table, pa.Table):
        return ArrowTable(table, options)
    if isinstance(table, pa.RecordBatch):
        return ArrowTable(pa.Table.from_batches([table]), options)
    try:
        frame = nw.from_native(table)
    except TypeError:
        frame = None
    if isinstance(frame, nw.LazyFrame):
        raise UsageError("the frame is lazy: collect() it first")
    if isinstance(frame, nw.DataFrame):
        return Frame(frame, options)
    if hasattr(table, "__arrow_c_stream__"):
        return ArrowTable(pa.table(table), options)
    if hasattr(table, "__dataframe__"):
        from pyarrow.interchange import from_dataframe

        return ArrowTable(from_dataframe(table), options)
    raise UsageError(f"no table: {type(table).__name__}; take rows, a frame or an Arrow table")


class Frame:
    """A frame that narwhals knows."""

    def __init__(self, frame: Any, options: TableOptions) -> None:
        self._frame, self._options = frame, options

    @property
    def rows(self) -> int:
        return len(self._frame)

    def sample(self) -> list[Column]:
        """The columns of a sample."""
        chosen = self._frame[drawn(self.rows, self._options.sample, self._options.seed)]
        return [column_of(str(name), _cells(chosen[name])) for name in self._frame.columns]

    def redact(self, replacers: Replacers) -> tuple[Any, list[str]]:
        """A new frame without what is private."""
        import narwhals as nw

        frame = self._frame
        retyped = 0
        for index, name in enumerate(self._frame.columns):
            series = self._frame[name]
            if index in replacers.dropped:
                frame = frame.drop(name)
                continue
            column = replacers.of(index)
            if series.dtype.is_numeric() and not column.touches_numbers:
                continue
            cells = _cells(series)
            made = column.values(cells)
            if any(a is not b for a, b in zip(cells, made, strict=True)):
                native, kept = _like(series.to_native(), made, column)
                retyped += not kept
                frame = frame.with_columns(nw.from_native(native, series_only=True))
            if self._options.on_progress is not None:
                self._options.on_progress(TableProgress("redact", self.rows))
        notices = []
        if retyped:
            notices.append(
                f"{retyped} columns have another type: theirs cannot hold the new values"
            )
        if hasattr(self._frame.to_native(), "index"):
            notices.append(
                "the index of the frame was not looked at: reset_index() makes it a column"
            )
        return frame.to_native(), notices


def _cells(series: Any) -> list[Any]:
    # pandas keeps nulls in several ways, all of which are no value.
    return [None if _is_null(value) else value for value in series.to_list()]


def _is_null(value: Any) -> bool:
    if isinstance(value, str | list | tuple | dict):
        return False
    return (
        value is None
        or type(value).__name__ in ("NAType", "NaTType")
        or value is not value
        or (isinstance(value, float) and value != value)
    )


def _like(native: Any, made: list[Any], column: ColumnReplacer) -> tuple[Any, bool]:
    """A native series with new values, and whether it has the old one's type."""
    if hasattr(native, "index"):  # pandas and its kin
        kind = type(native)
        if str(native.dtype) == "category":
            return kind(made, index=native.index, name=native.name, dtype="category"), True
        # A whole number has no null in numpy's types; pandas has types of its own that do.
        own = str(native.dtype).replace("uint", "UInt").replace("int", "Int")
        for dtype in (native.dtype, own):
            try:
                new = kind(made, index=native.index, name=native.name, dtype=dtype)
                return new, dtype is native.dtype
            except (TypeError, ValueError, OverflowError):
                continue
        return kind(made, index=native.index, name=native.name), False
    kind = type(native)
    try:
        return kind(native.name, made, dtype=native.dtype), True
    except (TypeError, ValueError, OverflowError):
        return kind(native.name, made, strict=False), False
