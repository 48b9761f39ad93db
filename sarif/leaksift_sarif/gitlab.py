"""GitLab's security reports: `sast` and `secret_detection`, schema 15.0.

The schemas: https://gitlab.com/gitlab-org/security-products/security-report-schemas. GitLab refuses
a report of a newer schema than it knows and takes every 15.x since 15.0, so this is the oldest one.
`raw_source_code_extract` is left out on purpose: it would hold the value.
"""

from __future__ import annotations

import json
import uuid
from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Literal

from leaksift.finding import Finding, RuleInfo, ScanResult, Severity
from leaksift_sarif.descriptors import REPOSITORY
from leaksift_sarif.identities import identified
from leaksift_sarif.uris import relative

SCHEMA_VERSION = "15.0.7"

# GitLab's own secret analyzer writes this for "the commit that is scanned".
_THIS_COMMIT = "0000000"
_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, REPOSITORY)

# The schema's limits, in characters.
_LONGEST_NAME = 255
_LONGEST_SOLUTION = 7000


def build(
    result: ScanResult,
    kind: Literal["sast", "secret_detection"],
    *,
    version: str,
    ended: datetime,
    without_secrets: bool = False,
) -> str:
    """The report of a scan that ended at `ended` (UTC), as JSON.

    `secret_detection` has the findings of kind `secret`; `sast` has all of them, or, for a pipeline
    that publishes both, all others (`without_secrets`). A report in the slot of the other kind is
    refused by GitLab. `version` is leaksift's own.
    """
    rules = {rule.id: rule for rule in result.rules}
    program = {
        "id": "leaksift",
        "name": "leaksift",
        "url": REPOSITORY,
        "version": version,
        "vendor": {"name": "leaksift"},
    }
    report = {
        "version": SCHEMA_VERSION,
        "scan": {
            "type": kind,
            "status": "success" if result.error is None else "failure",
            "start_time": _time(ended - timedelta(seconds=result.summary.seconds)),
            "end_time": _time(ended),
            "analyzer": program,
            "scanner": program,
            "messages": list(_messages(result)),
        },
        "vulnerabilities": [
            _vulnerability(name, finding, rules.get(finding.rule), kind)
            for name, finding in identified(result.findings)
            if _belongs(finding, kind, without_secrets)
        ],
    }
    return json.dumps(report, indent=2) + "\n"


def _belongs(finding: Finding, kind: str, without_secrets: bool) -> bool:
    if kind == "secret_detection":
        return finding.label == "secret"
    return not (without_secrets and finding.label == "secret")


def _vulnerability(name: str, finding: Finding, rule: RuleInfo | None, kind: str) -> dict[str, Any]:
    title = (rule.title if rule else "") or finding.rule
    path = _readable(relative(finding.path))
    location: dict[str, Any] = {
        "file": path,
        "start_line": finding.start_line,
        "end_line": finding.end_line,
    }
    if kind == "secret_detection":
        location["commit"] = {"sha": _THIS_COMMIT}
    vulnerability = {
        "id": str(uuid.uuid5(_NAMESPACE, f"{kind} {name}")),
        # The same for all findings of a rule: GitLab groups by it.
        "name": _readable(title)[:_LONGEST_NAME],
        "description": _readable(
            " ".join(filter(None, (f"{title}: {finding.preview}.", _why(rule))))
        ),
        "severity": _severity(finding, rule),
        "solution": _readable(rule.fix if rule else "")[:_LONGEST_SOLUTION],
        "identifiers": _identifiers(finding, rule),
        "links": [
            {"url": link}
            for link in (rule.references if rule else ())
            if link.startswith("https://")
        ],
        "location": location,
        "tracking": {
            "type": "source",
            "items": [
                {
                    **{key: location[key] for key in ("file", "start_line", "end_line")},
                    # The value is opaque to GitLab; this name is known to all its versions that
                    # have signatures. Without one, a finding is its rule, file and lines.
                    "signatures": [{"algorithm": "scope_offset", "value": name}],
                }
            ],
        },
    }
    return {key: value for key, value in vulnerability.items() if value not in ("", [])}


def _why(rule: RuleInfo | None) -> str:
    """What somebody can do with such a value, as far as the rule says."""
    return rule.why if rule else ""


def _identifiers(finding: Finding, rule: RuleInfo | None) -> list[dict[str, str]]:
    """The rule first: GitLab takes the first one for part of the identity."""
    rule_id = _readable(finding.rule)
    identifiers = [{"type": "leaksift_rule_id", "name": f"leaksift {rule_id}", "value": rule_id}]
    if rule:
        identifiers.append(
            {
                "type": "cwe",
                "name": f"CWE-{rule.cwe}",
                "value": str(rule.cwe),
                "url": f"https://cwe.mitre.org/data/definitions/{rule.cwe}.html",
            }
        )
    return identifiers


def _severity(finding: Finding, rule: RuleInfo | None) -> str:
    if finding.severity is Severity.BLOCK:
        # The scale of CVSS, by which 9.0 is critical.
        return "Critical" if rule and rule.security_severity >= 9.0 else "High"
    return "Medium" if finding.severity is Severity.WARN else "Low"


def _messages(result: ScanResult) -> Iterable[dict[str, str]]:
    """What a reader of the pipeline's security tab should know besides the findings."""
    if result.error is not None:
        yield {"level": "fatal", "value": _readable(f"The scan broke off: {result.error}")}
    for notice in result.notices:
        yield {"level": "info", "value": _readable(notice)}
    for reason, count in sorted(Counter[str](skip.reason for skip in result.skipped).items()):
        level = "warn" if reason in ("unreadable", "undecodable") else "info"
        yield {"level": level, "value": f"Not scanned: {count} ({reason})."}


def _time(moment: datetime) -> str:
    # Neither fraction nor zone: the schema's pattern has no room for them.
    return moment.strftime("%Y-%m-%dT%H:%M:%S")


def _readable(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()
