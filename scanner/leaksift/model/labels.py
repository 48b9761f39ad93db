"""What reports say about the model's eight labels. The words are in `labels.toml`."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from leaksift.finding import LABELS, Label, RuleInfo, Severity
from leaksift.toml import parse_toml


def rule_id(label: Label) -> str:
    """The id under which a finding of the model is reported and allowed: `private-person`.

    That of `secret` is `model-secret`, so that it reads apart from the many rules for secrets.
    """
    return "model-secret" if label == "secret" else label.replace("_", "-")


@cache
def label_rules() -> tuple[RuleInfo, ...]:
    """One rule for each label, in the order of `leaksift.finding.LABELS`."""
    tables = parse_toml(Path(__file__).with_name("labels.toml").read_bytes())
    return tuple(
        RuleInfo(
            id=rule_id(label),
            title=tables[label]["title"],
            why=tables[label]["why"],
            fix=tables[label]["fix"],
            label=label,
            severity=Severity.parse(tables[label]["severity"]),
            precision=tables[label]["precision"],
            security_severity=float(tables[label]["security-severity"]),
            cwe=int(tables[label]["cwe"]),
            references=tuple(tables[label]["references"]),
            family="model",
        )
        for label in LABELS
    )
