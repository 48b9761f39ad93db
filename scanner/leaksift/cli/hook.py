"""`leaksift hook`: what a git hook calls. Scans what the hook is about, in one process."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import click

from leaksift.cli.options import reporting, settings
from leaksift.cli.run import run
from leaksift.errors import UsageError
from leaksift.pipeline import Target

_NOTHING = "0" * 40


@click.command()
@click.option(
    "--pre-push", is_flag=True, help="Scan what is pushed, as git says on standard input."
)
@click.option(
    "--commit-msg",
    "message",
    type=click.Path(),
    metavar="FILE",
    help="Scan the message of the commit, in this file.",
)
@reporting
@settings
def hook(pre_push: bool, message: str | None, **options: Any) -> int:
    """Scans what a git hook is about: the staged changes, what is pushed, or a commit message.

    The pre-commit framework says which by its PRE_COMMIT_* variables; without them it is the
    index. It takes no file names, so that a commit is one scan and one report.

    \b
    A hook of git's own, in .git/hooks/pre-commit, pre-push and commit-msg:
      leaksift hook
      leaksift hook --pre-push
      leaksift hook --commit-msg "$1"
    """
    if pre_push and message is not None:
        raise click.UsageError("--pre-push and --commit-msg exclude each other")
    if message is not None:
        return run(Target("message", paths=(message,)), options)
    if pre_push:
        # Each pushed branch has a range and a report of its own.
        return max((run(target, options) for target in _pushed()), default=0)
    return run(_target(), options)


def _target() -> Target:
    # Not the older names ORIGIN and SOURCE: on a first push prek sets SOURCE and TO_REF, both to
    # the newest commit, and a range from there to itself would be an empty scan.
    from_ref = os.environ.get("PRE_COMMIT_FROM_REF")
    to_ref = os.environ.get("PRE_COMMIT_TO_REF")
    if from_ref and to_ref:
        return Target("range", from_ref=from_ref, to_ref=to_ref)
    if os.environ.get("PRE_COMMIT_REMOTE_NAME"):
        # The first push of a branch: there is no range, all its files are new.
        branch = to_ref or os.environ.get("PRE_COMMIT_LOCAL_BRANCH") or "HEAD"
        return Target("range", from_ref=_NOTHING, to_ref=branch)
    return Target("index")


def _pushed() -> list[Target]:
    """What git says to a pre-push hook: a line for each ref with the name and commit here and
    there (https://git-scm.com/docs/githooks#_pre_push). Raises UsageError for anything else."""
    from leaksift.sources import commits, git

    root = git.discover(Path.cwd())
    if root is None:
        raise UsageError(f"{Path.cwd()} is in no git repository")
    targets = {}
    for line in sys.stdin.buffer.read().decode("utf-8", "surrogateescape").splitlines():
        fields = line.split(" ")
        if len(fields) != 4:
            raise UsageError(
                "--pre-push: standard input is not what git gives to a pre-push hook: let the hook "
                "pass it on"
            )
        _, here, _, there = fields
        if not here.strip("0"):  # a ref that is deleted shares nothing
            continue
        # What the remote has may be nothing, or something that was never fetched: all is new.
        base = there if commits.is_present(root, there) else _NOTHING
        targets[base, here] = Target("range", from_ref=base, to_ref=here)
    return list(targets.values())
