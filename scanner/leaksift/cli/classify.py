"""`leaksift classify`: what documents are about, by the model."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from leaksift.cli.named_files import expanded
from leaksift.cli.options import computing, computing_flags, paths_target
from leaksift.cli.run import as_line, is_failure
from leaksift.config import load_config
from leaksift.finding import DocumentCategory
from leaksift.pipeline import classify as classify_documents
from leaksift.printable import printable


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="FILE...")
@click.option("--jsonl", is_flag=True, help="One JSON object a line, with all probabilities.")
@click.option("--path", "stdin_path", metavar="NAME", help="What to call standard input (`-`).")
@click.option("--config", "file", type=click.Path(path_type=Path), help="Configuration file.")
@computing
def classify(
    paths: tuple[str, ...],
    jsonl: bool,
    stdin_path: str | None,
    file: Path | None,
    **options: Any,
) -> int:
    """Says which of ten categories each FILE belongs to, and how sure that is (`-` for standard
    input).

    \b
      leaksift classify notes.txt           notes.txt: Health 0.87
      leaksift classify --jsonl docs        path, category, probability, probabilities

    Exit codes: 0 all were classified, 2 wrong usage, 3 not everything could be.
    """
    target = paths_target(expanded(paths), stdin_path)
    loaded = load_config(Path.cwd(), file=file, flags=computing_flags(options))
    classified = classify_documents(target, loaded)
    for path, category in classified.documents:
        click.echo(_as_json(path, category) if jsonl else _as_text(path, category))
    for notice in classified.notices:
        print(f"leaksift: {printable(notice)}", file=sys.stderr)
    for skipped in classified.skipped:
        print(f"leaksift: not classified: {as_line(skipped)}", file=sys.stderr)
    if classified.error is not None:
        print(f"leaksift: {printable(classified.error)}", file=sys.stderr)
        return 3
    failed = any(is_failure(skipped, loaded.config) for skipped in classified.skipped)
    return 3 if failed else 0


def _as_text(path: str, category: DocumentCategory | None) -> str:
    told = f"{printable(category.name)} {category.probability:.2f}" if category else "no text"
    return f"{printable(path)}: {told}"


def _as_json(path: str, category: DocumentCategory | None) -> str:
    told = {
        "path": path,
        "category": category.name if category else None,
        "probability": round(category.probability, 4) if category else None,
        "probabilities": {
            name: round(value, 4)
            for name, value in (category.probabilities if category else {}).items()
        },
    }
    return json.dumps(told)
