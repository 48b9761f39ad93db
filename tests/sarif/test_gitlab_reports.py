"""GitLab's reports fit its schemas and name a finding the same wherever it moves."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from leaksift.finding import Finding, ScanResult, Severity, Skipped
from leaksift_sarif import codequality, gitlab

MakeFinding = Callable[..., Finding]
MakeResult = Callable[..., ScanResult]

SCHEMAS = Path(__file__).parent / "schemas"
ENDED = datetime(2026, 3, 4, 5, 6, 7, 899_000, timezone.utc)


def validate(report: Any, name: str) -> None:
    schema = json.loads((SCHEMAS / name).read_text(encoding="utf-8"))
    jsonschema.validators.validator_for(schema)(schema).validate(report)


def sast(result: ScanResult, **more: Any) -> dict[str, Any]:
    report = json.loads(gitlab.build(result, "sast", version="1.0", ended=ENDED, **more))
    validate(report, "gitlab-sast-15.0.7.json")
    assert isinstance(report, dict)
    return report


def secrets(result: ScanResult) -> dict[str, Any]:
    report = json.loads(gitlab.build(result, "secret_detection", version="1.0", ended=ENDED))
    validate(report, "gitlab-secret-detection-15.0.7.json")
    assert isinstance(report, dict)
    return report


def quality(result: ScanResult) -> list[dict[str, Any]]:
    text = codequality.build(result)
    assert text.isascii()
    report = json.loads(text)
    validate(report, "gitlab-code-quality.json")
    return list(report)


def test_every_scan_fits_gitlabs_schemas(scenario: ScanResult) -> None:
    reports = sast(scenario), secrets(scenario)
    assert len(reports[0]["vulnerabilities"]) == len(scenario.findings)
    assert {report["scan"]["type"] for report in reports} == {"sast", "secret_detection"}
    assert len(quality(scenario)) == len(scenario.findings)


def test_the_schemas_refuse_what_gitlab_refuses(
    scan_result: MakeResult, finding: MakeFinding
) -> None:
    report = sast(scan_result(finding()))
    for spoil in ("severity", "identifiers", "id"):
        broken = json.loads(json.dumps(report))
        broken["vulnerabilities"][0][spoil] = ""
        with pytest.raises(jsonschema.ValidationError):
            validate(broken, "gitlab-sast-15.0.7.json")


def test_times_have_neither_zone_nor_fraction(scan_result: MakeResult) -> None:
    scan = sast(scan_result())["scan"]
    assert (scan["start_time"], scan["end_time"]) == ("2026-03-04T05:06:07",) * 2


def test_secrets_and_private_data_share_no_report_where_both_are_published(
    scan_result: MakeResult, finding: MakeFinding
) -> None:
    result = scan_result(finding(), finding(rule="iban", severity=Severity.WARN, start=99))
    named = [item["identifiers"][0]["value"] for item in sast(result)["vulnerabilities"]]
    assert named == ["github-pat", "iban"]
    (secret,) = secrets(result)["vulnerabilities"]
    (other,) = sast(result, without_secrets=True)["vulnerabilities"]
    assert secret["identifiers"][0]["value"] == "github-pat"
    assert secret["location"]["commit"] == {"sha": "0000000"}
    assert other["identifiers"][0]["value"] == "iban"


def test_a_vulnerability_says_what_it_is_how_bad_and_what_to_do(
    scan_result: MakeResult, finding: MakeFinding
) -> None:
    (item,) = secrets(scan_result(finding()))["vulnerabilities"]
    assert item["name"] == "GitHub personal access token"
    assert item["severity"] == "Critical"
    assert item["solution"].startswith("Revoke it")
    assert "gh****42" in item["description"]
    assert [one["type"] for one in item["identifiers"]] == ["leaksift_rule_id", "cwe"]
    assert "raw_source_code_extract" not in item


def identities(result: ScanResult) -> list[tuple[str, str, str]]:
    security, issues = sast(result)["vulnerabilities"], quality(result)
    return [
        (item["id"], item["tracking"]["items"][0]["signatures"][0]["value"], issue["fingerprint"])
        for item, issue in zip(security, issues, strict=True)
    ]


def test_a_moved_line_keeps_its_identity(scan_result: MakeResult, finding: MakeFinding) -> None:
    assert identities(scan_result(finding(line=3))) == identities(scan_result(finding(line=300)))


def test_two_findings_on_one_line_stay_two(scan_result: MakeResult, finding: MakeFinding) -> None:
    names = identities(scan_result(finding(start=1), finding(start=2)))
    assert all(len(set(column)) == 2 for column in zip(*names, strict=True))


def test_findings_of_one_name_are_told_apart(scan_result: MakeResult, finding: MakeFinding) -> None:
    names = identities(scan_result(*(finding(path) for path in "abc")))
    assert all(len(set(column)) == 3 for column in zip(*names, strict=True))


def test_the_order_of_findings_does_not_matter(
    scan_result: MakeResult, finding: MakeFinding
) -> None:
    found = [finding(path, start=at) for path in "ba" for at in (5, 1)]
    assert codequality.build(scan_result(*found)) == codequality.build(scan_result(*found[::-1]))
    assert sast(scan_result(*found)) == sast(scan_result(*found[::-1]))


def test_paths_are_relative_and_readable(scan_result: MakeResult, finding: MakeFinding) -> None:
    paths = ["./a b.py", "/srv/x.txt", "größe.env", "latin1-\udce9.txt"]
    found = scan_result(*(finding(path, start=at) for at, path in enumerate(paths)))
    places = {item["location"]["path"] for item in quality(found)}
    assert places == {"a b.py", "srv/x.txt", "größe.env", "latin1-\\udce9.txt"}
    assert {item["location"]["file"] for item in sast(found)["vulnerabilities"]} == places


def test_a_scan_that_broke_off_is_a_failure_and_says_what_was_not_scanned(
    scan_result: MakeResult,
) -> None:
    skipped = (Skipped("a", "unreadable"), Skipped("b", "binary"), Skipped("c", "binary"))
    scan = sast(scan_result(error="no disk", skipped=skipped))["scan"]
    assert scan["status"] == "failure"
    assert [(one["level"], one["value"]) for one in scan["messages"]] == [
        ("fatal", "The scan broke off: no disk"),
        ("info", "Not scanned: 2 (binary)."),
        ("warn", "Not scanned: 1 (unreadable)."),
    ]
