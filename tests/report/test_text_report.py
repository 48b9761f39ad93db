"""What the person at the terminal reads."""

from collections.abc import Callable

from leaksift.finding import Finding, RuleInfo, ScanResult, Severity, Skipped, Summary
from leaksift.report import text

RULE = RuleInfo(
    id="url-credentials",
    title="Password in a URL",
    why="Whoever reads it can log in.",
    fix="Change the password and take it from the environment.",
    label="secret",
    severity=Severity.BLOCK,
    precision="high",
    security_severity=8.0,
    cwe=798,
)


def finding(path: str = "app.py", severity: Severity = Severity.BLOCK, line: int = 3) -> Finding:
    return Finding(
        path=path,
        rule=RULE.id,
        label="secret",
        severity=severity,
        source="rule",
        score=0.95,
        start=10,
        end=20,
        start_line=line,
        start_column=5,
        end_line=line,
        end_column=15,
        fingerprint="0" * 64,
        preview="**** (10 characters)",
        start_column_utf16=5,
        end_column_utf16=15,
    )


def result(*findings: Finding, **other: object) -> ScanResult:
    fields: dict[str, object] = {
        "findings": findings,
        "skipped": (),
        "summary": Summary(files=2, lines=1234, bytes=56_000, seconds=0.126),
        "rules": (RULE,),
        **other,
    }
    return ScanResult(**fields)  # type: ignore[arg-type]


def test_a_finding_says_where_what_why_and_what_to_do() -> None:
    report = text.build(result(finding()))
    assert "app.py\n  3:5  block  Password in a URL  **** (10 characters)" in report
    for line in (RULE.why, RULE.fix, "leaksift: allow url-credentials -- "):
        assert line in report
    assert "Scanned 2 files, 1,234 lines, 56.0 kB in 0.13 s." in report


def test_a_rule_is_explained_once_however_often_it_found_something() -> None:
    report = text.build(result(*(finding(line=n) for n in range(1, 50))))
    assert report.count(RULE.why) == 1


def test_a_clean_scan_says_so_and_what_was_skipped_and_let_be() -> None:
    clean = result(
        skipped=(Skipped("a.png", "binary"), Skipped("b.bin", "too large", "20 MB")),
        summary=Summary(files=1, lines=1, bytes=10, seconds=0.0, allowed={"baseline": 4}),
    )
    report = text.build(clean)
    assert "found nothing that must not be shared" in report
    assert "skipped 2 files (1 binary, 1 too large); let be 4 (4 baseline)." in report
    assert "a.png" not in report
    assert "skipped: b.bin (too large, 20 MB)" in text.build(clean, verbose=True)


def test_notes_are_counted_and_shown_on_demand() -> None:
    notes = result(finding(severity=Severity.NOTE))
    assert "app.py" not in text.build(notes)
    assert "1 note (-v shows all)" in text.build(notes)
    assert "app.py" in text.build(notes, verbose=True)
    assert "app.py" in text.build(notes, fail_on=Severity.NOTE)


def test_a_scan_that_broke_off_does_not_say_that_it_found_nothing() -> None:
    report = text.build(result(error="git broke off"))
    assert "found nothing" not in report
    assert report.endswith("leaksift: git broke off\n")


def test_a_hostile_name_stays_on_its_line() -> None:
    report = text.build(result(finding(path="::error::x\nnext\x1b[2J")))
    assert "\\x3a:error::x\\x0anext\\x1b[2J\n" in report
    assert "\x1b" not in report


def test_colour_is_only_there_when_asked_for() -> None:
    assert "\x1b[" not in text.build(result(finding()))
    paint: Callable[[str, str], str] = text.colours
    assert "\x1b[1;31m" in text.build(result(finding()), paint=paint)


def test_the_house_s_own_message_is_shown_when_a_commit_is_stopped() -> None:
    assert "Ask in #security" in text.build(result(finding()), message="Ask in #security")
    assert "Ask in #security" not in text.build(result(), message="Ask in #security")
