"""The rules of the chosen presets, parsed once and remembered."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, fields
from typing import Any

from leaksift.errors import ConfigError
from leaksift.finding import RuleInfo, Severity
from leaksift.rules import cache
from leaksift.rules.rule import PRESETS, Rule, parse_rules, preset_bytes

# Goes up when `Rule` changes its fields, so that an older cache is not read as the new form.
FORM = b"6"


def load_presets(names: Iterable[str]) -> tuple[Rule, ...]:
    """The rules of the presets called `names`, in the order of `PRESETS`.

    Raises ConfigError for a name that is not one of them.
    """
    chosen = set(names)
    if unknown := sorted(chosen - set(PRESETS)):
        raise ConfigError(f"no preset is called {unknown[0]!r}; there are {', '.join(PRESETS)}")
    return tuple(rule for name in PRESETS if name in chosen for rule in _load(name))


def _load(name: str) -> tuple[Rule, ...]:
    # Python's TOML reader takes tens of milliseconds for a preset, its JSON reader one.
    data = preset_bytes(name)
    key = f"preset-{hashlib.sha256(FORM + data).hexdigest()[:40]}.json"
    if (kept := cache.read(key)) is not None:
        return from_cache(kept)
    rules = parse_rules(data, f"preset {name}", name)
    cache.write(key, for_cache(rules))
    return rules


def for_cache(rules: Iterable[Rule]) -> bytes:
    """The rules in a form that is quick to read."""
    return json.dumps([_to_json(rule) for rule in rules]).encode()


def from_cache(kept: bytes) -> tuple[Rule, ...]:
    """The rules that `for_cache` wrote in this version of the form."""
    return tuple(_from_json(rule) for rule in json.loads(kept))


def _to_json(rule: Rule) -> dict[str, Any]:
    """The fields that are not as they are without being set: most are, and what is not there need
    not be read again."""
    all_fields = asdict(rule)
    unset = {field.name for field in fields(rule) if getattr(rule, field.name) == field.default}
    return {name: value for name, value in all_fields.items() if name not in unset}


def _from_json(kept: dict[str, Any]) -> Rule:
    info = kept.pop("info")
    info["references"] = tuple(info["references"])
    info["severity"] = Severity(info["severity"])
    for name in ("keywords", "paths", "names"):
        if name in kept:
            kept[name] = tuple(kept[name])
    return Rule(info=RuleInfo(**info), **kept)
