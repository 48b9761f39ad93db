"""The examples of rules, tried: each of `examples.match` is found by its rule, each of
`examples.ignore` is not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from leaksift.detect import merge
from leaksift.document import Document
from leaksift.finding import Secret
from leaksift.rules.engine import RuleDetector
from leaksift.rules.own import RuleTables, example_texts, make_own_rule
from leaksift.rules.rule import Rule


@dataclass(frozen=True)
class Trial:
    """How one rule did. `failures` are lines for the reader, without the examples' text."""

    rule: str
    matched: int
    ignored: int
    failures: tuple[str, ...]


def try_examples(place: RuleTables) -> Iterator[Trial]:
    """Each rule of the tables, tried alone. Raises ConfigError for one that cannot be used."""
    for table in place.tables:
        rule = make_own_rule(table, place.origin)
        failures = [
            f"examples.{kind} {number}, {Secret(text).preview('secret')}: {failure}"
            for kind in ("match", "ignore")
            for number, text in enumerate(example_texts(table, kind), 1)
            if (failure := _failure(rule, text, kind))
        ]
        yield Trial(rule.info.id, _count(table, "match"), _count(table, "ignore"), tuple(failures))


def _count(table: Mapping[str, Any], kind: str) -> int:
    return len(example_texts(table, kind))


def _failure(rule: Rule, text: str, kind: str) -> str | None:
    detector = RuleDetector([rule])
    document = Document(rule.example_path, text, len(text))
    found = merge(detector.detect([document])[0])
    if kind == "ignore":
        columns = ", ".join(str(document.position(span.start).column) for span in found)
        return f"found at column {columns}" if found else None
    if found:
        return None
    against = [a.against for a in detector.attempts(document, 0, len(text)) if a.against]
    return f"not found: {against[0]}" if against else "not found: the pattern is nowhere in it"
