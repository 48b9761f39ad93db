"""What a build is about, in the platform's words: no git is asked yet."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

Event = Literal["proposal", "push", "whole tree", "nothing"]


@dataclass(frozen=True)
class Change:
    """What a build is about.

    `event` is a proposal (pull request, merge request), a push, something that means all files, or
    nothing that could be scanned; `called` is the platform's own word for it. `head` is the commit
    whose files are scanned, `source` a proposal's own newest commit, where `head` may be a merge of
    it. They are compared with the first of these that is known: the merge's other parent; `before`,
    the commit that `head` is an addition to; `onto`, a commit or, as `target`, a branch that it
    left at some point. `branch` is the one that was pushed, `default_branch` the repository's.
    """

    event: Event
    called: str
    head: str = "HEAD"
    source: str = ""
    before: str = ""
    onto: str = ""
    target: str = ""
    branch: str = ""
    default_branch: str = ""


@dataclass(frozen=True)
class Variables:
    """Names of the environment variables that hold a build's facts; for each the first that is set
    counts. A build is a proposal where `proposal` is set, and about all files where `tag` is, or
    where `reason` is one of `whole_tree`."""

    head: tuple[str, ...]
    branch: tuple[str, ...] = ()
    default_branch: tuple[str, ...] = ()
    tag: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    reason: tuple[str, ...] = ()
    whole_tree: frozenset[str] = frozenset()
    proposal: tuple[str, ...] = ()
    proposal_called: str = "pull request"
    source: tuple[str, ...] = ()
    parted_at: tuple[str, ...] = ()
    target: tuple[str, ...] = ()


@dataclass(frozen=True)
class Platform:
    """A CI platform: the variable that tells it, the reports that it reads by format and file name,
    and what a build is about by its variables."""

    name: str
    mark: str
    change: Callable[[Mapping[str, str]], Change]
    reports: Mapping[str, str] = field(default_factory=dict)


def by_variables(variables: Variables) -> Callable[[Mapping[str, str]], Change]:
    """The function that reads a build's change from these variables."""
    return lambda environ: _change(variables, environ)


def _change(variables: Variables, environ: Mapping[str, str]) -> Change:
    def first(names: tuple[str, ...]) -> str:
        return next((environ[name] for name in names if environ.get(name)), "")

    head = first(variables.head) or "HEAD"
    reason = first(variables.reason)
    if first(variables.proposal):
        return Change(
            "proposal",
            variables.proposal_called,
            head=head,
            source=first(variables.source),
            before=first(variables.parted_at),
            target=branch_name(first(variables.target)),
        )
    if first(variables.tag) or first(variables.branch).startswith("refs/tags/"):
        return Change("whole tree", "tag", head=head)
    if reason in variables.whole_tree:
        return Change("whole tree", reason, head=head)
    return Change(
        "push",
        reason or "push",
        head=head,
        before=first(variables.before),
        branch=branch_name(first(variables.branch)),
        default_branch=branch_name(first(variables.default_branch)),
    )


def branch_name(text: str) -> str:
    """A branch without what git and some platforms put before it."""
    return text.removeprefix("refs/heads/").removeprefix("origin/")
