"""Anchors and keywords of all rules, and the look of encoded text, as hyperscan databases.

Compiling takes some tenths of a second, loading a compiled database none, so it is cached on disk
under a digest of everything it is made from.
"""

from __future__ import annotations

import hashlib
import platform
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from leaksift.errors import ConfigError
from leaksift.rules import cache
from leaksift.rules.decoded.triggers import TRIGGERS
from leaksift.rules.rule import Rule


@dataclass(frozen=True)
class Hits:
    """Where something was seen in the UTF-8 text, in bytes: anchors by the rule's number, keywords
    by the keyword, encoded text by the decoder's name. What was not seen has no entry. The place of
    each is its end, but that of an anchor at the pattern's start is its start."""

    anchors: Mapping[int, list[int]]
    keywords: Mapping[str, list[int]]
    encoded: Mapping[str, list[int]] = field(default_factory=dict)


class Matcher:
    """The compiled databases and their scratch space; not for use by several threads at once."""

    def __init__(self, parts: Sequence[_Part], of_encoded: Any) -> None:
        self._parts = parts
        self._of_encoded = of_encoded

    def scan(self, data: bytes) -> Hits:
        """Looks for everything at once in a UTF-8 text. Linear in its length."""
        anchors: dict[int, list[int]] = {}
        keywords: dict[str, list[int]] = {}
        encoded: dict[str, list[int]] = defaultdict(list)
        for part in self._parts:
            seen = part.scan(data)
            count = len(part.rules)
            for number, places in seen.items():
                if number < count:
                    anchors[part.rules[number]] = places
                else:
                    keywords.setdefault(part.keywords[number - count], []).extend(places)

        def on_encoded(number: int, _start: int, end: int, _flags: int, _context: object) -> None:
            encoded[TRIGGERS[number][0]].append(end)

        self._of_encoded.scan(data, match_event_handler=on_encoded)
        return Hits(anchors, keywords, encoded)


@dataclass(frozen=True)
class _Part:
    """A database of some rules, by their numbers, and then of their keywords. `at_start` are the
    places in `rules` of those whose anchors tell where they start."""

    database: Any
    rules: Sequence[int]
    keywords: Sequence[str]
    at_start: frozenset[int]

    def scan(self, data: bytes) -> dict[int, list[int]]:
        """Where something is seen, by its place among rules and keywords."""
        seen: dict[int, list[int]] = defaultdict(list)
        at_start = self.at_start

        def on_match(number: int, start: int, end: int, _flags: int, _context: object) -> None:
            seen[number].append(start if number in at_start else end)

        self.database.scan(data, match_event_handler=on_match)
        return seen


@dataclass(frozen=True)
class _Expressions:
    """What one database looks for, each reported by its place in the list, and hyperscan's flags"""

    texts: Sequence[str]
    flags: Sequence[int]


def compile_matcher(rules: Sequence[Rule]) -> Matcher:
    """The matcher for these rules, from the cache where it is there.

    Raises ConfigError that names the rule whose anchor hyperscan cannot take.
    """
    import hyperscan  # 15 ms, and only scanning needs it

    # Rules of somebody's own have a database to themselves: a change of them leaves the large one
    # alone. Encoded text has one because hyperscan finds words quickly, and what is encoded has
    # none. It is ASCII, so that bytes and characters are the same there.
    of_encoded = _Expressions(
        [expression for _, expression in TRIGGERS],
        [0] * len(TRIGGERS),
    )
    shipped = [number for number, rule in enumerate(rules) if rule.info.family]
    own = [number for number, rule in enumerate(rules) if not rule.info.family]
    try:
        parts = [_part(rules, numbers, hyperscan) for numbers in (shipped, own) if numbers]
        encoded = _database(of_encoded, hyperscan)
    except hyperscan.error as error:
        raise ConfigError(_culprit(rules, hyperscan) or str(error)) from None
    return Matcher(parts, encoded)


def _part(rules: Sequence[Rule], numbers: Sequence[int], hyperscan: Any) -> _Part:
    keywords = sorted({word for number in numbers for word in rules[number].keywords})
    keyword_flags = hyperscan.HS_FLAG_CASELESS | hyperscan.HS_FLAG_UTF8
    those = _Expressions(
        [*(rules[number].anchor for number in numbers), *map(_literal, keywords)],
        [
            *(_flags(rules[number], hyperscan) for number in numbers),
            *[keyword_flags] * len(keywords),
        ],
    )
    at_start = frozenset(n for n, number in enumerate(numbers) if rules[number].anchor_at_start)
    return _Part(_database(those, hyperscan), numbers, keywords, at_start)


def _database(those: _Expressions, hyperscan: Any) -> Any:
    """The compiled database, kept for the next time."""
    name = f"hyperscan-{_digest(those, _version(hyperscan))}.db"
    if (kept := cache.read(name)) is not None:
        try:
            database = hyperscan.loadb(kept, hyperscan.HS_MODE_BLOCK)
            database.scratch = hyperscan.Scratch(database)
        except hyperscan.error:
            pass  # made on another processor
        else:
            return database
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    database.compile(
        expressions=[text.encode() for text in those.texts],
        ids=list(range(len(those.texts))),
        flags=list(those.flags),
    )
    cache.write(name, hyperscan.dumpb(database))
    return database


def _flags(rule: Rule, hyperscan: Any) -> int:
    # PREFILTER takes what hyperscan cannot express (lookarounds) as a superset, which the engine's
    # confirmation narrows again; it excludes SOM_LEFTMOST, which tells where a match starts.
    # UTF8 makes a repeat count characters, as Python's `re` does.
    kind = hyperscan.HS_FLAG_SOM_LEFTMOST if rule.anchor_at_start else hyperscan.HS_FLAG_PREFILTER
    return int(kind | hyperscan.HS_FLAG_UTF8)


def _culprit(rules: Sequence[Rule], hyperscan: Any) -> str | None:
    """Which rule hyperscan refuses, and why: it does not say so for a whole set."""
    for rule in rules:
        try:
            hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK).compile(
                expressions=[rule.anchor.encode()], ids=[0], flags=[_flags(rule, hyperscan)]
            )
        except hyperscan.error as error:
            return f"rule {rule.info.id}: the pattern cannot be matched in linear time: {error}"
    return None


def _version(hyperscan: Any) -> str:
    return str(getattr(hyperscan, "__version__", ""))  # its stubs leave it out


def _literal(word: str) -> str:
    """The word as an expression, with every character that could mean something else escaped."""
    return "".join(c if c.isalnum() or not c.isascii() else f"\\x{ord(c):02x}" for c in word)


def _digest(those: _Expressions, version: str) -> str:
    parts = ["by place", version, platform.system(), platform.machine()]
    parts += [f"{flags} {text}" for flags, text in zip(those.flags, those.texts, strict=True)]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:40]
