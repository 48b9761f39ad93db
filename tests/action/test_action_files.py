"""The action's definition, the GitLab files, the image and the examples, as files: pinned, free of
injection, and valid for the programs that read them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

import pytest
import yaml

from leaksift.config import load_config

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
KINDS = ("solo", "team", "security", "data")
WORKFLOWS = [*sorted((ROOT / ".github" / "workflows").glob("*.yml"))]
WORKFLOWS += [EXAMPLES / kind / "github-workflow.yml" for kind in KINDS]


def load(path: Path) -> Any:
    return yaml.safe_load(path.read_text("utf-8"))


def steps(path: Path) -> list[dict[str, Any]]:
    document = load(path)
    if "runs" in document:
        return list(document["runs"]["steps"])
    return [step for job in document["jobs"].values() for step in job["steps"]]


def program(name: str, variable: str = "") -> str:
    """A program beside this Python, on the PATH, or that a variable names."""
    beside = shutil.which(name, path=sysconfig.get_path("scripts"))
    found = os.environ.get(variable) or beside or shutil.which(name)
    return found or pytest.skip(f"no {name}")


def assert_passes(*command: str | Path) -> None:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", [ROOT / "action.yml", *WORKFLOWS], ids=lambda path: path.name)
def test_no_expression_stands_in_a_script_and_every_use_is_pinned(path: Path) -> None:
    for step in steps(path):
        assert "${{" not in step.get("run", "")
        used = step.get("uses", "")
        assert not used or used == "./" or re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", used), used
    text = path.read_text("utf-8")
    for line in re.findall(r"uses: \S+@\S+.*", text):
        assert re.search(r"@[0-9a-f]{40} # v\d+\.\d+\.\d+$", line), line


def test_every_step_of_the_action_with_a_script_names_its_shell() -> None:
    for step in steps(ROOT / "action.yml"):
        assert ("run" in step) == ("shell" in step)


def test_the_uploaded_report_is_written_before_the_job_fails() -> None:
    names = [step["name"] for step in steps(ROOT / "action.yml")]
    assert names.index("Scan") < names.index("Upload to code scanning") < names.index("Result")
    assert names[-1] == "Result"


def test_every_input_and_output_of_the_action_is_described() -> None:
    action = load(ROOT / "action.yml")
    page = (ROOT / "docs" / "github-action.md").read_text("utf-8")
    for name, entry in {**action["inputs"], **action["outputs"]}.items():
        assert entry["description"], name
        assert f"`{name}`" in page, f"docs/github-action.md does not explain {name}"


def test_the_action_and_all_workflows_are_clean_for_the_most_pedantic_zizmor() -> None:
    zizmor = program("zizmor")
    options = ("--offline", "--no-progress", "--persona", "pedantic")
    assert_passes(zizmor, *options, ROOT / "action.yml", ROOT / ".github", *WORKFLOWS)


def test_all_workflows_are_clean_for_actionlint() -> None:
    assert_passes(program("actionlint"), *WORKFLOWS)


def component() -> tuple[dict[str, Any], str]:
    header, body = (ROOT / "templates" / "leaksift.yml").read_text("utf-8").split("\n---\n")
    return yaml.safe_load(header)["spec"]["inputs"], body


def rendered(**given: str) -> dict[str, Any]:
    """The component's job as GitLab makes it of these inputs."""
    inputs, body = component()
    values = {name: str(entry["default"]) or '""' for name, entry in inputs.items()}
    values |= given
    assert set(re.findall(r"\$\[\[ inputs\.(\w+) \]\]", body)) == set(inputs)
    text = re.sub(r"\$\[\[ inputs\.(\w+) \]\]", lambda match: values[match[1]], body)
    return dict(yaml.safe_load(text)["leaksift"])


def test_the_component_and_the_job_for_include_are_the_same() -> None:
    assert rendered() == load(ROOT / "gitlab" / "leaksift.yml")["leaksift"]


def test_gitlab_gets_the_reports_of_a_job_that_fails() -> None:
    artifacts = rendered()["artifacts"]
    assert artifacts["when"] == "always"
    assert artifacts["access"] == "developer"
    assert set(artifacts["reports"].values()) == set(artifacts["paths"])
    assert rendered()["variables"]["GIT_DEPTH"] == "0"


def test_no_input_of_the_component_stands_in_a_script() -> None:
    assert not any("[[" in line for line in yaml.safe_load(component()[1])["leaksift"]["script"])


