"""GitHub Actions: what the event file says.

Events: https://docs.github.com/actions/reference/workflows-and-actions/events-that-trigger-workflows
The file holds names and texts of whoever caused the event: only what is asked for is read, and only
as text.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from leaksift.ci.change import Change, Platform, branch_name
from leaksift.errors import UsageError


def change(environ: Mapping[str, str]) -> Change:
    """What the build is about. Raises UsageError where the event cannot be read."""
    name = environ.get("GITHUB_EVENT_NAME", "")
    commit = environ.get("GITHUB_SHA", "") or "HEAD"
    if name in ("pull_request", "pull_request_target"):
        event = _event(environ)
        # The event's base is as old as the event: the merge's own parent is exact.
        return Change(
            "proposal",
            name,
            # With pull_request_target, GITHUB_SHA is not the merge but the base.
            head=commit if name == "pull_request" else _text(event, "pull_request", "head", "sha"),
            source=_text(event, "pull_request", "head", "sha"),
            onto=_text(event, "pull_request", "base", "sha"),
            target=branch_name(_text(event, "pull_request", "base", "ref")),
        )
    if name == "merge_group":
        event = _event(environ)
        head = _text(event, "merge_group", "head_sha") or commit
        return Change("proposal", name, head=head, before=_text(event, "merge_group", "base_sha"))
    if name == "push":
        return _push(_event(environ), commit)
    return Change("whole tree", name or "no event")


def _push(event: dict[str, Any], commit: str) -> Change:
    ref = _text(event, "ref")
    if event.get("deleted") is True:
        return Change("nothing", "push that deleted a branch")
    if ref.startswith("refs/tags/"):
        return Change("whole tree", "tag", head=commit)
    return Change(
        "push",
        "forced push" if event.get("forced") is True else "push",
        head=commit,
        before=_text(event, "before"),
        branch=branch_name(ref),
        default_branch=_text(event, "repository", "default_branch"),
    )


def _event(environ: Mapping[str, str]) -> dict[str, Any]:
    file = environ.get("GITHUB_EVENT_PATH", "")
    if not file:
        raise UsageError(
            "GITHUB_EVENT_PATH is not set: the event that started the build is unknown"
        )
    try:
        event = json.loads(Path(file).read_bytes())
    except OSError as error:
        raise UsageError(f"GITHUB_EVENT_PATH: {file}: {error.strerror}") from None
    except (ValueError, RecursionError):
        raise UsageError(f"GITHUB_EVENT_PATH: {file} is not JSON") from None
    if not isinstance(event, dict):
        raise UsageError(f"GITHUB_EVENT_PATH: {file} holds no event")
    return event


def _text(event: dict[str, Any], *keys: str) -> str:
    """The text below these keys; empty where there is none."""
    node: Any = event
    for key in keys:
        node = node.get(key) if isinstance(node, dict) else None
    return node if isinstance(node, str) else ""


PLATFORM = Platform(
    name="GitHub Actions",
    mark="GITHUB_ACTIONS",
    reports={"sarif": "leaksift.sarif"},
    change=change,
)
