"""A scan as a SARIF 2.1.0 log that GitHub code scanning takes in without a complaint.

Limits and required properties:
https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning
What is left out on purpose: snippets and context regions (they would hold the value), the command
line, times and machine (they differ from run to run), suppressed findings (GitHub opens an alert
for them). Importing this module loads sarif-om (80 ms): do it only when SARIF is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import sarif_om

from leaksift.finding import Finding, ScanResult, Skipped
from leaksift_sarif.descriptors import LEVELS, REPOSITORY, descriptors
from leaksift_sarif.uris import OUTSIDE, SOURCE_ROOT, place

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"

MOST_RESULTS = 25_000
"""GitHub refuses a file with more results in a run."""

_SEMANTIC_VERSION = re.compile(r"\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?")

_BASES = {
    SOURCE_ROOT: "The root of the scanned repository.",
    OUTSIDE: "Where a file outside the repository lies; the report does not name the place.",
}

_QUIET_SKIPS = frozenset({"binary", "excluded", "submodule", "lfs pointer", "special file"})
"""Reasons that are as expected; the others may hide something."""


def build(result: ScanResult, *, version: str, category: str = "leaksift/") -> sarif_om.SarifLog:
    """The log of one scan. The same findings, rules and files give the same log, in any order.

    `version` is leaksift's own. `category` tells several uploads for one commit apart: GitHub takes
    the text before the last slash, so one is added where it has none at its end.
    """
    rules = descriptors(result.rules)
    notifications = list(_notifications(result))
    findings: Iterable[Finding] = result.findings
    if len(result.findings) > MOST_RESULTS:
        findings = sorted(result.findings, key=_most_severe)[:MOST_RESULTS]
        text = (
            f"Only the {MOST_RESULTS:,} most severe of {len(result.findings):,} findings are "
            "here, because GitHub refuses a longer report."
        )
        notifications.insert(0, _notification(text, "warning"))
    index = {rule.id: number for number, rule in enumerate(rules)}
    titles = {rule.id: rule.short_description.text for rule in rules}
    run = sarif_om.Run(
        tool=sarif_om.Tool(driver=_driver(rules, version)),
        automation_details=sarif_om.RunAutomationDetails(id=category.rstrip("/") + "/"),
        column_kind="utf16CodeUnits",
        original_uri_base_ids=_uri_bases(result),
        invocations=[
            sarif_om.Invocation(
                execution_successful=result.error is None,
                tool_execution_notifications=notifications,
            )
        ],
        redaction_tokens=["****"],
        results=[
            _result(finding, titles.get(finding.rule, finding.rule), index.get(finding.rule, -1))
            for finding in sorted(findings, key=_position)
        ],
        properties=_counts(result),
    )
    return sarif_om.SarifLog(version="2.1.0", schema_uri=SCHEMA, runs=[run])


def _driver(rules: list[sarif_om.ReportingDescriptor], version: str) -> sarif_om.ToolComponent:
    return sarif_om.ToolComponent(
        name="leaksift",
        information_uri=REPOSITORY,
        version=version,
        # Python's pre-releases (`1.0.0rc1`) are not semantic versions.
        semantic_version=version if _SEMANTIC_VERSION.fullmatch(version) else None,
        rules=rules,
    )


def _position(finding: Finding) -> tuple[str, int, int, str, str]:
    return (finding.path, finding.start, finding.end, finding.rule, finding.fingerprint)


def _most_severe(finding: Finding) -> tuple[int, float, tuple[str, int, int, str, str]]:
    return (-finding.severity, -finding.score, _position(finding))


def _result(finding: Finding, title: str, rule_index: int) -> sarif_om.Result:
    """One finding. Several on one line stay apart, though GitHub may fold them into one alert."""
    fingerprints = {"leaksift/v1": finding.fingerprint}
    if finding.line_hash:
        fingerprints["primaryLocationLineHash"] = finding.line_hash
    region = sarif_om.Region(
        start_line=finding.start_line,
        start_column=finding.start_column_utf16,
        end_line=finding.end_line,
        end_column=finding.end_column_utf16,
    )
    return sarif_om.Result(
        rule_id=finding.rule,
        rule_index=rule_index,
        level=LEVELS[finding.severity],
        message=sarif_om.Message(text=f"{title}: {finding.preview}."),
        locations=[_location(finding.path, region)],
        partial_fingerprints=fingerprints,
        rank=round(100 * finding.score, 2),
        properties=_properties(finding),
    )


def _properties(finding: Finding) -> dict[str, Any]:
    properties: dict[str, Any] = {
        "label": finding.label,
        "source": finding.source,
        "score": round(finding.score, 4),
    }
    if finding.category is not None:
        properties["category"] = finding.category
    return properties


def _location(path: str, region: sarif_om.Region | None = None) -> sarif_om.Location:
    where = place(path)
    return sarif_om.Location(
        physical_location=sarif_om.PhysicalLocation(
            artifact_location=sarif_om.ArtifactLocation(uri=where.uri, uri_base_id=where.base),
            region=region,
        )
    )


def _uri_bases(result: ScanResult) -> dict[str, sarif_om.ArtifactLocation]:
    """The bases that this log names, without their URIs: those are of one machine only."""
    reported: list[Finding | Skipped] = [*result.findings, *result.skipped]
    used = {SOURCE_ROOT, *(place(one.path).base for one in reported)}
    return {
        base: sarif_om.ArtifactLocation(description=sarif_om.Message(text=_BASES[base]))
        for base in sorted(used)
    }


def _notifications(result: ScanResult) -> Iterable[sarif_om.Notification]:
    """What a reader should know besides the findings: the error first, skipped files by path."""
    if result.error is not None:
        yield _notification(f"The scan broke off: {result.error}", "error")
    for notice in result.notices:
        yield _notification(notice, "note")
    for entry in sorted(result.stale):
        yield _notification(f"This baseline entry matches nothing any more: {entry}", "note")
    for skipped in sorted(result.skipped, key=lambda one: (one.path, one.reason, one.detail)):
        yield _skip_notification(skipped)


def _skip_notification(skipped: Skipped) -> sarif_om.Notification:
    detail = f" ({skipped.detail})" if skipped.detail else ""
    level = "note" if skipped.reason in _QUIET_SKIPS else "warning"
    return _notification(f"Not scanned: {skipped.reason}{detail}.", level, skipped.path)


def _notification(text: str, level: str, path: str | None = None) -> sarif_om.Notification:
    return sarif_om.Notification(
        message=sarif_om.Message(text=text),
        level=level,
        locations=None if path is None else [_location(path)],
    )


def _counts(result: ScanResult) -> Mapping[str, Any]:
    """What was scanned, without the time it took, which would make every log different."""
    summary = result.summary
    return {
        "files": summary.files,
        "lines": summary.lines,
        "bytes": summary.bytes,
        "skipped": len(result.skipped),
        "allowed": dict(summary.allowed),
    }
