"""`leaksift scan`: files, the index, a range of commits or standard input."""

from __future__ import annotations

from typing import Any

import click

from leaksift.cli.options import paths_target, reporting, settings
from leaksift.cli.run import run
from leaksift.pipeline import Target


@click.command()
@click.argument("paths", nargs=-1)
@click.option("--staged", is_flag=True, help="What `git commit` would record.")
@click.option("--from-ref", metavar="REF", help="Changes since REF left the branch (three dots).")
@click.option("--to-ref", metavar="REF", help="Up to this commit instead of HEAD.")
@click.option("--path", "stdin_path", metavar="NAME", help="What to call standard input (`-`).")
@reporting
@settings
def scan(
    paths: tuple[str, ...],
    staged: bool,
    from_ref: str | None,
    to_ref: str | None,
    stdin_path: str | None,
    **options: Any,
) -> int:
    """Finds secrets and private data in PATHS (this folder without any; `-` for standard input).

    In a git repository a folder means its files that git would not ignore.

    \b
      leaksift scan                             this folder
      leaksift scan --staged                    what `git commit` would record
      leaksift scan --from-ref origin/main      what this branch adds
      leaksift scan src -o sarif=leaks.sarif    a folder, with a SARIF report beside the text
      git show HEAD:app.py | leaksift scan - --path app.py

    Exit codes: 0 nothing to stop for, 1 something, 2 wrong usage, 3 not everything was scanned.
    """
    kinds = {"PATHS": bool(paths), "--staged": staged, "--from-ref": from_ref is not None}
    if sum(kinds.values()) > 1:
        raise click.UsageError(f"{' and '.join(k for k in kinds if kinds[k])} exclude each other")
    if to_ref is not None and from_ref is None:
        raise click.UsageError("--to-ref needs --from-ref")
    named = paths_target(paths, stdin_path)
    if staged:
        target = Target("index")
    elif from_ref is not None:
        target = Target("range", from_ref=from_ref, to_ref=to_ref or "HEAD")
    else:
        target = named
    return run(target, options)
