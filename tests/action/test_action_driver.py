"""The action's driver, part by part: what does not need a runner, on every system."""

from __future__ import annotations

import importlib.util
import json
import re
import sys
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]

_SPEC = importlib.util.spec_from_file_location("leaksift_action", ROOT / "action" / "run.py")
assert _SPEC
assert _SPEC.loader
run = importlib.util.module_from_spec(_SPEC)
sys.modules["leaksift_action"] = run  # its dataclass looks its module up
_SPEC.loader.exec_module(run)

DEFAULTS = {
    "scope": "changed",
    **dict.fromkeys(["upload-sarif", "annotations", "summary", "cache", "version-check"], "true"),
}


def inputs(**given: str) -> Any:
    named = {name.replace("_", "-"): value for name, value in given.items()}
    return run.read_inputs({"INPUTS": json.dumps({**DEFAULTS, **named})})


@pytest.mark.parametrize(
    ("environment", "python"),
    [
        (PureWindowsPath("D:\\a\\_temp\\environment"), "D:/a/_temp/environment/Scripts/python.exe"),
        (PurePosixPath("/tmp/a b/environment"), "/tmp/a b/environment/bin/python"),
    ],
)
def test_the_interpreter_is_where_each_system_has_it(environment: Any, python: str) -> None:
    assert run.python_of(environment).as_posix() == python


def test_a_report_has_one_place_whatever_slashes_the_input_has(tmp_path: Path) -> None:
    environ = {"GITHUB_WORKSPACE": str(tmp_path / "work"), "RUNNER_TEMP": str(tmp_path / "temp")}
    inside = run.sarif_file(inputs(sarif_file="reports/leaks.sarif"), environ)
    assert inside == tmp_path / "work" / "reports" / "leaks.sarif"
    assert tmp_path / "temp" in run.sarif_file(inputs(), environ).parents
    assert "\\" not in " ".join(run.arguments(inputs(), inside))


def test_a_value_is_never_taken_for_an_option() -> None:
    given = inputs(config="--all", model="-x", paths="--staged\nsrc", extra_args='["-v"]')
    made = run.arguments(given, Path("leaks.sarif"))
    assert made == [
        *("--config=--all", "--model=-x", "--output=sarif=leaks.sarif"),
        *("-v", "--", "--staged", "src"),
    ]


def test_scope_and_left_out_reports_become_options() -> None:
    made = run.arguments(inputs(scope="all", annotations="false", summary="False"), Path("x"))
    assert made[0] == "--all"
    assert {"--without=github", "--without=summary"} < set(made)
    assert run.arguments(inputs(scope="staged-range"), Path("x"))[0] == "--staged"


@pytest.mark.parametrize(
    "text", ["-v", '{"a": 1}', '["-v", 1]', '"-v"', "[", "null", "[null]"], ids=repr
)
def test_arguments_that_are_no_list_of_texts_are_refused(text: str) -> None:
    with pytest.raises(run.Failure, match="JSON list"):
        inputs(extra_args=text)


