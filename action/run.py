"""What the steps of `action.yml` do: install leaksift, fetch a model's weights, scan, end the job.

    run.py install | weights | scan | end

Standard library only, Python 3.10 or newer, always started with `python -I`: nothing of the job's
Python is used or changed, and nothing is imported from the repository that is scanned. The Action's
inputs come in by the variable INPUTS, as JSON; what later steps need goes to GITHUB_OUTPUT. What to
scan, and every report, is the work of `leaksift ci`.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

HERE = Path(__file__).resolve().parent
"""This folder of the Action's own checkout, at the ref that the workflow pins."""

_SCOPES = ("changed", "all", "staged-range")
_LEVELS = ("block", "warn", "note")
_FLAGS = ("upload-sarif", "annotations", "summary", "cache", "version-check")

# Settings of the job that would change what is installed, or where. Indexes, proxies and
# certificates stay: without them there may be no network.
_FOREIGN = re.compile(
    r"PYTHON.*|VIRTUAL_ENV.*|CONDA_.*"
    r"|PIP_(TARGET|PREFIX|ROOT|USER|REQUIRE_VIRTUALENV|CONSTRAINT|BUILD_CONSTRAINT|REQUIREMENT"
    r"|NO_DEPS|NO_BINARY|ONLY_BINARY|PYTHON|EDITABLE)"
    r"|UV_(SYSTEM_PYTHON|PYTHON.*|PROJECT.*|CONSTRAINT|BUILD_CONSTRAINT|OVERRIDE|EXCLUDE.*"
    r"|WORKING_DIR|CONFIG_FILE|NO_BINARY.*|NO_BUILD.*|COMPILE_BYTECODE|BREAK_SYSTEM_PACKAGES)"
)


class Failure(Exception):
    """Why the Action cannot go on: one line for the person who reads the job's page. Exit codes as
    leaksift's: 2 for wrong inputs, 3 for what did not work."""

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code


@dataclass(frozen=True)
class Inputs:
    """The Action's inputs, validated. Empty texts leave the choice to the configuration."""

    scope: str
    paths: tuple[str, ...]
    config: str
    model: str
    fail_on: str
    sarif_file: str
    baseline: str
    extra_args: tuple[str, ...]
    upload_sarif: bool
    annotations: bool
    summary: bool
    cache: bool
    version_check: bool


def read_inputs(environ: Mapping[str, str]) -> Inputs:
    """Raises Failure for a value that means nothing: a typing error must not make a scan weaker."""
    given = json.loads(environ["INPUTS"])

    def text(name: str) -> str:
        return str(given.get(name, "")).strip()

    flags = {}
    for name in _FLAGS:
        value = text(name).lower()
        if value not in ("true", "false"):
            raise Failure(f"input {name}: {value!r} is neither true nor false", 2)
        flags[name.replace("-", "_")] = value == "true"
    scope = text("scope")
    if scope not in _SCOPES:
        raise Failure(f"input scope: {scope!r} is none of {', '.join(_SCOPES)}", 2)
    fail_on = text("fail-on")
    if fail_on and fail_on not in _LEVELS:
        raise Failure(f"input fail-on: {fail_on!r} is none of {', '.join(_LEVELS)}", 2)
    lines = (line.strip() for line in text("paths").splitlines())
    return Inputs(
        scope=scope,
        paths=tuple(line for line in lines if line),
        config=text("config"),
        model=text("model"),
        fail_on=fail_on,
        sarif_file=text("sarif-file"),
        baseline=text("baseline"),
        extra_args=_arguments(text("extra-args")),
        **flags,
    )


def _arguments(text: str) -> tuple[str, ...]:
    try:
        given = json.loads(text or "[]")
    except ValueError:
        given = None
    if not isinstance(given, list) or not all(isinstance(part, str) for part in given):
        raise Failure('input extra-args: not a JSON list of texts, such as ["--strict"]', 2)
    return tuple(given)


# Where things are


def workplace(environ: Mapping[str, str]) -> Path:
    """The Action's own folder for this job, which the runner empties after it. Raises Failure."""
    temporary = environ.get("RUNNER_TEMP")
    if not temporary:
        raise Failure("RUNNER_TEMP is not set: this runs as a step of a GitHub job", 3)
    # Two pinned refs in one job are two programs.
    name = hashlib.sha256(os.fsencode(HERE)).hexdigest()[:12]
    return Path(temporary, f"leaksift-{name}")


def python_of(environment: PurePath) -> PurePath:
    """The interpreter of a virtual environment, as the system of that path spells it."""
    windows = environment.__class__.__name__.startswith(("PureWindows", "Windows"))
    return environment.joinpath(*(("Scripts", "python.exe") if windows else ("bin", "python")))


