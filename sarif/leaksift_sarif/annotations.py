"""GitHub workflow commands that mark findings in a pull request's changed files.

The syntax and its traps: https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts
writes it, https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs reads it.
File names and rule texts come from the scanned repository, so they must neither end a property nor
start a command of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

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
    out into a folder of it. A last notice counts the findings that have no annotation.
    """
    rules = {rule.id: rule for rule in result.rules}
    levels = {severity: _of(severity, result.findings) for severity in Severity}
    # The notice that counts the others is one of the ten.
    crowded = any(len(found) > MOST_PER_LEVEL for found in levels.values())
    room = {**dict.fromkeys(Severity, MOST_PER_LEVEL), Severity.NOTE: MOST_PER_LEVEL - crowded}
    lines = [
        _command(finding, rules.get(finding.rule), prefix)
        for severity in sorted(Severity, reverse=True)
        for finding in levels[severity][: room[severity]]
    ]
    hidden = len(result.findings) - len(lines)
    if hidden:
        lines.append(
            f"::notice title=leaksift::{hidden} more without an annotation: GitHub shows ten of a "
            "level per step. The job summary and the SARIF file have all."
        )
    return "".join(f"{line}\n" for line in lines)


def error(text: str) -> str:
    """The command that shows why nothing could be scanned, as one line."""
    return f"::error title=leaksift::{_data(text)}\n"


def _of(severity: Severity, findings: Iterable[Finding]) -> list[Finding]:
    """The findings of one level, by path and place."""
    found = (finding for finding in findings if finding.severity is severity)
    return sorted(found, key=lambda finding: (finding.path, finding.start, finding.rule))


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
