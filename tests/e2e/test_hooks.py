"""The hooks in the hands of the real clients: pre-commit and prek, with real commits and pushes.

The hooks' repository is a temporary copy of this checkout as it is on the disk, committed there, so
that what is tested does not depend on what has been committed here.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

Run = Callable[..., "subprocess.CompletedProcess[str]"]
Done = subprocess.CompletedProcess[str]

ROOT = Path(__file__).parents[2]
LARGEST_ENVIRONMENT = 250  # MiB, what pre-commit.ci allows

# In pieces, so that no scanner takes this file for a leak.
LEAK = "url = 'postgres://app:" + "s3cr3t-Horse-9x" + "@db.internal:5432/x'\n"
CLEAN = "url = os.environ['DATABASE_URL']\n"

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="names of any bytes")

CONFIG = """\
repos:
  - repo: {repository}
    rev: {revision}
    hooks:
      - id: leaksift
      - id: leaksift-files
        stages: [manual]
"""


def surroundings() -> dict[str, str]:
    """This process's environment without what git or a hook client around it has set."""
    foreign = ("GIT_", "PRE_COMMIT", "PREK_", "LEAKSIFT_")
    return {name: value for name, value in os.environ.items() if not name.startswith(foreign)}


@dataclass(frozen=True)
class Published:
    """A git repository that the hooks are installed from, and its newest commit."""

    folder: Path
    revision: str


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Published:
    folder = tmp_path_factory.mktemp("published")

    def git(*arguments: str, cwd: Path) -> str:
        identity = ("-c", "user.name=Test", "-c", "user.email=test@example.com")
        command = ["git", *identity, "-c", "commit.gpgSign=false", *arguments]
        output = subprocess.run(
            command, cwd=cwd, env=surroundings(), capture_output=True, check=True
        )
        return os.fsdecode(output.stdout)

    listed = git("ls-files", "-z", "--cached", "--others", "--exclude-standard", cwd=ROOT)
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():  # not one that was deleted and not yet committed
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    git("init", "-q", cwd=folder)
    git("add", "--all", "--force", cwd=folder)
    git("commit", "-q", "--no-verify", "-m", "The checkout as it is", cwd=folder)
    return Published(folder, git("rev-parse", "HEAD", cwd=folder).strip())


@dataclass(frozen=True)
class Client:
    """pre-commit or prek: how to call it, and where it keeps the environments of hooks."""

    name: str
    command: tuple[str, ...]
    home: Path

    @property
    def variables(self) -> dict[str, str]:
        return {"PRE_COMMIT_HOME": str(self.home), "PREK_HOME": str(self.home)}


