"""The rules of the chosen presets, parsed once and remembered."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from leaksift.errors import ConfigError
from leaksift.finding import RuleInfo, Severity
from leaksift.rules import cache
from leaksift.rules.rule import PRESETS, Rule, parse_rules, preset_bytes

# Goes up when `Rule` changes its fields, so that an older cache is not read as the new form.
_FORM = b"2"


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
    key = f"preset-{hashlib.sha256(_FORM + data).hexdigest()[:40]}.json"
    if (kept := cache.read(key)) is not None:
        return tuple(_from_json(fields) for fields in json.loads(kept))
    rules = parse_rules(data, f"preset {name}")
    cache.write(key, json.dumps([asdict(rule) for rule in rules]).encode())
    return rules


def _from_json(fields: dict[str, Any]) -> Rule:
    info = fields.pop("info")
    info["references"] = tuple(info["references"])
    info["severity"] = Severity(info["severity"])
    fields["keywords"] = tuple(fields["keywords"])
    return Rule(info=RuleInfo(**info), **fields)
