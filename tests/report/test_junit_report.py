"""The report for build servers: a failure per finding that stops, whatever the files are called."""

from __future__ import annotations

from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from leaksift.finding import Finding, RuleInfo, ScanResult, Severity, Skipped, Summary
from leaksift.report import junit

RULE = RuleInfo("r", "A key", "It opens.", "Revoke it.", "secret", Severity.BLOCK, "high", 9.0, 798)


def found(path: str = "a.py", severity: Severity = Severity.BLOCK, line: int = 3) -> Finding:
    return Finding(
        path=path, rule="r", label="secret", severity=severity, source="rule", score=1.0,
        start=line, end=line + 9, start_line=line, start_column=5, end_line=line, end_column=14,
        fingerprint="f", preview="**** (9 characters)", start_column_utf16=5, end_column_utf16=14,
    )  # fmt: skip


def scan(*findings: Finding, skipped: tuple[Skipped, ...] = (), error: str = "") -> ScanResult:
    return ScanResult(
        findings, skipped, Summary(2, 9, 99, 0.5), (RULE,), notices=("note",), error=error or None
    )


def suite(result: ScanResult, **options: object) -> ElementTree.Element:
    text = junit.build(result, **options)  # type: ignore[arg-type]
    assert text.isascii()
    root = ElementTree.fromstring(text)
    assert root.tag == "testsuites" and len(root) == 1
    for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        assert int(root[0].get(name, "")) == len(root[0].findall(f"testcase/{tag}"))
    assert int(root[0].get("tests", "")) == len(root[0].findall("testcase"))
    return root[0]


def test_a_finding_is_a_failure_that_says_where_and_what_to_do() -> None:
    case = suite(scan(found()))[0]
    assert (case.get("classname"), case.get("name")) == ("leaksift.r", "a.py:3:5")
    assert (case.get("file"), case.get("line")) == ("a.py", "3")
    failure = case.find("failure")
    assert failure is not None
    assert failure.get("message") == "A key: **** (9 characters)"
    assert failure.text == "a.py:3:5: A key: **** (9 characters)\nIt opens.\nRevoke it."


def test_what_does_not_stop_the_build_is_no_failure() -> None:
    result = scan(found(severity=Severity.WARN), found(line=4))
    assert suite(result).get("failures") == "1"
    assert suite(result, fail_on=Severity.WARN).get("failures") == "2"


def test_a_clean_scan_has_one_test_that_passed() -> None:
    clean = suite(scan())
    assert (clean.get("tests"), clean.get("failures")) == ("1", "0")
    assert "2 files" in "".join(clean.itertext())


def test_what_could_not_be_scanned_is_an_error() -> None:
    skipped = (Skipped("a", "unreadable", "no"), Skipped("b", "binary"), Skipped("c", "excluded"))
    assert suite(scan(skipped=skipped)).get("errors") == "1"
    assert suite(scan(skipped=skipped), strict=True).get("errors") == "2"
    assert suite(scan(error="broke")).get("errors") == "1"


@given(st.text(min_size=1))
def test_no_name_breaks_the_xml(path: str) -> None:
    case = suite(scan(found(path), skipped=(Skipped(path, "unreadable", path),), error=path))[0]
    assert case.get("line") == "3"
    assert case.get("name", "").endswith(":3:5")
