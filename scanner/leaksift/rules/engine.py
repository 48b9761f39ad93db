"""Matches all rules in one pass, then confirms each candidate.

hyperscan looks for the anchors and keywords of all rules at once, and for what encoded text looks
like, in time linear in the text whatever the patterns are. It reports where a match may end;
Python's `re` then confirms the rule's full pattern, but only in a region of `max_length` around
that place. What was encoded is decoded and goes the same way, up to three times; what is found
there is reported at the place of its spelling.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from leaksift.document import Document
from leaksift.finding import Secret, Skipped, Span
from leaksift.rules.compiled import Hits, Matcher, compile_matcher
from leaksift.rules.joined import can_join, hits_by_text
from leaksift.rules.paths import PathIndex
from leaksift.rules.regions import (
    LOOKAHEAD,
    in_characters,
    is_near,
    lines_around,
    matches_around,
    matches_at,
)
from leaksift.rules.rule import Rule
from leaksift.rules.validators import VALIDATORS, Candidate, Validator

if TYPE_CHECKING:
    from leaksift.rules.decoded.stretch import Stretch

# Texts up to this many characters are looked at together first, this many at a time: most cells of
# a table hold nothing, and a pass for each of them would cost ten times as much.
_SHORT = 1_000
_TOGETHER = 2_000
_WORTH_IT = 30

# How far around a candidate that was not confirmed an escape may be the reason.
_ESCAPE_NEAR = 256

# How far around a match its other half is looked for, whatever the number of lines.
_MOST_BESIDE = 2000

# How much of what is encoded is read with its beginning by who reads a text piece by piece.
_ENCODED_REACH = 8_192
_MOST_NEAR = 4_096


@dataclass(frozen=True)
class _Confirmer:
    """A rule with its patterns compiled and its validator looked up."""

    rule: Rule
    pattern: re.Pattern[str]
    value_group: str | int
    validator: Validator | None
    beside: re.Pattern[str] | None
    longest_keyword: int


@dataclass(frozen=True)
class _Seen:
    """A confirmed match of the rule with this number: the whole of it, and the span of its value"""

    number: int
    start: int
    end: int
    span: Span


@dataclass(frozen=True)
class Attempt:
    """A rule that saw something: the span of the value where its pattern matches, and what spoke
    against it, in words; None where nothing did."""

    rule: Rule
    span: tuple[int, int] | None
    against: str | None


class RuleDetector:
    """Finds what the rules describe. Not for use by several threads at once."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        # A rule that reads files of a kind needs no search, unless a form tells the kind.
        self._rules = tuple(rule for rule in rules if rule.anchor)
        self._readers = tuple(rule for rule in rules if rule.format)
        self._paths = PathIndex({n: rule.paths for n, rule in enumerate(self._rules)})
        self._reader_paths = PathIndex({n: rule.paths for n, rule in enumerate(self._readers)})
        # Most patterns never meet a candidate: compile one when it does.
        self._confirmers: dict[int, _Confirmer] = {}
        # What is looked for in decoded text: credentials, and those of a broad rule only in what
        # is a document of its own, as base64 of random bytes has everything that they look for.
        in_decoded = [
            number
            for number, rule in enumerate(self._rules)
            if rule.info.label == "secret" and not rule.paths and not rule.format
        ]
        self._broad = frozenset(number for number in in_decoded if self._rules[number].broad)
        self._narrow = frozenset(in_decoded) - self._broad
        self._skipped: dict[str, Skipped] = {}

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """What was not decoded in the documents so far, because it is encoded too often."""
        return tuple(self._skipped.values())

    @cached_property
    def _matcher(self) -> Matcher:
        # Loaded with the first document: many commits have none to scan.
        return compile_matcher(self._rules)

    def detect(self, documents: Sequence[Document]) -> list[list[Span]]:
        """The spans of each document, in the same order, sorted by start. They may overlap."""
        silent = self._silent(documents)
        return [
            [] if number in silent else self._detect(document)
            for number, document in enumerate(documents)
        ]

    def reach(self, text: str, start: int, end: int, path: str = "") -> int:
        """How many characters behind `end` may have a say in what is found between `start` and
        `end` of the text: those of the longest match, and of what must stand near it, of the rules
        whose anchors are seen there. For who reads a text piece by piece."""
        hits = self._scan(text) if self._rules else Hits({}, {})
        here = self._paths.rules_for(path)
        reaches = [
            _reach(self._rules[number])
            for number, places in hits.anchors.items()
            if (not self._rules[number].paths or number in here)
            and any(start <= place <= end for place in places)
        ]
        if any(start <= place <= end for places in hits.encoded.values() for place in places):
            reaches.append(_ENCODED_REACH)
        return max(reaches, default=0)

    @property
    def longest_reach(self) -> int:
        """The most that `reach` says of any text."""
        return max([_ENCODED_REACH, *map(_reach, self._rules)])

    def _detect(self, document: Document) -> list[Span]:
        text, path = document.text, document.path
        if not text:
            return []
        hits = self._scan(text) if self._rules else Hits({}, {})
        reading = self._reader_paths.rules_for(path)
        if not (hits.anchors or hits.encoded or reading):
            return []
        read = {self._readers[number].info.id: self._readers[number] for number in reading}
        here = self._paths.rules_for(path)
        numbers = []
        for number in hits.anchors:
            rule = self._rules[number]
            if rule.format:
                read[rule.info.id] = rule
            elif not rule.paths or number in here:
                numbers.append(number)
        seen = list(self._search(text, hits, numbers, path))
        spans = [one.span for one in seen]
        if read:
            # Most documents are no file of a known kind.
            from leaksift.rules.files import read_file

            spans.extend(read_file(text, path, read.values()))
        encoded = self._encoded(text, hits, seen)
        if encoded:
            spans.extend(self._in_decoded(text, encoded, path))
        spans.sort(key=lambda span: (span.start, span.end, span.rule))
        return spans

    def _silent(self, documents: Sequence[Document]) -> frozenset[int]:
        """The numbers of short documents in which nothing can be found, where there are many."""
        read: dict[str, bool] = {}
        short = []
        for number, document in enumerate(documents):
            path = document.path
            if path not in read:
                read[path] = bool(self._reader_paths.rules_for(path))
            if len(document.text) <= _SHORT and not read[path]:
                short.append(number)
        if len(short) < _WORTH_IT or not self._can_join:
            return frozenset()
        silent = set(short)
        for start in range(0, len(short), _TOGETHER):
            group = short[start : start + _TOGETHER]
            seen = hits_by_text([documents[number].text for number in group], self._scan)
            silent.difference_update(
                group[at] for at, hits in seen.items() if hits.anchors or hits.encoded
            )
        return frozenset(silent)

    @cached_property
    def _can_join(self) -> bool:
        return bool(self._rules) and can_join(rule.anchor for rule in self._rules)

    def _scan(self, text: str) -> Hits:
        """Where the one pass sees something, as string indices."""
        data = text.encode("utf-8", "replace")
        return in_characters(self._matcher.scan(data), data, len(text))

    def _search(self, text: str, hits: Hits, numbers: Iterable[int], path: str) -> Iterator[_Seen]:
        """What the rules with these numbers find where their anchors were seen."""
        for number in numbers:
            words = [word for word in self._rules[number].keywords if word in hits.keywords]
            if words:
                ends = sorted(end for word in words for end in hits.keywords[word])
                yield from self._confirm(number, text, hits.anchors[number], ends, path)
            elif not self._rules[number].keywords:
                yield from self._confirm(number, text, hits.anchors[number], (), path)

    def _confirm(
        self,
        number: int,
        text: str,
        places: Iterable[int],
        keyword_ends: Sequence[int],
        path: str,
    ) -> Iterator[_Seen]:
        confirmer = self._confirmer(number)
        rule, score = confirmer.rule, confirmer.rule.score
        find = matches_at if rule.anchor_at_start else matches_around
        for match in find(confirmer.pattern, text, places, rule.max_length):
            start, end = match.span(confirmer.value_group)
            if start == -1:  # an alternative of the pattern that has no group
                start, end = match.span()
            if start == end:
                continue
            candidate = Candidate(text, start, end, path, match.start())
            if _refusal(confirmer, candidate, match.end(), keyword_ends):
                continue
            if confirmer.beside:
                complete = _is_beside(confirmer.beside, text, match, rule.beside_lines)
                if rule.beside_only and not complete:
                    continue
                score = rule.score_of_a_pair if complete else rule.score
            span = Span(start, end, rule.info.label, rule.info.id, score, "rule", rule.generic)
            yield _Seen(number, match.start(), match.end(), span)

    def attempts(self, document: Document, low: int, high: int) -> list[Attempt]:
        """What became of each rule whose anchor is seen between `low` and `high` of the text, found
        or not. For explanations: a scan does not need it. Encoded text, and rules that read files
        of a kind, are left out."""
        text, path = document.text, document.path
        hits = self._scan(text) if self._rules else Hits({}, {})
        here = self._paths.rules_for(path)
        tried: list[Attempt] = []
        for number, places in sorted(hits.anchors.items()):
            rule = self._rules[number]
            near = [place for place in places if low <= place <= high]
            if not near or rule.format:
                continue
            if rule.paths and number not in here:
                tried.append(Attempt(rule, None, "it is only for files of other names"))
                continue
            tried += self._attempts(number, document, hits, near, (low, high))
        return tried

    def _attempts(
        self,
        number: int,
        document: Document,
        hits: Hits,
        places: Iterable[int],
        bounds: tuple[int, int],
    ) -> Iterator[Attempt]:
        text = document.text
        confirmer = self._confirmer(number)
        rule = confirmer.rule
        ends = sorted(end for word in rule.keywords for end in hits.keywords.get(word, ()))
        if rule.keywords and not ends:
            yield Attempt(rule, None, "none of its keywords stands in the file")
            return
        find = matches_at if rule.anchor_at_start else matches_around
        matches = [
            match
            for match in find(confirmer.pattern, text, places, rule.max_length)
            if match.start() <= bounds[1] and match.end() >= bounds[0]
        ]
        if not matches:
            yield Attempt(rule, None, "its pattern does not match here, only a part of it")
        for match in matches:
            start, end = match.span(confirmer.value_group)
            if start == -1:
                start, end = match.span()
            candidate = Candidate(text, start, end, document.path, match.start())
            against = _refusal(confirmer, candidate, match.end(), ends)
            if not against and confirmer.beside and rule.beside_only:
                complete = _is_beside(confirmer.beside, text, match, rule.beside_lines)
                against = None if complete else "the other half of the pair is not near"
            yield Attempt(rule, (start, end), against)

    def _confirmer(self, number: int) -> _Confirmer:
        if number not in self._confirmers:
            rule = self._rules[number]
            pattern = re.compile(rule.pattern, re.ASCII)
            self._confirmers[number] = _Confirmer(
                rule=rule,
                pattern=pattern,
                value_group="value" if "value" in pattern.groupindex else 0,
                validator=VALIDATORS[rule.validator] if rule.validator else None,
                beside=re.compile(rule.beside, re.ASCII) if rule.beside else None,
                longest_keyword=max(map(len, rule.keywords), default=0),
            )
        return self._confirmers[number]

    def _encoded(self, text: str, hits: Hits, seen: Iterable[_Seen]) -> Mapping[str, Sequence[int]]:
        """Where something encoded may be. That is also where a rule's anchor was seen, no match was
        confirmed, and an escape is near: `"\\nTOKEN"` has a letter before the token."""
        if not self._narrow.intersection(hits.anchors) or "\\" not in text:
            return hits.encoded
        matches: dict[int, list[tuple[int, int]]] = {}
        for one in seen:
            matches.setdefault(one.number, []).append((one.start, one.end))
        loose = [
            place
            for number in self._narrow.intersection(hits.anchors)
            for place in _outside(hits.anchors[number], matches.get(number, []))
            if "\\" in text[max(0, place - _ESCAPE_NEAR) : place + _ESCAPE_NEAR]
        ]
        if not loose:
            return hits.encoded
        return {**hits.encoded, "escape": [*hits.encoded.get("escape", ()), *loose]}

    def _in_decoded(
        self, text: str, encoded: Mapping[str, Sequence[int]], path: str
    ) -> Iterator[Span]:
        """What is found in the decoded texts, at the places of their spellings in `text`."""
        # Most documents hold nothing that is encoded.
        from leaksift.rules.decoded.plausible import is_document
        from leaksift.rules.decoded.stretches import DEPTH, stretches

        layer = stretches(text, encoded)
        for _ in range(DEPTH):
            deeper: list[Stretch] = []
            for stretch, hits in self._scan_layer(layer):
                numbers = self._narrow.intersection(hits.anchors)
                broad = self._broad.intersection(hits.anchors)
                if broad and stretch.whole and is_document(stretch.text):
                    numbers |= broad
                seen = list(self._search(stretch.text, hits, sorted(numbers), ""))
                for one in seen:
                    if stretch.touches_encoded(one.start, one.end):
                        yield _at_its_spelling(one.span, stretch, text)
                within = self._encoded(stretch.text, hits, seen)
                if within:
                    deeper += [s.below(stretch) for s in stretches(stretch.text, within)]
            layer = deeper
            if not layer:
                return
        self._skipped[path] = Skipped(path, "encoded", f"text encoded more than {DEPTH} times over")

    def _scan_layer(self, layer: Sequence[Stretch]) -> Iterator[tuple[Stretch, Hits]]:
        """The decoded texts in which one pass over all of them sees something."""
        of_stretch = hits_by_text([stretch.text for stretch in layer], self._scan)
        for number in sorted(of_stretch):
            yield layer[number], of_stretch[number]


