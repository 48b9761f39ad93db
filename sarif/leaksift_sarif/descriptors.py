"""Rules as SARIF reporting descriptors: what GitHub shows beside an alert.

All active rules are described, found or not, so that the list does not change from run to run.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import quote

import sarif_om

from leaksift.finding import RuleInfo, Severity

REPOSITORY = "https://github.com/leaksift/leaksift"
DOCUMENTATION = f"{REPOSITORY}/blob/main/docs"

LEVELS = {Severity.BLOCK: "error", Severity.WARN: "warning", Severity.NOTE: "note"}

# Limits of GitHub code scanning, in characters.
_LONGEST_NAME = 255
_LONGEST_DESCRIPTION = 1024


def descriptors(rules: Iterable[RuleInfo]) -> list[sarif_om.ReportingDescriptor]:
    """One descriptor per rule, sorted by id."""
    return [_descriptor(rule) for rule in sorted(rules, key=lambda rule: rule.id)]


def _descriptor(rule: RuleInfo) -> sarif_om.ReportingDescriptor:
    # GitHub takes no empty text, and a rule of a user's own may say little.
    title = rule.title or rule.id
    return sarif_om.ReportingDescriptor(
        id=rule.id,
        name=_name(title, rule.id),
        short_description=_text(_cut(title)),
        full_description=_text(_cut(rule.why or title)),
        help=sarif_om.MultiformatMessageString(
            text=_help_text(rule, title), markdown=_help_markdown(rule, title)
        ),
        help_uri=_page(rule),
        default_configuration=sarif_om.ReportingConfiguration(level=LEVELS[rule.severity]),
        properties={
            "precision": rule.precision,
            # A string; GitHub takes nothing outside of 0.1 to 10.0.
            "security-severity": f"{min(10.0, max(0.1, rule.security_severity)):.1f}",
            "tags": ["security", f"external/cwe/cwe-{rule.cwe:03d}", rule.label],
        },
    )


def _page(rule: RuleInfo) -> str:
    """The rule's section of the documentation; of a rule of somebody's own what it refers to."""
    if rule.family:
        return f"{DOCUMENTATION}/rules/{quote(rule.family)}.md#{quote(rule.id, safe='')}"
    links = [link for link in rule.references if link.startswith(("https://", "http://"))]
    return links[0] if links else f"{DOCUMENTATION}/own-rules.md"


def _text(text: str) -> sarif_om.MultiformatMessageString:
    return sarif_om.MultiformatMessageString(text=text)


def _cut(text: str) -> str:
    if len(text) <= _LONGEST_DESCRIPTION:
        return text
    return text[: _LONGEST_DESCRIPTION - 1] + "…"


def _name(title: str, rule_id: str) -> str:
    """A name in Pascal case, which must differ from the id in more than case (SARIF1001)."""
    words = re.findall(r"[A-Za-z0-9]+", title) or re.findall(r"[A-Za-z0-9]+", rule_id)
    name = "".join(word.capitalize() for word in words)[:_LONGEST_NAME]
    return name if name and name.lower() != rule_id.lower() else f"{name}Rule"[:_LONGEST_NAME]


def _help_text(rule: RuleInfo, title: str) -> str:
    parts = [rule.why or title]
    if rule.fix:
        parts.append(f"What to do: {rule.fix}")
    parts.append(
        "If it may stay, say so in a comment on its line or the line before: "
        f"leaksift: allow {rule.id} -- reason"
    )
    if rule.references:
        parts.append("\n".join(rule.references))
    return "\n\n".join(parts)


def _help_markdown(rule: RuleInfo, title: str) -> str:
    parts = [f"# {title}", rule.why]
    if rule.fix:
        parts += ["## What to do", rule.fix]
    parts += [
        "## If it may stay",
        "Say so in a comment on its line or the line before:",
        f"```\nleaksift: allow {rule.id} -- reason\n```",
    ]
    if rule.references:
        parts += ["## References", "\n".join(f"- <{link}>" for link in rule.references)]
    return "\n\n".join(part for part in parts if part)
