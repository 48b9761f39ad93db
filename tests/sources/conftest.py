"""Real repositories in temporary directories, away from the configuration of who runs the tests."""

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

    def git(self, *arguments: str | bytes, stdin: bytes | None = None, check: bool = True) -> str:
        """What git prints."""
        done = subprocess.run(
            ["git", *arguments], cwd=self.path, input=stdin, check=False, capture_output=True
        )
        if check:
            assert done.returncode == 0, done.stderr.decode("utf-8", "replace")
        return done.stdout.decode("utf-8", "surrogateescape").rstrip("\n")

    def write(self, name: str, content: str | bytes) -> Path:
        """A file of the work tree."""
        file = self.path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return file

    def add(self, name: str, content: str | bytes) -> None:
        """A file of the work tree that is staged."""
        self.write(name, content)
        self.git("add", "--", name)

    def commit(self, message: str = "next") -> str:
        """Commits what is staged; the commit's name."""
        self.git("commit", "--quiet", "--allow-empty", "--message", message)
        return self.git("rev-parse", "HEAD")


@pytest.fixture(autouse=True)
def surroundings(git_home: Path) -> None:
    """No settings of whoever runs the tests."""


@pytest.fixture
def make_repository(tmp_path: Path) -> Callable[..., Repository]:
    """Makes an empty repository under a name, with options for `git init`."""

    def make(name: str = "repository", *options: str) -> Repository:
        path = tmp_path / name
        path.mkdir()
        repository = Repository(path)
        repository.git("init", "--quiet", *options)
        return repository

    return make


@pytest.fixture
def repository(
    make_repository: Callable[..., Repository], monkeypatch: pytest.MonkeyPatch
) -> Repository:
    """An empty repository, which is also the current directory."""
    made = make_repository()
    monkeypatch.chdir(made.path)
    return made
