"""git, the repository around, and whether its hooks call leaksift."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from leaksift.doctor.check import Check
from leaksift.errors import SourceError
from leaksift.sources import git, plumbing
from leaksift.sources.names import from_git

# Where the frameworks say which hooks there are.
_CONFIGURATIONS = (
    ".pre-commit-config.yaml", ".pre-commit-config.yml", "prek.toml", "lefthook.yml",
    "lefthook.yaml", ".lefthook.yml", ".overcommit.yml",
)  # fmt: skip
_FRAMEWORKS = ("pre-commit", "pre_commit", "prek", "lefthook", "overcommit")
_HOOKS = ("pre-commit", "pre-push", "commit-msg")

# Of a file that is larger, the rest is not looked at: it is the repository's.
_MOST = 200_000


def repository_checks(start: Path) -> Iterator[Check]:
    """What a scan of commits in the folder `start` would meet. Nothing of the repository is run."""
    try:
        version = plumbing.output(start, "version").decode("utf-8", "replace").strip()
        yield Check("git", version.removeprefix("git version "))
        root = git.discover(start)
    except SourceError as error:
        yield Check("git", str(error), "problem")
        return
    if root is None:
        advice = "`scan` takes paths here; `hook`, `ci` and --staged need a repository"
        yield Check("repository", "none around this folder", "note", advice)
        return
    yield Check("repository", str(root))
    try:
        yield _hook(root)
    except (SourceError, OSError) as error:
        yield Check("hook", f"cannot be looked at: {error}", "note")


def _hook(root: Path) -> Check:
    folder = root / from_git(
        plumbing.output(root, "rev-parse", "--git-path", "hooks").rstrip(b"\n")
    )
    status, _, _ = plumbing.run(root, "config", "--get", "core.hooksPath")
    where = f"{folder} (core.hooksPath)" if status == 0 else str(folder)
    folders = [folder]
    if folder.name == "_":  # husky's: each script there calls the one of its name a folder above
        folders.append(folder.parent)
    installed = {name: "".join(_content(one / name) for one in folders) for name in _HOOKS}
    own = [name for name, text in installed.items() if "leaksift" in text]
    ran = [name for name, text in installed.items() if any(part in text for part in _FRAMEWORKS)]
    named = [name for name in _CONFIGURATIONS if _mentions(root / name)]
    calling = own or (ran if named else [])
    idle = [name for name in calling if os.name == "posix" and not _is_executable(folder / name)]
    if idle:
        advice = f"chmod +x {folder / idle[0]}"
        return Check("hook", f"{idle[0]} in {where} is not executable", "note", advice)
    if own:
        return Check("hook", f"{', '.join(own)} in {where} calls leaksift")
    if named and ran:
        return Check("hook", f"{', '.join(named)} names leaksift, {', '.join(ran)} is installed")
    if named:
        advice = "run `pre-commit install`, or the like of what you use"
        return Check(
            "hook", f"{', '.join(named)} names leaksift, and is not installed", "note", advice
        )
    advice = "see docs/pre-commit.md if commits are to be scanned"
    return Check("hook", f"nothing in {where} calls leaksift", "note", advice)


def _mentions(file: Path) -> bool:
    lines = _content(file).splitlines()
    return any("leaksift" in line for line in lines if not line.lstrip().startswith("#"))


def _content(file: Path) -> str:
    if not file.is_file():  # nor a pipe, which would keep us waiting
        return ""
    try:
        with file.open("rb") as stream:
            return stream.read(_MOST).decode("utf-8", "replace")
    except OSError:
        return ""


def _is_executable(file: Path) -> bool:
    return os.access(file, os.X_OK)
