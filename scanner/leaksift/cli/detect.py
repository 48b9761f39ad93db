"""`leaksift detect`: where something private is in texts."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from leaksift.cli.named_files import STDIN, expanded
from leaksift.cli.options import paths_target
from leaksift.cli.run import as_line, is_failure, progress
from leaksift.cli.text_options import looking, open_filter
from leaksift.config import load_config
from leaksift.document import Document
from leaksift.finding import Secret, Skipped
from leaksift.pipeline import documents
from leaksift.printable import printable

if TYPE_CHECKING:
    from leaksift.library.result import FoundSpan


@click.command()
@click.argument("paths", nargs=-1, metavar="[FILE]...")
@click.option("--jsonl", is_flag=True, help="One JSON object a line for each span.")
@click.option("--path", "stdin_path", metavar="NAME", help="What to call standard input (`-`).")
@looking
@click.option("-q", "--quiet", is_flag=True, help="No summary on standard error.")
def detect(
    paths: tuple[str, ...], jsonl: bool, stdin_path: str | None, quiet: bool, **options: Any
) -> int:
    """Says where something private is in each FILE (standard input without any), with a masked
    preview. Unlike `leaksift scan` it shows all that was seen: allow comments, baselines and known
    examples have no say.

    \b
      leaksift detect notes.txt
      leaksift detect --jsonl 'docs/**/*.md'     offsets count characters, lines and columns from 1
      pbpaste | leaksift detect --labels secret,private_email --min-score 0.7

    Exit codes: 0 nothing was found, 1 something, 2 wrong usage, 3 not everything could be read.
    """
    if not paths and sys.stdin.isatty():
        raise click.UsageError("name the files, or `-` for standard input")
    target = paths_target(expanded(paths) or (STDIN,), stdin_path)
    config = load_config(Path.cwd(), file=options["file"]).config
    spans = texts = 0
    skipped: list[Skipped] = []
    with open_filter(options) as used, progress() as on_document:
        for item in documents(target, config):
            if isinstance(item, Skipped):
                skipped.append(item)
                continue
            found = used.detect(item.text, path=item.path).spans
            texts += 1
            spans += len(found)
            lines = _as_json(item, found) if jsonl else _as_text(item, found)
            click.echo("".join(f"{line}\n" for line in lines), nl=False)
            if on_document is not None:
                on_document(item)
        notices = used.notices
    for one in skipped:
        print(f"leaksift: not read: {as_line(one)}", file=sys.stderr)
    if not quiet:
        for notice in notices:
            print(f"leaksift: {printable(notice)}", file=sys.stderr)
        what = "1 span" if spans == 1 else f"{spans:,} spans"
        where = "1 text" if texts == 1 else f"{texts:,} texts"
        print(f"leaksift: {what} in {where}", file=sys.stderr)
    if spans:
        return 1
    return 3 if any(is_failure(one, config) for one in skipped) else 0


def _as_text(document: Document, spans: tuple[FoundSpan, ...]) -> list[str]:
    rows = []
    for span in spans:
        at = document.position(span.start)
        rows.append(
            (
                f"{at.line}:{at.column}",
                span.label,
                f"{span.score:.2f}",
                span.source,
                str(span.severity),
                _preview(document, span),
                span.rule,
            )
        )
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
    return [printable(document.path), *(f"  {line}" for line in lines), ""] if rows else []


def _as_json(document: Document, spans: tuple[FoundSpan, ...]) -> list[str]:
    lines = []
    for span in spans:
        at, end = document.position(span.start), document.position(span.end)
        told = {
            "path": document.path,
            "rule": span.rule,
            "label": span.label,
            "severity": str(span.severity),
            "source": span.source,
            "score": round(span.score, 4),
            "start": span.start,
            "end": span.end,
            "start_line": at.line,
            "start_column": at.column,
            "end_line": end.line,
            "end_column": end.column,
            "preview": _preview(document, span),
        }
        lines.append(json.dumps(told))
    return lines


def _preview(document: Document, span: FoundSpan) -> str:
    return Secret(document.text[span.start : span.end]).preview(span.label)
