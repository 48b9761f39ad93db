"""The action in the hands of each event, step by step as GitHub would run it."""

from __future__ import annotations

import base64
import json
import sys
import urllib.parse
from pathlib import Path
from typing import Any

import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="the runner's bash and symbolic links"),
]

# In pieces, so that no scanner takes this file for a leak.
PASSWORD = "s3cr3t-" + "Horse-9x"
LEAK = f"url = 'postgres://app:{PASSWORD}@db.internal:5432/x'\n"
CLEAN = "url = os.environ['DATABASE_URL']\n"
NOTHING = "0" * 40


def pushed(ref: str, before: str, after: str, **more: Any) -> dict[str, Any]:
    repository = {"full_name": "owner/project", "default_branch": "main"}
    return {"ref": ref, "before": before, "after": after, "repository": repository, **more}


def places(job: Any) -> list[tuple[str, int]]:
    """Where the SARIF report says that something is."""
    log = json.loads(Path(job.outputs["sarif-file"]).read_text("utf-8"))
    found = [result["locations"][0]["physicalLocation"] for result in log["runs"][0]["results"]]
    return sorted(
        (urllib.parse.unquote(at["artifactLocation"]["uri"]), at["region"]["startLine"])
        for at in found
    )


def test_a_pull_request_with_a_secret_fails_after_its_report_was_uploaded(
    runner: Any, propose: Any, checkout: Any
) -> None:
    change = propose({"app.py": "import os\n" + LEAK})
    job = runner.run(checkout(change.merge), "pull_request", change.event)
    assert job.failed
    assert job.outputs["exit-code"] == "1"
    assert (job.outputs["findings"], job.outputs["blocked"]) == ("1", "1")
    assert job.outputs["scanned-files"] == "1"
    assert places(job) == [("app.py", 2)]
    assert job.uploads() == [job.outputs["sarif-file"]]
    (error,) = job.commands("error")
    assert error.startswith("::error file=app.py,line=2,endLine=2,col=")
    assert "app.py" in job.summary
    assert "must not be shared" in job.summary


def test_a_clean_pull_request_passes_with_an_empty_report(
    runner: Any, propose: Any, checkout: Any
) -> None:
    change = propose({"app.py": CLEAN})
    job = runner.run(checkout(change.merge), "pull_request", change.event)
    assert not job.failed, job.log
    assert job.outputs["exit-code"] == "0"
    assert places(job) == []
    assert job.uploads() == [job.outputs["sarif-file"]]
    assert job.commands("error") == []


def test_a_fork_gets_everything_but_the_upload_and_is_told_so(
    runner: Any, propose: Any, checkout: Any
) -> None:
    change = propose({"app.py": LEAK}, head_of="somebody/project")
    job = runner.run(checkout(change.merge), "pull_request", change.event)
    assert job.failed
    assert job.uploads() == []
    assert places(job) == [("app.py", 1)]
    (notice,) = job.commands("notice")
    assert "fork" in notice


def test_an_upload_that_fails_is_told_and_does_not_hide_the_result(
    runner: Any, propose: Any, checkout: Any
) -> None:
    change = propose({"app.py": CLEAN})
    job = runner.run(checkout(change.merge), "pull_request", change.event, upload="failure")
    assert not job.failed
    (warning,) = job.commands("warning")
    assert "security-events" in warning


def test_a_push_to_the_default_branch_reports_the_whole_tree(
    runner: Any, origin: Any, checkout: Any
) -> None:
    before = origin.git("rev-parse", "HEAD")
    after = origin.commit({"app.py": CLEAN})
    job = runner.run(checkout(after), "push", pushed("refs/heads/main", before, after))
    assert job.failed
    assert places(job) == [("old.py", 1)]
    assert job.uploads()


@pytest.mark.parametrize("kind", ["new branch", "forced", "lost"])
def test_a_push_to_another_branch_reports_what_it_adds_and_uploads_nothing(
    runner: Any, origin: Any, checkout: Any, kind: str
) -> None:
    origin.git("checkout", "-q", "-b", "feature")
    if kind == "forced":
        before = origin.commit({"app.py": CLEAN})
        origin.git("reset", "-q", "--hard", "HEAD~1")
    else:
        before = NOTHING if kind == "new branch" else "0123456789" * 4
    after = origin.commit({"app.py": LEAK})
    event = pushed("refs/heads/feature", before, after, forced=kind != "new branch")
    job = runner.run(checkout(after), "push", event)
    assert job.failed
    assert ("app.py", 1) in places(job)
    assert job.uploads() == []
    assert "would close" in "".join(job.commands("notice"))


