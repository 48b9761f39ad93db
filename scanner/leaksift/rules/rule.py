"""What a rule is, and how a preset file becomes rules. Nothing is matched here.

A preset is a TOML file with an array `rules`. The keys of a rule:

    id                 kebab-case, unique among all presets
    title              what it is, without a full stop
    why                what somebody can do with such a value
    fix                what to do now
    severity           block | warn | note
    label              one of `leaksift.finding.LABELS`
    pattern            regular expression, Python syntax, ASCII classes. The group `value` is what
                       is reported; without one, the whole match is
    anchor             optional: a shorter expression that every match of `pattern` contains. The
                       one pass over the text looks for it instead of the pattern, which keeps
                       that pass cheap where the pattern is long or has wide repeats
    anchor-at-start    true where a match of `anchor` begins just where the pattern's begins: then
                       only that place is tried. Worth it for words that code is full of; the
                       anchor must then do without lookarounds
    max-length         the longest match of `pattern`, in characters (default 512). Candidates are
                       confirmed in regions of this size, so that scanning stays linear
    keywords           optional words, matched in any case; one of them must stand within `near`
                       characters (default 80) before or after the match
    validator          optional: name of a function of `validators.py` that has the last word
    precision          very-high | high | medium | low
    security-severity  0.1 to 10.0
    cwe                number
    references         URLs of the provider's documentation
    generic            true for a broad rule, which yields to a specific one where both match
    examples.match     texts in which exactly this rule finds something; each is a list of pieces
                       that are joined, so that no scanner takes this file for a leak
    examples.ignore    texts in which this rule finds nothing, likewise in pieces
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from leaksift.errors import ConfigError
from leaksift.finding import LABELS, Precision, RuleInfo, Severity
from leaksift.toml import parse_toml

PRESETS = ("secrets", "keys", "files", "schemes", "generic", "pii", "internal")
"""The families of rules that ship with leaksift, in the order in which reports list their rules."""

SCORES: dict[Precision, float] = {"very-high": 0.99, "high": 0.95, "medium": 0.8, "low": 0.5}
"""The score of a rule's span: a rule does not weigh evidence, its precision is known beforehand."""


@dataclass(frozen=True)
class Rule:
    """One rule, ready to be compiled. See the module's text for the fields."""

    info: RuleInfo
    pattern: str
    anchor: str
    anchor_at_start: bool = False
    max_length: int = 512
    keywords: tuple[str, ...] = ()
    near: int = 80
    validator: str | None = None
    generic: bool = False

    @property
    def score(self) -> float:
        return SCORES[self.info.precision]


_REQUIRED = {"id", "title", "why", "fix", "severity", "label", "pattern", "precision"} | {
    "security-severity",
    "cwe",
}
_OPTIONAL = {
    "anchor",
    "anchor-at-start",
    "max-length",
    "keywords",
    "near",
    "validator",
    "references",
} | {
    "generic",
    "examples",
}


def preset_bytes(name: str) -> bytes:
    """The TOML text of a preset that ships with leaksift."""
    return (Path(__file__).parent / "presets" / f"{name}.toml").read_bytes()


def parse_rules(data: bytes, origin: str) -> tuple[Rule, ...]:
    """The rules of one preset file. Raises ConfigError that names `origin` and the rule."""
    try:
        tables = parse_toml(data)["rules"]
    except (ValueError, KeyError) as error:
        raise ConfigError(f"{origin}: not a rule file: {error}") from None
    return tuple(_rule(table, origin) for table in tables)


def examples(data: bytes) -> Iterable[tuple[str, str, str]]:
    """(rule id, "match" or "ignore", text) of every example in a preset file, for tests."""
    for table in parse_toml(data)["rules"]:
        for kind, texts in table.get("examples", {}).items():
            for pieces in texts:
                yield table["id"], kind, "".join(pieces)


def _rule(table: Mapping[str, Any], origin: str) -> Rule:
    where = f"{origin}: rule {table.get('id', '?')}"
    if missing := _REQUIRED - table.keys():
        raise ConfigError(f"{where}: missing {', '.join(sorted(missing))}")
    if unknown := table.keys() - _REQUIRED - _OPTIONAL:
        raise ConfigError(f"{where}: unknown key {', '.join(sorted(unknown))}")
    if table["label"] not in LABELS:
        raise ConfigError(f"{where}: label is one of {', '.join(LABELS)}")
    if table["precision"] not in get_args(Precision):
        raise ConfigError(f"{where}: precision is one of {', '.join(get_args(Precision))}")
    try:
        severity = Severity.parse(table["severity"])
    except ValueError as error:
        raise ConfigError(f"{where}: {error}") from None
    return Rule(
        info=RuleInfo(
            id=table["id"],
            title=table["title"],
            why=table["why"],
            fix=table["fix"],
            label=table["label"],
            severity=severity,
            precision=table["precision"],
            security_severity=float(table["security-severity"]),
            cwe=int(table["cwe"]),
            references=tuple(table.get("references", ())),
        ),
        pattern=table["pattern"],
        anchor=table.get("anchor", table["pattern"]),
        anchor_at_start=bool(table.get("anchor-at-start", False)),
        max_length=int(table.get("max-length", 512)),
        keywords=tuple(word.lower() for word in table.get("keywords", ())),
        near=int(table.get("near", 80)),
        validator=table.get("validator"),
        generic=bool(table.get("generic", False)),
    )
