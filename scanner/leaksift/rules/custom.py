"""Rules that somebody adds to those that ship: by a regular expression or by a function.

`CustomRule` is what people write in code; `as_rule` makes it a `Rule` for the engine, `Functions`
runs the ones that are functions. Nothing here reads a configuration file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import get_args

from leaksift.document import Document
from leaksift.errors import ConfigError, UsageError
from leaksift.finding import LABELS, Label, Precision, RuleInfo, Severity, Skipped, Span
from leaksift.rules.linear import bounded, reason
from leaksift.rules.rule import SCORES, Rule

Find = Callable[[str], Iterable[tuple[int, int]]]
"""Text in, start and end of each value out (string indices, in any order)."""


@dataclass(frozen=True)
class CustomRule:
    """A rule of one's own. It has either a `pattern` or a function `find`.

    `pattern` is a regular expression in Python's syntax with ASCII classes; its group `value` is
    what is reported, without one the whole match. Lookarounds and back references are refused,
    because they cannot be matched in linear time. `find` gets a part of a text and gives start and
    end of the values in it; the same part must give the same values, as parts overlap.
    `max_length` is the longest match in characters. With `keywords`, one of them must stand within
    80 characters (in any case; of a `pattern` only). `marker` replaces the usual `[label]`.
    """

    id: str
    # Not shown: it may be a list of names.
    pattern: str | None = field(default=None, repr=False)
    find: Find | None = None
    label: Label = "secret"
    severity: Severity | str = Severity.BLOCK
    marker: str | None = None
    title: str = ""
    precision: Precision = "high"
    keywords: tuple[str, ...] = ()
    max_length: int = 512

    def __post_init__(self) -> None:
        where = f"rule {self.id}"
        if not re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)*", self.id):
            raise ConfigError(
                f"rule {self.id!r}: an id is small letters, digits and single hyphens"
            )
        if (self.pattern is None) == (self.find is None):
            raise ConfigError(f"{where}: give a pattern or a function, and not both")
        if self.label not in LABELS:
            raise ConfigError(f"{where}: label is one of {', '.join(LABELS)}")
        if self.precision not in get_args(Precision):
            raise ConfigError(f"{where}: precision is one of {', '.join(get_args(Precision))}")
        if not 1 <= self.max_length <= 100_000:
            raise ConfigError(f"{where}: max_length is 1 to 100,000 characters")
        if self.keywords and self.pattern is None:
            raise ConfigError(f"{where}: keywords are for a pattern; a function looks for its own")
        if isinstance(self.severity, str):
            try:
                object.__setattr__(self, "severity", Severity.parse(self.severity))
            except ValueError as error:
                raise ConfigError(f"{where}: {error}") from None
        object.__setattr__(self, "keywords", tuple(self.keywords))
        if self.pattern is not None:
            try:
                re.compile(self.pattern, re.ASCII)
            except re.error as error:
                raise ConfigError(f"{where}: no regular expression: {error}") from None

    @property
    def info(self) -> RuleInfo:
        """What reports say about it."""
        return RuleInfo(
            id=self.id,
            title=self.title or self.id,
            why="A rule of your own found it.",
            fix="Remove the value.",
            label=self.label,
            severity=Severity.parse(str(self.severity)),
            precision=self.precision,
            security_severity=5.0,
            cwe=200,
        )


def as_rule(custom: CustomRule) -> Rule:
    """The rule of a pattern, as the engine takes it.

    Raises ConfigError with the reason for a pattern that cannot be matched in linear time.
    """
    assert custom.pattern is not None  # noqa: S101 - for the type checker
    if against := reason(custom.pattern, custom.max_length):
        raise ConfigError(f"rule {custom.id}: the pattern {against}")
    return Rule(
        info=custom.info,
        pattern=bounded(custom.pattern, custom.max_length),
        anchor=custom.pattern,
        max_length=custom.max_length,
        keywords=tuple(word.lower() for word in custom.keywords),
    )


class Functions:
    """The rules that are functions, as one detector."""

    def __init__(self, rules: Sequence[CustomRule]) -> None:
        self._rules = tuple(rule for rule in rules if rule.find is not None)

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """Nothing: a function sees every text."""
        return ()

    def detect(self, documents: Sequence[Document]) -> list[list[Span]]:
        """The spans of each document. Raises UsageError for a span outside of the text; what a
        function raises goes through."""
        return [
            [span for rule in self._rules for span in _found(rule, document.text)]
            for document in documents
        ]


def _found(rule: CustomRule, text: str) -> Iterable[Span]:
    assert rule.find is not None  # noqa: S101 - for the type checker
    for start, end in rule.find(text):
        if not 0 <= start < end <= len(text):
            raise UsageError(
                f"rule {rule.id}: its function gave the span {start} to {end} of a text of "
                f"{len(text)} characters"
            )
        yield Span(start, end, rule.label, rule.id, SCORES[rule.precision], "rule")