def test_what_leads_python_pip_and_uv_astray_is_left_behind() -> None:
    astray = ["PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "PIP_TARGET", "PIP_USER", "UV_PYTHON"]
    kept = ["PATH", "PIP_INDEX_URL", "UV_INDEX_URL", "HTTPS_PROXY", "SSL_CERT_FILE", "LEAKSIFT_X"]
    assert sorted(run.clean(dict.fromkeys([*astray, *kept], "x"))) == sorted(kept)


def test_only_wheels_with_a_known_hash_are_installed_by_uv_and_by_pip() -> None:
    for uv in ("/usr/bin/uv", None):
        make, pinned, own = run._install_commands(Path("e"), Path("e/bin/python"), uv)
        assert make[-1] == "e"
        assert "--require-hashes" in pinned
        assert pinned[pinned.index("--only-binary") + 1] == ":all:"
        assert own[-1] == str(ROOT)
        assert {"--no-deps", "--no-build-isolation"} <= set(own)


def test_the_pinned_requirements_are_all_that_the_package_needs() -> None:
    """Every dependency of pyproject.toml, and the build backend, has a line that satisfies it."""
    packaging = pytest.importorskip("packaging.requirements")
    tomllib = pytest.importorskip("tomllib" if sys.version_info >= (3, 11) else "tomli")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    wanted = [*project["project"]["dependencies"], *project["build-system"]["requires"]]
    text = (ROOT / "action" / "requirements.txt").read_text("utf-8")
    pinned: dict[str, list[str]] = {}
    for name, version in re.findall(r"^([\w.-]+)==([\w.]+)", text, re.MULTILINE):
        pinned.setdefault(name.lower(), []).append(version)
    for line in wanted:
        requirement = packaging.Requirement(line)
        versions = pinned.get(requirement.name.lower(), [])
        assert versions, f"{requirement.name} is not in action/requirements.txt: make it anew"
        assert all(version in requirement.specifier for version in versions), line
    entries = re.split(r"^(?=[\w.-]+==)", text, flags=re.MULTILINE)[1:]
    assert all("--hash=sha256:" in entry for entry in entries)


def environ(tmp_path: Path, name: str, event: Any = None, **more: str) -> dict[str, str]:
    file = tmp_path / "event.json"
    file.write_text(json.dumps(event or {}), "utf-8")
    return {
        "GITHUB_EVENT_NAME": name,
        "GITHUB_EVENT_PATH": str(file),
        "GITHUB_REPOSITORY": "owner/project",
        **more,
    }


def proposal(repository: str | None) -> dict[str, Any]:
    return {"pull_request": {"head": {"repo": repository and {"full_name": repository}}}}


def push(ref: str, **more: Any) -> dict[str, Any]:
    return {"ref": ref, "repository": {"default_branch": "main"}, **more}


@pytest.mark.parametrize(
    ("name", "event", "given"),
    [
        ("pull_request", proposal("owner/project"), {}),
        ("pull_request", proposal("owner/project"), {"extra_args": '["--from-ref", "x"]'}),
        ("merge_group", {}, {}),
        ("push", push("refs/heads/main"), {}),
        ("push", push("refs/tags/v1"), {}),
        ("push", push("refs/heads/other"), {"scope": "all"}),
        ("schedule", {}, {}),
        ("workflow_dispatch", {}, {}),
    ],
)
def test_results_of_a_whole_branch_or_a_pull_request_are_uploaded(
    tmp_path: Path, name: str, event: Any, given: dict[str, str]
) -> None:
    assert run.upload_refusal(inputs(**given), environ(tmp_path, name, event)) == ""


@pytest.mark.parametrize(
    ("name", "event", "given", "told"),
    [
        ("pull_request", proposal("fork/project"), {}, "fork"),
        ("pull_request", proposal(None), {}, "fork"),
        ("pull_request", {}, {}, "fork"),
        ("pull_request_target", proposal("owner/project"), {}, "target branch"),
        ("push", push("refs/heads/other"), {}, "not the default one"),
        ("push", push("refs/heads/main", deleted=True), {}, "deleted"),
        ("push", push("refs/heads/main"), {"extra_args": '["--changed"]'}, "a part"),
        ("schedule", {}, {"extra_args": '["--from-ref=HEAD~1"]'}, "a part"),
        ("push", push("refs/heads/main"), {"scope": "staged-range"}, "staged"),
        ("push", [], {}, "not the default one"),
    ],
)
def test_results_that_would_close_other_alerts_or_cannot_be_uploaded_are_not(
    tmp_path: Path, name: str, event: Any, given: dict[str, str], told: str
) -> None:
    assert told in run.upload_refusal(inputs(**given), environ(tmp_path, name, event))


def test_a_push_by_dependabot_cannot_upload(tmp_path: Path) -> None:
    who = {"GITHUB_ACTOR": "dependabot[bot]"}
    told = run.upload_refusal(inputs(), environ(tmp_path, "push", push("refs/heads/main"), **who))
    assert "Dependabot" in told


@pytest.mark.parametrize(
    ("rev", "version"),
    [
        ("rev: v1.2.3", "1.2.3"),
        ("rev: '1.2.3'  # why", "1.2.3"),
        ("rev: 0123456789012345678901234567890123456789  # frozen: v1.2.3", "1.2.3"),
        ("rev: main", ""),
        ("rev: 0123456789012345678901234567890123456789", ""),
    ],
)
def test_the_hook_s_version_is_read_from_its_tag(rev: str, version: str) -> None:
    other = "- repo: https://github.com/other/tool\n  rev: v9.9.9\n"
    own = f"- repo: https://github.com/leaksift/leaksift\n  {rev}\n  hooks: []\n"
    assert run.pinned_version(f"repos:\n{other}{own}{other}") == version


@pytest.mark.parametrize("config", ["", "repos: []\n", "- repo: https://x/leaksift", "rev: v1.0.0"])
def test_a_configuration_without_the_hook_has_no_version(config: str) -> None:
    assert run.pinned_version(config) == ""


@pytest.mark.parametrize(("code", "exits"), [("0", 0), ("1", 1), ("3", 3), ("", 3), ("x", 3)])
def test_a_missing_result_is_never_a_pass(code: str, exits: int) -> None:
    assert run.end({"EXIT_CODE": code}) == exits


def test_an_annotation_of_the_driver_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    run._tell("error", "a\n::error::b\r##[error]c 100%")
    assert capsys.readouterr().out == ("::error title=leaksift::a?::error::b?# #[error]c 100%25\n")


def test_an_output_cannot_set_another_one(tmp_path: Path) -> None:
    file = tmp_path / "output"
    run._write({"one": "a\nexit-code=0\nexit-code<<x\n0\nx"}, {"GITHUB_OUTPUT": str(file)})
    first, *_, last, end = file.read_text("utf-8").split("\n")
    assert first == f"one<<{last}"
    assert end == ""
