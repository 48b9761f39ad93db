"""Which CI platform this is, by its variables."""

from __future__ import annotations

from collections.abc import Mapping

from leaksift.ci import azure, bitbucket, circleci, github, gitlab, jenkins
from leaksift.ci.change import Change, Platform

# Gitea and Forgejo set GITHUB_ACTIONS too. Jenkins is last: its agents may run inside of another.
PLATFORMS = (
    github.PLATFORM,
    gitlab.PLATFORM,
    azure.PLATFORM,
    bitbucket.PLATFORM,
    circleci.PLATFORM,
    jenkins.PLATFORM,
)

PLAIN = Platform(
    name="no CI platform that leaksift knows",
    mark="",
    reports={"junit": "leaksift-junit.xml"},
    change=lambda _environ: Change("whole tree", "no event"),
)


def recognise(environ: Mapping[str, str]) -> Platform:
    """The platform whose mark is set; `PLAIN` for none."""
    return next((platform for platform in PLATFORMS if environ.get(platform.mark)), PLAIN)