def sarif_file(inputs: Inputs, environ: Mapping[str, str]) -> Path:
    """Where the report goes: by default beside the checkout, not into it, so that a later step of
    the job does not commit it."""
    if not inputs.sarif_file:
        return workplace(environ) / "leaksift.sarif"
    return Path(environ.get("GITHUB_WORKSPACE", ""), inputs.sarif_file).absolute()


# Installing


def install(inputs: Inputs, environ: Mapping[str, str]) -> dict[str, str]:
    """Puts the code of the pinned ref and its pinned dependencies into a virtual environment."""
    place = workplace(environ)
    place.mkdir(parents=True, exist_ok=True)
    # uv reads settings from here upwards, and Windows looks for programs here first: not the
    # repository that is scanned.
    os.chdir(place)
    environment = place / "environment"
    python = Path(python_of(environment))
    finished = place / "installed"
    if not finished.is_file():
        shutil.rmtree(environment, ignore_errors=True)
        for command in _install_commands(environment, python, shutil.which("uv")):
            _succeed(command, environ, "leaksift could not be installed")
        finished.touch()
    outputs = {"python": python.as_posix()}
    if needs_weights(inputs.model, environ):
        outputs |= _weights(python, inputs.model, environ)
    return outputs


def _install_commands(environment: Path, python: Path, uv: str | None) -> list[list[str]]:
    if uv:
        make = [uv, "venv", "--quiet", "--no-project", "--python", sys.executable]
        installing = [uv, "pip", "install", "--quiet", "--python", str(python)]
    else:
        make = [sys.executable, "-I", "-m", "venv"]
        installing = [str(python), "-I", "-m", "pip", "install", "--quiet", "--no-input"]
        installing += ["--disable-pip-version-check"]
    # Wheels only: a dependency's setup.py would be code that no hash was chosen for.
    pinned = ["--require-hashes", "--only-binary", ":all:", "-r", str(HERE / "requirements.txt")]
    own = ["--no-deps", "--no-build-isolation", str(HERE.parent)]
    return [[*make, str(environment)], [*installing, *pinned], [*installing, *own]]


def _succeed(command: Sequence[str], environ: Mapping[str, str], otherwise: str) -> None:
    try:
        code = subprocess.run(command, env=clean(environ), check=False).returncode
    except OSError as error:
        raise Failure(f"{otherwise}: {command[0]}: {error.strerror}", 3) from None
    if code:
        raise Failure(f"{otherwise}: {PurePath(command[0]).name} exited with {code}, see above", 3)


def clean(environ: Mapping[str, str]) -> dict[str, str]:
    """The job's environment without what would lead another Python, pip or uv astray."""
    return {name: value for name, value in environ.items() if not _FOREIGN.fullmatch(name)}


# A model that is not in the package. `leaksift models` fetches and verifies; here is only when.


# As `leaksift` reads names. Never a folder, whatever the checkout holds: a pull request must not be
# able to put another model in the place of the one that is named.
_HUB_NAME = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*(@[\w./-]+)?(:\w+)?", re.ASCII)


def needs_weights(model: str, environ: Mapping[str, str]) -> bool:
    """Whether the model has to be fetched: it is neither embedded, nor none, nor a folder. Raises
    Failure for what is nothing of all that."""
    if model in ("", "embedded", "none"):
        return False
    if _HUB_NAME.fullmatch(model):
        return True
    workspace = environ.get("GITHUB_WORKSPACE", "")
    folders = (model, model.rpartition(":")[0] or model)
    if not any(Path(workspace, folder).is_dir() for folder in folders):
        raise Failure(f"input model: {model!r} is neither a folder nor owner/name of a hub", 2)
    return False


def _weights(python: Path, model: str, environ: Mapping[str, str]) -> dict[str, str]:
    """The digest of the weights, which is the key of the cache, and the folder that is cached."""
    told = _models(python, environ, "info", "--json", "--", model)
    folder = _models(python, environ, "path", "--", model).stdout.decode("utf-8", "replace").strip()
    try:
        digest = json.loads(told.stdout)["digest"]
    except (ValueError, KeyError, TypeError):
        digest = ""
    if not re.fullmatch("[0-9a-f]{64}", str(digest)) or not folder:
        lines = told.stderr.decode("utf-8", "replace").strip().splitlines()
        hint = ""
        if Path(environ.get("GITHUB_WORKSPACE", ""), model).is_dir():
            hint = f" (the folder of that name is ./{model})"
        raise Failure(f"input model: {lines[-1] if lines else model}{hint}", told.returncode or 3)
    # Relative, because the path is part of what identifies a cache: the same on all systems.
    place = os.path.relpath(folder, environ.get("GITHUB_WORKSPACE") or os.curdir)
    return {"weights": digest, "weights-folder": PurePath(place).as_posix()}


