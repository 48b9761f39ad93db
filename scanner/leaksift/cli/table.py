"""`leaksift columns` and `leaksift table`: which columns of a table are private, and the table
without what is in them."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar, cast

import click

from leaksift.cli.named_files import STDIN, files_or_stdin, placed
from leaksift.cli.progress import status
from leaksift.cli.text_options import (
    is_sealed,
    looking,
    make_key,
    make_marker,
    marking,
    open_filter,
    writing,
)
from leaksift.errors import SourceError, UsageError
from leaksift.finding import LABELS
from leaksift.printable import printable
from leaksift.writing import write_atomically

if TYPE_CHECKING:
    from leaksift.tables.files import Format
    from leaksift.tables.report import ColumnReport, TableProgress, TableReport

Command = TypeVar("Command", bound=Callable[..., Any])

_FORMATS = ("csv", "tsv", "jsonl", "parquet", "arrow")
_MODES = ("redact", "synthetic", "hash", "drop_column", "keep")

_READING = [
    click.option(
        "--format",
        "kind",
        type=click.Choice(_FORMATS),
        help="What the files are; without it the name's ending says so.",
    ),
    click.option("--delimiter", metavar="SIGN", help="Of a CSV file; without it, by its look."),
    click.option(
        "--header/--no-header", default=None, help="Whether the first row has the columns' names."
    ),
    click.option(
        "--sample",
        type=click.IntRange(10),
        default=1000,
        show_default=True,
        help="Rows to judge by.",
    ),
    click.option("--seed", type=int, default=0, show_default=True, help="Which rows are drawn."),
]


def _reading(command: Command) -> Command:
    for option in reversed(_READING):
        command = option(command)
    return command


@click.command()
@click.argument("paths", nargs=-1, metavar="[FILE]...")
@click.option("--jsonl", is_flag=True, help="One JSON object a line for each column.")
@_reading
@looking
def columns(paths: tuple[str, ...], jsonl: bool, **options: Any) -> int:
    """Says which columns of each table are private, and why: CSV, TSV, JSON Lines, Parquet, Arrow.
    Shows no cell.

    \b
      leaksift columns people.csv
      leaksift columns --jsonl 'export/*.parquet'
      zcat dump.csv.gz | leaksift columns --format csv

    The share is that of the private cells in a sample, with the interval in which the share of all
    cells lies with 95 %.

    Exit codes: 0 no column is private, 1 some are, 2 wrong usage, 3 a file could not be read.
    """
    from leaksift.tables.files import classify_file

    files = _tables(paths, options)
    private = failed = False
    with open_filter(options) as used:
        for file in files:
            with _not_read(file) as outcome, _progress() as on_progress:
                report = classify_file(
                    _source(file),
                    format=_kind(options),
                    filter=used,
                    on_progress=on_progress,
                    **_table_options(options),
                )
            if outcome.error:
                failed = True
                continue
            private |= report.contains_private_data
            lines = _as_json(report, file) if jsonl else _as_text(report, file, len(files) > 1)
            click.echo("".join(f"{line}\n" for line in lines), nl=False)
            _tell_notices(report)
    return 1 if private else 3 if failed else 0


@click.command()
@click.argument("paths", nargs=-1, metavar="[FILE]...")
@writing
@click.option(
    "--mode",
    type=click.Choice(_MODES),
    default="redact",
    show_default=True,
    help="What becomes of what is private.",
)
@click.option(
    "--label",
    "label_modes",
    multiple=True,
    metavar="LABEL=MODE",
    help="Another mode for a kind of private data. May be repeated.",
)
@click.option(
    "--column",
    "column_modes",
    multiple=True,
    metavar="NAME=MODE",
    help="Another mode for a column, which counts as private then. May be repeated.",
)
@click.option("--locale", metavar="NAME", help="Of synthetic values, such as de_DE.")
@click.option(
    "--report",
    "report_file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write what was done with each column as JSON.",
)
@marking
@_reading
@looking
@click.option("-q", "--quiet", is_flag=True, help="No summary on standard error.")
def table(
    paths: tuple[str, ...],
    output: Path | None,
    mode: str,
    label_modes: tuple[str, ...],
    column_modes: tuple[str, ...],
    locale: str | None,
    report_file: Path | None,
    quiet: bool,
    **options: Any,
) -> int:
    """Writes each table without what is private: CSV, TSV, JSON Lines, Parquet, Arrow, of any size.

    \b
      leaksift table people.csv -o safe.csv
      leaksift table people.csv -o safe.csv --mode synthetic --key-file team.key
      leaksift table people.parquet -o safe.parquet --column notes=drop_column --column id=hash
      leaksift table 'export/*.csv' -o shared/ --report report.json

    A column is judged by a sample, and the private parts of cells in all other columns are replaced
    too. The result has the form of the source. --markers are for mode redact.

    Exit codes: 0 all was written, 2 wrong usage, 3 a file was left out or has no such --column.
    """
    from leaksift.tables.files import redact_file

    if is_sealed(options):
        raise click.UsageError("sealed markers go into texts: use `leaksift redact`")
    files = _tables(paths, options)
    places = placed(files, output)
    if output is not None and len(files) == 1:
        _check_ending(files[0], places[0], options["kind"])
    chosen = _table_options(options) | {
        "mode": mode,
        "labels": _modes("--label", label_modes),
        "columns": _modes("--column", column_modes),
        "locale": locale,
    }
    reports: dict[str, TableReport] = {}
    failed = False
    with open_filter(options) as used:
        key = make_key(options)
        chosen |= {"key": key, "markers": make_marker(options, key, used), "filter": used}
        for file, place in zip(files, places, strict=True):
            with (
                _not_read(file) as outcome,
                _progress(place is not None, redacts=True) as on_progress,
            ):
                if place is not None:
                    place.parent.mkdir(parents=True, exist_ok=True)
                report = redact_file(
                    _source(file),
                    sys.stdout.buffer if place is None else place,
                    format=_kind(options),
                    on_progress=on_progress,
                    **chosen,
                )
            if outcome.error:
                failed = True
                continue
            reports[file] = report
            for name in report.unknown_columns:
                failed = True
                told = f"{file}: no column is called {name!r}: --column did nothing there"
                print(f"leaksift: {printable(told)}", file=sys.stderr)
            if not quiet:
                for line in _as_text(report, file, len(files) > 1):
                    print(line, file=sys.stderr)
                _tell_notices(report)
    if report_file is not None:
        _write_report(report_file, reports)
    return 3 if failed else 0


def _tables(paths: Sequence[str], options: dict[str, Any]) -> tuple[str, ...]:
    files = files_or_stdin(paths)
    if files == (STDIN,) and options["kind"] is None:
        raise UsageError(
            "standard input has no name that says what it is: --format csv, or another"
        )
    return files


class _Outcome:
    """Whether a file was left out."""

    error = False


@contextmanager
def _not_read(file: str) -> Iterator[_Outcome]:
    """Names a file that cannot be read or written, and lets the others go on."""
    outcome = _Outcome()
    try:
        yield outcome
        return
    except SourceError as error:
        why = str(error)
    except BrokenPipeError:
        raise
    except OSError as error:
        why = f"{file}: {error.strerror}"
    outcome.error = True
    print(f"leaksift: left out: {printable(why)}", file=sys.stderr)


@contextmanager
def _progress(
    shown: bool = True, *, redacts: bool = False
) -> Iterator[Callable[[TableProgress], None] | None]:
    if not shown and sys.stdout.isatty():
        yield None
        return
    with status() as show:
        if show is None:
            yield None
            return

        def on_progress(progress: TableProgress) -> None:
            share = None
            if progress.bytes_total:
                part = progress.bytes_done / progress.bytes_total
                # Drawing a sample takes a twentieth of the time.
                share = part if not redacts else part / 20
                share = 0.05 + 0.95 * part if progress.stage == "redact" else share
            show(f"{progress.stage}: {progress.rows:,} rows", share)

        yield on_progress


def _source(file: str) -> Path | BinaryIO:
    return sys.stdin.buffer if file == STDIN else Path(file)


def _kind(options: dict[str, Any]) -> Format | None:
    return cast("Format | None", "csv" if options["kind"] == "tsv" else options["kind"])


def _table_options(options: dict[str, Any]) -> dict[str, Any]:
    """The options of `_reading` as those of the library."""
    delimiter = options["delimiter"]
    if options["kind"] == "tsv" and delimiter is None:
        delimiter = "\t"
    if delimiter == "\\t":  # a tab is hard to type
        delimiter = "\t"
    return {
        "delimiter": delimiter,
        "header": options["header"],
        "sample": options["sample"],
        "seed": options["seed"],
    }


def _modes(option: str, texts: Sequence[str]) -> dict[str, str]:
    modes: dict[str, str] = {}
    for text in texts:
        # The last sign: a column's name may have one too.
        name, separator, mode = text.rpartition("=")
        if not separator or mode not in _MODES:
            raise click.UsageError(f"{option} takes NAME={'|'.join(_MODES)}, not {text!r}")
        if option == "--label" and name not in LABELS:
            raise click.UsageError(f"--label: no label is called {name!r}")
        modes[name] = mode
    return modes


def _check_ending(file: str, place: Path | None, kind: str | None) -> None:
    from leaksift.tables.files import format_of

    if place is None or (file == STDIN and kind is None):
        return
    source = {"tsv": "csv"}.get(kind, kind) if kind else format_of(Path(file))
    try:
        target = format_of(place)
    except UsageError:
        return
    if source != target:
        raise UsageError(f"{place}: the result has the form of the source, which is {source}")


def _as_text(report: TableReport, file: str, named: bool) -> list[str]:
    rows = [("column", "kind", "label", "share", "95 %", "action", "evidence")]
    for column in report.columns:
        low, high = column.confidence
        seen = column.kind != "clean"
        rows.append(
            (
                printable(column.name),
                column.kind,
                column.label or "-",
                f"{column.share:.0%}" if seen else "-",
                f"{low:.0%} to {high:.0%}" if seen else "-",
                column.action + (_cells(column.changed) if column.changed else ""),
                _evidence(column),
            )
        )
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
    size = "" if report.rows is None else f" of {report.rows:,}"
    lines.append(f"judged by {report.sampled:,}{size} rows")
    return [f"{printable(file)}:", *lines, ""] if named else lines


def _cells(count: int) -> str:
    return " (1 cell)" if count == 1 else f" ({count:,} cells)"


def _evidence(column: ColumnReport) -> str:
    told = (f"{one.kind} {printable(one.source)} {one.share:.0%}" for one in column.evidence)
    return ", ".join(told) or "-"


def _as_json(report: TableReport, file: str) -> list[str]:
    head = {"path": file, "rows": report.rows}
    return [json.dumps(head | column) for column in report.as_dict()["columns"]]


def _tell_notices(report: TableReport) -> None:
    for notice in report.notices:
        print(f"leaksift: {printable(notice)}", file=sys.stderr)


def _write_report(file: Path, reports: dict[str, TableReport]) -> None:
    tables = [{"path": path} | report.as_dict() for path, report in reports.items()]
    try:
        write_atomically(file, (json.dumps({"tables": tables}, indent=2) + "\n").encode())
    except OSError as error:
        raise UsageError(f"{file}: cannot be written: {error.strerror}") from None
