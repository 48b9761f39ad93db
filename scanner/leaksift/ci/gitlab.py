"""GitLab CI: https://docs.gitlab.com/ci/variables/predefined_variables/."""

from __future__ import annotations

from leaksift.ci.change import Platform, Variables, by_variables

PLATFORM = Platform(
    name="GitLab CI",
    mark="GITLAB_CI",
    # The names that GitLab's own analyzers and templates use.
    reports={
        "codequality": "gl-code-quality-report.json",
        "gitlab-sast": "gl-sast-report.json",
        "gitlab-secret-detection": "gl-secret-detection-report.json",
    },
    change=by_variables(
        Variables(
            head=("CI_COMMIT_SHA",),
            branch=("CI_COMMIT_BRANCH",),
            default_branch=("CI_DEFAULT_BRANCH",),
            tag=("CI_COMMIT_TAG",),
            before=("CI_COMMIT_BEFORE_SHA",),
            reason=("CI_PIPELINE_SOURCE",),
            # For all of these CI_COMMIT_BEFORE_SHA is zeros, which would look like a new branch.
            whole_tree=frozenset(
                {"schedule", "web", "api", "trigger", "pipeline", "chat", "webide"}
            ),
            proposal=("CI_MERGE_REQUEST_IID",),
            proposal_called="merge request",
            # Set for merged results and merge trains only, whose commit is a merge of it.
            source=("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA",),
            parted_at=("CI_MERGE_REQUEST_DIFF_BASE_SHA",),
            target=("CI_MERGE_REQUEST_TARGET_BRANCH_NAME",),
        )
    ),
)
