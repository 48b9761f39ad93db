"""How serious a span is."""

from __future__ import annotations

import pytest

from leaksift.finding import LABELS, Detector, Label, RuleInfo, Severity, Span
from leaksift.policy.severity import MODEL_SEVERITY, effective, sure_enough


def info(severity: Severity = Severity.WARN) -> RuleInfo:
    return RuleInfo("jwt", "", "", "", "secret", severity, "high", 5.0, 798)


def span(
    detector: Detector, label: Label = "secret", score: float = 0.95, rule: str = "jwt"
) -> Span:
    return Span(0, 1, label, rule, score, detector)


def test_a_rule_has_its_own_severity() -> None:
    assert effective(span("rule"), info(Severity.NOTE), {}) is Severity.NOTE


@pytest.mark.parametrize(
    ("label", "score", "expected"),
    [
        ("secret", 0.1, Severity.BLOCK),
        ("private_person", 0.95, Severity.BLOCK),
        ("private_person", 0.9, Severity.BLOCK),
        ("private_person", 0.89, Severity.WARN),
        ("account_number", 0.5, Severity.WARN),
        ("private_date", 1.0, Severity.NOTE),
        ("private_url", 1.0, Severity.NOTE),
    ],
)
def test_a_span_of_the_model_is_as_serious_as_its_label_and_score(
    label: Label, score: float, expected: Severity
) -> None:
    assert effective(span("model", label, score), info(), {}) is expected


def test_every_label_of_the_model_has_a_severity() -> None:
    assert set(MODEL_SEVERITY) == set(LABELS)


def test_the_configuration_wins_by_label_and_the_rule_id_wins_over_the_label() -> None:
    assert effective(span("rule"), info(), {"secret": Severity.NOTE}) is Severity.NOTE
    both = {"secret": Severity.NOTE, "jwt": Severity.BLOCK}
    assert effective(span("rule"), info(), both) is Severity.BLOCK


def test_what_is_said_of_a_category_wins_over_what_is_said_of_all_documents() -> None:
    everywhere, here = {"jwt": Severity.NOTE}, {"secret": Severity.BLOCK}
    assert effective(span("rule"), info(), everywhere, here) is Severity.BLOCK
    assert effective(span("rule"), info(), everywhere, {"secret": None}) is None
    assert effective(span("rule"), info(), everywhere, {"private_date": None}) is Severity.NOTE
    both = {"secret": None, "jwt": Severity.WARN}
    assert effective(span("rule"), info(), everywhere, both) is Severity.WARN


def test_off_is_none_and_can_be_undone_for_one_rule() -> None:
    assert effective(span("rule"), info(), {"jwt": None}) is None
    assert effective(span("rule"), info(), {"secret": None, "jwt": Severity.WARN}) is Severity.WARN


def test_the_least_score_is_by_rule_or_else_by_label() -> None:
    assert sure_enough(span("model", score=0.4), {})
    assert not sure_enough(span("model", score=0.4), {"secret": 0.5})
    assert sure_enough(span("model", score=0.5), {"secret": 0.5})
    assert sure_enough(span("model", score=0.4), {"secret": 0.5, "jwt": 0.3})
