"""What every end-to-end test stands on: the installed command in a home of its own, and real git.

Nothing of the machine's own settings (git's, leaksift's, a CI's) reaches a test.
"""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., "subprocess.CompletedProcess[str]"]

SUFFIX = ".exe" if sys.platform == "win32" else ""
SCRIPTS = Path(sysconfig.get_path("scripts"))

# Variables of the surroundings that change what git, leaksift or a hook client does.
_FOREIGN = ("GIT_", "LEAKSIFT_", "PRE_COMMIT", "PREK_", "GITHUB_", "GITLAB_", "CI_", "XDG_")
_FOREIGN += ("TF_BUILD", "BITBUCKET_", "CIRCLE", "JENKINS_", "BUILD_", "CHANGE_")
_FOREIGN_NAMES = {"CI", "NO_COLOR", "FORCE_COLOR", "SKIP", "COLUMNS", "PYTHONPATH", "PYTHONUTF8"}

_GIT_CONFIG = """\
[user]
    name = Test
    email = test@example.com
[init]
    defaultBranch = main
[commit]
    gpgSign = false
[core]
    autocrlf = false
[advice]
    detachedHead = false
"""


@pytest.fixture
def environment(tmp_path_factory: pytest.TempPathFactory, own_cache: Path) -> dict[str, str]:
    """The environment of a fresh account: an empty home, a git identity, no settings; and the
    session's cache of compiled rules, because compiling them anew each time only costs time."""
    home = tmp_path_factory.mktemp("home")
    config = home / ".gitconfig"
    config.write_text(_GIT_CONFIG, encoding="utf-8")
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(_FOREIGN) and name not in _FOREIGN_NAMES
    }
    return {
        **kept,
        "HOME": str(home),
        "USERPROFILE": str(home),
        "GIT_CONFIG_GLOBAL": str(config),
        "GIT_CONFIG_NOSYSTEM": "1",
        "LEAKSIFT_CACHE_DIR": str(own_cache),
    }


@pytest.fixture
def leaksift_script() -> str:
    """The console script that was installed with this Python."""
    script = SCRIPTS / f"leaksift{SUFFIX}"
    assert script.is_file(), f"{script}: install the package first (pip install -e '.[dev]')"
    return str(script)


@pytest.fixture
def leaksift(leaksift_script: str, environment: dict[str, str], tmp_path: Path) -> Run:
    """Runs the installed command in `tmp_path` (or `cwd`); gives code, output and error output.

    `stdin` is bytes; `env` adds to the environment. Output is read as UTF-8.
    """

    def run(
        *arguments: str | os.PathLike[str],
        cwd: Path = tmp_path,
        stdin: bytes = b"",
        env: dict[str, str] | None = None,
        timeout: float = 120,
    ) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [leaksift_script, *arguments],
            cwd=cwd,
            input=stdin,
            env={**environment, **(env or {})},
            capture_output=True,
            timeout=timeout,
            check=False,
        )
        out, err = (text.decode("utf-8", "replace") for text in (done.stdout, done.stderr))
        return subprocess.CompletedProcess(done.args, done.returncode, out, err)

    return run


@pytest.fixture
def git(environment: dict[str, str], tmp_path: Path) -> Run:
    """Runs git in `tmp_path` (or `cwd`); a failure fails the test unless `check` is False."""

    def run(
        *arguments: str | bytes | os.PathLike[str],
        cwd: Path = tmp_path,
        env: dict[str, str] | None = None,
        check: bool = True,
    ) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            ["git", *arguments],
            cwd=cwd,
            env={**environment, **(env or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=300,
            check=False,
        )
        out, err = (text.decode("utf-8", "replace") for text in (done.stdout, done.stderr))
        assert done.returncode == 0 or not check, f"git {arguments}: {out}{err}"
        return subprocess.CompletedProcess(done.args, done.returncode, out, err)

    return run


@pytest.fixture
def repository(git: Run, tmp_path: Path) -> Path:
    """A git repository with one commit."""
    folder = tmp_path / "repository"
    git("init", "-q", folder)
    (folder / "README").write_text("Nothing here.\n", encoding="utf-8")
    git("add", "README", cwd=folder)
    git("commit", "-q", "-m", "Start", cwd=folder)
    return folder
