"""The report for build servers that read nothing but JUnit's XML.

There is no standard; what Jenkins, Azure, Bitbucket, CircleCI and GitLab read in common:
https://github.com/testmoapp/junitxml. Each finding is a test case. A scan without findings has one
that passed: some servers take a report without any for a broken build.
"""

from __future__ import annotations

from collections import Counter
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from leaksift.finding import Finding, RuleInfo, ScanResult, Severity, Skipped
from leaksift.printable import printable


def build(result: ScanResult, *, fail_on: Severity = Severity.BLOCK, strict: bool = False) -> str:
    """One test suite: findings at or above `fail_on` are failures, those below it are skipped, and
    what could not be scanned (with `strict`, what was skipped) is an error."""
    rules = {rule.id: rule for rule in result.rules}
    suite = Element("testsuite", name="leaksift")
    for finding in result.findings:
        _add_finding(suite, finding, rules.get(finding.rule), fail_on)
    for skipped in result.skipped:
        if skipped.is_failure(strict):
            _add_error(suite, printable(skipped.path), _reason(skipped))
    if result.error is not None:
        _add_error(suite, "scan", printable(f"The scan broke off: {result.error}"))
    scan = SubElement(suite, "testcase", classname="leaksift", name="files scanned")
    SubElement(scan, "system-out").text = _told(result)
    counts = Counter(child.tag for case in suite for child in case)
    suite.set("tests", str(len(suite)))
    suite.set("failures", str(counts["failure"]))
    suite.set("errors", str(counts["error"]))
    suite.set("skipped", str(counts["skipped"]))
    suite.set("time", f"{result.summary.seconds:.3f}")
    suites = Element("testsuites")
    suites.append(suite)
    indent(suites)
    # Numeric references for everything but ASCII, so that no reader has to guess the encoding.
    text = tostring(suites, encoding="us-ascii", xml_declaration=False).decode("ascii")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _add_finding(
    suite: Element, finding: Finding, rule: RuleInfo | None, fail_on: Severity
) -> None:
    path = printable(finding.path)
    place = f"{path}:{finding.start_line}:{finding.start_column}"
    case = SubElement(
        suite,
        "testcase",
        classname=f"leaksift.{printable(finding.rule)}",
        name=place,
        file=path,
        line=str(finding.start_line),
    )
    title = printable((rule.title if rule else "") or finding.rule)
    message = f"{title}: {finding.preview}"
    if finding.severity < fail_on:
        SubElement(case, "skipped", message=f"{finding.severity}: {message}")
        return
    failure = SubElement(case, "failure", type=str(finding.severity), message=message)
    advice = [printable(text) for text in ((rule.why, rule.fix) if rule else ()) if text]
    failure.text = "\n".join([f"{place}: {message}", *advice])


def _add_error(suite: Element, name: str, message: str) -> None:
    case = SubElement(suite, "testcase", classname="leaksift", name=name)
    SubElement(case, "error", type="not scanned", message=message)


def _reason(skipped: Skipped) -> str:
    return f"not scanned: {skipped.reason}" + (
        f": {printable(skipped.detail)}" if skipped.detail else ""
    )


def _told(result: ScanResult) -> str:
    summary = result.summary
    told = [f"{summary.files} files, {summary.lines} lines, {summary.bytes} bytes"]
    reasons = Counter[str](skipped.reason for skipped in result.skipped)
    told += [f"skipped: {count} {reason}" for reason, count in sorted(reasons.items())]
    return "\n".join([*told, *map(printable, result.notices)])
