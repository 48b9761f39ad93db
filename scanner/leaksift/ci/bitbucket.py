"""Bitbucket Pipelines:
https://support.atlassian.com/bitbucket-cloud/docs/variables-and-secrets/."""

from __future__ import annotations

from leaksift.ci.change import Platform, Variables, by_variables

PLATFORM = Platform(
    name="Bitbucket Pipelines",
    mark="BITBUCKET_BUILD_NUMBER",
    # Bitbucket reads every XML file below a folder of this name.
    reports={"junit": "test-results/leaksift.xml"},
    change=by_variables(
        Variables(
            # Of a pull request the checkout is a merge with its target, made for this build, and
            # BITBUCKET_COMMIT the commit that was proposed.
            head=(),
            branch=("BITBUCKET_BRANCH",),
            tag=("BITBUCKET_TAG",),
            proposal=("BITBUCKET_PR_ID",),
            source=("BITBUCKET_COMMIT",),
            # Not BITBUCKET_PR_DESTINATION_COMMIT, which is a short name.
            target=("BITBUCKET_PR_DESTINATION_BRANCH",),
        )
    ),
)
