"""What an import has gathered, and how it is written as a .leaksift.toml."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from leaksift.config import AllowEntry, as_toml
from leaksift.errors import ConfigError
from leaksift.finding import Secret
from leaksift.policy.allowlist import Allowlist
from leaksift.rules.own import make_own_rule
from leaksift.rules.presets import load_presets
from leaksift.rules.rule import PRESETS


@dataclass(frozen=True)
class Known:
    """A finding that another scanner was told to let be.

    It is recognised in the file `path` by what is given: the SHA-1 of the value, the value itself,
    or its line. `kind` is what the other tool calls it.
    """

    path: str
    kind: str
    line: int | None = None
    sha1: str | None = None
    value: Secret | None = None


@dataclass
class Converted:
    """Grows while files are read. `not_converted` and `notes` are single lines for the reader."""

    exclude: list[str] = field(default_factory=list)
    stop_words: list[str] = field(default_factory=list)
    off: list[str] = field(default_factory=list)
    allow: list[AllowEntry] = field(default_factory=list)
    rules: list[dict[str, Any]] = field(default_factory=list)
    known: list[Known] = field(default_factory=list)
    not_converted: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def cannot(self, where: str, reason: str) -> None:
        """Names something that is left out."""
        self.not_converted.append(f"{where}: {reason}")

    def free_id(self, wanted: str, tool: str) -> str:
        """An id in leaksift's form that no other rule has: with the tool's name before it, where
        leaksift has a rule of that id."""
        name = re.sub(r"[^a-z0-9]+", "-", wanted.lower()).strip("-") or "rule"
        taken = shipped_ids() | {rule["id"] for rule in self.rules}
        if name in taken:
            name = f"{tool}-{name}"
        number, free = 2, name
        while free in taken:
            free, number = f"{name}-{number}", number + 1
        return free

    def check_rules(self) -> None:
        """Leaves out the rules and entries that a configuration would be refused for."""
        kept = []
        for rule in self.rules:
            try:
                make_own_rule(rule, "")
            except ConfigError as error:
                self.cannot(f"rule {rule['id']}", str(error).partition(f"{rule['id']}: ")[2])
            else:
                kept.append(rule)
        self.rules = kept
        entries = []
        for entry in self.allow:
            try:
                Allowlist([entry])
            except ConfigError as error:
                self.cannot(f"allow {entry.reason or entry.value or entry.path}", str(error))
            else:
                entries.append(entry)
        self.allow = entries

    def as_toml(self) -> str:
        """The text of the configuration."""
        lines = [
            "# Made by `leaksift rules import`. What could not be converted was listed beside it.",
            "# The rules that ship with leaksift stay on; this adds to them.",
        ]
        if self.exclude:
            lines += ["", f"exclude = {_list(dict.fromkeys(self.exclude))}"]
        if self.stop_words:
            lines += ["", f"stop-words = {_list(dict.fromkeys(self.stop_words))}"]
        if self.off:
            lines += ["", "[severity]", *(f'{name} = "off"' for name in dict.fromkeys(self.off))]
        for entry in dict.fromkeys(self.allow):
            lines += ["", "[[allow]]"]
            for name in ("path", "rule", "value", "reason"):
                if text := getattr(entry, name):
                    lines.append(f"{name} = {_text(text)}")
        for rule in self.rules:
            lines += ["", "[[rules]]", *(f"{name} = {_value(rule[name])}" for name in rule)]
        return "\n".join(lines) + "\n"


def shipped_ids() -> frozenset[str]:
    """The ids of all rules that ship."""
    return frozenset(rule.info.id for rule in load_presets(PRESETS))


def _value(value: Any) -> str:
    if isinstance(value, list):
        return _list(dict.fromkeys(value))
    if isinstance(value, Mapping):
        inner = ", ".join(f"{name} = {_value(item)}" for name, item in value.items())
        return f"{{ {inner} }}"
    return _text(value) if isinstance(value, str) else as_toml(value)


def _list(texts: Mapping[str, None]) -> str:
    items = [_text(text) for text in texts]
    if sum(map(len, items)) < 80:
        return f"[{', '.join(items)}]"
    return "[\n" + "".join(f"  {item},\n" for item in items) + "]"


def _text(text: str) -> str:
    """In single quotes where that says it as it stands: expressions stay readable."""
    if "\\" in text and "'" not in text and text.isprintable():
        return f"'{text}'"
    return as_toml(text)