@pytest.mark.skipif(sys.platform == "win32", reason="a POSIX shell")
@pytest.mark.parametrize(
    ("given", "arguments"),
    [
        ({}, ["ci"]),
        ({"SIFT_SCOPE": "all", "SIFT_FAIL_ON": "warn"}, ["ci", "--fail-on=warn", "--all"]),
        ({"SIFT_MODEL": "a b; exit 0"}, ["ci", "--model=a b; exit 0"]),
        ({"SIFT_ARGUMENTS": "--strict  $(exit 9) ;"}, ["ci", "--strict", "$(exit", "9)", ";"]),
    ],
)
def test_the_script_of_the_gitlab_job_passes_its_variables_on_as_arguments(
    tmp_path: Path, given: dict[str, str], arguments: list[str]
) -> None:
    bin_folder = tmp_path / "bin"
    bin_folder.mkdir()
    fake = bin_folder / "leaksift"
    fake.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\nexit 7\n', "utf-8")
    fake.chmod(0o755)
    job = rendered()
    script = [line for line in job["script"] if "venv" not in line and "pip" not in line]
    script = ["set -eu", *(line.replace("$(mktemp -d)", str(tmp_path)) for line in script)]
    variables = {**job["variables"], **given, "PATH": os.environ["PATH"]}
    done = subprocess.run(
        ["sh", "-c", "\n".join(script)], env=variables, capture_output=True, text=True, check=False
    )
    assert done.returncode == 7, done.stderr
    assert done.stdout.splitlines() == arguments


@pytest.mark.parametrize("kind", KINDS)
def test_an_example_s_configuration_is_one(kind: str) -> None:
    assert load_config(EXAMPLES, file=EXAMPLES / kind / "leaksift.toml").config


@pytest.mark.parametrize("kind", KINDS)
def test_an_example_s_hooks_are_in_the_manifest(kind: str) -> None:
    known = {hook["id"] for hook in load(ROOT / ".pre-commit-hooks.yaml")}
    path = EXAMPLES / kind / "pre-commit-config.yaml"
    (repository,) = load(path)["repos"]
    assert {hook["id"] for hook in repository["hooks"]} <= known
    assert_passes(program("pre-commit"), "validate-config", path)


@pytest.mark.parametrize("kind", KINDS)
def test_an_example_gives_the_action_and_the_component_inputs_that_they_have(kind: str) -> None:
    known = load(ROOT / "action.yml")["inputs"]
    (step,) = [
        step
        for step in steps(EXAMPLES / kind / "github-workflow.yml")
        if step.get("uses", "").startswith("leaksift/")
    ]
    assert set(step.get("with", {})) <= set(known)
    (include,) = load(EXAMPLES / kind / "gitlab-ci.yml")["include"]
    assert set(include.get("inputs", {})) <= set(component()[0])


@pytest.mark.parametrize(
    ("schema", "paths"),
    [
        ("vendor.github-actions", ["action.yml"]),
        ("vendor.github-workflows", [f"examples/{kind}/github-workflow.yml" for kind in KINDS]),
        ("vendor.gitlab-ci", [f"examples/{kind}/gitlab-ci.yml" for kind in KINDS]),
        ("vendor.gitlab-ci", ["gitlab/leaksift.yml"]),
        ("vendor.bitbucket-pipelines", ["examples/recipes/bitbucket-pipelines.yml"]),
        ("vendor.circle-ci", ["examples/recipes/circleci.yml"]),
    ],
)
def test_the_files_are_valid_for_the_platform_s_schema(schema: str, paths: list[str]) -> None:
    checker = program("check-jsonschema", "CHECK_JSONSCHEMA")
    assert_passes(checker, "--builtin-schema", schema, *paths)


def test_the_image_is_pinned_and_does_not_run_as_root() -> None:
    text = (ROOT / "Dockerfile").read_text("utf-8")
    bases = re.findall(r"^FROM (\S+)", text, re.MULTILINE)
    assert len(set(bases)) == 1
    assert re.fullmatch(r"python:[\w.-]+@sha256:[0-9a-f]{64}", bases[0])
    assert re.findall(r"^USER (\S+)", text, re.MULTILINE) == ["10001"]
    ignored = (ROOT / ".dockerignore").read_text("utf-8").split()
    for name in ("scanner", "sarif", "action/requirements.txt", "pyproject.toml", "README.md"):
        assert f"!{name}" in ignored
    assert "*" in ignored


@pytest.mark.skipif(sys.platform == "win32", reason="a POSIX shell")
@pytest.mark.parametrize(
    "path",
    ["husky/pre-commit", "husky/commit-msg", "husky/pre-push", "reviewdog.sh"],
)
def test_the_shell_recipes_are_shell(path: str) -> None:
    assert_passes("sh", "-n", EXAMPLES / "recipes" / path)
