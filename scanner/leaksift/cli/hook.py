"""`leaksift hook`: what a git hook calls. Scans what the hook is about, in one process."""

from __future__ import annotations

import os
from typing import Any

import click

from leaksift.cli.options import reporting, settings
from leaksift.cli.run import run
from leaksift.pipeline import Target


@click.command()
@reporting
@settings
def hook(**options: Any) -> int:
    """Scans what a git hook is about: the staged changes, or the pushed range.

    The pre-commit framework says which by its PRE_COMMIT_* variables; without them it is the
    index. It takes no file names, so that a commit is one scan and one report.
    """
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
        return Target("range", from_ref="0" * 40, to_ref=branch)
    return Target("index")
