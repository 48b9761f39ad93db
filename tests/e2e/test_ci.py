"""`leaksift ci` as a build runs it: what it writes where, what it exits with, and what it hides."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

Run = Callable[..., "subprocess.CompletedProcess[str]"]

# In pieces, so that no scanner takes this file for a leak.
PASSWORD = "s3cr3t-" + "Horse-9x"
LEAK = f"DATABASE_URL = 'postgres://app:{PASSWORD}@db.internal:5432/orders'\n"
MAIL = "contact = '" + "ottoline.brandlhuber" + "@" + "kastanienhof.de'\n"
ZEROS = "0" * 40


@pytest.fixture
def checkout(git: Run, tmp_path: Path) -> Callable[..., Path]:
    """A shallow clone, as CI makes it, of a branch that adds `files` to a clean `main`."""

    def make(files: dict[str, str], branch: str = "feature") -> Path:
        origin, clone = tmp_path / "origin", tmp_path / "clone"
        git("init", "-q", origin)
        git("config", "uploadpack.allowAnySHA1InWant", "true", cwd=origin)
        (origin / "README").write_text("Nothing here.\n", encoding="utf-8")
        git("add", ".", cwd=origin)
        git("commit", "-q", "-m", "Start", cwd=origin)
        git("checkout", "-q", "-b", branch, cwd=origin)
        for name, content in files.items():
            (origin / name).write_text(content, encoding="utf-8")
        git("add", "-A", cwd=origin)
        git("commit", "-q", "--allow-empty", "-m", "Add", cwd=origin)
        git("clone", "-q", "--depth=1", f"--branch={branch}", origin.as_uri(), clone)
        return clone

    return make


@pytest.fixture
def on_github(git: Run, tmp_path: Path) -> Callable[..., dict[str, str]]:
    """The variables of a GitHub job that the push of a new branch started."""

    def make(clone: Path, **event: Any) -> dict[str, str]:
        files = {name: tmp_path / name for name in ("event.json", "output", "summary.md")}
        event = {
            "ref": "refs/heads/feature",
            "before": ZEROS,
            "repository": {"default_branch": "main"},
            **event,
        }
        files["event.json"].write_text(json.dumps(event), encoding="utf-8")
        files["output"].write_text("earlier=1\n", encoding="utf-8")
        return {
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_EVENT_NAME": "push",
            "GITHUB_EVENT_PATH": str(files["event.json"]),
            "GITHUB_SHA": git("rev-parse", "HEAD", cwd=clone).stdout.strip(),
            "GITHUB_OUTPUT": str(files["output"]),
            "GITHUB_STEP_SUMMARY": str(files["summary.md"]),
            "GITHUB_WORKSPACE": str(clone),
        }

    return make


def outputs(environ: dict[str, str]) -> dict[str, str]:
    """Step outputs as the runner reads them."""
    lines = iter(Path(environ["GITHUB_OUTPUT"]).read_text(encoding="utf-8").splitlines())
    values: dict[str, str] = {}
    for line in lines:
        name, heredoc, mark = line.partition("<<")
        if not heredoc:
            name, _, values[name] = line.partition("=")
            continue
        value = []
        while (part := next(lines)) != mark:
            value.append(part)
        values[name] = "\n".join(value)
    return values


def test_github_gets_annotations_sarif_a_summary_and_outputs(
    leaksift: Run, checkout: Callable[..., Path], on_github: Callable[..., dict[str, str]]
) -> None:
    clone = checkout({"app.py": "import os\n" + LEAK})
    environ = on_github(clone)
    done = leaksift("ci", cwd=clone, env=environ)
    assert done.returncode == 1, done.stderr
    annotations = [line for line in done.stdout.splitlines() if line.startswith("::")]
    assert annotations[0].startswith("::error file=app.py,line=2,endLine=2,")
    assert "adds since it left 'main'" in done.stderr
    log = json.loads((clone / "leaksift.sarif").read_text("utf-8"))
    assert len(log["runs"][0]["results"]) == 1
    assert "app.py&#58;2" in Path(environ["GITHUB_STEP_SUMMARY"]).read_text("utf-8")
    assert outputs(environ) == {
        "earlier": "1",
        "findings": "1",
        "blocked": "1",
        "sarif-file": (clone / "leaksift.sarif").as_posix(),
        "exit-code": "1",
        "scanned-files": "1",
    }


def test_a_clean_branch_passes_and_has_all_reports_too(
    leaksift: Run, checkout: Callable[..., Path], on_github: Callable[..., dict[str, str]]
) -> None:
    clone = checkout({"app.py": "print('hello')\n"})
    environ = on_github(clone)
    done = leaksift("ci", cwd=clone, env=environ)
    assert done.returncode == 0, done.stderr
    assert "::" not in done.stdout
    assert json.loads((clone / "leaksift.sarif").read_text("utf-8"))["runs"][0]["results"] == []
    assert outputs(environ)["exit-code"] == outputs(environ)["blocked"] == "0"


def test_reports_go_where_they_are_wanted_or_nowhere(
    leaksift: Run,
    checkout: Callable[..., Path],
    on_github: Callable[..., dict[str, str]],
    tmp_path: Path,
) -> None:
    clone = checkout({"app.py": LEAK})
    environ = on_github(clone)
    sarif = tmp_path / "out.sarif"
    arguments = ["-o", f"sarif={sarif}", "--without", "github", "--without", "summary"]
    done = leaksift("ci", *arguments, cwd=clone, env=environ)
    assert done.returncode == 1
    assert sarif.is_file() and not (clone / "leaksift.sarif").exists()
    assert "::error" not in done.stdout and "app.py" in done.stdout
    assert not Path(environ["GITHUB_STEP_SUMMARY"]).exists()
    assert outputs(environ)["sarif-file"] == sarif.as_posix()
    refused = leaksift("ci", "--without", "githib", cwd=clone, env=environ)
    assert refused.returncode == 2 and "githib" in refused.stderr


def test_a_repository_in_a_folder_of_the_workspace_is_annotated_by_its_way_there(
    leaksift: Run,
    checkout: Callable[..., Path],
    on_github: Callable[..., dict[str, str]],
    tmp_path: Path,
) -> None:
    clone = checkout({"app.py": LEAK})
    environ = {**on_github(clone), "GITHUB_WORKSPACE": str(tmp_path)}
    assert "::error file=clone/app.py," in leaksift("ci", cwd=clone, env=environ).stdout


def test_a_range_that_cannot_be_had_fails_with_one_line_and_uploads_nothing(
    leaksift: Run, git: Run, checkout: Callable[..., Path], on_github: Callable[..., dict[str, str]]
) -> None:
    clone = checkout({"app.py": LEAK})
    git("remote", "set-url", "origin", (clone / "gone").as_uri(), cwd=clone)
    environ = on_github(clone)
    done = leaksift("ci", cwd=clone, env=environ)
    assert done.returncode == 2
    (line,) = done.stderr.strip().splitlines()
    assert "fetch-depth: 0" in line and "Traceback" not in line
    assert done.stdout.startswith("::error title=leaksift::git ") and done.stdout.count("\n") == 1
    assert outputs(environ) == {"earlier": "1", "exit-code": "2"}
    assert not (clone / "leaksift.sarif").exists()


def test_explain_says_what_and_why_and_does_nothing(
    leaksift: Run, git: Run, checkout: Callable[..., Path], on_github: Callable[..., dict[str, str]]
) -> None:
    clone = checkout({"app.py": LEAK})
    environ = on_github(clone)
    before = git("count-objects", "-v", cwd=clone).stdout
    done = leaksift("ci", "--explain", cwd=clone, env=environ)
    assert done.returncode == 0, done.stderr
    assert "platform: GitHub Actions (GITHUB_ACTIONS is set)\nbuild: push\n" in done.stdout
    assert "would be fetched" in done.stdout and "sarif to leaksift.sarif" in done.stdout
    assert git("count-objects", "-v", cwd=clone).stdout == before
    assert git("status", "--porcelain", cwd=clone).stdout == ""
    assert outputs(environ) == {"earlier": "1"}
    whole = leaksift("ci", "--explain", "--all", cwd=clone, env=environ)
    assert "all files of " in whole.stdout


HOSTILE = [
    "a b.py",
    "x,line=9,title=pwn.py",
    "::error file=y::z.py",
    "##[error]x.py",
    "##vso[task.setvariable variable=x]y.py",
    "$(touch pwned).py",
    "quote'\"`<b>|.py",
    "größe-密码.py",
]


def test_names_of_files_and_branches_are_only_names(
    leaksift: Run, checkout: Callable[..., Path], on_github: Callable[..., dict[str, str]]
) -> None:
    names = [*HOSTILE, "new\nline::error::x.py"]
    branch = "rel$(touch${IFS}pwned)"
    clone = checkout(dict.fromkeys(names, LEAK), branch)
    environ = on_github(clone, ref=f"refs/heads/{branch}")
    done = leaksift("ci", cwd=clone, env=environ)
    assert done.returncode == 1, done.stderr
    assert outputs(environ)["findings"] == str(len(names))
    commands = [line for line in done.stdout.splitlines() if line.lstrip().startswith("::")]
    assert len(commands) == len(names)
    assert all(line.startswith("::error file=") for line in commands)
    assert all(",line=1,endLine=1," in line for line in commands)
    everything = done.stdout + done.stderr
    assert "##[" not in everything and "##vso[" not in everything
    summary = Path(environ["GITHUB_STEP_SUMMARY"]).read_text("utf-8")
    assert "<b>" not in summary and summary.count("\n| block |") == len(names)
    assert not (clone / "pwned").exists()


def test_three_hundred_findings_are_ten_annotations_and_a_count(
    leaksift: Run, checkout: Callable[..., Path], on_github: Callable[..., dict[str, str]]
) -> None:
    clone = checkout({"app.py": "".join(LEAK.replace("orders", f"o{n}") for n in range(300))})
    environ = on_github(clone)
    done = leaksift("ci", cwd=clone, env=environ)
    assert done.stdout.count("\n::error ") == 10
    assert "\n::notice title=leaksift::290 more" in done.stdout
    summary = Path(environ["GITHUB_STEP_SUMMARY"]).read_text("utf-8")
    assert summary.count("\n| block |") == 300


def test_gitlab_gets_its_three_reports(
    leaksift: Run, git: Run, checkout: Callable[..., Path]
) -> None:
    clone = checkout({"app.py": LEAK + MAIL})
    head = git("rev-parse", "HEAD", cwd=clone).stdout.strip()
    environ = {
        "GITLAB_CI": "true",
        "CI_COMMIT_SHA": head,
        "CI_COMMIT_BEFORE_SHA": ZEROS,
        "CI_PIPELINE_SOURCE": "push",
        "CI_COMMIT_BRANCH": "feature",
        "CI_DEFAULT_BRANCH": "main",
    }
    done = leaksift("ci", cwd=clone, env=environ)
    assert done.returncode == 1, done.stderr

    def report(name: str) -> Any:
        return json.loads((clone / name).read_text("utf-8"))

    (secret,) = report("gl-secret-detection-report.json")["vulnerabilities"]
    (mail,) = report("gl-sast-report.json")["vulnerabilities"]
    assert (secret["location"]["start_line"], mail["location"]["start_line"]) == (1, 2)
    assert len(report("gl-code-quality-report.json")) == 2
    assert PASSWORD not in json.dumps([secret, mail])


@pytest.mark.parametrize(
    ("environ", "file"),
    [
        ({"TF_BUILD": "True"}, "TEST-leaksift.xml"),
        ({"BITBUCKET_BUILD_NUMBER": "1"}, "test-results/leaksift.xml"),
        ({"CIRCLECI": "true"}, "test-results/leaksift.xml"),
        ({"JENKINS_URL": "https://ci.example.com/"}, "leaksift-junit.xml"),
        ({"CI": "true"}, "leaksift-junit.xml"),
    ],
)
def test_other_platforms_get_junit(
    leaksift: Run, checkout: Callable[..., Path], environ: dict[str, str], file: str
) -> None:
    clone = checkout({"app.py": LEAK})
    done = leaksift("ci", cwd=clone, env=environ)
    assert done.returncode == 1, done.stderr
    suite = ElementTree.parse(clone / file).getroot()[0]
    assert suite.get("failures") == "1"
    assert PASSWORD not in (clone / file).read_text("utf-8") + done.stdout + done.stderr


def test_outside_of_a_repository_plain_ci_scans_the_folder_and_others_refuse(
    leaksift: Run, tmp_path: Path
) -> None:
    (tmp_path / "app.py").write_text(LEAK, encoding="utf-8")
    assert leaksift("ci").returncode == 1
    refused = leaksift("ci", env={"CIRCLECI": "true"})
    assert refused.returncode == 2
    assert "in no git repository" in refused.stderr


def test_a_range_can_be_named(leaksift: Run, git: Run, checkout: Callable[..., Path]) -> None:
    clone = checkout({"app.py": LEAK})
    main = git("rev-parse", "main", cwd=clone.parent / "origin").stdout.strip()
    environ = {"CIRCLECI": "true"}
    done = leaksift("ci", "--from-ref", main, cwd=clone, env=environ)
    assert done.returncode == 1, done.stderr
    assert f"{main[:12]}.." in done.stderr
    # What CircleCI says on a first push.
    assert leaksift("ci", "--from-ref", "", cwd=clone, env=environ).returncode == 1
    assert leaksift("ci", "--from-ref", main, "--all", cwd=clone, env=environ).returncode == 2


def test_only_some_paths_can_be_scanned(leaksift: Run, checkout: Callable[..., Path]) -> None:
    clone = checkout({"app.py": LEAK, "app.py.txt": LEAK, "b.py": LEAK})
    environ = {"CIRCLECI": "true"}
    done = leaksift("ci", "-o", "json", "--", "app.py", cwd=clone, env=environ)
    assert {one["path"] for one in json.loads(done.stdout)["findings"]} == {"app.py"}
    missing = leaksift("ci", "--", "gone", cwd=clone, env=environ)
    assert missing.returncode == 2 and "'gone'" in missing.stderr


def test_what_a_build_has_staged_can_be_scanned(
    leaksift: Run, git: Run, checkout: Callable[..., Path]
) -> None:
    clone = checkout({"app.py": LEAK})
    (clone / "generated.py").write_text(LEAK, encoding="utf-8")
    git("add", "generated.py", cwd=clone)
    done = leaksift("ci", "--staged", "-o", "json", cwd=clone, env={"CIRCLECI": "true"})
    assert {one["path"] for one in json.loads(done.stdout)["findings"]} == {"generated.py"}


def test_whole_files_of_a_change_can_be_reported(
    leaksift: Run, git: Run, checkout: Callable[..., Path]
) -> None:
    clone = checkout({"app.py": LEAK})
    first = git("rev-parse", "HEAD", cwd=clone).stdout.strip()
    (clone / "app.py").write_text(LEAK + "pass\n", encoding="utf-8")
    git("commit", "-q", "-a", "-m", "More", cwd=clone)
    command = ("ci", "--from-ref", first)
    assert leaksift(*command, cwd=clone).returncode == 0
    assert leaksift(*command, "--scope=file", cwd=clone).returncode == 1
