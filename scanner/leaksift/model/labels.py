"""What reports say about the model's eight labels. The words are in `labels.toml`."""

from __future__ import annotations

import sys
from functools import cache
from importlib import resources

from leaksift.finding import LABELS, Label, RuleInfo, Severity

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


def rule_id(label: Label) -> str:
    """The id under which a finding of the model is reported and allowed: `private-person`.

    That of `secret` is `model-secret`, so that it reads apart from the many rules for secrets.
    """
    return "model-secret" if label == "secret" else label.replace("_", "-")


@cache
def label_rules() -> tuple[RuleInfo, ...]:
    """One rule for each label, in the order of `leaksift.finding.LABELS`."""
    data = resources.files(__package__).joinpath("labels.toml").read_text(encoding="utf-8")
    tables = tomllib.loads(data)
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
        )
        for label in LABELS
    )
