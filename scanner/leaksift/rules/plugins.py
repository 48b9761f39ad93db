"""Rules that installed packages bring: the entry points of the group `leaksift.rules`.

    [project.entry-points."leaksift.rules"]
    acme = "acme_leaksift:RULES"               a `CustomRule`, or a sequence of them

Only those that the configuration names under `plugins` are looked up and imported, and never from
the folder that is scanned or that leaksift is run in.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import EntryPoint, distributions
from pathlib import Path
from typing import Any

from leaksift.detect import SpanDetector
from leaksift.document import Document
from leaksift.errors import ConfigError, LeaksiftError
from leaksift.finding import RuleInfo, Skipped, Span
from leaksift.rules.custom import CustomRule, Functions, as_rule
from leaksift.rules.rule import Rule

GROUP = "leaksift.rules"


@dataclass(frozen=True)
class Plugins:
    """What the plugins bring; `origins` has the id of each rule and the plugin that brings it."""

    rules: tuple[Rule, ...]
    functions: tuple[SpanDetector, ...]
    infos: tuple[RuleInfo, ...]
    markers: Mapping[str, str]
    origins: tuple[tuple[str, str], ...]


def load_plugins(names: Sequence[str], directory: Path) -> Plugins:
    """The rules of the entry points with these names. `directory` is the configuration's folder.

    Raises ConfigError for a name that no installed package has, and for a plugin that cannot be
    imported or is not made of `CustomRule`.
    """
    found: list[tuple[str, CustomRule]] = []
    with _without(directory) as paths:
        installed = {
            point.name: point
            for distribution in distributions(path=paths)
            for point in distribution.entry_points
            if point.group == GROUP
        }
        for name in dict.fromkeys(names):
            if name not in installed:
                known = ", ".join(sorted(installed)) or "none"
                raise ConfigError(
                    f"plugins: no installed package has an entry point {name!r} in the group "
                    f"{GROUP}; there is {known}"
                )
            found += [(name, rule) for rule in _rules(installed[name])]
    patterns = [(name, rule) for name, rule in found if rule.pattern is not None]
    functions = [(name, rule) for name, rule in found if rule.find is not None]
    return Plugins(
        rules=tuple(as_rule(rule) for _, rule in patterns),
        functions=tuple(_Guarded(name, rule) for name, rule in functions),
        infos=tuple(rule.info for _, rule in [*patterns, *functions]),
        markers={rule.id: rule.marker for _, rule in found if rule.marker is not None},
        origins=tuple((rule.id, f"plugin {name}") for name, rule in found),
    )


def _rules(point: EntryPoint) -> Sequence[CustomRule]:
    try:
        loaded: Any = point.load()
    except Exception as error:
        # The plugin's own text is not repeated: nobody knows what is in it.
        raise ConfigError(
            f"plugins: {point.name} ({point.value}) cannot be imported: {type(error).__name__}"
        ) from None
    rules = (loaded,) if isinstance(loaded, CustomRule) else loaded
    if not isinstance(rules, list | tuple) or not all(isinstance(r, CustomRule) for r in rules):
        raise ConfigError(
            f"plugins: {point.name} ({point.value}) is no CustomRule and no sequence of them"
        )
    return rules


@contextmanager
def _without(directory: Path) -> Iterator[list[str]]:
    """Where packages are installed: Python's path without the folders of what is scanned, which
    `python -m leaksift` would look into first."""
    before = list(sys.path)
    foreign = {Path.cwd().resolve(), directory.resolve()}
    sys.path[:] = [entry for entry in before if entry and Path(entry).resolve() not in foreign]
    try:
        yield sys.path
    finally:
        sys.path[:] = before


class _Guarded:
    """A function of a plugin as a detector, whose failure names the rule and not the text."""

    def __init__(self, plugin: str, rule: CustomRule) -> None:
        self._plugin = plugin
        self._rule = rule
        self._functions = Functions([rule])

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        return self._functions.skipped

    def detect(self, documents: Sequence[Document]) -> list[list[Span]]:
        """The spans of each document. Raises LeaksiftError where the function fails."""
        try:
            return self._functions.detect(documents)
        except LeaksiftError:
            raise
        except Exception as error:
            raise LeaksiftError(
                f"rule {self._rule.id}: the function of the plugin {self._plugin} failed: "
                f"{type(error).__name__}; the plugin needs a correction"
            ) from None
