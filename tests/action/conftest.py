"""A small runner for the composite action, and the checkouts and events that GitHub would give it.

It runs the steps of `action.yml` as they stand there: real bash, real expressions, real files for
outputs and summary. Steps with `uses` are recorded. `test_action_act.py` does the same with act.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]

# In pieces, so that no scanner takes this file for a leak.
PASSWORD = "s3cr3t-" + "Horse-9x"
LEAK = f"url = 'postgres://app:{PASSWORD}@db.internal:5432/x'\n"
CLEAN = "url = os.environ['DATABASE_URL']\n"

Step = Mapping[str, Any]


@dataclass
class Job:
    """What a run of the action left behind."""

    outputs: dict[str, str] = field(default_factory=dict)
    log: str = ""
    summary: str = ""
    used: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    failed: bool = False

    def uploads(self) -> list[str]:
        """The files that were given to code scanning."""
        return [given["sarif_file"] for name, given in self.used if "upload-sarif" in name]

    def commands(self, level: str) -> list[str]:
        """The annotations of a level, one line each."""
        return [line for line in self.log.split("\n") if line.startswith(f"::{level} ")]


class Runner:
    """Runs the action in a checkout."""

    def __init__(self, temporary: Path, environment: Mapping[str, str]) -> None:
        self.temporary = temporary
        self._environment = environment

    def run(
        self,
        checkout: Path,
        event_name: str,
        event: Any,
        *,
        inputs: Mapping[str, str] | None = None,
        environment: Mapping[str, str] | None = None,
        upload: str = "success",
    ) -> Job:
        """Runs all steps; `upload` is how code scanning answers."""
        action = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
        defaults = {name: entry["default"] for name, entry in action["inputs"].items()}
        given = {**defaults, **(inputs or {})}
        assert not set(given) - set(defaults), "no such input"
        event_file = self.temporary / "event.json"
        event_file.write_text(json.dumps(event), "utf-8")
        head = subprocess.run(
            ["git", "rev-parse", "HEAD"], cwd=checkout, capture_output=True, check=True
        )
        variables = {
            **self._environment,
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_ACTION_PATH": str(ROOT),
            "GITHUB_EVENT_NAME": event_name,
            "GITHUB_EVENT_PATH": str(event_file),
            "GITHUB_REPOSITORY": "owner/project",
            "GITHUB_SHA": head.stdout.decode().strip(),
            "GITHUB_WORKSPACE": str(checkout),
            "RUNNER_TEMP": str(self.temporary),
            **(environment or {}),
        }
        job = Job()
        steps: dict[str, dict[str, Any]] = {}
        for step in action["runs"]["steps"]:
            context = {"inputs": given, "steps": steps}
            if job.failed or not _truth(_evaluate(step.get("if", "true"), context)):
                continue
            result: dict[str, Any] = {"outputs": {}, "outcome": "success"}
            if "uses" in step:
                job.used.append((step["uses"], _texts(step.get("with", {}), context)))
                result["outcome"] = upload if step["id"] == "upload" else "success"
            else:
                code = self._bash(step, context, variables, result["outputs"], job)
                result["outcome"] = "failure" if code else "success"
            job.failed = result["outcome"] == "failure" and not step.get("continue-on-error")
            steps[step.get("id", "")] = result
        context = {"inputs": given, "steps": steps}
        job.outputs = _texts({k: v["value"] for k, v in action["outputs"].items()}, context)
        return job

    def _bash(
        self,
        step: Step,
        context: Mapping[str, Any],
        variables: Mapping[str, str],
        outputs: dict[str, str],
        job: Job,
    ) -> int:
        assert step["shell"] == "bash"
        assert "${{" not in step["run"]
        script, output, summary = (
            self.temporary / name for name in ("step.sh", "output", "summary")
        )
        script.write_text(step["run"], "utf-8")
        for file in (output, summary):
            file.write_bytes(b"")
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)],
            cwd=variables["GITHUB_WORKSPACE"],
            env={
                **variables,
                **_texts(step.get("env", {}), context),
                "GITHUB_OUTPUT": str(output),
                "GITHUB_STEP_SUMMARY": str(summary),
            },
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=300,
            check=False,
        )
        job.log += done.stdout.decode("utf-8", "surrogateescape")
        job.summary += summary.read_text("utf-8")
        text = output.read_text("utf-8")
        for name, _, long, short in re.findall(
            r"^([\w-]+)(?:<<(\S+)\n(.*?)\n\2|=([^\n]*))$", text, re.MULTILINE | re.DOTALL
        ):
            outputs[name] = long or short
        return done.returncode


def _texts(values: Mapping[str, Any], context: Mapping[str, Any]) -> dict[str, str]:
    def text(value: Any) -> str:
        if isinstance(value, bool):
            return str(value).lower()
        return re.sub(r"\$\{\{.*?\}\}", lambda match: _text(_evaluate(match[0], context)), value)

    return {name: text(value) for name, value in values.items()}


def _evaluate(expression: str, context: Mapping[str, Any]) -> Any:
    """An expression of the few forms that the action uses."""
    expression = expression.strip().removeprefix("${{").removesuffix("}}").strip()
    for operator in ("||", "&&"):
        first, found, rest = expression.partition(operator)
        if found:
            left = _evaluate(first, context)
            return left if _truth(left) == (operator == "||") else _evaluate(rest, context)
    for operator in ("==", "!="):
        first, found, rest = expression.partition(operator)
        if found:
            same = _text(_evaluate(first, context)) == _text(_evaluate(rest, context))
            return same == (operator == "==")
    if expression == "toJSON(inputs)":
        return json.dumps(context["inputs"], indent=2)
    if expression in ("true", "false"):
        return expression == "true"
    if literal := re.fullmatch(r"'([^']*)'", expression):
        return literal[1]
    assert re.fullmatch(r"(inputs|steps)(\.[\w-]+)+", expression), expression
    node: Any = context
    for key in expression.split("."):
        node = node.get(key, "") if isinstance(node, dict) else ""
    return node


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _truth(value: Any) -> bool:
    return value not in ("", False)


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    """The environment of a fresh account."""
    folder = tmp_path / "home"
    folder.mkdir()
    (folder / ".gitconfig").write_text(
        "[user]\n\tname = Test\n\temail = test@example.com\n[init]\n\tdefaultBranch = main\n"
        '[protocol "file"]\n\tallow = always\n',
        "utf-8",
    )
    foreign = ("GIT_", "GITHUB_", "RUNNER_", "LEAKSIFT_", "PRE_COMMIT", "INPUT")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    return {
        **kept,
        "HOME": str(folder),
        "GIT_CONFIG_GLOBAL": str(folder / ".gitconfig"),
        "GIT_CONFIG_NOSYSTEM": "1",
        "LEAKSIFT_CACHE_DIR": os.environ["LEAKSIFT_CACHE_DIR"],
    }


@pytest.fixture
def runner(tmp_path: Path, home: dict[str, str]) -> Runner:
    """A runner on which the action's environment is there already: the one of these tests."""
    if sys.platform == "win32":
        pytest.skip("symbolic links")
    temporary = tmp_path / "runner"
    name = hashlib.sha256(os.fsencode((ROOT / "action").resolve())).hexdigest()[:12]
    place = temporary / f"leaksift-{name}"
    place.mkdir(parents=True)
    (place / "environment").symlink_to(sys.prefix)
    (place / "installed").touch()
    return Runner(temporary, home)