def _models(python: Path, environ: Mapping[str, str], *arguments: str) -> Any:
    command = [str(python), "-I", "-X", "utf8", "-m", "leaksift", "models", *arguments]
    return subprocess.run(command, env=_running(environ), capture_output=True, check=False)


def weights(inputs: Inputs, environ: Mapping[str, str]) -> dict[str, str]:
    """Verifies restored weights; downloads them where they are missing or not what they should be.
    `save` is for the step that fills the cache."""
    python = Path(python_of(workplace(environ) / "environment"))
    restored = environ.get("RESTORED") == "true"
    if restored and _models(python, environ, "verify", "--", inputs.model).returncode == 0:
        return {"save": "false"}
    if restored:
        _tell("warning", "the cached weights of the model are damaged: they are fetched again")
    command = [str(python), "-I", "-X", "utf8", "-m", "leaksift", "models", "download", "--"]
    _succeed([*command, inputs.model], _running(environ), "the model could not be fetched")
    # A cache is never overwritten, so a damaged one stays until it is deleted.
    return {"save": "false" if restored else "true"}


# Scanning


def scan(inputs: Inputs, environ: Mapping[str, str]) -> dict[str, str]:
    """Runs `leaksift ci`, which writes most outputs itself."""
    place = workplace(environ)
    report = sarif_file(inputs, environ)
    try:
        report.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Failure(f"input sarif-file: {report.parent}: {error.strerror}", 2) from None
    if inputs.version_check:
        _check_versions(Path(environ.get("GITHUB_WORKSPACE", "")))
    command = [str(python_of(place / "environment")), "-I", "-X", "utf8", "-m", "leaksift", "ci"]
    running = {**_running(environ), "LEAKSIFT_OFFLINE": "1"}
    try:
        done = subprocess.run([*command, *arguments(inputs, report)], env=running, check=False)
    except OSError as error:
        raise Failure(f"leaksift could not be started: {error.strerror}", 3) from None
    # Killed by a signal is negative.
    code = done.returncode if done.returncode >= 0 else 3
    outputs = {} if _is_written("exit-code", environ) else {"exit-code": str(code)}
    if outputs and code:
        _tell("error", f"the scan ended with exit code {code}, see the log")
    refusal = upload_refusal(inputs, environ) if inputs.upload_sarif else "not asked for"
    if refusal and inputs.upload_sarif:
        _tell("notice", f"the results are not uploaded to code scanning: {refusal}")
    return {**outputs, "upload": "false" if refusal else "true"}


def arguments(inputs: Inputs, report: Path) -> list[str]:
    """The arguments of `leaksift ci`. A value stands in one argument with its option, so that none
    is taken for an option."""
    given = {
        "--config": inputs.config,
        "--model": inputs.model,
        "--fail-on": inputs.fail_on,
        "--baseline": inputs.baseline,
        "--output": f"sarif={report.as_posix()}",
    }
    scope = {"changed": [], "all": ["--all"], "staged-range": ["--staged"]}[inputs.scope]
    left_out = [] if inputs.annotations else ["--without=github"]
    left_out += [] if inputs.summary else ["--without=summary"]
    named = [f"{option}={value}" for option, value in given.items() if value]
    return [*scope, *named, *left_out, *inputs.extra_args, "--", *inputs.paths]


def _running(environ: Mapping[str, str]) -> dict[str, str]:
    """Compiled rules are kept for the job only: another job on the same machine could have left
    something else in the account's cache."""
    place = workplace(environ) / "cache"
    return {"LEAKSIFT_CACHE_DIR": str(place), **clean(environ)}


def _check_versions(workspace: Path) -> None:
    """Warns where the hook of the repository is another version: the two would disagree."""
    pinned = pinned_version(_read(workspace / ".pre-commit-config.yaml"))
    own = re.search(r'^version = "([^"]+)"', _read(HERE.parent / "pyproject.toml"), re.MULTILINE)
    if pinned and own and pinned != own[1]:
        _tell(
            "warning",
            f".pre-commit-config.yaml has leaksift {pinned}, this job runs {own[1]}: pin the same "
            "version in both, or commits and builds will disagree",
        )


