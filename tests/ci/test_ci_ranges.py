"""What a build scans on each platform, in real clones as shallow as the platforms make them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaksift.ci import github
from leaksift.ci.change import Change
from leaksift.ci.recognise import PLAIN, PLATFORMS, recognise
from leaksift.ci.resolve import Clone, Missing, Network, Scope, between, resolve
from leaksift.document import Document
from leaksift.errors import UsageError
from leaksift.sources import commits, git
from leaksift.sources.content import Limits

ZEROS = "0" * 40
GONE = "0123456789" * 4


class Repository(Protocol):
    path: Path

    def git(self, *arguments: str) -> str: ...
    def commit(self, *files: str) -> str: ...
    def head(self, ref: str = "HEAD") -> str: ...


MakeClone = Callable[..., Repository]


def scanned(
    repository: Repository,
    environ: dict[str, str],
    *,
    network: Network = "fetch",
    scope: Scope = "auto",
) -> set[str]:
    """The files that a build with these variables would scan."""
    change = recognise(environ).change(environ)
    target = resolve(change, Clone(repository.path, network), scope).target
    limits = Limits(1_000_000)
    found = list(
        git.between(repository.path, target.from_ref, target.to_ref, limits, direct=target.direct)
    )
    assert all(isinstance(item, Document) for item in found)
    return {item.path for item in found}


@pytest.fixture
def github_build(tmp_path: Path) -> Callable[..., dict[str, str]]:
    """The variables of a GitHub build, and its event file."""

    def make(name: str, event: Any, sha: str = "") -> dict[str, str]:
        file = tmp_path / "event.json"
        text = event if isinstance(event, str) else json.dumps(event)
        file.write_text(text, encoding="utf-8")
        return {
            "GITHUB_ACTIONS": "true",
            "GITHUB_EVENT_NAME": name,
            "GITHUB_EVENT_PATH": str(file),
            "GITHUB_SHA": sha,
        }

    return make


MakeBuild = Callable[..., dict[str, str]]


def pull_request(origin: Repository, base: str = "main") -> dict[str, Any]:
    return {
        "pull_request": {
            "head": {"sha": origin.head("side"), "ref": "side"},
            "base": {"sha": origin.head(base), "ref": "main"},
        }
    }


def push(before: str, ref: str = "refs/heads/side", **more: Any) -> dict[str, Any]:
    return {"ref": ref, "before": before, "repository": {"default_branch": "main"}, **more}


def merged(origin: Repository) -> str:
    """A merge of `side` into `main` that no branch names, as platforms make it."""
    origin.git("checkout", "-q", "--detach", "main")
    origin.git("merge", "-q", "--no-ff", "-m", "merge", "side")
    commit = origin.head()
    origin.git("update-ref", "refs/pull/1/merge", commit)
    origin.git("checkout", "-q", "main")
    return commit


# GitHub


@pytest.mark.parametrize("depth", [1, 2, None])
def test_a_pull_request_is_what_its_merge_adds(
    origin: Repository, clone: MakeClone, github_build: MakeBuild, depth: int | None
) -> None:
    merge = merged(origin)
    # The event may be older than the merge: its base is not what counts.
    build = github_build("pull_request", pull_request(origin, base="main~2"), merge)
    assert scanned(clone(merge, depth), build) == {"s1", "s2"}


@pytest.mark.parametrize("depth", [1, None])
def test_a_pull_request_whose_own_commit_is_checked_out_is_what_it_adds(
    origin: Repository, clone: MakeClone, github_build: MakeBuild, depth: int | None
) -> None:
    merge = merged(origin)
    build = github_build("pull_request", pull_request(origin), merge)
    assert scanned(clone(origin.head("side"), depth), build) == {"s1", "s2"}


@pytest.mark.parametrize("depth", [1, None])
def test_pull_request_target_scans_the_change_without_checking_it_out(
    origin: Repository, clone: MakeClone, github_build: MakeBuild, depth: int | None
) -> None:
    main = origin.head("main")
    build = github_build("pull_request_target", pull_request(origin), main)
    made = clone(main, depth)
    assert scanned(made, build) == {"s1", "s2"}
    assert made.head() == main
    assert not (made.path / "s1").exists()


def test_a_push_is_what_it_adds_to_what_was_there(
    origin: Repository, clone: MakeClone, github_build: MakeBuild
) -> None:
    head = origin.head("side")
    build = github_build("push", push(origin.head("side~1")), head)
    assert scanned(clone(head), build) == {"s2"}


def test_a_push_of_several_commits_is_all_of_them(
    origin: Repository, clone: MakeClone, github_build: MakeBuild
) -> None:
    head = origin.head("side")
    build = github_build("push", push(origin.head("side~2")), head)
    assert scanned(clone(head), build) == {"s1", "s2"}


@pytest.mark.parametrize("depth", [1, None])
def test_a_new_branch_is_what_it_adds_to_the_default_one(
    origin: Repository, clone: MakeClone, github_build: MakeBuild, depth: int | None
) -> None:
    head = origin.head("side")
    build = github_build("push", push(ZEROS, created=True), head)
    assert scanned(clone(head, depth), build) == {"s1", "s2"}


@pytest.mark.parametrize("depth", [1, None])
def test_a_forced_push_is_what_was_not_there_before(
    origin: Repository, clone: MakeClone, github_build: MakeBuild, depth: int | None
) -> None:
    before = origin.head("side")
    origin.git("checkout", "-q", "side")
    origin.git("reset", "-q", "--hard", "HEAD^")
    head = origin.commit("forced")
    build = github_build("push", push(before, forced=True), head)
    assert scanned(clone(head, depth), build) == {"forced"}


def test_a_forced_push_over_a_commit_that_is_gone_is_the_whole_branch(
    origin: Repository, clone: MakeClone, github_build: MakeBuild
) -> None:
    head = origin.head("side")
    build = github_build("push", push(GONE, forced=True), head)
    made = clone(head)
    assert scanned(made, build) == {"s1", "s2"}
    resolved = resolve(github.change(build), Clone(made.path, "fetch"))
    assert "so more is scanned than the push brings" in resolved.why


def test_the_default_branch_is_scanned_whole_unless_changes_are_asked_for(
    origin: Repository, clone: MakeClone, github_build: MakeBuild
) -> None:
    head = origin.head("main")
    build = github_build("push", push(origin.head("main~1"), "refs/heads/main"), head)
    made = clone(head)
    assert scanned(made, build) == {"m1", "m2", "m3"}
    assert scanned(made, build, scope="changed") == {"m3"}


def test_all_files_can_be_asked_for(
    origin: Repository, clone: MakeClone, github_build: MakeBuild
) -> None:
    head = origin.head("side")
    build = github_build("push", push(origin.head("side~1")), head)
    assert scanned(clone(head), build, scope="all") == {"m1", "s1", "s2"}


@pytest.mark.parametrize("scope", ["auto", "changed"])
def test_the_first_push_of_a_repository_is_all_of_it(
    origin: Repository, clone: MakeClone, github_build: MakeBuild, scope: Scope
) -> None:
    head = origin.head("main")
    build = github_build("push", push(ZEROS, "refs/heads/main", created=True), head)
    assert scanned(clone(head), build, scope=scope) == {"m1", "m2", "m3"}


def test_a_new_branch_with_a_history_of_its_own_is_all_of_it(
    origin: Repository, clone: MakeClone, github_build: MakeBuild
) -> None:
    origin.git("checkout", "-q", "--orphan", "pages")
    origin.git("rm", "-rfq", ".")
    head = origin.commit("index.html")
    build = github_build("push", push(ZEROS, "refs/heads/pages"), head)
    assert scanned(clone(head), build) == {"index.html"}


@pytest.mark.parametrize("annotated", [False, True])
def test_a_tag_is_all_files(
    origin: Repository, clone: MakeClone, github_build: MakeBuild, annotated: bool
) -> None:
    origin.git("tag", *(["-a", "-m", "x"] if annotated else []), "v1", "side")
    build = github_build("push", push(ZEROS, "refs/tags/v1"), origin.head("side"))
    assert scanned(clone(origin.head("side")), build) == {"m1", "s1", "s2"}


def test_a_deleted_branch_brings_nothing(
    origin: Repository, clone: MakeClone, github_build: MakeBuild
) -> None:
    build = github_build("push", push(origin.head("side"), deleted=True, after=ZEROS), ZEROS)
    assert scanned(clone(origin.head("main")), build) == set()


def test_a_merge_group_is_what_it_adds(
    origin: Repository, clone: MakeClone, github_build: MakeBuild
) -> None:
    merge = merged(origin)
    event = {"merge_group": {"base_sha": origin.head("main"), "head_sha": merge}}
    assert scanned(clone(merge), github_build("merge_group", event, merge)) == {"s1", "s2"}


@pytest.mark.parametrize("name", ["schedule", "workflow_dispatch", "release", "issue_comment", ""])
def test_other_events_are_about_all_files(
    origin: Repository, clone: MakeClone, github_build: MakeBuild, name: str
) -> None:
    build = github_build(name, {}, origin.head("main"))
    assert scanned(clone(origin.head("main")), build) == {"m1", "m2", "m3"}


def test_files_of_the_working_tree_that_are_not_committed_are_not_scanned(
    origin: Repository, clone: MakeClone, github_build: MakeBuild
) -> None:
    made = clone(origin.head("main"))
    (made.path / "built.js").write_text("built\n", encoding="utf-8")
    assert "built.js" not in scanned(made, github_build("schedule", {}))


@pytest.mark.parametrize(
    "event", ["", "{", "[]", '"x"', "[" * 100_000, "null", '{"ref": 1e999, ' + '"a": NaN'], ids=repr
)
def test_an_event_that_is_none_is_one_clear_error(github_build: MakeBuild, event: str) -> None:
    with pytest.raises(UsageError, match="GITHUB_EVENT_PATH") as error:
        github.change(github_build("push", event))
    assert "\n" not in str(error.value)


def test_a_missing_event_file_is_one_clear_error(tmp_path: Path) -> None:
    for path in ("", str(tmp_path / "gone.json"), str(tmp_path)):
        with pytest.raises(UsageError, match="GITHUB_EVENT_PATH"):
            github.change({"GITHUB_EVENT_NAME": "push", "GITHUB_EVENT_PATH": path})


HOSTILE = [
    "--upload-pack=touch x",
    "$(touch x)",
    "main\n::error::x",
    "refs/heads/../x",
    "a\0b",
    "HEAD",
    "-h",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_in_an_event_are_refused_and_run_nothing(
    origin: Repository, clone: MakeClone, github_build: MakeBuild, name: str
) -> None:
    made = clone(origin.head("side"))
    for event in (
        {"pull_request": {"head": {"sha": name}, "base": {"sha": name, "ref": name}}},
        {"pull_request": {"head": {"sha": origin.head("side")}, "base": {"ref": name}}},
        push(ZEROS, repository={"default_branch": name}),
    ):
        kind = "push" if "ref" in event else "pull_request_target"
        build = github_build(kind, event, origin.head("side"))
        try:
            found = scanned(made, build)
        except UsageError as error:
            assert "\n" not in str(error)
        else:
            # A branch that is not there: then all is new.
            assert found == {"m1", "s1", "s2"}
    assert not list(made.path.glob("x"))


keys = st.sampled_from(
    "ref before forced deleted repository default_branch pull_request head base sha".split()
)
events = st.recursive(
    st.none() | st.booleans() | st.text() | st.floats(),
    lambda inner: st.lists(inner) | st.dictionaries(keys, inner),
)


@given(events)
def test_no_event_is_more_than_a_clear_error(tmp_path: Path, event: Any) -> None:
    file = tmp_path / "event.json"
    file.write_text(json.dumps(event), encoding="utf-8")
    for name in ("push", "pull_request", "pull_request_target", "merge_group"):
        try:
            found = github.change({"GITHUB_EVENT_NAME": name, "GITHUB_EVENT_PATH": str(file)})
        except UsageError:
            continue
        assert isinstance(found, Change)


# What cannot be had


def test_a_missing_base_that_may_not_be_fetched_is_an_error_and_no_empty_scan(
    origin: Repository, clone: MakeClone, github_build: MakeBuild
) -> None:
    merge = merged(origin)
    build = github_build("pull_request", pull_request(origin), merge)
    made = clone(merge)
    with pytest.raises(Missing, match="is not in this clone; let the checkout fetch it"):
        scanned(made, build, network="none")
    with pytest.raises(Missing):
        scanned(made, build, network="ask")
    assert not commits.is_present(made.path, origin.head("main"))


def test_a_remote_that_is_gone_is_an_error_without_its_credentials(
    origin: Repository, clone: MakeClone, github_build: MakeBuild
) -> None:
    merge = merged(origin)
    made = clone(merge)
    token = "glpat-" + "x" * 20
    made.git("remote", "set-url", "origin", f"http://ci:{token}@127.0.0.1:9/no.git")
    build = github_build("pull_request", pull_request(origin), merge)
    with pytest.raises(UsageError, match="fetch-depth: 0") as error:
        scanned(made, build)
    assert token not in str(error.value)
    assert "\n" not in str(error.value)


def test_a_url_that_is_a_program_is_not_started(
    origin: Repository, clone: MakeClone, github_build: MakeBuild, tmp_path: Path
) -> None:
    merge = merged(origin)
    made = clone(merge)
    marker = tmp_path / "started"
    made.git("remote", "set-url", "origin", f"ext::touch {marker}")
    made.git("config", "protocol.ext.allow", "always")
    with pytest.raises(UsageError):
        scanned(made, github_build("pull_request", pull_request(origin), merge))
    assert not marker.exists()


def test_a_pull_request_without_a_common_commit_is_all_of_it(
    origin: Repository, clone: MakeClone, github_build: MakeBuild
) -> None:
    origin.git("checkout", "-q", "--orphan", "other")
    origin.git("rm", "-rfq", ".")
    head = origin.commit("o1")
    event = {"pull_request": {"head": {"sha": head}, "base": {"sha": origin.head("main")}}}
    build = github_build("pull_request_target", event, origin.head("main"))
    assert scanned(clone(origin.head("main")), build) == {"o1"}


def test_fetching_does_not_shorten_a_whole_clone_and_moves_no_ref(
    origin: Repository, clone: MakeClone, github_build: MakeBuild
) -> None:
    made = clone(origin.head("main"), None)
    before = made.git("for-each-ref")
    origin.git("checkout", "-q", "side")
    new = origin.commit("s3")
    event = {"pull_request": {"head": {"sha": new}, "base": {"sha": origin.head("main")}}}
    build = github_build("pull_request_target", event, origin.head("main"))
    assert scanned(made, build) == {"s1", "s2", "s3"}
    assert made.git("for-each-ref") == before
    assert made.git("rev-parse", "--is-shallow-repository") == "false"
    assert made.git("rev-list", "--count", "HEAD") == "3"


def test_a_range_that_was_named_is_scanned_with_what_the_clone_lacks(
    origin: Repository, clone: MakeClone
) -> None:
    made = clone(origin.head("side"))
    resolved = between(origin.head("main"), "HEAD", Clone(made.path, "fetch"))
    assert resolved.target.from_ref == origin.head("side~2")
    for ref in ("no-such", GONE, "--all"):
        with pytest.raises(UsageError):
            between(ref, "HEAD", Clone(made.path, "fetch"))


# The other platforms


def test_gitlab_merge_requests_are_what_they_add(origin: Repository, clone: MakeClone) -> None:
    build = {
        "GITLAB_CI": "true",
        "CI_COMMIT_SHA": origin.head("side"),
        "CI_COMMIT_BEFORE_SHA": ZEROS,
        "CI_PIPELINE_SOURCE": "merge_request_event",
        "CI_MERGE_REQUEST_IID": "7",
        "CI_MERGE_REQUEST_DIFF_BASE_SHA": origin.head("side~2"),
        "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
        "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": "",
        "CI_DEFAULT_BRANCH": "main",
    }
    assert scanned(clone(origin.head("side")), build) == {"s1", "s2"}


def test_gitlab_merged_results_are_what_the_merge_adds(
    origin: Repository, clone: MakeClone
) -> None:
    merge = merged(origin)
    build = {
        "GITLAB_CI": "true",
        "CI_COMMIT_SHA": merge,
        "CI_MERGE_REQUEST_IID": "7",
        "CI_MERGE_REQUEST_EVENT_TYPE": "merged_result",
        "CI_MERGE_REQUEST_DIFF_BASE_SHA": origin.head("side~2"),
        "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": origin.head("side"),
        "CI_MERGE_REQUEST_TARGET_BRANCH_SHA": origin.head("main"),
    }
    assert scanned(clone(merge), build) == {"s1", "s2"}


def gitlab_branch(origin: Repository, source: str, before: str, branch: str) -> dict[str, str]:
    return {
        "GITLAB_CI": "true",
        "CI_COMMIT_SHA": origin.head(branch),
        "CI_COMMIT_BEFORE_SHA": before,
        "CI_PIPELINE_SOURCE": source,
        "CI_COMMIT_BRANCH": branch,
        "CI_DEFAULT_BRANCH": "main",
    }


def test_gitlab_branches_are_what_a_push_adds(origin: Repository, clone: MakeClone) -> None:
    made = clone(origin.head("side"))
    pushed = gitlab_branch(origin, "push", origin.head("side~1"), "side")
    assert scanned(made, pushed) == {"s2"}
    assert scanned(made, gitlab_branch(origin, "push", ZEROS, "side")) == {"s1", "s2"}


@pytest.mark.parametrize("source", ["schedule", "web", "api", "trigger", "pipeline"])
def test_gitlab_pipelines_that_nobody_pushed_are_all_files(
    origin: Repository, clone: MakeClone, source: str
) -> None:
    build = gitlab_branch(origin, source, ZEROS, "side")
    assert scanned(clone(origin.head("side")), build) == {"m1", "s1", "s2"}


def test_gitlab_default_branch_and_tags_are_all_files(origin: Repository, clone: MakeClone) -> None:
    made = clone(origin.head("main"))
    build = gitlab_branch(origin, "push", origin.head("main~1"), "main")
    assert scanned(made, build) == {"m1", "m2", "m3"}
    tag = {**build, "CI_COMMIT_BRANCH": "", "CI_COMMIT_TAG": "v1"}
    assert scanned(made, tag) == {"m1", "m2", "m3"}


def test_azure_pull_requests_are_what_the_merge_adds(origin: Repository, clone: MakeClone) -> None:
    merge = merged(origin)
    build = {
        "TF_BUILD": "True",
        "BUILD_REASON": "PullRequest",
        "BUILD_SOURCEVERSION": merge,
        "BUILD_SOURCEBRANCH": "refs/pull/1/merge",
        "SYSTEM_PULLREQUEST_PULLREQUESTID": "1",
        "SYSTEM_PULLREQUEST_SOURCECOMMITID": origin.head("side"),
        "SYSTEM_PULLREQUEST_TARGETBRANCH": "refs/heads/main",
    }
    assert scanned(clone(merge), build) == {"s1", "s2"}


def test_azure_branches_tags_and_schedules(origin: Repository, clone: MakeClone) -> None:
    made = clone(origin.head("side"))
    build = {"TF_BUILD": "True", "BUILD_SOURCEVERSION": origin.head("side")}
    build["BUILD_REASON"] = "IndividualCI"
    assert scanned(made, {**build, "BUILD_SOURCEBRANCH": "refs/heads/side"}) == {"s1", "s2"}
    assert scanned(made, {**build, "BUILD_SOURCEBRANCH": "refs/tags/v1"}) == {"m1", "s1", "s2"}
    scheduled = {**build, "BUILD_REASON": "Schedule", "BUILD_SOURCEBRANCH": "refs/heads/side"}
    assert scanned(made, scheduled) == {"m1", "s1", "s2"}


@pytest.mark.parametrize("depth", [1, None])
def test_bitbucket_pull_requests_are_compared_with_the_branch_that_was_merged_in(
    origin: Repository, clone: MakeClone, depth: int | None
) -> None:
    # Bitbucket merges the destination into the checkout, in the build itself.
    side, main = origin.head("side"), origin.head("main")
    made = clone(side, None)
    made.git("merge", "-q", "--no-ff", "-m", "merge", main)
    build = {
        "BITBUCKET_BUILD_NUMBER": "3",
        "BITBUCKET_COMMIT": side,
        "BITBUCKET_BRANCH": "side",
        "BITBUCKET_PR_ID": "1",
        "BITBUCKET_PR_DESTINATION_BRANCH": "main",
        "BITBUCKET_PR_DESTINATION_COMMIT": main[:12],
    }
    assert scanned(made, build) == {"s1", "s2"}


def test_bitbucket_branches_are_what_they_add_to_the_default_one(
    origin: Repository, clone: MakeClone
) -> None:
    build = {"BITBUCKET_BUILD_NUMBER": "3", "BITBUCKET_COMMIT": origin.head("side")}
    made = clone(origin.head("side"))
    assert scanned(made, {**build, "BITBUCKET_BRANCH": "side"}) == {"s1", "s2"}
    assert scanned(made, {**build, "BITBUCKET_TAG": "v1"}) == {"m1", "s1", "s2"}


def test_jenkins_changes_are_what_they_add_to_their_target(
    origin: Repository, clone: MakeClone
) -> None:
    build = {
        "JENKINS_URL": "https://ci.example.com/",
        "GIT_COMMIT": origin.head("side"),
        "CHANGE_ID": "12",
        "CHANGE_TARGET": "main",
        "BRANCH_NAME": "PR-12",
    }
    assert scanned(clone(origin.head("side")), build) == {"s1", "s2"}


def test_jenkins_branches_are_what_came_since_the_last_build_that_passed(
    origin: Repository, clone: MakeClone
) -> None:
    build = {
        "JENKINS_URL": "https://ci.example.com/",
        "GIT_COMMIT": origin.head("side"),
        "GIT_BRANCH": "origin/side",
        "GIT_PREVIOUS_COMMIT": origin.head("side"),
        "GIT_PREVIOUS_SUCCESSFUL_COMMIT": origin.head("side~1"),
    }
    made = clone(origin.head("side"))
    assert scanned(made, build) == {"s2"}
    # Built again without a new commit: not nothing, but the branch.
    again = {**build, "GIT_PREVIOUS_SUCCESSFUL_COMMIT": origin.head("side")}
    assert scanned(made, again) == {"s1", "s2"}


def test_circleci_branches_are_what_they_add_to_the_default_one(
    origin: Repository, clone: MakeClone
) -> None:
    build = {"CIRCLECI": "true", "CIRCLE_SHA1": origin.head("side"), "CIRCLE_BRANCH": "side"}
    made = clone(origin.head("side"))
    assert scanned(made, build) == {"s1", "s2"}
    assert scanned(made, {**build, "CIRCLE_BRANCH": "", "CIRCLE_TAG": "v1"}) == {"m1", "s1", "s2"}


def test_without_a_default_branch_to_compare_with_all_files_are_scanned(
    origin: Repository, clone: MakeClone
) -> None:
    build = {"CIRCLECI": "true", "CIRCLE_SHA1": origin.head("side"), "CIRCLE_BRANCH": "side"}
    assert scanned(clone(origin.head("side")), build, network="none") == {"m1", "s1", "s2"}


def test_every_platform_is_known_by_its_variable() -> None:
    for platform in PLATFORMS:
        assert recognise({platform.mark: "true", "CI": "true"}) is platform
    assert recognise({"CI": "true"}) is PLAIN
    assert recognise({"GITHUB_ACTIONS": ""}) is PLAIN
