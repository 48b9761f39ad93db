"""Azure Pipelines: https://learn.microsoft.com/azure/devops/pipelines/build/variables."""

from __future__ import annotations

from leaksift.ci.change import Platform, Variables, by_variables

PLATFORM = Platform(
    name="Azure Pipelines",
    mark="TF_BUILD",
    # What PublishTestResults looks for by default.
    reports={"junit": "TEST-leaksift.xml"},
    change=by_variables(
        Variables(
            # Of a pull request, a merge of it into its target.
            head=("BUILD_SOURCEVERSION",),
            branch=("BUILD_SOURCEBRANCH",),
            reason=("BUILD_REASON",),
            whole_tree=frozenset({"Schedule", "Manual", "ResourceTrigger", "BuildCompletion"}),
            proposal=("SYSTEM_PULLREQUEST_PULLREQUESTID",),
            source=("SYSTEM_PULLREQUEST_SOURCECOMMITID",),
            target=("SYSTEM_PULLREQUEST_TARGETBRANCH",),
        )
    ),
)