def pinned_version(config: str) -> str:
    """The version of leaksift that a pre-commit configuration pins by a tag, or by a commit with
    the comment that `pre-commit autoupdate --freeze` writes; empty where it does not tell."""
    place = re.search(r"repo:[ \t]*\S*/leaksift(\.git)?['\"]?[ \t]*(#.*)?$", config, re.MULTILINE)
    rest = config[place.end() :] if place else ""
    rest = re.split(r"^[ \t]*-[ \t]*repo:", rest, maxsplit=1, flags=re.MULTILINE)[0]
    line = re.search(r"^[ \t]*rev:[ \t]*(.*)$", rest, re.MULTILINE)
    version = re.search(r"\bv?(\d+\.\d+\.\d+\S*?)['\"]?(\s|$)", line[1]) if line else None
    return version[1] if version else ""


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


# Uploading


def upload_refusal(inputs: Inputs, environ: Mapping[str, str]) -> str:
    """Why the report must not, or cannot, go to code scanning; empty where it may.

    An upload closes every alert of its branch that it does not name. So nothing that is less than
    the whole tree may be uploaded for a branch; a pull request has a ref of its own.
    """
    name = environ.get("GITHUB_EVENT_NAME", "")
    event = _event(environ)
    partial = any(part.split("=")[0] in ("--changed", "--from-ref") for part in inputs.extra_args)
    if inputs.scope == "staged-range":
        return "what is staged is no commit yet"
    if name == "pull_request":
        head = _node(event, "pull_request", "head", "repo", "full_name")
        if head != environ.get("GITHUB_REPOSITORY"):
            return "the token of a pull request from a fork may not"
        return ""
    if name == "pull_request_target":
        return "they would count for the target branch; use the event pull_request"
    if name == "merge_group":
        return ""
    if partial:
        return "they are only a part, which would close the alerts of the rest of the branch"
    if name != "push":
        return ""
    if event.get("deleted") is True:
        return "the branch was deleted"
    if environ.get("GITHUB_ACTOR") == "dependabot[bot]":
        return "the token of a push by Dependabot may not"
    default = _node(event, "repository", "default_branch")
    whole = inputs.scope == "all" or str(event.get("ref", "")).startswith("refs/tags/")
    if not whole and event.get("ref") != f"refs/heads/{default}":
        return (
            "they are what a push adds to a branch that is not the default one, and would close "
            "its other alerts; scope: all uploads"
        )
    return ""


def _event(environ: Mapping[str, str]) -> dict[str, Any]:
    try:
        event = json.loads(Path(environ.get("GITHUB_EVENT_PATH", "")).read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return event if isinstance(event, dict) else {}


def _node(event: Any, *keys: str) -> Any:
    for key in keys:
        event = event.get(key) if isinstance(event, dict) else None
    return event


def end(environ: Mapping[str, str]) -> int:
    """The exit code of the whole, after everything else had its turn."""
    if environ.get("UPLOAD") == "failure":
        _tell(
            "warning",
            "the results could not be uploaded to code scanning: the job needs the permission "
            "security-events: write, and the repository code scanning; or set upload-sarif: false",
        )
    code = environ.get("EXIT_CODE", "")
    return int(code) if re.fullmatch("[0-9]{1,3}", code) else 3


# The runner


def _tell(level: str, message: str) -> None:
    """An annotation. https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts"""
    safe = "".join(char if char.isprintable() else "?" for char in message)
    safe = safe.replace("%", "%25").replace("##[", "# #[")
    print(f"::{level} title=leaksift::{safe}", flush=True)


def _write(outputs: Mapping[str, str], environ: Mapping[str, str]) -> None:
    """A value between two lines that nobody can guess cannot set another one."""
    if not environ.get("GITHUB_OUTPUT"):
        return
    mark = f"end-{secrets.token_hex(16)}"
    text = "".join(f"{name}<<{mark}\n{value}\n{mark}\n" for name, value in outputs.items())
    with Path(environ["GITHUB_OUTPUT"]).open("a", encoding="utf-8", newline="\n") as file:
        file.write(text)


def _is_written(name: str, environ: Mapping[str, str]) -> bool:
    written = _read(Path(environ.get("GITHUB_OUTPUT") or os.devnull))
    return f"\n{name}<<" in f"\n{written}"


_STEPS = {"install": install, "weights": weights, "scan": scan}


def main(step: str, environ: Mapping[str, str]) -> int:
    """Runs a step; its exit code."""
    if step == "end":
        return end(environ)
    try:
        _write(_STEPS[step](read_inputs(environ), environ), environ)
    except Failure as failure:
        _tell("error", str(failure))
        _write({"exit-code": str(failure.exit_code)}, environ)
        return failure.exit_code
    return 0


if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr]
    sys.exit(main(sys.argv[1], os.environ))
