"""The job summary: short enough to be shown, and no name of a file is more than its name."""

from __future__ import annotations

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaksift.finding import Finding, RuleInfo, ScanResult, Severity, Skipped, Summary
from leaksift.printable import printable
from leaksift.report import summary

RULE = RuleInfo("r", "A key", "It opens.", "Revoke it.", "secret", Severity.BLOCK, "high", 9.0, 798)


def found(
    path: str = "a.py", severity: Severity = Severity.BLOCK, line: int = 3, rule: str = "r"
) -> Finding:
    return Finding(
        path=path, rule=rule, label="secret", severity=severity, source="rule", score=1.0,
        start=line, end=line + 9, start_line=line, start_column=5, end_line=line, end_column=14,
        fingerprint="f", preview="gh****42 (40 characters)", start_column_utf16=5,
        end_column_utf16=14,
    )  # fmt: skip


def scan(*findings: Finding, rules: tuple[RuleInfo, ...] = (RULE,), **more: object) -> ScanResult:
    skipped = more.pop("skipped", ())
    return ScanResult(findings, skipped, Summary(2, 9, 99, 0.5, {"inline": 1}), rules, **more)  # type: ignore[arg-type]


def cells(row: str) -> list[str]:
    """The cells of a table's row as somebody sees them."""
    plain = (re.sub("</?code>", "", cell.strip()) for cell in row.strip("|").split("|"))
    return [html.unescape(cell) for cell in plain]


def rows(text: str) -> list[list[str]]:
    return [cells(line) for line in text.splitlines() if line.startswith("| ")]


def test_it_counts_by_rule_and_shows_each_finding_masked_the_worst_first() -> None:
    text = summary.build(scan(found(severity=Severity.WARN), found("b.py"), found("b.py", line=7)))
    assert text.startswith("## leaksift: 2 findings must not be shared\n")
    assert ["r", "A key", "2", "1", ""] in rows(text)
    where = [row[:2] for row in rows(text) if row[-1] == "r"]
    assert where == [["block", "b.py:3"], ["block", "b.py:7"], ["warn", "a.py:3"]]
    assert ["block", "b.py:3", "A key", "gh****42 (40 characters)", "r"] in rows(text)


def test_it_says_what_to_do() -> None:
    text = html.unescape(summary.build(scan(found()), message="Ask the wiki."))
    for words in ("It opens. Revoke it.", "leaksift: allow r -- why", "baseline", "Ask the wiki."):
        assert words in text


def test_a_clean_scan_says_so_and_gives_no_advice() -> None:
    text = summary.build(scan())
    assert text.startswith("## leaksift: nothing that must not be shared\n")
    assert "Scanned 2 files, 9 lines; let be 1 (1 inline)." in text
    assert "What to do" not in text and "| " not in text


def test_what_was_not_scanned_is_counted_and_named() -> None:
    skipped = (Skipped("a.bin", "binary"), Skipped("locked", "unreadable", "permission denied"))
    text = summary.build(scan(skipped=skipped))
    assert text.startswith("## leaksift: not everything was scanned\n")
    assert "Not scanned: 1 binary, 1 unreadable" in text
    assert text.index("locked") < text.index("a.bin")
    broken = summary.build(scan(error="no disk"))
    assert "**The scan broke off:** no disk" in broken


def test_thousands_of_findings_are_cut_with_a_line_that_counts_the_rest() -> None:
    many = [found(f"folder/{'x' * 150}{number}.py", line=number + 1) for number in range(9_000)]
    skipped = tuple(Skipped("y" * 250, "binary") for _ in range(5_000))
    text = summary.build(scan(*many, skipped=skipped))
    assert len(text.encode()) <= 900 * 1024
    shown = sum(row[-1] == "r" and row[0] == "block" for row in rows(text))
    assert shown > 2_000
    assert f"**{9_000 - shown:,} more findings did not fit here**" in text
    assert "and 4,800 more" in text and "What to do" in text


def test_hardly_any_room_still_gives_the_verdict_and_the_count() -> None:
    text = summary.build(scan(found(), found(line=5)), most_bytes=10)
    assert "2 findings must not be shared" in text
    assert "2 more findings did not fit here" in text


HOSTILE = [
    "a|b.py",
    "`x`<script>alert(1)</script>",
    "![x](http://example.com/x.png)",
    "[x](javascript:alert(1))",
    "</code><h1>all is well</h1>",
    "a\n\n## leaksift: nothing\n",
    "a\\|b",
    "&lt;b&gt;",
    "__init__.py *x* ~~y~~ @somebody #1 :tada:",
    "$(touch x) ${{ secrets.x }}",
    "www.example.com",
    "https://example.com",
]


@pytest.mark.parametrize("path", HOSTILE)
def test_a_hostile_name_is_only_a_name(path: str) -> None:
    text = summary.build(scan(found(path), skipped=(Skipped(path, "binary", path),)))
    assert ["block", f"{printable(path)}:3", "A key", "gh****42 (40 characters)", "r"] in rows(text)
    markup = set(re.findall(r"<[^>]*>", text))
    assert markup <= {"<code>", "</code>", "<details>", "</details>", "<summary>", "</summary>"}
    assert text.count("\n## ") == 0 and text.startswith("## leaksift: 1 finding")
    assert not re.search(r"`x`|!\[|\]\(|://|www\.", text)


@given(st.text(), st.text(), st.text(min_size=1))
def test_no_text_becomes_markup(path: str, title: str, rule: str) -> None:
    info = RuleInfo(rule, title, title, path, "secret", Severity.BLOCK, "low", 1.0, 7)
    text = summary.build(scan(found(path, rule=rule), rules=(info,), notices=(title,)))
    assert set(re.findall(r"<[^>]*>", text)) <= {"<code>", "</code>"}
    text.encode("utf-8")
    (row,) = (line for line in text.splitlines() if line.startswith("| block | <"))
    assert len(cells(row)) == 5