@pytest.mark.parametrize("event", ["schedule", "workflow_dispatch", "tag"])
def test_what_is_no_change_is_scanned_whole(
    runner: Any, origin: Any, checkout: Any, event: str
) -> None:
    commit = origin.git("rev-parse", "HEAD")
    payload = pushed("refs/tags/v1", NOTHING, commit) if event == "tag" else {}
    job = runner.run(checkout(commit), "push" if event == "tag" else event, payload)
    assert places(job) == [("old.py", 1)]
    assert job.outputs["scanned-files"] == "2"
    assert job.uploads()


def test_a_merge_group_is_what_it_adds(runner: Any, origin: Any, checkout: Any) -> None:
    base = origin.git("rev-parse", "HEAD")
    head = origin.commit({"app.py": LEAK})
    event = {"merge_group": {"head_sha": head, "base_sha": base}}
    assert places(runner.run(checkout(head), "merge_group", event)) == [("app.py", 1)]


def test_a_base_that_cannot_be_had_fails_and_uploads_nothing(
    runner: Any, origin: Any, checkout: Any, propose: Any, tmp_path: Path
) -> None:
    change = propose({"app.py": CLEAN})
    folder = checkout(change.merge)
    origin.path.rename(tmp_path / "gone")
    job = runner.run(folder, "pull_request", change.event)
    assert job.failed
    assert job.outputs["exit-code"] == "2"
    assert job.uploads() == []
    assert job.outputs["sarif-file"] == ""
    (error,) = job.commands("error")
    assert "fetch" in error


def test_what_the_job_has_staged_is_scanned_before_it_commits(
    runner: Any, origin: Any, checkout: Any
) -> None:
    folder = checkout(origin.git("rev-parse", "HEAD"))
    (folder / "made.py").write_text(LEAK, "utf-8")
    type(origin)(folder, origin.environment).git("add", "made.py")
    (folder / "made.py").write_text(CLEAN, "utf-8")
    job = runner.run(folder, "schedule", {}, inputs={"scope": "staged-range"})
    assert places(job) == [("made.py", 1)]
    assert job.uploads() == []


def test_paths_limit_what_is_scanned_and_must_be_there(
    runner: Any, origin: Any, checkout: Any
) -> None:
    folder = checkout(origin.commit({"src/app.py": LEAK, "src2/app.py": LEAK}))
    given = {"scope": "all", "paths": "\nsrc\n  README.md  \n"}
    job = runner.run(folder, "schedule", {}, inputs=given)
    assert places(job) == [("src/app.py", 1)]
    assert job.outputs["scanned-files"] == "2"
    job = runner.run(folder, "schedule", {}, inputs={"paths": "scr"})
    assert job.outputs["exit-code"] == "2"
    assert "'scr' is not in" in "".join(job.commands("error"))


def test_a_baseline_a_configuration_and_a_level_are_passed_on(
    runner: Any, origin: Any, checkout: Any
) -> None:
    (origin.path / "ci.toml").write_text('exclude = ["old.py"]\n', "utf-8")
    folder = checkout(origin.commit({"note.txt": "write to ottoline" + "@kastanienhof.de\n"}))
    given = {"config": "ci.toml", "summary": "false", "annotations": "false"}
    job = runner.run(folder, "schedule", {}, inputs=given)
    assert not job.failed, job.log
    assert job.summary == ""
    assert job.commands("warning") == job.commands("error") == []
    job = runner.run(folder, "schedule", {}, inputs={**given, "fail-on": "note"})
    assert job.outputs["exit-code"] == "1"
    job = runner.run(folder, "schedule", {}, inputs={**given, "baseline": "none.json"})
    assert job.outputs["exit-code"] == "2"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"scope": "everything"}, "scope"),
        ({"fail-on": "never"}, "fail-on"),
        ({"annotations": "yes"}, "annotations"),
        ({"extra-args": "--strict"}, "JSON list"),
        ({"extra-args": '["--no-such-option"]'}, "exit code 2"),
        ({"model": "./privacy-filter"}, "neither a folder nor owner/name"),
    ],
)
def test_an_input_that_means_nothing_fails_in_one_line(
    runner: Any, origin: Any, checkout: Any, given: dict[str, str], told: str
) -> None:
    folder = checkout(origin.git("rev-parse", "HEAD"))
    job = runner.run(folder, "schedule", {}, inputs=given)
    assert job.failed
    assert job.outputs["exit-code"] == "2"
    assert job.uploads() == []
    (error,) = job.commands("error")
    assert told in error


