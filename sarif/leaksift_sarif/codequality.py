"""GitLab's Code Quality report, which every tier shows in a merge request.

What GitLab reads of it: https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format.
"""

from __future__ import annotations

import json

from leaksift.finding import ScanResult, Severity
from leaksift_sarif.identities import identified
from leaksift_sarif.uris import relative

_SEVERITIES = {Severity.BLOCK: "blocker", Severity.WARN: "major", Severity.NOTE: "minor"}


def build(result: ScanResult) -> str:
    """A JSON array with one object per finding, by path and place; no time, no byte order mark.

    GitLab compares fingerprints between branches and shows one of two equal ones.
    """
    titles = {rule.id: rule.title for rule in result.rules}
    issues = [
        {
            "description": f"{titles.get(finding.rule) or finding.rule}: {finding.preview}.",
            "check_name": finding.rule,
            "fingerprint": name,
            "severity": _SEVERITIES[finding.severity],
            "location": {
                "path": relative(finding.path).encode("utf-8", "backslashreplace").decode(),
                "lines": {"begin": finding.start_line, "end": finding.end_line},
            },
        }
        for name, finding in identified(result.findings)
    ]
    return json.dumps(issues, indent=2) + "\n"
