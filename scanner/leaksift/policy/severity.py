"""How serious a span is, and whether it is sure enough to be looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from leaksift.finding import Label, RuleInfo, Severity, Span


@dataclass(frozen=True)
class ByScore:
    """The severity at or above a score and the one below it."""

    high: Severity
    low: Severity
    score: float = 0.9


MODEL_SEVERITY: Mapping[Label, ByScore] = {
    # Whoever has it can use it; looking once too often is the smaller cost.
    "secret": ByScore(Severity.BLOCK, Severity.BLOCK),
    # Data of people must not get out, but a model takes variable names and test data for it now
    # and then. It stops a commit only where it is sure.
    "private_person": ByScore(Severity.BLOCK, Severity.WARN),
    "private_email": ByScore(Severity.BLOCK, Severity.WARN),
    "private_phone": ByScore(Severity.BLOCK, Severity.WARN),
    "private_address": ByScore(Severity.BLOCK, Severity.WARN),
    "account_number": ByScore(Severity.BLOCK, Severity.WARN),
    # Code and documents are full of dates and links; alone they identify nobody.
    "private_date": ByScore(Severity.NOTE, Severity.NOTE),
    "private_url": ByScore(Severity.NOTE, Severity.NOTE),
}
"""What a span of the model means where the configuration does not say."""


Overrides = Mapping[str, Severity | None]
"""Severities from the configuration, by rule id or by label; None is off."""


def effective(
    span: Span, info: RuleInfo, overrides: Overrides, in_category: Overrides | None = None
) -> Severity | None:
    """The severity of a span, None when it is switched off.

    `overrides` count in all documents, `in_category` in those of this one's category: they win.
    In each, the rule id wins over the label. Without any, a rule has its own severity and a span
    of the model the one of `MODEL_SEVERITY`.
    """
    for choices in (in_category or {}, overrides):
        for key in (span.rule, span.label):
            if key in choices:
                return choices[key]
    if span.detector == "rule":
        return info.severity
    choice = MODEL_SEVERITY[span.label]
    return choice.high if span.score >= choice.score else choice.low


def sure_enough(span: Span, min_score: Mapping[str, float]) -> bool:
    """Whether the span reaches the least score for its rule id or else for its label."""
    least = min_score.get(span.rule, min_score.get(span.label, 0.0))
    return span.score >= least
