"""The rules that a configuration adds to those that ship: tables, rule files, installed packages.

A table has the keys of a preset (see `leaksift.rules.rule`); only `id`, `title` and `pattern` (or
`assigned`, or `format`) are needed:

    [[rules]]
    id = "acme-token"
    title = "Token of the ACME gateway"
    pattern = 'acme_[a-z0-9]{32}'
    examples.match = ["key = acme_..."]        a text, or a list of pieces that are joined
    marker = "[acme]"                          what takes its place in a redacted text

A rule file holds the same under `[[rules]]`. What is read is kept in the cache under a digest of
its text, checked once.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from leaksift.config import Loaded
from leaksift.detect import SpanDetector
from leaksift.errors import ConfigError
from leaksift.finding import LABELS, RuleInfo
from leaksift.rules import cache
from leaksift.rules.linear import bounded, reason
from leaksift.rules.presets import FORM, for_cache, from_cache, load_presets
from leaksift.rules.rule import PRESETS, Rule, make_rule
from leaksift.rules.validators import VALIDATORS
from leaksift.toml import parse_toml

_TEXTS = tuple(
    "id title why fix severity label precision pattern anchor format beside validator "
    "marker".split()
)
_LISTS = ("paths", "names", "keywords", "references")
_NUMBERS = ("max-length", "near", "beside-lines", "cwe")
_SWITCHES = ("anchor-at-start", "beside-only", "generic")
_EXPRESSIONS = ("pattern", "anchor", "beside")

_LONGEST_MATCH = 100_000
_SERIOUSNESS = {"block": 8.0, "warn": 5.0, "note": 2.0}

# Goes up when a rule that was taken is refused, or the other way about.
_CHECKED = b"1"


@dataclass(frozen=True)
class OwnRules:
    """The rules of a configuration. `functions` are those of plugins, `markers` are by rule id."""

    rules: tuple[Rule, ...] = ()
    functions: tuple[SpanDetector, ...] = ()
    infos: tuple[RuleInfo, ...] = ()
    markers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class RuleTables:
    """The tables of one place: what to call it in an error, and what stands there."""

    origin: str
    tables: Sequence[Mapping[str, Any]]


def load_own_rules(loaded: Loaded) -> OwnRules:
    """The rules that the configuration adds.

    Raises ConfigError that names the file and the rule for one that cannot be used: a pattern that
    is not linear, an id that is taken, a plugin that is not installed.
    """
    rules: list[Rule] = []
    markers: dict[str, str] = {}
    places: list[tuple[str, str]] = []
    for place in rule_tables(loaded):
        read = read_rules(place)
        rules += read
        places += [(rule.info.id, place.origin) for rule in read]
        markers |= {table["id"]: table["marker"] for table in place.tables if "marker" in table}
    functions: tuple[SpanDetector, ...] = ()
    infos = [rule.info for rule in rules]
    if loaded.config.plugins:
        from leaksift.rules.plugins import load_plugins

        plugins = load_plugins(loaded.config.plugins, loaded.directory)
        rules += plugins.rules
        functions = plugins.functions
        markers |= plugins.markers
        infos += plugins.infos
        places += plugins.origins
    _require_free_ids(places)
    return OwnRules(tuple(rules), functions, tuple(infos), markers)


def rule_tables(loaded: Loaded) -> list[RuleTables]:
    """The tables of the configuration and of the rule files that it names, as they stand there."""
    places = []
    if loaded.config.rules:
        places.append(RuleTables(loaded.origins["rules"], loaded.config.rules))
    files = loaded.config.rules_files
    return places + [rule_file(loaded.directory / name, name) for name in files]


def rule_file(path: Path, name: str) -> RuleTables:
    """The tables of a rule file, or of a configuration. Raises ConfigError."""
    try:
        content = parse_toml(path.read_bytes())
    except OSError as error:
        raise ConfigError(f"{name}: the rule file cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise ConfigError(f"{name}: not valid TOML: {error}") from None
    if path.name == "pyproject.toml":
        content = content.get("tool", {}).get("leaksift", {})
    tables = content.get("rules")
    if not isinstance(tables, list) or not all(isinstance(table, Mapping) for table in tables):
        raise ConfigError(f"{name}: no rule file: it has no tables [[rules]]")
    return RuleTables(name, tables)


def read_rules(place: RuleTables) -> tuple[Rule, ...]:
    """The rules of the tables, checked. Raises ConfigError that names the place and the rule."""
    try:
        text = json.dumps(place.tables, sort_keys=True)
    except TypeError:
        text = ""  # a date, which no key takes: its rule is named below
    digest = hashlib.sha256(b"\0".join([FORM, _CHECKED, text.encode()])).hexdigest()[:40]
    key = f"rules-{digest}.json"
    if text and (kept := cache.read(key)) is not None:
        return from_cache(kept)
    rules = tuple(make_own_rule(table, place.origin) for table in place.tables)
    cache.write(key, for_cache(rules))
    return rules


def make_own_rule(table: Mapping[str, Any], origin: str) -> Rule:
    """The rule of one table, with what is not given filled in. Raises ConfigError."""
    where = f"{origin}: rule {table.get('id', '?')}"
    if mistake := _wrong_value(table):
        raise ConfigError(f"{where}: {mistake}")
    label = table.get("label", "secret")
    given = {name: value for name, value in table.items() if name not in ("marker", "examples")}
    rule = make_rule(
        {
            "why": "A rule of your own looks for it.",
            "fix": "Take the value out, and replace it wherever somebody may have seen it.",
            "severity": "block",
            "label": label,
            "precision": "high",
            "security-severity": _SERIOUSNESS.get(table.get("severity", "block"), 8.0),
            "cwe": 798 if label == "secret" else 359,
            **given,
        },
        origin,
    )
    for name in _EXPRESSIONS:
        # Those of `assigned` are made from words and from one expression, which is checked.
        if name in table and (mistake := reason(table[name], rule.max_length)):
            raise ConfigError(f"{where}: its {name} {mistake}")
    if "assigned" in table and (mistake := reason(table["assigned"]["value"], rule.max_length)):
        raise ConfigError(f"{where}: its assigned.value {mistake}")
    if rule.validator is not None and rule.validator not in VALIDATORS:
        raise ConfigError(f"{where}: there is no validator {rule.validator!r}")
    return replace(
        rule,
        pattern=bounded(rule.pattern, rule.max_length),
        beside=None if rule.beside is None else bounded(rule.beside, rule.max_length),
    )


def example_texts(table: Mapping[str, Any], kind: str) -> list[str]:
    """The examples of a table, `match` or `ignore`."""
    return [
        text if isinstance(text, str) else "".join(text)
        for text in table.get("examples", {}).get(kind, ())
    ]


def _wrong_value(table: Mapping[str, Any]) -> str | None:
    """What is wrong with the kinds of the values; None where nothing is."""
    kinds: list[tuple[tuple[str, ...], type | tuple[type, ...], str]] = [
        (_TEXTS, str, "a text in quotes"),
        (_LISTS, list, "a list of texts"),
        (_NUMBERS, int, "a whole number"),
        (_SWITCHES, bool, "true or false"),
        (("security-severity",), (int, float), "a number from 0.1 to 10"),
        (("assigned", "examples"), Mapping, "a table"),
    ]
    for names, kind, words in kinds:
        for name in names:
            value = table.get(name)
            if value is None:
                continue
            wrong = not isinstance(value, kind) or (kind is not bool and isinstance(value, bool))
            if wrong or (kind is list and not all(isinstance(item, str) for item in value)):
                return f"{name} must be {words}"
    if missing := [name for name in ("id", "title") if not table.get(name)]:
        return f"missing {missing[0]}"
    if not re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)*", table["id"]):
        return "an id is small letters, digits and single hyphens"
    for name in ("max-length", "near", "beside-lines"):
        if not 1 <= table.get(name, 1) <= _LONGEST_MATCH:
            return f"{name} is 1 to {_LONGEST_MATCH:,}"
    if "assigned" in table:
        words_of = [table["assigned"].get(name) for name in ("to", "named")]
        if not isinstance(table["assigned"].get("value"), str) or not all(
            isinstance(words, list) and all(isinstance(word, str) for word in words)
            for words in words_of
        ):
            return "assigned has the lists to and named, and the expression value"
    return _wrong_examples(table.get("examples", {}))


def _wrong_examples(examples: Mapping[str, Any]) -> str | None:
    if unknown := sorted(examples.keys() - {"match", "ignore"}):
        return f"examples has match and ignore, not {unknown[0]}"
    for kind, texts in examples.items():
        if not isinstance(texts, list) or not all(
            isinstance(text, str)
            or (isinstance(text, list) and all(isinstance(piece, str) for piece in text))
            for text in texts
        ):
            return f"examples.{kind} must be a list of texts, or of lists of pieces"
    return None


def _require_free_ids(places: Iterable[tuple[str, str]]) -> None:
    shipped = {rule.info.id for rule in load_presets(PRESETS)}
    shipped |= {"model-secret", *(label.replace("_", "-") for label in LABELS)}
    seen: dict[str, str] = {}
    for rule, origin in places:
        if rule in shipped:
            raise ConfigError(
                f"{origin}: rule {rule}: leaksift has a rule of that id; use [severity] to change "
                "how that one counts, or give yours another id"
            )
        if rule in seen:
            raise ConfigError(
                f"{origin}: rule {rule}: there is another one in {seen[rule]}; give one of them "
                "another id"
            )
        seen[rule] = origin
