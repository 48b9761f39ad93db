"""Tables in files: CSV, TSV, JSON Lines, Parquet and Arrow, of any size."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, Literal, Protocol, get_args

from leaksift.errors import UsageError
from leaksift.library.filter import PrivacyFilter
from leaksift.tables.deciding import Column, decide
from leaksift.tables.inputs import Input, output
from leaksift.tables.options import TableOptions
from leaksift.tables.replacing import Replacers, check_modes
from leaksift.tables.report import TableReport

Format = Literal["csv", "jsonl", "parquet", "arrow"]
FORMATS: tuple[Format, ...] = get_args(Format)

_ENDINGS: dict[str, Format] = {
    ".csv": "csv", ".tsv": "csv", ".tab": "csv", ".psv": "csv", ".txt": "csv",
    ".jsonl": "jsonl", ".ndjson": "jsonl", ".jsonlines": "jsonl",
    ".parquet": "parquet", ".pq": "parquet",
    ".arrow": "arrow", ".feather": "arrow", ".ipc": "arrow",
}  # fmt: skip


class _File(Protocol):
    """A table in a file."""

    names: list[str]

    def sample(self) -> tuple[list[Column], int | None]: ...

    def redact(
        self, write: Callable[[bytes], object], replacers: Replacers
    ) -> tuple[int, list[str]]: ...


def format_of(path: Path) -> Format:
    """The format that the name of a file says. Raises UsageError for another ending."""
    found = _ENDINGS.get(path.suffix.lower())
    if found is None:
        raise UsageError(
            f"{path}: the ending says no kind of table: give format= {', '.join(FORMATS)}"
        )
    return found


def classify_file(
    source: Path | BinaryIO,
    *,
    format: Format | None = None,  # noqa: A002 - the word that says it
    **options: Any,
) -> TableReport:
    """Which columns of a file are private. `options` are the fields of `TableOptions`.

    A binary stream needs a `format`, and only its first 4 MiB are looked at. Raises SourceError for
    what cannot be read, UsageError for what makes no sense or needs an extra.
    """
    chosen = TableOptions(**options)
    with open_filter(chosen) as used:
        columns, rows, _ = _sampled(source, format, chosen, used)
        return decide(columns, chosen, used, rows=rows)


def redact_file(
    source: Path | BinaryIO,
    target: Path | BinaryIO,
    *,
    format: Format | None = None,  # noqa: A002
    **options: Any,
) -> TableReport:
    """Writes the table without what is private, in constant memory. `options` are the fields of
    `TableOptions`.

    `target` has the format of the source; a file is there whole or not at all, and may be the
    source itself. A file is read twice, a stream once: then the sample is of its first 4 MiB, and a
    notice says so. Raises as `classify_file` does.
    """
    chosen = TableOptions(**options)
    check_modes(chosen)
    with open_filter(chosen) as used:
        columns, rows, table = _sampled(source, format, chosen, used)
        report = decide(columns, chosen, used, rows=rows)
        replacers = Replacers(columns, report, chosen, used)
        with output(target) as file:
            done, notices = table.redact(file.write, replacers)
        if rows is None:
            notices = [*notices, f"columns were judged by the first {report.sampled} sampled rows"]
        return replacers.finish(report, rows=done, notices=notices)


def _sampled(
    source: Path | BinaryIO,
    chosen_format: Format | None,
    options: TableOptions,
    used: PrivacyFilter,
) -> tuple[list[Column], int | None, _File]:
    if chosen_format is None:
        if not isinstance(source, Path):
            raise UsageError(f"a stream needs format=, one of {', '.join(FORMATS)}")
        chosen_format = format_of(source)
    if chosen_format not in FORMATS:
        raise UsageError(f"a format is one of {', '.join(FORMATS)}, not {chosen_format!r}")
    table = _opened(source, chosen_format, options, used)
    columns, rows = table.sample()
    return columns, rows, table


def _opened(
    source: Path | BinaryIO, kind: Format, options: TableOptions, used: PrivacyFilter
) -> _File:
    if kind == "csv":
        from leaksift.tables.delimited import Delimited

        return Delimited(Input(source), options, used)
    if kind == "jsonl":
        from leaksift.tables.jsonlines import JsonLines

        return JsonLines(Input(source), options, used)
    from leaksift.tables.arrow import ArrowFile  # pyarrow is an extra

    return ArrowFile(source, kind, options)


class open_filter:
    """The filter of the options, or the default one, which is closed at the end."""

    def __init__(self, options: TableOptions) -> None:
        self._own = options.filter is None
        self._used = options.filter or PrivacyFilter.load()

    def __enter__(self) -> PrivacyFilter:
        return self._used

    def __exit__(self, *_: object) -> None:
        if self._own:
            self._used.close()