@dataclass(frozen=True)
class Repository:
    """A repository with real git."""

    path: Path
    environment: Mapping[str, str]

    def git(self, *arguments: str) -> str:
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.path,
            env=dict(self.environment),
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode("utf-8", "replace")
        return done.stdout.decode("utf-8", "surrogateescape").strip()

    def commit(self, files: Mapping[str, str]) -> str:
        """Commits these files; the commit's name."""
        for name, text in files.items():
            (self.path / name).parent.mkdir(parents=True, exist_ok=True)
            (self.path / name).write_text(text, "utf-8")
        self.git("add", "--all")
        self.git("commit", "-q", "--allow-empty", "-m", "next")
        return self.git("rev-parse", "HEAD")


@pytest.fixture
def origin(tmp_path: Path, home: dict[str, str]) -> Repository:
    """The repository on GitHub, with one commit on main."""
    path = tmp_path / "origin"
    path.mkdir()
    repository = Repository(path, home)
    repository.git("init", "-q")
    repository.git("config", "uploadpack.allowAnySHA1InWant", "true")
    repository.commit({"README.md": "Nothing here.\n", "old.py": LEAK})
    return repository


Checkout = Callable[..., Path]


@pytest.fixture
def checkout(tmp_path: Path, origin: Repository) -> Checkout:
    """What actions/checkout makes of a commit, by default with nothing but that commit."""

    def make(commit: str, depth: int = 1) -> Path:
        path = tmp_path / "work" / "project"
        path.mkdir(parents=True)
        made = Repository(path, origin.environment)
        made.git("init", "-q")
        made.git("remote", "add", "origin", origin.path.as_uri())
        how = [f"--depth={depth}"] if depth else []
        what = [commit] if depth else ["+refs/heads/*:refs/remotes/origin/*", commit]
        made.git("fetch", "-q", "--no-tags", *how, "origin", *what)
        made.git("checkout", "-q", "--detach", commit)
        return path

    return make


@dataclass(frozen=True)
class Proposal:
    """A pull request: the merge that is checked out, and the event."""

    merge: str
    event: dict[str, Any]


@pytest.fixture
def propose(origin: Repository) -> Callable[..., Proposal]:
    """Opens a pull request with these files on a branch."""

    def make(
        files: Mapping[str, str], branch: str = "feature", head_of: str = "owner/project"
    ) -> Proposal:
        base = origin.git("rev-parse", "main")
        origin.git("checkout", "-q", "-b", branch)
        head = origin.commit(files)
        origin.git("checkout", "-q", "--detach", "main")
        origin.git("merge", "-q", "--no-ff", "-m", "Merge", head)
        merge = origin.git("rev-parse", "HEAD")
        origin.git("update-ref", "refs/pull/1/merge", merge)
        origin.git("checkout", "-q", "main")
        event = {
            "pull_request": {
                "number": 1,
                "base": {"sha": base, "ref": "main"},
                "head": {"sha": head, "ref": branch, "repo": {"full_name": head_of}},
            },
            "repository": {"full_name": "owner/project", "default_branch": "main"},
        }
        return Proposal(merge, event)

    return make
