"""GitHub workflow commands that mark findings in a pull request's changed files.

The syntax and its traps: https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts
writes it, https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs reads it.
File names and rule texts come from the scanned repository, so they must neither end a property nor
start a command of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from leaksift.finding import Finding, RuleInfo, ScanResult, Severity

MOST_PER_LEVEL = 10
"""GitHub keeps ten annotations of a level per step and drops the others."""

_COMMANDS = {Severity.BLOCK: "error", Severity.WARN: "warning", Severity.NOTE: "notice"}

# Control characters, line separators, direction overrides and lone surrogates; carriage return and
# line feed have an escape of their own.
_UNPRINTABLE = re.compile(
    r"[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
# Older runners and Azure Pipelines (`##vso[`) look for this form anywhere in a line.
_OLD_COMMAND = re.compile(r"##(?=\w*\[)")


def build(result: ScanResult, *, prefix: str = "") -> str:
    """One line per finding, at most ten of a level, the most severe first; empty for none.

    `prefix` is the way from GITHUB_WORKSPACE to the repository, for a repository that is checked
    out into a folder of it. A last plain line counts the findings that have no annotation.
    """
    rules = {rule.id: rule for rule in result.rules}
    lines: list[str] = []
    for severity in sorted(_COMMANDS, reverse=True):
        found = [finding for finding in result.findings if finding.severity is severity]
        lines += _commands(found, rules, prefix)
    hidden = len(result.findings) - len(lines)
    if hidden:
        lines.append(f"+{hidden} more without an annotation: GitHub shows ten of a level per step.")
    return "".join(f"{line}\n" for line in lines)


def _commands(
    findings: Iterable[Finding], rules: Mapping[str, RuleInfo], prefix: str
) -> Iterable[str]:
    """The commands of one level's findings, by path and place."""
    ordered = sorted(findings, key=lambda finding: (finding.path, finding.start, finding.rule))
    for finding in ordered[:MOST_PER_LEVEL]:
        yield _command(finding, rules.get(finding.rule), prefix)


def _command(finding: Finding, rule: RuleInfo | None, prefix: str) -> str:
    title = rule.title if rule else finding.rule
    path = f"{prefix.rstrip('/')}/{finding.path}" if prefix else finding.path
    properties = {"file": path, "line": finding.start_line, "endLine": finding.end_line}
    if finding.start_line == finding.end_line:
        # GitHub does not say what it counts; these are the columns of the SARIF report. With two
        # lines the runner drops columns, and says so in the log.
        properties["col"] = finding.start_column_utf16
        properties["endColumn"] = finding.end_column_utf16
    properties["title"] = f"{title} ({finding.rule})"
    message = f"{title}: {finding.preview}." + (f" {rule.fix}" if rule else "")
    written = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items())
    return f"::{_COMMANDS[finding.severity]} {written}::{_data(message)}"


def _data(text: str) -> str:
    """Text of a message: on one line, and no command of any kind."""
    text = _UNPRINTABLE.sub(lambda match: match[0].encode("unicode_escape").decode(), text)
    text = _OLD_COMMAND.sub("# #", text)
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    """The value of a property: as data, and without what separates properties."""
    return _data(text).replace(":", "%3A").replace(",", "%2C")