HOSTILE = [
    "a b,line=9,title=pwn.py",
    'it\'s "quoted".py',
    "100%25:x.py",
    "::error title=pwn::x.py",
    "##[error]pwn.py",
    "new\nline ::warning::pwn.py",
    "$(touch pwned)`touch pwned`.py",
    "-o.py",
    "ünï-çødé.py",
]


def test_hostile_names_are_reported_as_names_and_run_nothing(
    runner: Any, propose: Any, checkout: Any, tmp_path: Path
) -> None:
    change = propose(
        dict.fromkeys(HOSTILE, LEAK),
        branch="x$(touch${IFS}pwned)`touch${IFS}pwned`;touch${IFS}pwned",
    )
    job = runner.run(checkout(change.merge), "pull_request", change.event)
    assert job.outputs["blocked"] == str(len(HOSTILE))
    assert places(job) == sorted((name, 1) for name in HOSTILE)
    errors = job.commands("error")
    assert len(errors) == len(HOSTILE)
    for line in errors:
        assert line.startswith("::error file=")
        assert ",line=1,endLine=1," in line
        assert ",line=9," not in line.split("::")[1]
    assert job.commands("warning") == []
    assert "##[" not in job.log
    assert not list(tmp_path.rglob("pwned"))


def test_ten_annotations_of_a_level_are_shown_and_the_rest_is_counted(
    runner: Any, propose: Any, checkout: Any
) -> None:
    lines = "".join(LEAK.replace("9x", f"{number}x") for number in range(300))
    change = propose({"app.py": lines})
    job = runner.run(checkout(change.merge), "pull_request", change.event)
    assert job.outputs["findings"] == "300"
    assert len(job.commands("error")) == 10
    assert any("290 more" in notice for notice in job.commands("notice"))
    assert len(places(job)) == 300


def test_no_file_and_no_log_of_a_run_holds_the_value(
    runner: Any, propose: Any, checkout: Any, home: dict[str, str], tmp_path: Path
) -> None:
    change = propose({"app.py": LEAK * 2})
    folder = checkout(change.merge)
    environment = {"LEAKSIFT_CACHE_DIR": str(runner.temporary / "cache")}
    job = runner.run(folder, "pull_request", change.event, environment=environment)
    assert job.outputs["findings"] == "2"
    value = PASSWORD.encode()
    disguises = [value, value[::-1], value.hex().encode(), value.upper(), value[3:11]]
    disguises += [base64.b64encode(value)[:-4], PASSWORD.encode("utf-16-le")]
    disguises += [base64.b64encode(b"\0" * shift + value)[4:-4] for shift in (1, 2)]
    written = {"the log": job.log.encode(), "the summary": job.summary.encode()}
    for file in (*runner.temporary.rglob("*"), *Path(home["HOME"]).rglob("*")):
        if file.is_file() and "environment" not in file.parts:
            written[str(file)] = file.read_bytes()
    assert any(name.endswith(".sarif") for name in written)
    for name, data in written.items():
        for disguise in disguises:
            assert disguise not in data, name


def test_the_checkout_is_left_as_it_was(runner: Any, origin: Any, checkout: Any) -> None:
    folder = checkout(origin.git("rev-parse", "HEAD"))
    runner.run(folder, "schedule", {})
    assert type(origin)(folder, origin.environment).git("status", "--porcelain") == ""


def test_programs_and_modules_of_the_repository_are_not_run(
    runner: Any, origin: Any, checkout: Any, tmp_path: Path
) -> None:
    evil = f"import pathlib; pathlib.Path({str(tmp_path / 'pwned')!r}).touch()\n"
    names = ["leaksift.py", "json.py", "sitecustomize.py", "click/__init__.py", "git.py"]
    folder = checkout(origin.commit(dict.fromkeys(names, evil)))
    job = runner.run(folder, "schedule", {}, environment={"PYTHONPATH": str(folder)})
    assert job.outputs["exit-code"] == "1", job.log
    assert not (tmp_path / "pwned").exists()


def test_another_version_in_the_hook_is_told(runner: Any, origin: Any, checkout: Any) -> None:
    hook = "repos:\n- repo: https://github.com/leaksift/leaksift\n  rev: v0.0.1\n"
    folder = checkout(origin.commit({".pre-commit-config.yaml": hook}))
    job = runner.run(folder, "schedule", {})
    assert any("0.0.1" in line for line in job.commands("warning"))
    job = runner.run(folder, "schedule", {}, inputs={"version-check": "false"})
    assert job.commands("warning") == []
