"""`leaksift doctor`, as somebody types it, and what it gathers."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from leaksift.doctor import Check, diagnose
from leaksift.doctor.environment import environment_checks, without_credentials
from leaksift.pipeline import EMBEDDED_MODEL

Done = subprocess.CompletedProcess[str]
Run = Callable[..., Done]

TINY = Path(__file__).parent.parent / "model" / "tiny"

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="modes of POSIX")


@pytest.fixture
def run(tmp_path: Path, repository: Path) -> Run:
    """Runs the command in an empty repository, whose user has no settings of git."""

    def run(*arguments: str, where: Path | None = None, **environment: str) -> Done:
        return subprocess.run(
            [sys.executable, "-m", "leaksift", "doctor", *arguments],
            cwd=where or repository,
            env={**os.environ, "HOME": str(tmp_path), **environment},
            capture_output=True,
            text=True,
            encoding="utf-8",
        )

    return run


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    folder.mkdir()
    git(folder, "init", "-q")
    return folder


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True)


def told(done: Done) -> dict[str, Any]:
    """The checks of `--json` by their names."""
    return {check["name"]: check for check in json.loads(done.stdout)["checks"]}


def checks(folder: Path, environ: dict[str, str] | None = None, **flags: str) -> dict[str, Check]:
    """The checks by their names, without a command."""
    sections = diagnose(folder, flags=flags, environ=environ or {})
    return {check.name: check for section in sections for check in section.checks}


# All is well


def test_all_is_fine_in_one_screen_of_text(run, repository):
    (repository / ".git" / "hooks" / "pre-commit").write_text("#!/bin/sh\nexec leaksift hook\n")
    (repository / ".git" / "hooks" / "pre-commit").chmod(0o755)
    done = run("--model", str(TINY), "--device", "cpu")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert len(lines) < 45
    assert lines[-1] == "a scan would work"
    rows = [line for line in lines if line.startswith("  ")]
    assert {row.split()[0] for row in rows} == {"ok"}
    # Aligned: values of all rows begin in one column, whatever their names.
    names = ["leaksift", "Python", "hyperscan", "onnxruntime", "model", "self-test", "hook"]
    starts = set()
    for name in names:
        row = re.search(rf"^  ok +{re.escape(name)} +", done.stdout, re.MULTILINE)
        assert row is not None, name
        starts.add(len(row[0]))
    assert len(starts) == 1


def test_json_has_the_same_for_programs(run):
    done = run("--json", "--model", str(TINY), "--device", "cpu")
    assert done.returncode == 0
    document = json.loads(done.stdout)
    assert document["problems"] == 0
    sections = [check["section"] for check in document["checks"]]
    assert list(dict.fromkeys(sections)) == ["software", "model", "here", "cache", "environment"]
    assert {check["state"] for check in document["checks"]} <= {"ok", "note"}
    found = told(done)
    assert found["device"]["value"].startswith("cpu by onnxruntime (CPUExecutionProvider)")
    assert "integer products are exact" in found["self-test"]["value"]
    assert re.search(r"a sentence in [\d.]+ ms \(\d+ spans\)", found["reading"]["value"])
    assert found["operating point"]["value"] == (
        "default (the model has default, precision, recall)"
    )


@pytest.mark.skipif(not EMBEDDED_MODEL.is_dir(), reason="no model is shipped")
def test_without_options_it_looks_at_the_embedded_model(run):
    found = told(run("--json"))
    assert re.match(
        r"embedded, model\.onnx, [\d.]+ MB, digest [0-9a-f]{12};", found["model"]["value"]
    )
    assert "this model needs none" in found["self-test"]["value"]


def test_nothing_is_left_behind(run, repository, tmp_path):
    cache = tmp_path / "cache"
    before = sorted(tmp_path.rglob("*"))
    assert run("--model", str(TINY), LEAKSIFT_CACHE_DIR=str(cache)).returncode == 0
    assert sorted(tmp_path.rglob("*")) == before


def test_numpy_computes_where_the_environment_says_so(run):
    if not EMBEDDED_MODEL.is_dir():
        pytest.skip("no model is shipped")
    found = told(run("--json", LEAKSIFT_BACKEND="numpy"))
    assert found["device"]["value"] == "cpu by NumPy: LEAKSIFT_BACKEND names it"
    assert "self-test" not in found


# Problems: each has a line that says what to do, and the exit code


def test_a_device_that_is_not_there_is_a_problem(run):
    done = run("--device", "directml", "--model", str(TINY))
    if done.returncode == 0:
        pytest.skip("it is there")
    assert done.returncode == 3
    assert re.search(r"^  PROBLEM +device +device directml: .* in the place of", done.stdout, re.M)
    assert done.stdout.splitlines()[-1].startswith("a scan would not work (1 problem")


def test_a_model_that_is_not_downloaded_is_a_problem_with_the_line_to_run(run, tmp_path):
    done = run("--model", "owner/name", LEAKSIFT_CACHE_DIR=str(tmp_path / "cache"))
    assert done.returncode == 3
    assert "run `leaksift models download owner/name`" in done.stdout


def test_a_damaged_model_is_a_problem(run, tmp_path):
    model = Path(shutil.copytree(TINY, tmp_path / "model"))
    graph = model / "model.onnx"
    graph.write_bytes(graph.read_bytes()[:5000])
    done = run("--model", str(model))
    assert done.returncode == 3
    assert re.search(r"PROBLEM +reading .*model\.onnx.*fetch the model again", done.stdout)


def test_an_operating_point_that_the_model_has_not_is_a_problem_that_lists_those_there_are(
    run, tmp_path
):
    model = Path(shutil.copytree(TINY, tmp_path / "model"))
    file = model / "viterbi_calibration.json"
    calibration = json.loads(file.read_text(encoding="utf-8"))
    del calibration["operating_points"]["recall"]
    file.write_text(json.dumps(calibration), encoding="utf-8")
    done = run("--model", str(model), "--operating-point", "recall")
    assert done.returncode == 3
    assert "has no operating point 'recall'; use default, precision" in done.stdout


def test_a_configuration_with_a_mistake_is_a_problem_and_the_rest_is_looked_at(run, repository):
    (repository / ".leaksift.toml").write_text("severities = {}\n")
    done = run("--json")
    assert done.returncode == 3
    found = told(done)
    assert "did you mean 'severity'?" in found["configuration"]["value"]
    assert found["configuration"]["state"] == "problem"
    assert found["git"]["state"] == "ok"


@posix_only
def test_git_that_is_not_there_is_a_problem(run, tmp_path):
    done = run("--json", "--model", str(TINY), PATH=str(tmp_path))
    assert done.returncode == 3
    assert told(done)["git"]["state"] == "problem"


def test_wrong_usage_is_exit_code_2(run):
    assert run("--device", "tpu").returncode == 2
    assert run("--operating-point", "best").returncode == 2


# Configuration, repository, hooks


def test_the_configuration_that_counts_is_named(run, repository):
    (repository / ".leaksift.toml").write_text('fail-on = "warn"\nmodel = "none"\n')
    found = told(run("--json"))
    assert found["configuration"]["value"].startswith(str(repository / ".leaksift.toml"))
    assert "not as by default: 2 of" in found["configuration"]["value"]
    assert found["model"]["value"] == "none: rules only"


def test_a_folder_outside_of_a_repository_is_a_note(run, tmp_path):
    done = run("--json", "--model", "none", where=tmp_path)
    assert done.returncode == 0
    assert told(done)["repository"]["state"] == "note"
    assert "hook" not in told(done)


def hook(folder: Path) -> Check:
    return checks(folder, model="none")["hook"]


def write_hook(folder: Path, name: str, text: str) -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    file.chmod(0o755)
    return file


def test_a_repository_without_a_hook_is_told_how_to_get_one(repository):
    found = hook(repository)
    assert (found.state, found.value.endswith("calls leaksift")) == ("note", True)
    assert "docs/pre-commit.md" in found.advice


def test_a_hook_of_gits_own_is_found(repository):
    write_hook(repository / ".git" / "hooks", "pre-push", "exec leaksift hook --pre-push\n")
    found = hook(repository)
    assert found.state == "ok"
    assert found.value.startswith("pre-push in ")


def test_a_framework_counts_when_it_is_installed_and_names_leaksift(repository):
    configuration = repository / ".pre-commit-config.yaml"
    configuration.write_text("repos:\n# - repo: leaksift\n")
    assert hook(repository).state == "note"
    configuration.write_text("repos:\n- repo: https://example.com/leaksift\n")
    found = hook(repository)
    assert (found.state, found.advice[:24]) == ("note", "run `pre-commit install`")
    write_hook(repository / ".git" / "hooks", "pre-commit", "# made by pre-commit\n")
    found = hook(repository)
    assert found.state == "ok"
    assert found.value == ".pre-commit-config.yaml names leaksift, pre-commit is installed"


def test_hooks_in_another_place_are_found_by_the_setting_of_git(repository):
    git(repository, "config", "core.hooksPath", ".husky/_")
    write_hook(repository / ".husky" / "_", "pre-commit", '. "$(dirname "$0")/h"\n')
    write_hook(repository / ".husky", "pre-commit", "leaksift hook\n")
    found = hook(repository)
    assert found.state == "ok"
    assert "core.hooksPath" in found.value


@posix_only
def test_a_hook_that_git_passes_over_is_a_note(repository):
    file = write_hook(repository / ".git" / "hooks", "pre-commit", "exec leaksift hook\n")
    file.chmod(0o644)
    found = hook(repository)
    assert (found.state, found.advice) == ("note", f"chmod +x {file}")


def test_what_a_repository_holds_cannot_run_or_hide_anything(run, repository):
    """Names and contents of the repository are looked at, and shown without control characters."""
    git(repository, "config", "core.hooksPath", "a\x1b[2Jb")
    git(repository, "config", "core.fsmonitor", "touch ran")
    write_hook(
        repository / "a\x1b[2Jb" if os.name == "posix" else repository, "pre-commit", "x" * 9
    )
    done = run("--model", "none")
    assert done.returncode == 0, done.stderr
    assert "\x1b" not in done.stdout
    assert not (repository / "ran").exists()


# Cache and environment


def test_a_cache_that_cannot_be_written_to_is_a_note(run, tmp_path):
    (tmp_path / "file").write_text("in the way")
    found = told(run("--json", "--model", "none", LEAKSIFT_CACHE_DIR=str(tmp_path / "file")))
    assert found["cache"]["state"] == "note"
    assert "LEAKSIFT_CACHE_DIR" in found["cache"]["advice"]


def environment(**variables: str) -> dict[str, str]:
    return {check.name: check.value for check in environment_checks(variables)}


def test_variables_that_count_are_shown_and_others_are_not():
    model = "owner/name@v1:q4"
    found = environment(LEAKSIFT_MODEL=model, HF_HUB_OFFLINE="1", PATH="/bin", SECRET_KEY="x")
    assert found == {
        "network": "nothing is fetched: HF_HUB_OFFLINE",
        "HF_HUB_OFFLINE": "1",
        "LEAKSIFT_MODEL": model,
    }
    assert environment() == {"network": "only `leaksift models` uses it"}


def test_no_token_and_no_password_is_shown():
    token, password = "hf_" + "Ab1" * 12, "pass-" + "word-9"
    found = environment(
        HF_TOKEN=token,
        LEAKSIFT_STOP_WORDS=f"['{password}']",
        LEAKSIFT_ALLOW=f"[{{ value = '{password}' }}]",
        HTTPS_PROXY=f"http://user:{password}@proxy.example.com:8080",
        http_proxy=f"user:{password}@proxy.example.com:8080",
        HF_ENDPOINT=f"https://{password}@hub.example.com",
    )
    shown = str(found)
    assert token not in shown
    assert password not in shown
    assert found["HF_TOKEN"] == found["LEAKSIFT_STOP_WORDS"] == "is set"
    assert found["HTTPS_PROXY"] == "http://****@proxy.example.com:8080"
    assert found["http_proxy"] == "****@proxy.example.com:8080"
    assert found["HF_ENDPOINT"] == "https://****@hub.example.com"


@pytest.mark.parametrize("password", ["a/b", "p@ss", "x:y/z@w", "%40"])
def test_a_password_with_signs_of_its_own_is_masked_whole(password):
    for text in (f"http://u:{password}@host:1", f"u:{password}@host"):
        shown = without_credentials(text)
        assert shown in ("http://****@host:1", "****@host")


def test_a_value_that_moves_the_cursor_is_shown_as_text(run):
    done = run("--model", "none", HF_ENDPOINT="https://a\x1b[2Jb\nc")
    assert "\x1b" not in done.stdout
    assert r"\x1b[2Jb" in done.stdout


def test_help_and_start_of_other_commands_do_not_load_it():
    script = (
        "import sys, leaksift.cli.hook, leaksift.cli.scan\n"
        "print(sorted({'onnxruntime', 'numpy', 'leaksift.doctor', 'leaksift.model.providers'}"
        " & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
