"""Commits that a clone may lack, as CI makes them: looks them up, and fetches them where allowed.

With `git.py` the only module that knows git. Fetching is the only thing here that uses the network:
exact commits by their names, from the remote that the clone has, with the credentials that git has.
No ref of the repository is written.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path

from leaksift.errors import UsageError
from leaksift.sources import names, plumbing

_NAME = re.compile("[0-9a-f]{40}|[0-9a-f]{64}")
# What `git check-ref-format` refuses, and what ls-remote would take for a pattern.
_NOT_IN_A_BRANCH = re.compile(r"[\s~^:?*\[\\\x00-\x1f\x7f]|\.\.|@\{|^-")

# How many more commits of history are asked for in turn before all of them.
_DEEPER = (50, 500)

# What a clone in CI can have come by. Without the list, a repository's own `ext::` URL would be a
# program to start.
_PROTOCOLS = "file:git:http:https:ssh"


def is_name(text: str) -> bool:
    """Whether this is a commit's full name, and not only zeros."""
    return _NAME.fullmatch(text) is not None and text.strip("0") != ""


def is_present(root: Path, name: str) -> bool:
    """Whether the clone holds this commit."""
    if not is_name(name):
        return False
    status, _, _ = plumbing.run(root, "cat-file", "-e", f"{name}^{{commit}}")
    return status == 0


def resolve(root: Path, ref: str) -> str:
    """The full name of the commit that a ref of this clone stands for; empty for none."""
    # No ref starts with a dash, so none can be taken for an option.
    if not ref or ref.startswith("-") or not ref.isprintable():
        return ""
    _, printed, _ = plumbing.run(root, "rev-parse", "--verify", "-q", f"{ref}^{{commit}}")
    name = printed.decode("ascii", "replace").strip()
    return name if is_name(name) else ""


def parents(root: Path, name: str) -> tuple[str, ...]:
    """The parents that the commit itself names; in a shallow clone they may not be there."""
    # Not by rev-list, which says that the last commit of a shallow clone has none.
    printed = plumbing.output(root, "cat-file", "commit", name)
    header, _, _ = printed.partition(b"\n\n")
    lines = header.decode("utf-8", "replace").split("\n")
    return tuple(line[7:] for line in lines if line.startswith("parent "))


def merge_base(root: Path, one: str, other: str) -> str:
    """Where two commits parted, as far as this clone knows; empty for nowhere."""
    _, printed, _ = plumbing.run(root, "merge-base", one, other)
    name = printed.decode("ascii", "replace").strip()
    return name if is_name(name) else ""


def is_shallow(root: Path) -> bool:
    """Whether the clone's history was cut off."""
    printed = plumbing.output(root, "rev-parse", "--is-shallow-repository")
    return printed.strip() == b"true"


def remote(root: Path) -> str:
    """The remote to fetch from: `origin`, or the only one. Raises UsageError."""
    known = plumbing.output(root, "remote").decode("utf-8", "replace").split("\n")
    found = [name for name in known if name and not name.startswith("-")]
    if "origin" in found:
        return "origin"
    if len(found) == 1:
        return found[0]
    raise UsageError(f"{root} has no remote `origin` to fetch from: clone with the whole history")


def tip(root: Path, branch: str) -> str:
    """The newest commit of a remote branch, asked of the remote; empty where it has no such branch.

    Raises UsageError where the remote cannot be asked.
    """
    if not branch or _NOT_IN_A_BRANCH.search(branch) or not branch.isprintable():
        raise UsageError(f"{branch!r} is no name of a branch")
    ref = f"refs/heads/{branch}"
    for line in _remotely(root, "ls-remote", remote(root), ref).split(b"\n"):
        name, _, found = line.partition(b"\t")
        # A pattern matches the end of a ref too: refs/x/refs/heads/main.
        if names.from_git(found) == ref:
            return name.decode("ascii", "replace")
    return ""


def default_branch(root: Path) -> str:
    """The branch that the remote's HEAD names, asked of the remote; empty where it has none.

    Raises UsageError where the remote cannot be asked.
    """
    for line in _remotely(root, "ls-remote", "--symref", remote(root), "HEAD").split(b"\n"):
        found = re.fullmatch(rb"ref: refs/heads/(.+)\tHEAD", line)
        if found:
            return names.from_git(found[1])
    return ""


def known_default_branch(root: Path) -> str:
    """The remote's default branch as this clone remembers it; empty where it does not."""
    _, printed, _ = plumbing.run(root, "symbolic-ref", "-q", "refs/remotes/origin/HEAD")
    return names.from_git(printed.rstrip(b"\r\n")).removeprefix("refs/remotes/origin/")


def fetch(root: Path, wanted: Iterable[str]) -> None:
    """Gets exactly these commits, without their history where the clone is shallow.

    Raises UsageError where the remote does not give them.
    """
    # In a whole clone --depth would cut off its history.
    depth = ("--depth=1",) if is_shallow(root) else ()
    _fetch(root, depth, wanted)


def fetch_merge_base(root: Path, one: str, other: str) -> str:
    """`merge_base`, with as much more history as it takes; empty where they have none in common.

    Raises UsageError where the remote does not give it.
    """
    found = merge_base(root, one, other)
    for depth in (*(f"--deepen={number}" for number in _DEEPER), "--unshallow"):
        if found or not is_shallow(root):
            break
        _fetch(root, (depth,), (one, other))
        found = merge_base(root, one, other)
    return found


def _fetch(root: Path, options: tuple[str, ...], wanted: Iterable[str]) -> None:
    _remotely(
        root,
        *("fetch", "--quiet", "--no-tags", "--no-recurse-submodules", "--refmap="),
        *options,
        remote(root),
        *wanted,
    )


def _remotely(root: Path, *arguments: str) -> bytes:
    """What a git command prints that talks to the remote."""
    allowed = os.environ.get("GIT_ALLOW_PROTOCOL", _PROTOCOLS)
    status, printed, messages = plumbing.run(
        root, *arguments, variables={"GIT_ALLOW_PROTOCOL": allowed}
    )
    if status:
        error = str(plumbing.failure(root, arguments, status, messages))
        # Some CI put a token into the remote's URL.
        reason = re.sub(r"(?<=://)[^/\s]*@", "", error)
        raise UsageError(
            f"{reason}; let the checkout fetch the whole history (fetch-depth: 0, GIT_DEPTH: 0)"
        )
    return printed