@pytest.fixture(scope="session", params=["pre-commit", "prek"])
def client(
    request: pytest.FixtureRequest,
    published: Published,
    tmp_path_factory: pytest.TempPathFactory,
) -> Client:
    """A client that has built the hooks' environment. That is the only step with a network."""
    suffix = ".exe" if sys.platform == "win32" else ""
    script = Path(sysconfig.get_path("scripts")) / f"{request.param}{suffix}"
    client = Client(request.param, (str(script),), tmp_path_factory.mktemp(request.param))
    project = tmp_path_factory.mktemp("project")
    environment = {**surroundings(), **client.variables}
    subprocess.run(["git", "init", "-q"], cwd=project, env=environment, check=True)
    write_config(project, published)
    # pre-commit wants a configuration that git knows.
    subprocess.run(["git", "add", "."], cwd=project, env=environment, check=True)
    done = subprocess.run(
        [*client.command, "install-hooks"],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return client


def write_config(project: Path, published: Published) -> None:
    text = CONFIG.format(repository=published.folder.as_posix(), revision=published.revision)
    (project / ".pre-commit-config.yaml").write_text(text, encoding="utf-8")


class Project:
    """A repository that somebody works in, with the hooks installed."""

    def __init__(self, folder: Path, git: Run, client: Client, environment: dict[str, str]) -> None:
        self.folder = folder
        self.client = client
        self._environment = {**environment, **client.variables}
        self._git = git

    def git(self, *arguments: str | Path, check: bool = True) -> Done:
        return self._git(*arguments, cwd=self.folder, env=self.client.variables, check=check)

    def write(self, name: str, text: str) -> None:
        (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / name).write_text(text, encoding="utf-8")

    def commit(self, *arguments: str) -> Done:
        """`git commit -m …`; whether it was refused is the caller's question."""
        return self.git("commit", "-m", "Change", *arguments, check=False)

    def call(self, *arguments: str) -> Done:
        """Runs the client itself, such as `run --all-files`."""
        done = subprocess.run(
            [*self.client.command, *arguments],
            cwd=self.folder,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=300,
            check=False,
        )
        out, err = (text.decode("utf-8", "replace") for text in (done.stdout, done.stderr))
        return subprocess.CompletedProcess(done.args, done.returncode, out, err)

    @property
    def head(self) -> str:
        return self.git("rev-parse", "HEAD").stdout.strip()


@pytest.fixture
def project(
    client: Client, published: Published, git: Run, environment: dict[str, str], tmp_path: Path
) -> Project:
    folder = tmp_path / "project"
    git("init", "-q", folder)
    write_config(folder, published)
    project = Project(folder, git, client, environment)
    stages = ("pre-commit", "pre-merge-commit", "pre-push")
    done = project.call("install", *(part for stage in stages for part in ("-t", stage)))
    assert done.returncode == 0, done.stdout + done.stderr
    project.write("app.py", CLEAN)
    project.git("add", ".")
    assert project.commit().returncode == 0
    return project


def assert_refused(done: Done, *names: str) -> None:
    """The hook ran, found something in these files and said so without showing it."""
    shown = done.stdout + done.stderr
    assert done.returncode == 1, shown
    assert "must not be shared" in shown
    assert "Traceback" not in shown
    assert "s3cr3t" not in shown
    for name in names:
        assert name in shown


def assert_passed(done: Done) -> None:
    assert done.returncode == 0, done.stdout + done.stderr


# Commits


def test_a_commit_with_a_secret_is_refused_and_a_clean_one_passes(project: Project) -> None:
    before = project.head
    project.write("db.py", LEAK)
    project.git("add", "db.py")
    assert_refused(project.commit(), "db.py")
    assert project.head == before
    project.write("db.py", CLEAN)
    project.git("add", "db.py")
    assert_passed(project.commit())
    assert project.head != before


def test_commit_all_is_scanned(project: Project) -> None:
    project.write("app.py", CLEAN + LEAK)
    assert_refused(project.commit("-a"), "app.py")
    project.write("app.py", CLEAN + CLEAN)
    assert_passed(project.commit("-a"))


def test_commit_of_a_path_scans_that_path_only(project: Project) -> None:
    project.write("db.py", CLEAN)
    project.git("add", "db.py")
    assert_passed(project.commit())
    project.write("db.py", LEAK)
    project.write("app.py", CLEAN + CLEAN)
    project.git("add", "db.py")
    assert_passed(project.commit("app.py"))
    assert_refused(project.commit("db.py"), "db.py")


def test_a_secret_only_in_the_index_is_refused(project: Project) -> None:
    project.write("db.py", LEAK)
    project.git("add", "db.py")
    project.write("db.py", CLEAN)
    assert_refused(project.commit(), "db.py")


def test_a_secret_only_in_the_working_tree_passes(project: Project) -> None:
    project.write("app.py", CLEAN + "staged = True\n")
    project.git("add", "app.py")
    project.write("app.py", CLEAN + "staged = True\n" + LEAK)
    assert_passed(project.commit())
    assert "s3cr3t" in (project.folder / "app.py").read_text("utf-8")


def test_a_secret_that_was_there_before_does_not_stop_another_line(project: Project) -> None:
    project.write("db.py", LEAK)
    project.git("add", "db.py")
    project.git("commit", "--no-verify", "-m", "Knowingly")
    project.write("db.py", LEAK + "more = True\n")
    assert_passed(project.commit("-a"))


def test_amending_with_a_secret_is_refused(project: Project) -> None:
    before = project.head
    project.write("app.py", CLEAN + LEAK)
    assert_refused(project.git("commit", "--amend", "-a", "--no-edit", check=False), "app.py")
    assert project.head == before
    project.write("app.py", CLEAN + CLEAN)
    assert_passed(project.git("commit", "--amend", "-a", "--no-edit", check=False))


def test_a_merge_passes_what_its_parents_have_and_refuses_what_is_new(project: Project) -> None:
    project.git("switch", "-q", "-c", "topic")
    project.write("db.py", LEAK)
    project.git("add", "db.py")
    project.git("commit", "--no-verify", "-m", "Knowingly")
    project.git("switch", "-q", "main")
    project.write("other.py", CLEAN)
    project.git("add", "other.py")
    assert_passed(project.commit())
    assert_passed(project.git("merge", "--no-ff", "-m", "Merge", "topic", check=False))
    project.git("reset", "-q", "--hard", "HEAD^")
    project.git("merge", "--no-ff", "--no-commit", "topic")
    project.write("resolved.py", LEAK.replace("9x", "8y"))
    project.git("add", "resolved.py")
    assert_refused(project.commit(), "resolved.py")


def test_the_first_commit_of_a_repository_is_scanned(
    client: Client, published: Published, git: Run, environment: dict[str, str], tmp_path: Path
) -> None:
    folder = tmp_path / "unborn"
    git("init", "-q", folder)
    write_config(folder, published)
    project = Project(folder, git, client, environment)
    assert_passed(project.call("install"))
    project.write("db.py", LEAK)
    project.git("add", ".")
    assert_refused(project.commit(), "db.py")


def test_five_hundred_files_are_one_report(project: Project) -> None:
    for number in range(500):
        project.write(f"package/module_{number}.py", LEAK if number % 100 == 99 else CLEAN)
    project.git("add", ".")
    done = project.commit()
    assert_refused(done, "module_99.py", "module_499.py")
    assert (done.stdout + done.stderr).count("Scanned 500 files") == 1


NAMES = ["with blank.py", "it's.py", "ünï.py", "-dash.py", "--staged"]
NAMES_OF_POSIX = ['quo"te.py', "new\nline.py"]


def test_odd_names_are_scanned_and_named(project: Project) -> None:
    names = NAMES + (NAMES_OF_POSIX if sys.platform != "win32" else [])
    for name in names:
        project.write(name, LEAK)
    project.git("add", ".")
    done = project.commit()
    assert_refused(done, "with blank.py", "it's.py", "-dash.py", "--staged")
    assert f"Scanned {len(names)} files" in done.stdout + done.stderr


@linux_only
def test_a_secret_in_a_file_whose_name_is_not_utf8_is_never_committed(project: Project) -> None:
    before = project.head
    project.write(os.fsdecode(b"caf\xe9.py"), LEAK)
    project.git("add", ".")
    assert project.commit().returncode != 0
    assert project.head == before


# Pushes


@pytest.fixture
def pushable(project: Project, git: Run, tmp_path: Path) -> Project:
    """The project with an empty remote."""
    remote = tmp_path / "remote.git"
    git("init", "-q", "--bare", remote)
    project.git("remote", "add", "origin", remote)
    return project


def push(project: Project, *arguments: str) -> Done:
    return project.git("push", *arguments, check=False)


def commit_knowingly(project: Project, name: str, text: str) -> None:
    project.write(name, text)
    project.git("add", "--", name)
    project.git("commit", "--no-verify", "-m", "Knowingly")


def test_the_first_push_of_a_branch_with_a_secret_is_refused(pushable: Project) -> None:
    commit_knowingly(pushable, "db.py", LEAK)
    assert_refused(push(pushable, "-u", "origin", "main"), "db.py")
    assert pushable.git("ls-remote", "origin").stdout == ""
    commit_knowingly(pushable, "db.py", CLEAN)
    assert_passed(push(pushable, "-u", "origin", "main"))


def test_the_first_push_scans_the_branch_and_not_the_working_tree(pushable: Project) -> None:
    pushable.git("branch", "pushed")
    pushable.write("app.py", LEAK)
    assert_passed(push(pushable, "origin", "pushed"))
    pushable.git("switch", "-q", "-c", "leaking")
    commit_knowingly(pushable, "db.py", LEAK)
    pushable.git("switch", "-q", "main")
    assert_refused(push(pushable, "origin", "leaking"), "db.py")


def test_a_later_push_with_a_new_secret_is_refused(pushable: Project) -> None:
    assert_passed(push(pushable, "-u", "origin", "main"))
    commit_knowingly(pushable, "db.py", LEAK)
    commit_knowingly(pushable, "app.py", CLEAN + CLEAN)
    assert_refused(push(pushable), "db.py")
    pushable.git("reset", "-q", "--hard", "HEAD~2")
    commit_knowingly(pushable, "app.py", CLEAN + CLEAN)
    assert_passed(push(pushable))


def test_a_new_branch_beside_a_pushed_one_is_scanned(pushable: Project) -> None:
    assert_passed(push(pushable, "-u", "origin", "main"))
    pushable.git("switch", "-q", "-c", "topic")
    commit_knowingly(pushable, "db.py", LEAK)
    assert_refused(push(pushable, "-u", "origin", "topic"), "db.py")


# The client called by hand


def test_all_files_says_that_nothing_is_staged(project: Project) -> None:
    commit_knowingly(project, "db.py", LEAK)
    done = project.call("run", "leaksift", "--all-files", "--verbose")
    assert_passed(done)
    assert "nothing is staged" in done.stdout.lower()


def test_the_hook_for_files_finds_in_all_files(project: Project) -> None:
    commit_knowingly(project, "db.py", LEAK)
    commit_knowingly(project, "-dash.py", LEAK)
    done = project.call("run", "leaksift-files", "--hook-stage", "manual", "--all-files")
    assert_refused(done, "db.py", "-dash.py")


def test_the_hook_for_files_scans_the_files_given(project: Project) -> None:
    commit_knowingly(project, "db.py", LEAK)
    manual = ("run", "leaksift-files", "--hook-stage", "manual", "--files")
    assert_refused(project.call(*manual, "db.py", "app.py"), "db.py")
    assert_passed(project.call(*manual, "app.py"))


def test_the_hook_for_files_takes_five_hundred_files_and_odd_names(project: Project) -> None:
    for number in range(500):
        project.write(f"package/module_{number}.py", LEAK if number in (0, 499) else CLEAN)
    for name in NAMES:
        project.write(name, LEAK)
    project.git("add", ".")
    project.git("commit", "--no-verify", "-m", "Knowingly")
    done = project.call("run", "leaksift-files", "--hook-stage", "manual", "--all-files")
    assert_refused(done, "module_0.py", "module_499.py", "with blank.py", "-dash.py", "--staged")


def test_a_range_given_by_hand_is_scanned(project: Project) -> None:
    commit_knowingly(project, "db.py", LEAK)
    commit_knowingly(project, "app.py", CLEAN + CLEAN)
    first, last = "HEAD~2", "HEAD"
    done = project.call("run", "leaksift", "--from-ref", first, "--to-ref", last)
    assert_refused(done, "db.py")
    assert_passed(project.call("run", "leaksift", "--from-ref", "HEAD~1", "--to-ref", last))


def test_configuration_and_allow_comments_count_in_the_hook(project: Project) -> None:
    project.write("db.py", "# leaksift: allow * -- a made-up server\n" + LEAK)
    project.git("add", "db.py")
    assert_passed(project.commit())
    project.write(".leaksift.toml", "exclude = ['fixtures/']\n")
    project.write("fixtures/db.py", LEAK)
    project.git("add", ".")
    assert_passed(project.commit())


# Without a client: the bare git hook that the README shows


def test_a_secret_in_the_message_is_refused(project: Project) -> None:
    config = (project.folder / ".pre-commit-config.yaml").read_text("utf-8")
    project.write(".pre-commit-config.yaml", config + "      - id: leaksift-commit-msg\n")
    project.git("add", ".")
    assert project.call("install", "-t", "commit-msg").returncode == 0
    assert_refused(project.commit("-m", LEAK), "COMMIT_EDITMSG")
    assert_passed(project.commit())


def test_a_bare_git_hook_refuses_a_secret(leaksift_script: str, repository: Path, git: Run) -> None:
    hook = repository / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    script = Path(leaksift_script).as_posix()
    hook.write_text(f'#!/bin/sh\nexec "{script}" hook\n', encoding="utf-8")
    hook.chmod(0o755)
    (repository / "db.py").write_text(LEAK, encoding="utf-8")
    git("add", "db.py", cwd=repository)
    assert_refused(git("commit", "-m", "Leak", cwd=repository, check=False), "db.py")
    (repository / "db.py").write_text(CLEAN, encoding="utf-8")
    git("add", "db.py", cwd=repository)
    assert_passed(git("commit", "-m", "Clean", cwd=repository, check=False))


# Size


def test_the_environment_of_the_hook_fits_the_limit_of_pre_commit_ci(client: Client) -> None:
    sites = [path for path in client.home.rglob("site-packages") if (path / "leaksift").is_dir()]
    (site,) = sites
    # lib/pythonX.Y/site-packages, or Lib/site-packages on Windows
    environment = site.parents[1 if sys.platform == "win32" else 2]
    files = [path for path in environment.rglob("*") if path.is_file() and not path.is_symlink()]
    size = sum(path.stat().st_size for path in files) / 2**20
    assert 1 < size <= LARGEST_ENVIRONMENT, f"{environment}: {size:.0f} MiB"
