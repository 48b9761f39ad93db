"""Matches all rules in one pass, then confirms each candidate.

hyperscan looks for the anchors and keywords of all rules at once, in time linear in the text
whatever the patterns are. It reports where a match may end; Python's `re` then confirms the rule's
full pattern, but only in a region of `max_length` around that place. The regions of a rule are
joined where they touch, so that no character is looked at twice by the same rule and a text full
of candidates stays linear too.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

from leaksift.document import Document
from leaksift.finding import Span
from leaksift.rules.compiled import Hits, Matcher, compile_matcher
from leaksift.rules.rule import Rule
from leaksift.rules.validators import VALIDATORS, Candidate, Validator

# Room after the last anchor for what a pattern asserts behind its match (a boundary, a quote).
_LOOKAHEAD = 16


@dataclass(frozen=True)
class _Confirmer:
    """A rule with its pattern compiled and its validator looked up."""

    rule: Rule
    pattern: re.Pattern[str]
    value_group: str | int
    validator: Validator | None


class RuleDetector:
    """Finds what the rules describe. Not for use by several threads at once."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules = tuple(rules)
        # Most patterns never meet a candidate: compile one when it does.
        self._confirmers: dict[int, _Confirmer] = {}

    @cached_property
    def _matcher(self) -> Matcher:
        # Loaded with the first document: many commits have none to scan.
        return compile_matcher(self._rules)

    def detect(self, documents: Sequence[Document]) -> list[list[Span]]:
        """The spans of each document, in the same order, sorted by start. They may overlap."""
        return [self._detect(document.text) for document in documents]

    def _detect(self, text: str) -> list[Span]:
        if not text:
            return []
        data = text.encode("utf-8", "replace")
        hits = self._matcher.scan(data)
        to_indices = _indices(data, len(text), hits)
        spans: list[Span] = []
        for number, offsets in hits.anchors.items():
            rule = self._rules[number]
            words = [hits.keywords[word] for word in rule.keywords if word in hits.keywords]
            if rule.keywords and not words:
                continue
            keyword_ends = sorted(index for ends in words for index in to_indices(ends))
            spans.extend(self._confirm(number, text, to_indices(offsets), keyword_ends))
        spans.sort(key=lambda span: (span.start, span.end, span.rule))
        return spans

    def _confirm(
        self, number: int, text: str, places: Iterable[int], keyword_ends: list[int]
    ) -> Iterator[Span]:
        confirmer = self._confirmer(number)
        rule = confirmer.rule
        find = _matches_at if rule.anchor_at_start else _matches_around
        for match in find(confirmer.pattern, text, places, rule.max_length):
            start, end = match.span(confirmer.value_group)
            if start == -1:  # an alternative of the pattern that has no group
                start, end = match.span()
            if start == end:
                continue
            if rule.keywords and not _near(keyword_ends, *match.span(), rule):
                continue
            if confirmer.validator and not confirmer.validator(Candidate(text, start, end)):
                continue
            yield Span(start, end, rule.info.label, rule.info.id, rule.score, "rule", rule.generic)

    def _confirmer(self, number: int) -> _Confirmer:
        if number not in self._confirmers:
            rule = self._rules[number]
            pattern = re.compile(rule.pattern, re.ASCII)
            self._confirmers[number] = _Confirmer(
                rule=rule,
                pattern=pattern,
                value_group="value" if "value" in pattern.groupindex else 0,
                validator=VALIDATORS[rule.validator] if rule.validator else None,
            )
        return self._confirmers[number]


def _near(keyword_ends: list[int], start: int, end: int, rule: Rule) -> bool:
    """Whether a keyword ends at most `rule.near` characters before or after the match."""
    after = bisect.bisect_left(keyword_ends, start - rule.near)
    longest = max(map(len, rule.keywords))
    return after < len(keyword_ends) and keyword_ends[after] <= end + rule.near + longest


def _matches_at(
    pattern: re.Pattern[str], text: str, places: Iterable[int], max_length: int
) -> Iterator[re.Match[str]]:
    """The matches that start at one of the places and do not overlap."""
    end = 0
    for place in sorted(set(places)):
        if place >= end:
            match = pattern.match(text, place, place + max_length + _LOOKAHEAD)
            if match:
                end = match.end()
                yield match


def _matches_around(
    pattern: re.Pattern[str], text: str, places: Iterable[int], max_length: int
) -> Iterator[re.Match[str]]:
    """The matches in the stretches of text around the places."""
    for low, high in _regions(places, max_length, len(text)):
        yield from pattern.finditer(text, low, high)


def _regions(places: Iterable[int], max_length: int, length: int) -> Iterator[tuple[int, int]]:
    """The stretches of text in which a match that contains one of the places must lie."""
    low = high = -1
    for place in sorted(places):
        start, end = max(0, place - max_length), min(length, place + max_length + _LOOKAHEAD)
        if low == -1:
            low, high = start, end
        elif start <= high:
            high = end
        else:
            yield low, high
            low, high = start, end
    if low != -1:
        yield low, high


def _indices(data: bytes, length: int, hits: Hits) -> Callable[[list[int]], list[int]]:
    """How byte offsets of the UTF-8 text become indices of the string it was made from."""
    if len(data) == length:
        return lambda offsets: offsets
    table: dict[int, int] = {}
    last = index = 0
    places = chain(hits.anchors.values(), hits.keywords.values())
    for offset in sorted(set(chain.from_iterable(places))):
        index += len(data[last:offset].decode("utf-8", "ignore"))
        table[offset] = index
        last = offset
    return lambda offsets: [table[offset] for offset in offsets]
