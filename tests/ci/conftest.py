"""A remote with a history, and the clones of it that CI systems make."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True)
class Repository:
    """A work tree to prepare with git itself."""

    path: Path

    def git(self, *arguments: str) -> str:
        """What git prints."""
        done = subprocess.run(["git", *arguments], cwd=self.path, check=False, capture_output=True)
        assert done.returncode == 0, done.stderr.decode("utf-8", "replace")
        return done.stdout.decode("utf-8", "surrogateescape").strip()

    def commit(self, *files: str) -> str:
        """Commits these new files, each holding its own name; the commit's name."""
        for file in files:
            (self.path / file).write_text(f"{file}\n", encoding="utf-8")
            self.git("add", "--", file)
        self.git("commit", "--quiet", "--allow-empty", "--message", "next")
        return self.git("rev-parse", "HEAD")

    def head(self, ref: str = "HEAD") -> str:
        """The commit that a ref names."""
        return self.git("rev-parse", ref)


@pytest.fixture(autouse=True)
def surroundings(git_home: Path) -> None:
    """No settings of whoever runs the tests."""


@pytest.fixture
def origin(tmp_path: Path) -> Repository:
    """The remote: `main` has three commits, `side` left it after the first and has two more.

    m1 -- m2 -- m3  main
      `-- s1 -- s2  side
    """
    path = tmp_path / "origin"
    path.mkdir()
    repository = Repository(path)
    repository.git("init", "--quiet")
    # As GitHub, GitLab and the others do.
    repository.git("config", "uploadpack.allowAnySHA1InWant", "true")
    repository.commit("m1")
    repository.git("checkout", "-q", "-b", "side")
    repository.commit("s1")
    repository.commit("s2")
    repository.git("checkout", "-q", "main")
    repository.commit("m2")
    repository.commit("m3")
    return repository


@pytest.fixture
def clone(tmp_path: Path, origin: Repository) -> Callable[..., Repository]:
    """Checks out one commit of the remote as CI does: fetched by its name, detached, with so much
    history (all of it without `depth`)."""

    def make(commit: str, depth: int | None = 1) -> Repository:
        path = tmp_path / "clone"
        path.mkdir()
        made = Repository(path)
        made.git("init", "--quiet")
        made.git("remote", "add", "origin", origin.path.as_uri())
        options = [f"--depth={depth}"] if depth else []
        what = [commit] if depth else ["+refs/heads/*:refs/remotes/origin/*", commit]
        made.git("fetch", "--quiet", "--no-tags", *options, "origin", *what)
        made.git("checkout", "--quiet", "--detach", commit)
        return made

    return make
