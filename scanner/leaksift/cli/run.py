"""One scan for a command: from its options to its exit code."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from leaksift.cli import outputs as reports
from leaksift.cli.options import configuration
from leaksift.cli.outputs import Output
from leaksift.config import Config, Loaded
from leaksift.document import Document
from leaksift.finding import ScanResult, Skipped
from leaksift.pipeline import Target, scan
from leaksift.printable import printable

_NOTHING = {
    "index": "nothing is staged",
    "range": "the range changes no file",
    "paths": "no files are there",
    "stdin": "standard input is empty",
    "message": "the commit message is empty",
}

OnDocument = Callable[[Document], None]


def run(target: Target, options: dict[str, Any]) -> int:
    """Scans, writes the reports and returns the exit code."""
    outputs = reports.with_text(options["outputs"])
    reports.check_places(outputs)
    loaded = configuration(Path.cwd(), options)
    result = scan_and_report(target, loaded, outputs, options)
    return exit_code(result, loaded.config)


def scan_and_report(
    target: Target, loaded: Loaded, outputs: Sequence[Output], options: dict[str, Any]
) -> ScanResult:
    """Scans and writes the reports."""
    with progress() as on_document:
        result = scan(
            target,
            loaded,
            line_hashes=any(output.format == "sarif" for output in outputs),
            on_document=on_document,
        )
    if not (result.summary.files or result.skipped or result.error):
        print(f"leaksift: {_NOTHING[target.kind]}: there is nothing to scan", file=sys.stderr)
    reports.write(
        result, outputs, loaded.config, verbose=options["verbose"], colour=options["colour"]
    )
    if result.error and not any(o.format == "text" and o.file is None for o in outputs):
        # The reports hold it too, but here a program reads them and a person waits.
        print(f"leaksift: {printable(result.error)}", file=sys.stderr)
    return result


def exit_code(result: ScanResult, config: Config) -> int:
    """1 for a finding at or above the failing level, 3 where not everything was scanned, else 0.

    A file that cannot be read was asked for and not scanned. The other reasons to skip one are
    counted and let pass, but with `strict` they fail too; all but `excluded`, which the
    configuration asked for.
    """
    if result.error is not None:
        return 3
    if result.at_or_above(config.fail_on):
        return 1
    for skipped in result.skipped:
        if is_failure(skipped, config):
            print(f"leaksift: not everything was scanned: {as_line(skipped)}", file=sys.stderr)
            return 3
    return 0


def is_failure(skipped: Skipped, config: Config) -> bool:
    """Whether it makes the exit code 3 that a file was skipped."""
    return skipped.is_failure(config.strict)


def as_line(skipped: Skipped) -> str:
    """The path and why it was skipped."""
    detail = f": {skipped.detail}" if skipped.detail else ""
    return f"{printable(skipped.path)} ({skipped.reason}{printable(detail)})"


@contextmanager
def progress() -> Iterator[OnDocument | None]:
    """A bar on the terminal that says how far a long scan is; nothing where there is none."""
    if not sys.stderr.isatty():
        yield None
        return
    # A hook has no terminal of its own most of the time.
    from leaksift.cli.progress import status

    files = size = 0
    with status() as show:

        def on_document(document: Document) -> None:
            nonlocal files, size
            files += 1
            size += document.size
            if show is not None:
                show(f"{files:,} files, {size / 1e6:,.1f} MB")

        yield on_document
