"""Jenkins with its Git plugin: https://plugins.jenkins.io/git/#plugin-content-environment-variables."""

from __future__ import annotations

from leaksift.ci.change import Platform, Variables, by_variables

PLATFORM = Platform(
    name="Jenkins",
    mark="JENKINS_URL",
    reports={"junit": "leaksift-junit.xml"},
    change=by_variables(
        Variables(
            head=("GIT_COMMIT",),
            branch=("BRANCH_NAME", "GIT_LOCAL_BRANCH", "GIT_BRANCH"),
            tag=("TAG_NAME",),
            # The last build that passed, so that what failed it stays reported until it is gone.
            before=("GIT_PREVIOUS_SUCCESSFUL_COMMIT", "GIT_PREVIOUS_COMMIT"),
            proposal=("CHANGE_ID",),
            target=("CHANGE_TARGET",),
        )
    ),
)
