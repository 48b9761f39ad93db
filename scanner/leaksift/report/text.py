"""The report for the person at the terminal: what, where, why, and what to do next."""

from __future__ import annotations

import shutil
import textwrap
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from itertools import groupby

from leaksift.finding import Finding, RuleInfo, ScanResult, Severity
from leaksift.printable import printable

Paint = Callable[[str, str], str]
"""Gives a text the style called by name (block, warn, note, path, dim, good), or leaves it."""

_CODES = {
    "block": "1;31",
    "warn": "1;33",
    "note": "36",
    "path": "1",
    "dim": "2",
    "good": "32",
}


def colours(style: str, text: str) -> str:
    """The text between ANSI escape codes."""
    return f"\x1b[{_CODES[style]}m{text}\x1b[0m"


def plain(_style: str, text: str) -> str:
    """The text as it is."""
    return text


def build(
    result: ScanResult,
    *,
    fail_on: Severity = Severity.BLOCK,
    verbose: bool = False,
    paint: Paint = plain,
    width: int | None = None,
    message: str = "",
) -> str:
    """The report as lines that end in a line feed.

    Findings at `note` are counted, and shown with `verbose`. `width` is in columns; the terminal's
    by default, at most 100. `message` is the reader's own house's line for a stopped commit.
    """
    width = width or min(shutil.get_terminal_size((100, 24)).columns, 100)
    lowest = Severity.NOTE if verbose else min(Severity.WARN, fail_on)
    shown = result.at_or_above(lowest)
    rules = {rule.id: rule for rule in result.rules}
    lines: list[str] = []
    for path, findings in groupby(shown, key=lambda finding: finding.path):
        lines.append(paint("path", printable(path)))
        lines += _finding_lines(list(findings), rules, paint)
        lines.append("")
    lines += _advice((rules[rule] for rule in _in_order(shown)), paint, width)
    if verbose:
        lines += _skipped_lines(result)
    lines += [f"leaksift: {notice}" for notice in map(printable, result.notices)]
    lines += [
        f"leaksift: the baseline entry {printable(entry)} matches nothing any more; "
        "`leaksift baseline update` removes it"
        for entry in result.stale
    ]
    lines += _verdict(result, shown, fail_on, paint)
    if message and result.at_or_above(fail_on):
        lines.append(printable(message))
    if result.error:
        lines.append(paint("block", f"leaksift: {printable(result.error)}"))
    return "".join(f"{line}\n" for line in lines)


def _finding_lines(
    findings: list[Finding], rules: dict[str, RuleInfo], paint: Paint
) -> Iterable[str]:
    places = [f"{finding.start_line}:{finding.start_column}" for finding in findings]
    place_width = max(map(len, places))
    title_width = max(len(rules[finding.rule].title) for finding in findings)
    for finding, place in zip(findings, places, strict=True):
        severity = paint(str(finding.severity), f"{finding.severity!s:<5}")
        yield (
            f"  {place:>{place_width}}  {severity}  {rules[finding.rule].title:<{title_width}}"
            f"  {finding.preview}  {paint('dim', finding.rule)}"
        )


def _in_order(findings: Iterable[Finding]) -> Iterable[str]:
    """The rules of the findings, each once, the most severe first."""
    ranked = sorted(findings, key=lambda finding: -finding.severity)
    return dict.fromkeys(finding.rule for finding in ranked)


def _advice(rules: Iterable[RuleInfo], paint: Paint, width: int) -> list[str]:
    lines: list[str] = []
    for rule in rules:
        lines.append(f"{paint('path', rule.title)} {paint('dim', f'({rule.id})')}")
        for text in (rule.why, rule.fix):
            lines += textwrap.wrap(text, width, initial_indent="  ", subsequent_indent="  ")
        lines.append("")
    return lines


def _skipped_lines(result: ScanResult) -> list[str]:
    lines = []
    for skipped in result.skipped:
        detail = f", {skipped.detail}" if skipped.detail else ""
        lines.append(f"skipped: {printable(skipped.path)} ({skipped.reason}{printable(detail)})")
    return lines


def _verdict(
    result: ScanResult, shown: tuple[Finding, ...], fail_on: Severity, paint: Paint
) -> list[str]:
    lines: list[str] = []
    failing = result.at_or_above(fail_on)
    if failing:
        files = len({finding.path for finding in failing})
        head = f"leaksift found {_count(len(failing), 'thing')} that must not be shared"
        lines.append(paint("block", f"{head}, in {_count(files, 'file')}."))
        example = failing[0].rule
        lines.append(
            "  Meant to be there? Write `leaksift: allow "
            f"{example} -- why` in a comment on its line or the line before."
        )
        lines.append(
            "  Known for long? `leaksift baseline create` (or `update`) lets today's findings be."
        )
    elif not result.error and result.summary.files:
        lines.append(paint("good", "leaksift found nothing that must not be shared."))
    other = Counter(str(item.severity) for item in result.findings if item.severity < fail_on)
    hidden = len(result.findings) - len(shown)
    if other:
        counts = ", ".join(
            f"{other[str(level)]} {level}" for level in Severity if other[str(level)]
        )
        lines.append(f"  Below that: {counts}" + (" (-v shows all)." if hidden else "."))
    lines.append(paint("dim", summary_line(result)))
    return lines


def summary_line(result: ScanResult) -> str:
    """What was scanned, skipped and allowed, in one line."""
    summary = result.summary
    amount = ", ".join(
        (_count(summary.files, "file"), _count(summary.lines, "line"), _size(summary.bytes))
    )
    parts = [f"Scanned {amount} in {summary.seconds:.2f} s"]
    if result.skipped:
        reasons = Counter[str](skipped.reason for skipped in result.skipped)
        parts.append(f"skipped {_count(len(result.skipped), 'file')} ({_reasons(reasons)})")
    if allowed := sum(summary.allowed.values()):
        parts.append(f"let be {allowed} ({_reasons(summary.allowed)})")
    return "; ".join(parts) + "."


def _reasons(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{number} {reason}" for reason, number in sorted(counts.items()))


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _size(number: int) -> str:
    size = float(number)
    for unit in ("bytes", "kB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"
