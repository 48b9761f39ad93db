"""The report for a build's own page: Markdown with tables, for GitHub's job summary and the like.

GitHub drops a summary of more than 1 MiB as a whole
(https://github.com/actions/runner/blob/main/src/Runner.Worker/FileCommandManager.cs), so this one
is cut before. File names and rule texts come from the scanned repository: they stand in it as text,
whatever Markdown or HTML they hold.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from leaksift.finding import Finding, RuleInfo, ScanResult, Severity
from leaksift.printable import printable

MOST_BYTES = 900 * 1024
_MOST_SKIPPED = 200
"""Skipped files that are named; all are counted."""

# A numeric reference is never taken for Markdown, HTML or the end of a table's cell
# (https://spec.commonmark.org/0.31.2/#entity-and-numeric-character-references). What is left out
# means nothing in the middle of a line; a full stop does after `www`.
_SPECIAL = re.compile(r"[^\w\s./-]|_|(?<=www)\.", re.IGNORECASE)
# The longest name that a file system takes is 4,096 bytes; a table need not show more of it.
_LONGEST = 300


def build(
    result: ScanResult,
    *,
    fail_on: Severity = Severity.BLOCK,
    strict: bool = False,
    message: str = "",
    most_bytes: int = MOST_BYTES,
) -> str:
    """Verdict, counts by rule, findings (the most severe first), what was skipped, what to do.

    At most `most_bytes` of UTF-8; findings that find no room are counted in a line that says so.
    """
    rules = {rule.id: rule for rule in result.rules}
    before = [*_verdict(result, fail_on, strict), *_counts(result, rules)]
    after = [*_skipped(result, strict), *_advice(result, rules, fail_on, message)]
    room = most_bytes - sum(map(_size, (*before, *after))) - 1000
    return "".join(f"{line}\n" for line in (*before, *_findings(result, rules, room), *after))


def as_text(text: str) -> str:
    """Untrusted text for the middle of a line of Markdown: one line, no markup of any kind."""
    text = printable(text)
    return _escape(text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…")


def _verdict(result: ScanResult, fail_on: Severity, strict: bool) -> Iterator[str]:
    failing = len(result.at_or_above(fail_on))
    unscanned = sum(skipped.is_failure(strict) for skipped in result.skipped)
    if failing:
        yield f"## leaksift: {_number(failing, 'finding')} must not be shared"
    elif result.error is not None or unscanned:
        yield "## leaksift: not everything was scanned"
    else:
        yield "## leaksift: nothing that must not be shared"
    yield ""
    if result.error is not None:
        yield f"**The scan broke off:** {as_text(result.error)}"
        yield ""
    for notice in result.notices:
        yield f"- {as_text(notice)}"
    if result.notices:
        yield ""
    summary = result.summary
    told = f"Scanned {_number(summary.files, 'file')}, {_number(summary.lines, 'line')}"
    if result.skipped:
        told += f"; skipped {_number(len(result.skipped), 'file')}"
    if allowed := sum(summary.allowed.values()):
        reasons = ", ".join(
            f"{count} {as_text(why)}" for why, count in sorted(summary.allowed.items())
        )
        told += f"; let be {allowed} ({reasons})"
    yield f"{told}."
    yield ""


def _counts(result: ScanResult, rules: dict[str, RuleInfo]) -> Iterator[str]:
    if not result.findings:
        return
    counts: dict[str, Counter[Severity]] = {}
    for finding in result.findings:
        counts.setdefault(finding.rule, Counter())[finding.severity] += 1
    yield "| Rule | What | block | warn | note |"
    yield "| --- | --- | ---: | ---: | ---: |"
    levels = sorted(Severity, reverse=True)
    for rule in sorted(counts, key=lambda rule: ([-counts[rule][level] for level in levels], rule)):
        numbers = " | ".join(str(counts[rule][level] or "") for level in levels)
        yield f"| {_code(rule)} | {as_text(_title(rule, rules))} | {numbers} |"
    total = Counter(finding.severity for finding in result.findings)
    yield f"| **all** | | {' | '.join(f'**{total[level]}**' for level in levels)} |"
    yield ""


def _findings(result: ScanResult, rules: dict[str, RuleInfo], room: int) -> Iterator[str]:
    if not result.findings:
        return
    yield "| Severity | Where | What | Masked | Rule |"
    yield "| --- | --- | --- | --- | --- |"
    ordered = sorted(result.findings, key=_most_severe)
    for number, finding in enumerate(ordered):
        row = (
            f"| {finding.severity} | {_code(f'{finding.path}:{finding.start_line}')} "
            f"| {as_text(_title(finding.rule, rules))} | {_code(finding.preview)} "
            f"| {_code(finding.rule)} |"
        )
        room -= _size(row)
        if room < 0:
            yield ""
            hidden = len(ordered) - number
            yield (
                f"**{_number(hidden, 'more finding')} did not fit here**: a longer summary would "
                "not be shown. The report files have all."
            )
            break
        yield row
    yield ""


def _most_severe(finding: Finding) -> tuple[int, str, int, str]:
    return (-finding.severity, finding.path, finding.start, finding.rule)


def _skipped(result: ScanResult, strict: bool) -> Iterator[str]:
    if not result.skipped:
        return
    reasons = Counter[str](skipped.reason for skipped in result.skipped)
    counts = ", ".join(f"{count} {reason}" for reason, count in sorted(reasons.items()))
    yield "<details>"
    yield f"<summary>Not scanned: {counts}</summary>"
    yield ""
    # What fails the build first.
    ordered = sorted(result.skipped, key=lambda one: (not one.is_failure(strict), one.path))
    for skipped in ordered[:_MOST_SKIPPED]:
        detail = f": {as_text(skipped.detail)}" if skipped.detail else ""
        yield f"- {_code(skipped.path)} {skipped.reason}{detail}"
    if len(ordered) > _MOST_SKIPPED:
        yield f"- and {len(ordered) - _MOST_SKIPPED:,} more"
    yield ""
    yield "</details>"
    yield ""


def _advice(
    result: ScanResult, rules: dict[str, RuleInfo], fail_on: Severity, message: str
) -> Iterator[str]:
    failing = result.at_or_above(fail_on)
    if not failing:
        return
    yield "### What to do"
    yield ""
    for rule in sorted({finding.rule for finding in failing}):
        info = rules.get(rule)
        if info and (info.why or info.fix):
            told = _escape(printable(" ".join(filter(None, (info.why, info.fix)))))
            yield f"- **{as_text(_title(rule, rules))}** ({_code(rule)}): {told}"
    yield ""
    yield "A value that was pushed is known: revoke it first, then take it out of the file."
    yield ""
    yield (
        "Meant to be there? Write "
        f"{_code(f'leaksift: allow {failing[0].rule} -- why')} in a comment on its line or the "
        "line before. Known for long? `leaksift baseline create` (or `update`) lets today's "
        "findings be; commit its file."
    )
    if message:
        yield ""
        yield _escape(printable(message))


def _escape(text: str) -> str:
    return _SPECIAL.sub(lambda match: f"&#{ord(match[0])};", text)


def _title(rule: str, rules: dict[str, RuleInfo]) -> str:
    info = rules.get(rule)
    return (info.title if info else "") or rule


def _code(text: str) -> str:
    return f"<code>{as_text(text)}</code>"


def _size(line: str) -> int:
    return len(line.encode("utf-8", "replace")) + 1


def _number(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
