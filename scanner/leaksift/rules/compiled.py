"""All anchors and keywords of all rules as one hyperscan database.

Compiling takes some tenths of a second, loading a compiled database none, so it is cached on disk
under a digest of everything it is made from.
"""

from __future__ import annotations

import hashlib
import platform
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from leaksift.errors import ConfigError
from leaksift.rules import cache
from leaksift.rules.rule import Rule


@dataclass(frozen=True)
class Hits:
    """Where something was seen in the UTF-8 text, in bytes: anchors by the rule's number, keywords
    by the keyword. What was not seen has no entry. The place of a keyword and of an anchor is its
    end, that of an anchor at the pattern's start is its start."""

    anchors: Mapping[int, list[int]]
    keywords: Mapping[str, list[int]]


class Matcher:
    """The compiled database and its scratch space; not for use by several threads at once."""

    def __init__(self, database: Any, rules: Sequence[Rule], keywords: Sequence[str]) -> None:
        self._database = database
        self._rule_count = len(rules)
        self._at_start = {number for number, rule in enumerate(rules) if rule.anchor_at_start}
        self._keywords = keywords

    def scan(self, data: bytes) -> Hits:
        """Looks for everything at once in a UTF-8 text. Linear in its length."""
        seen: dict[int, list[int]] = defaultdict(list)
        at_start = self._at_start

        def on_match(number: int, start: int, end: int, _flags: int, _context: object) -> None:
            seen[number].append(start if number in at_start else end)

        self._database.scan(data, match_event_handler=on_match)
        count = self._rule_count
        return Hits(
            anchors={number: places for number, places in seen.items() if number < count},
            keywords={
                self._keywords[number - count]: places
                for number, places in seen.items()
                if number >= count
            },
        )


def compile_matcher(rules: Sequence[Rule]) -> Matcher:
    """The matcher for these rules, from the cache where it is there.

    Raises ConfigError that names the rule whose anchor hyperscan cannot take.
    """
    import hyperscan  # 15 ms, and only scanning needs it

    keywords = sorted({word for rule in rules for word in rule.keywords})
    name = f"hyperscan-{_digest(rules, keywords, _version(hyperscan))}.db"
    database = None
    if (kept := cache.read(name)) is not None:
        try:
            database = hyperscan.loadb(kept, hyperscan.HS_MODE_BLOCK)
            database.scratch = hyperscan.Scratch(database)
        except hyperscan.error:
            database = None  # made on another processor
    if database is None:
        database = _compile(rules, keywords, hyperscan)
        cache.write(name, hyperscan.dumpb(database))
    return Matcher(database, rules, keywords)


def _compile(rules: Sequence[Rule], keywords: Sequence[str], hyperscan: Any) -> Any:
    keyword_flags = hyperscan.HS_FLAG_CASELESS | hyperscan.HS_FLAG_UTF8
    expressions = [rule.anchor for rule in rules] + [_literal(word) for word in keywords]
    flags = [_flags(rule, hyperscan) for rule in rules] + [keyword_flags] * len(keywords)
    database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
    try:
        database.compile(
            expressions=[expression.encode() for expression in expressions],
            ids=list(range(len(expressions))),
            flags=flags,
        )
    except hyperscan.error as error:
        raise ConfigError(_culprit(rules, hyperscan) or str(error)) from None
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


def _digest(rules: Sequence[Rule], keywords: Sequence[str], version: str) -> str:
    parts = [version, platform.system(), platform.machine()]
    parts += [f"{rule.anchor_at_start}{rule.anchor}" for rule in rules]
    parts += ["", *keywords]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:40]
