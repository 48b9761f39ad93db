"""From what a platform says to the commits that are scanned.

Never to nothing by mistake: what a build names and the clone lacks is fetched, and where it cannot
be, either more is scanned than was asked for, which is said, or UsageError is raised.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from leaksift.ci.change import Change
from leaksift.errors import UsageError
from leaksift.pipeline import Target
from leaksift.sources import commits

Scope = Literal["auto", "changed", "all"]

Network = Literal["none", "ask", "fetch"]
"""What the remote may be used for: nothing, asking what it has, fetching what is missing."""

_NOTHING = "0" * 40


@dataclass(frozen=True)
class Resolved:
    """What to scan and, in a sentence, why."""

    target: Target
    why: str


class Missing(UsageError):
    """The clone lacks something that fetching would bring, which was not allowed."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what}; let the checkout fetch it, or allow --fetch")
        self.what = what


@dataclass(frozen=True)
class Clone:
    """The repository, and what may be done about what it lacks."""

    root: Path
    network: Network

    def need(self, name: str, what: str) -> str:
        """The commit, fetched if it is missing. Raises UsageError."""
        if not commits.is_name(name):
            raise UsageError(f"{what} is {name!r}, which is no full name of a commit")
        if commits.is_present(self.root, name):
            return name
        if self.network != "fetch":
            raise Missing(f"{what}, {name}, is not in this clone")
        commits.fetch(self.root, (name,))
        if not commits.is_present(self.root, name):
            raise UsageError(f"{what} {name} was fetched and is no commit")
        return name

    def parted(self, one: str, other: str) -> str:
        """Where two commits that are there parted; empty for nowhere. Raises UsageError where the
        clone's history is too short to tell."""
        found = commits.merge_base(self.root, one, other)
        if found or not commits.is_shallow(self.root):
            return found
        if self.network != "fetch":
            raise Missing(f"this clone has too little history to tell where {other} left {one}")
        return commits.fetch_merge_base(self.root, one, other)

    def tip(self, branch: str) -> str:
        """The newest commit of a branch, from the remote where that may be asked. Raises
        UsageError."""
        if self.network != "none":
            found = commits.tip(self.root, branch)
            return self.need(found, f"the branch {branch!r}") if found else ""
        return commits.resolve(self.root, f"refs/remotes/origin/{branch}")

    def default_branch(self) -> str:
        """The repository's default branch; empty where it cannot be known, which widens a scan."""
        known = commits.known_default_branch(self.root)
        if known or self.network == "none":
            return known
        try:
            return commits.default_branch(self.root)
        except UsageError:
            return ""


def resolve(change: Change, clone: Clone, scope: Scope = "auto") -> Resolved:
    """The commits to scan. Raises UsageError where they cannot be told or had."""
    if change.event == "nothing":
        head = _head(clone, replace(change, head="HEAD"))
        return Resolved(_added(head, head), "it brings nothing")
    head = _head(clone, change)
    if scope == "all":
        return _all(head, "all files were asked for")
    if change.event == "whole tree":
        return _all(head, f"{change.called}, so all files")
    if change.event == "proposal":
        return _proposal(clone, change, head)
    return _push(clone, change, head, scope)


def between(from_ref: str, to_ref: str, clone: Clone) -> Resolved:
    """The range that somebody named, by refs of this clone or full names of commits. Raises
    UsageError where it cannot be told or had."""
    one, other = (
        commits.resolve(clone.root, ref) or clone.need(ref, "the commit that was named")
        for ref in (from_ref, to_ref)
    )
    base = clone.parted(one, other)
    if not base:
        raise UsageError(f"{from_ref!r} and {to_ref!r} have no common commit")
    return Resolved(_added(base, other), f"what {to_ref!r} adds since it left {from_ref!r}")


def _head(clone: Clone, change: Change) -> str:
    """The commit to scan: what is checked out, if that is one of those that the build is about."""
    checked_out = commits.resolve(clone.root, "HEAD")
    if change.head == "HEAD":
        if not checked_out:
            raise UsageError(f"{clone.root} has no commit that is checked out")
        return checked_out
    if checked_out and checked_out == change.source:
        return checked_out
    return clone.need(change.head, "the commit of this build")


def _proposal(clone: Clone, change: Change, head: str) -> Resolved:
    root = clone.root
    parents = commits.parents(root, head)
    if len(parents) == 2 and change.source in parents and change.source != head:
        (base,) = (parent for parent in parents if parent != change.source)
        why = "what the merge adds to the commit that it is merged into"
        return Resolved(_added(clone.need(base, "the commit merged into"), head), why)
    if commits.is_name(change.before):
        base = clone.need(change.before, "the commit before the change")
        return Resolved(_added(base, head), "what it adds to the commit that the platform names")
    if commits.is_name(change.onto):
        onto, called = (
            clone.need(change.onto, "the base of the change"),
            change.target or "its base",
        )
    elif change.target:
        onto, called = clone.tip(change.target), change.target
    else:
        raise UsageError(f"{change.called}: neither a base commit nor a target branch is named")
    if not onto:
        raise UsageError(f"{change.called}: the target branch {change.target!r} is not there")
    base = clone.parted(onto, head)
    if not base:
        return _all(head, f"it has no common commit with {called!r}")
    return Resolved(_added(base, head), f"what it adds since it left {called!r}")


def _push(clone: Clone, change: Change, head: str, scope: Scope) -> Resolved:
    default = change.default_branch or (clone.default_branch() if change.branch else "")
    if default and change.branch == default and scope == "auto":
        return _all(head, f"{default!r} is the default branch, of which reports name all findings")
    lost = ""
    # A build that is run again may name the commit itself: that must not be an empty scan.
    if commits.is_name(change.before) and change.before != head:
        try:
            base = clone.need(change.before, "the commit before the push")
        except Missing:
            raise
        except UsageError as error:
            lost = f"{error}; so more is scanned than the push brings: "
        else:
            return Resolved(_added(base, head), f"what the {change.called} adds to what was there")
    if not default or change.branch == default:
        unknown = "no earlier commit is named" if default else "the default branch is not known"
        return _all(head, lost + f"all files, because {unknown}")
    onto = clone.tip(default)
    base = clone.parted(onto, head) if onto else ""
    if not base:
        return _all(head, lost + f"all files, because it has no common commit with {default!r}")
    return Resolved(_added(base, head), lost + f"what the branch adds since it left {default!r}")


def _all(head: str, why: str) -> Resolved:
    return Resolved(Target("range", from_ref=_NOTHING, to_ref=head), why)


def _added(base: str, head: str) -> Target:
    # Compared directly: the base was looked up, and a shallow clone could not do it again.
    return Target("range", from_ref=base, to_ref=head, direct=True)
