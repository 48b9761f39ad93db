"""CircleCI: https://circleci.com/docs/reference/variables/.

It has no variable for the commit before a push or for the target of a pull request, so a branch is
compared with the default one; `--from-ref` takes `pipeline.git.base_revision`.
"""

from __future__ import annotations

from leaksift.ci.change import Platform, Variables, by_variables

PLATFORM = Platform(
    name="CircleCI",
    mark="CIRCLECI",
    # For `store_test_results`, which takes a folder.
    reports={"junit": "test-results/leaksift.xml"},
    change=by_variables(
        Variables(head=("CIRCLE_SHA1",), branch=("CIRCLE_BRANCH",), tag=("CIRCLE_TAG",))
    ),
)
