"""`leaksift baseline create|update`: the findings of today, let be from now on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from leaksift.cli.options import configuration, settings
from leaksift.errors import SourceError, UsageError
from leaksift.pipeline import Target, baseline_path, examine, load_detectors, make_policy, there
from leaksift.policy import baseline as baselines
from leaksift.policy.baseline import Baseline
from leaksift.policy.judge import found_keys
from leaksift.writing import write_atomically


@click.group()
def baseline() -> None:
    """Lets the findings of today be, so that only new ones stop a commit.

    \b
      leaksift baseline create
      leaksift baseline update

    The file holds no values: paths, rules and hashes with a random key. Commit it.
    """


@baseline.command()
@click.argument("paths", nargs=-1)
@click.option("--force", is_flag=True, help="Replace a baseline that is there.")
@settings
def create(paths: tuple[str, ...], force: bool, **options: Any) -> None:
    """Writes a new baseline with all findings in PATHS (the repository without any).

    \b
      leaksift baseline create
      leaksift baseline create --force src tests
    """
    _write(paths, options, new=True, force=force)


@baseline.command()
@click.argument("paths", nargs=-1)
@settings
def update(paths: tuple[str, ...], **options: Any) -> None:
    """Adds new findings in PATHS to the baseline and drops those that are gone.

    \b
      leaksift baseline update
      leaksift baseline update src
    """
    _write(paths, options, new=False)


def _write(
    paths: tuple[str, ...], options: dict[str, Any], *, new: bool, force: bool = False
) -> None:
    loaded = configuration(Path.cwd(), {**options, "scope": "file"})
    path = baseline_path(loaded)
    if path is None:
        raise UsageError('the configuration says that there is no baseline (baseline = "")')
    if new and path.exists() and not force:
        raise UsageError(f"{path} is there: `leaksift baseline update`, or --force for a new one")
    before = Baseline.new() if new else baselines.load(path)
    target = Target("paths", paths=paths or (str(loaded.directory),))
    detectors = load_detectors(loaded)
    policy = make_policy(loaded.config, detectors, before)
    seen = examine(target, loaded, detectors, policy)
    if seen.error is not None:
        raise SourceError(f"{seen.error}; the baseline was not changed")
    found = found_keys(seen.judged)
    after = baselines.updated(before, found, seen.paths, there(target), policy.rules)
    try:
        write_atomically(path, baselines.to_json(after).encode())
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from None
    added = len(after.entries.keys() - before.entries.keys())
    removed = len(before.entries.keys() - after.entries.keys())
    change = "" if new else f" ({added} added, {removed} removed)"
    click.echo(f"{path.name}: {len(after.entries)} known findings{change}. Commit it.")
