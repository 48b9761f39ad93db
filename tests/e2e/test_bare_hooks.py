"""Hooks of git's own, without a framework: pre-commit, commit-msg and pre-push call the command.

The lines are those of `leaksift hook --help` and of examples/recipes/husky.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., "subprocess.CompletedProcess[str]"]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="paths in the hook's shell script")

ROOT = Path(__file__).parents[2]
HUSKY = ROOT / "examples" / "recipes" / "husky"

# In pieces, so that no scanner takes this file for a leak.
LEAK = "url = 'postgres://app:" + "s3cr3t-Horse-9x" + "@db.internal:5432/x'\n"


@pytest.fixture
def hooked(repository: Path, leaksift_script: str) -> Path:
    """A repository with the husky recipe's hooks, as husky runs them: by `sh -e`."""
    for name in ("pre-commit", "commit-msg", "pre-push"):
        hook = repository / ".git" / "hooks" / name
        recipe = (HUSKY / name).read_text("utf-8")
        assert recipe.startswith("leaksift hook")
        hook.write_text(
            f'#!/bin/sh -e\nPATH="{Path(leaksift_script).parent}:$PATH"\n{recipe}', "utf-8"
        )
        hook.chmod(0o755)
    return repository


@pytest.fixture
def remote(hooked: Path, git: Run, tmp_path: Path) -> Path:
    """Where `hooked` pushes to; it has the first commit."""
    folder = tmp_path / "remote.git"
    git("init", "-q", "--bare", folder)
    git("remote", "add", "origin", folder, cwd=hooked)
    git("push", "-q", "origin", "main", cwd=hooked)
    return folder


def commit(git: Run, folder: Path, name: str, text: str) -> None:
    """A commit that passed no hook."""
    (folder / name).write_text(text, "utf-8")
    git("add", "--", name, cwd=folder)
    git("commit", "-q", "--no-verify", "-m", "Knowingly", cwd=folder)


def test_a_secret_in_the_message_stops_the_commit_without_being_shown(
    hooked: Path, git: Run
) -> None:
    done = git("commit", "--allow-empty", "-m", f"Fix\n\n{LEAK}", cwd=hooked, check=False)
    assert done.returncode == 1
    assert "COMMIT_EDITMSG" in done.stdout + done.stderr
    assert "s3cr3t" not in done.stdout + done.stderr
    git("commit", "--allow-empty", "-m", "Fix", cwd=hooked)


def test_the_diff_that_commit_v_shows_below_the_message_is_not_part_of_it(
    hooked: Path, git: Run
) -> None:
    commit(git, hooked, "app.py", LEAK)
    (hooked / "app.py").write_text("pass\n", "utf-8")
    editor = {"GIT_EDITOR": 'sh -c \'printf "Remove it\\n" | cat - "$1" >m && mv m "$1"\' -'}
    git("commit", "-a", "-v", cwd=hooked, env=editor)
    assert git("log", "-1", "--format=%B", cwd=hooked).stdout.strip() == "Remove it"


def test_a_message_that_is_not_there_is_one_line(leaksift: Run) -> None:
    done = leaksift("hook", "--commit-msg", "gone")
    assert done.returncode == 2
    assert "gone" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_all_pushed_branches_are_scanned(hooked: Path, remote: Path, git: Run) -> None:
    git("branch", "clean", cwd=hooked)
    git("switch", "-q", "-c", "leaking", cwd=hooked)
    commit(git, hooked, "app.py", LEAK)
    done = git("push", "origin", "clean", "leaking", cwd=hooked, check=False)
    assert done.returncode != 0
    assert "app.py" in done.stdout + done.stderr
    assert "leaking" not in git("ls-remote", "origin", cwd=hooked).stdout
    git("push", "-q", "origin", "clean", cwd=hooked)


def test_a_later_push_is_what_it_adds(hooked: Path, remote: Path, git: Run) -> None:
    commit(git, hooked, "old.py", LEAK)
    git("push", "-q", "--no-verify", "origin", "main", cwd=hooked)
    commit(git, hooked, "new.py", "pass\n")
    git("push", "-q", "origin", "main", cwd=hooked)
    commit(git, hooked, "app.py", LEAK)
    assert git("push", "origin", "main", cwd=hooked, check=False).returncode != 0


def test_a_forced_push_over_commits_that_were_never_fetched_is_scanned_whole(
    hooked: Path, remote: Path, git: Run, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    git("clone", "-q", remote, other)
    commit(git, other, "theirs.py", "pass\n")
    git("push", "-q", "origin", "main", cwd=other)
    commit(git, hooked, "app.py", LEAK)
    done = git("push", "--force", "origin", "main", cwd=hooked, check=False)
    assert done.returncode != 0
    assert "app.py" in done.stdout + done.stderr


def test_deleting_a_branch_shares_nothing(hooked: Path, remote: Path, git: Run) -> None:
    git("push", "-q", "origin", "main:old", cwd=hooked)
    git("push", "-q", "origin", ":old", cwd=hooked)


def test_a_hook_that_does_not_pass_on_what_git_says_is_told(
    leaksift: Run, repository: Path
) -> None:
    done = leaksift("hook", "--pre-push", cwd=repository, stdin=b"something else\n")
    assert done.returncode == 2
    assert "standard input" in done.stderr