def _at_its_spelling(span: Span, stretch: Stretch, text: str) -> Span:
    value = stretch.text[span.start : span.end]
    start, end = stretch.back(span.start, span.end)
    decoded = None if text[start:end] == value else Secret(value)
    return replace(span, start=start, end=end, decoded=decoded)


def _reach(rule: Rule) -> int:
    near = rule.near + max(map(len, rule.keywords)) if rule.keywords else 0
    if near > _MOST_NEAR:
        near = 0  # a word that may stand anywhere: nobody can wait for it
    return rule.max_length + LOOKAHEAD + max(near, _MOST_BESIDE if rule.beside else 0)


def _refusal(
    confirmer: _Confirmer, candidate: Candidate, match_end: int, keyword_ends: Sequence[int]
) -> str | None:
    """What speaks against a match of the rule's pattern, in words; None where nothing does."""
    rule = confirmer.rule
    if rule.keywords and not is_near(
        keyword_ends, candidate.match_start, match_end, rule.near, confirmer.longest_keyword
    ):
        return f"none of its keywords stands within {rule.near} characters"
    if confirmer.validator and not confirmer.validator(candidate):
        return f"its validator, {rule.validator}, does not take the value for one"
    if rule.broad:
        # Imported when a broad rule finds something, which is rare.
        from leaksift.rules.lookalikes import lookalike

        here = Candidate(candidate.text, candidate.start, candidate.end, candidate.path)
        if (thing := lookalike(here)) is not None:
            return f"the value is rather {thing}"
    return None


def _is_beside(pattern: re.Pattern[str], text: str, match: re.Match[str], lines: int) -> bool:
    """Whether the other half of a pair stands within `lines` lines of the match, not in it."""
    low, high = lines_around(text, *match.span(), lines, _MOST_BESIDE)
    return any(
        other.end() <= match.start() or other.start() >= match.end()
        for other in pattern.finditer(text, low, high)
    )


def _outside(places: Iterable[int], matches: list[tuple[int, int]]) -> Iterator[int]:
    """The places that are in none of the matches, which are apart and in their order."""
    starts = [start for start, _ in matches]
    for place in places:
        at = bisect.bisect_right(starts, place) - 1
        if at < 0 or matches[at][1] < place:
            yield place
