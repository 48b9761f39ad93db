"""Decides which spans of a document become findings.

`judge` does it for one document: severity and least score, known examples, allow comments, the
allowlist, changed lines. What the baseline hides can be told only when all documents were seen, so
`judge` leaves each finding's baseline key beside it, and `apply_baseline` has the last word. The
value itself goes no further than this module: a finding has its mask, a key its hash.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from leaksift.document import Document
from leaksift.finding import Finding, RuleInfo, Secret, Severity, Span
from leaksift.policy.allowlist import Allowlist
from leaksift.policy.baseline import Key, Match, value_hash
from leaksift.policy.examples import is_example
from leaksift.policy.fingerprint import fingerprints
from leaksift.policy.inline import NO_COMMENTS, AllowComments, allow_comments
from leaksift.policy.severity import Overrides, effective, sure_enough


@dataclass(frozen=True)
class Policy:
    """What is to be reported. `rules` are all rules by id, those of the model's labels included.

    `severity` and `min_score` come from the configuration, by rule id or label;
    `category_severity` has what differs in documents of a category, by its name. `salt` is the
    baseline's; without a baseline it is None.
    """

    rules: Mapping[str, RuleInfo]
    severity: Overrides = field(default_factory=dict)
    category_severity: Mapping[str, Overrides] = field(default_factory=dict)
    min_score: Mapping[str, float] = field(default_factory=dict)
    allowlist: Allowlist = field(default_factory=Allowlist)
    inline_allow: bool = True
    report_examples: bool = False
    scope: Literal["changed", "file"] = "changed"
    salt: bytes | None = None


@dataclass(frozen=True)
class Judged:
    """The findings of one document.

    `keys` holds the baseline key of each finding, and `unchanged` counts the keys of those that
    were left out because their lines did not change: an old value uses up its baseline entry
    although it is not reported, so that a new copy in the same file is not hidden by it. Both are
    empty without a salt. `allowed` counts the spans that were left out on purpose, by reason
    (example, inline, allowlist, unchanged, baseline); what is switched off or below its least
    score is not counted. `warnings` are single lines for the reader.
    """

    path: str
    findings: tuple[Finding, ...] = ()
    keys: tuple[Key, ...] = ()
    unchanged: Mapping[Key, int] = field(default_factory=dict)
    allowed: Mapping[str, int] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


def judge(
    document: Document, spans: Sequence[Span], policy: Policy, category: str | None = None
) -> Judged:
    """Judges the spans of a document, which are sorted by start and apart from each other.

    `category` is what the document is about, where that is known.
    """
    if not spans:
        return Judged(document.path)
    comments = allow_comments(document, policy.rules) if policy.inline_allow else NO_COMMENTS
    allowed: Counter[str] = Counter()
    reported: list[tuple[int, Severity]] = []
    unchanged: Counter[Key] = Counter()
    in_category = policy.category_severity.get(category) if category else None
    for number, span in enumerate(spans):
        severity = effective(span, policy.rules[span.rule], policy.severity, in_category)
        if severity is None or not sure_enough(span, policy.min_score):
            continue
        reason = let_be(document, span, policy, comments)
        if reason is None:
            reported.append((number, severity))
            continue
        allowed[reason] += 1
        if reason == "unchanged" and policy.salt is not None:
            unchanged[_key(document, span, policy.salt)] += 1
    names = fingerprints(document, spans, policy.salt) if reported else ()
    salt = policy.salt
    return Judged(
        path=document.path,
        findings=tuple(
            _finding(document, spans[number], severity, names[number], category)
            for number, severity in reported
        ),
        keys=()
        if salt is None
        else tuple(_key(document, spans[number], salt) for number, _ in reported),
        unchanged=unchanged,
        allowed=allowed,
        warnings=comments.warnings,
    )


def let_be(
    document: Document, span: Span, policy: Policy, comments: AllowComments
) -> Literal["example", "inline", "allowlist", "unchanged"] | None:
    """Why a span that counts is not reported, as `Judged.allowed` names it; None where it is."""
    value = document.text[span.start : span.end]
    if span.decoded is not None:
        # Stop words and known examples are what a value means, however it is spelled.
        value = span.decoded.reveal()
    if not policy.report_examples and is_example(value, span.label, span.rule):
        return "example"
    if comments.allows(document, span):
        return "inline"
    if policy.allowlist.allows(document.path, span.rule, value):
        return "allowlist"
    if policy.scope == "changed" and not document.touches_change(span.start, span.end):
        return "unchanged"
    return None


def found_keys(judged: Iterable[Judged]) -> Counter[Key]:
    """How often each baseline key was found: what `baseline.match` and `baseline.updated` take."""
    found: Counter[Key] = Counter()
    for one in judged:
        found.update(one.keys)
        found.update(one.unchanged)
    return found


def apply_baseline(judged: Iterable[Judged], match: Match) -> tuple[Judged, ...]:
    """The same without the findings that the baseline hides, which `allowed` counts instead.

    Of equal values in one file those on unchanged lines are the known ones, then the first.
    """
    judged = tuple(judged)
    left = Counter(match.hidden)
    for one in judged:
        left.subtract(one.unchanged)
    return tuple(_without_known(one, left) for one in judged)


def _without_known(judged: Judged, left: Counter[Key]) -> Judged:
    findings: list[Finding] = []
    keys: list[Key] = []
    for finding, key in zip(judged.findings, judged.keys, strict=True):
        if left[key] > 0:
            left[key] -= 1
        else:
            findings.append(finding)
            keys.append(key)
    if len(findings) == len(judged.findings):
        return judged
    allowed = Counter(judged.allowed)
    allowed["baseline"] += len(judged.findings) - len(findings)
    return replace(judged, findings=tuple(findings), keys=tuple(keys), allowed=allowed)


def _key(document: Document, span: Span, salt: bytes) -> Key:
    value = Secret(document.text[span.start : span.end])
    return Key(document.path, span.rule, value_hash(value, salt, span.rule))


def _finding(
    document: Document, span: Span, severity: Severity, fingerprint: str, category: str | None
) -> Finding:
    start, end = document.position(span.start), document.position(span.end)
    return Finding(
        path=document.path,
        rule=span.rule,
        label=span.label,
        severity=severity,
        source=span.detector,
        score=span.score,
        start=span.start,
        end=span.end,
        start_line=start.line,
        start_column=start.column,
        end_line=end.line,
        end_column=end.column,
        fingerprint=fingerprint,
        preview=Secret(document.text[span.start : span.end]).preview(span.label),
        start_column_utf16=start.column_utf16,
        end_column_utf16=end.column_utf16,
        category=category,
    )
