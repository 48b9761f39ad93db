"""Parquet and Arrow files, batch by batch, and Arrow tables. Needs the extra `leaksift[table]`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from leaksift.errors import SourceError, UsageError
from leaksift.tables.deciding import Column
from leaksift.tables.frames import MISSING
from leaksift.tables.options import TableOptions
from leaksift.tables.replacing import ColumnReplacer, Replacers
from leaksift.tables.report import TableProgress
from leaksift.tables.rows import column_of
from leaksift.tables.sampling import Reservoir, drawn

try:
    import pyarrow as pa
    import pyarrow.parquet as pq
except ImportError:
    raise UsageError(MISSING) from None

_TOGETHER = 8_192
_ROW_GROUP = 131_072
_ROW_GROUP_BYTES = 64_000_000


class ArrowTable:
    """An Arrow table in memory."""

    def __init__(self, table: Any, options: TableOptions) -> None:
        self._table, self._options = table, options

    @property
    def rows(self) -> int:
        return int(self._table.num_rows)

    def sample(self) -> list[Column]:
        """The columns of a sample."""
        chosen = self._table.take(drawn(self.rows, self._options.sample, self._options.seed))
        return [
            column_of(name, column.to_pylist())
            for name, column in zip(chosen.column_names, chosen.columns, strict=True)
        ]

    def redact(self, replacers: Replacers) -> tuple[Any, list[str]]:
        """A new table without what is private."""
        schema = _schema(self._table.schema, replacers)
        batches = [
            _redacted(batch, schema, replacers) for batch in self._table.to_batches(_TOGETHER)
        ]
        return pa.Table.from_batches(batches, schema=schema), []


class ArrowFile:
    """A Parquet file, or an Arrow file or stream."""

    def __init__(self, source: Path | BinaryIO, kind: str, options: TableOptions) -> None:
        """Raises SourceError for a file that cannot be read or is none, UsageError for a stream."""
        if not isinstance(source, Path):
            raise UsageError(f"{kind} is read from a file: its index stands at the end")
        self._path, self._kind, self._options = source, kind, options
        self._is_stream = False
        try:
            with source.open("rb") as file:
                self._is_stream = kind == "arrow" and file.read(6) != b"ARROW1"
            self._schema = self._opened(lambda reader: reader[0])
            # Of an Arrow file it is known when it was read.
            self._rows = int(
                self._opened(lambda reader: reader[1].metadata.num_rows) if kind == "parquet" else 0
            )
        except OSError as error:
            raise SourceError(f"{source}: cannot be read: {error.strerror or 'damaged'}") from None
        except pa.ArrowException:
            raise SourceError(f"{source}: is no {kind} file, or damaged") from None
        self.names: list[str] = list(self._schema.names)

    def sample(self) -> tuple[list[Column], int | None]:
        """The columns of a sample, and how many rows there are."""
        kept: Reservoir[list[Any]] = Reservoir(self._options.sample, self._options.seed)
        for batch in self._batches():
            places = [
                (n, place) for n in range(batch.num_rows) if (place := kept.wants()) is not None
            ]
            if places:
                chosen = batch.take(pa.array([n for n, _ in places]))
                cells = zip(*(column.to_pylist() for column in chosen.columns), strict=True)
                for (_, place), row in zip(places, cells, strict=True):
                    kept.put(place, list(row))
            self._tell("sample", kept.seen)
        rows = kept.rows
        columns = [
            column_of(name, [row[index] for row in rows]) for index, name in enumerate(self.names)
        ]
        return columns, kept.seen

    def redact(
        self, write: Callable[[bytes], object], replacers: Replacers
    ) -> tuple[int, list[str]]:
        """Writes the table without what is private. The number of rows, and notices."""
        schema = _schema(self._schema, replacers)
        sink = pa.PythonFile(_Sink(write), mode="w")
        done = 0
        waiting: list[Any] = []
        with self._writer(sink, schema) as writer:
            for batch in self._batches():
                waiting.append(_redacted(batch, schema, replacers))
                if self._kind != "parquet" or _is_full(waiting):
                    writer.write_table(pa.Table.from_batches(waiting, schema))
                    waiting = []
                done += batch.num_rows
                self._tell("redact", done)
            if waiting:
                writer.write_table(pa.Table.from_batches(waiting, schema))
        return done, []

    def _opened(self, use: Callable[[tuple[Any, Any]], Any]) -> Any:
        with pa.OSFile(str(self._path), "rb") as file:
            if self._kind == "parquet":
                reader = pq.ParquetFile(file)
                return use((reader.schema_arrow, reader))
            reader = pa.ipc.open_stream(file) if self._is_stream else pa.ipc.open_file(file)
            return use((reader.schema, reader))

    def _batches(self) -> Iterator[Any]:
        with pa.OSFile(str(self._path), "rb") as file:
            if self._kind == "parquet":
                reader = pq.ParquetFile(file)
                for number in range(reader.num_row_groups):
                    # One by one: going through all at once holds on to what was read.
                    yield from reader.iter_batches(batch_size=_TOGETHER, row_groups=[number])
            elif self._is_stream:
                yield from pa.ipc.open_stream(file)
            else:
                reader = pa.ipc.open_file(file)
                for number in range(reader.num_record_batches):
                    yield reader.get_batch(number)

    def _writer(self, sink: Any, schema: Any) -> Any:
        if self._kind == "parquet":
            return pq.ParquetWriter(sink, schema, compression=self._compression())
        return (pa.ipc.new_stream if self._is_stream else pa.ipc.new_file)(sink, schema)

    def _compression(self) -> str:
        with pa.OSFile(str(self._path), "rb") as file:
            meta = pq.ParquetFile(file).metadata
            if meta.num_row_groups and meta.num_columns:
                found = str(meta.row_group(0).column(0).compression).lower()
                return "none" if found == "uncompressed" else found
        return "snappy"

    def _tell(self, stage: str, rows: int) -> None:
        if self._options.on_progress is not None:
            size = self._path.stat().st_size if self._rows else 0
            done = size * rows // self._rows if self._rows else 0
            self._options.on_progress(
                TableProgress("sample" if stage == "sample" else "redact", rows, done, size)
            )


class _Sink:
    """What Arrow takes for a file: the bytes go on to `write`."""

    closed = False

    def __init__(self, write: Callable[[bytes], object]) -> None:
        self._write = write
        self._at = 0

    def write(self, data: Any) -> int:
        self._write(bytes(data))
        self._at += len(data)
        return len(data)

    def tell(self) -> int:
        return self._at

    def flush(self) -> None: ...

    def close(self) -> None: ...


def _is_full(batches: list[Any]) -> bool:
    """Whether they are enough for a row group: each has a cost, and is held until it is written."""
    rows: int = sum(batch.num_rows for batch in batches)
    size: int = sum(batch.nbytes for batch in batches)
    return rows >= _ROW_GROUP or size >= _ROW_GROUP_BYTES


def _schema(schema: Any, replacers: Replacers) -> Any:
    """The schema of the result: without dropped columns, and text where a hash has no other
    type."""
    fields = []
    for index, field in enumerate(schema):
        if index in replacers.dropped:
            continue
        column = replacers.of(index)
        if column.hashes and not _holds_hash(field.type):
            field = pa.field(field.name, pa.string(), metadata=field.metadata)
        elif column.touches_numbers and not field.nullable:
            field = field.with_nullable(True)
        fields.append(field)
    # What pandas wrote about its columns would name types and columns that are gone.
    metadata = {
        k: v
        for k, v in (schema.metadata or {}).items()
        if k != b"pandas" or not (replacers.dropped)
    }
    return pa.schema(fields, metadata=metadata or None)


def _holds_hash(kind: Any) -> bool:
    return bool(
        _is_text(kind)
        or pa.types.is_nested(kind)
        or pa.types.is_int64(kind)
        or pa.types.is_uint64(kind)
    )


def _is_text(kind: Any) -> bool:
    if pa.types.is_dictionary(kind):
        return _is_text(kind.value_type)
    return bool(
        pa.types.is_string(kind) or pa.types.is_large_string(kind) or kind == pa.string_view()
    )


def _redacted(batch: Any, schema: Any, replacers: Replacers) -> Any:
    arrays: list[Any] = []
    for index, array in enumerate(batch.columns):
        if index not in replacers.dropped:
            arrays.append(_array(array, schema.field(len(arrays)).type, replacers.of(index)))
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _array(array: Any, kind: Any, column: ColumnReplacer) -> Any:
    looked_at = _is_text(array.type) or pa.types.is_nested(array.type)
    if not looked_at and not column.touches_numbers:
        return array
    cells = array.to_pylist()
    made = column.values(cells, as_text=_is_text(kind) and not looked_at, most=_most(kind))
    if all(a is b for a, b in zip(cells, made, strict=True)):
        return array
    if pa.types.is_dictionary(kind):
        values = pa.array(made, type=kind.value_type).dictionary_encode()
        try:
            return values.cast(kind)
        except pa.ArrowInvalid:
            raise UsageError(
                "a dictionary has too small an index for the new values: cast the column to string"
            ) from None
    return pa.array(made, type=kind)


def _most(kind: Any) -> int | None:
    """The largest whole number of a type."""
    if not pa.types.is_integer(kind):
        return None
    bits = kind.bit_width - (0 if pa.types.is_unsigned_integer(kind) else 1)
    return int(2**bits - 1)
