"""The allow entries and stop words of the configuration, compiled once and asked for each span."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from leaksift.config import AllowEntry
from leaksift.errors import ConfigError

PathMatch = Callable[[str], bool]


@dataclass(frozen=True)
class _Entry:
    path: PathMatch | None
    rule: re.Pattern[str] | None
    value: re.Pattern[str] | None

    def allows(self, path: str, rule: str, value: str) -> bool:
        # The cheapest condition first; all that are given must hold.
        return (
            (self.rule is None or self.rule.fullmatch(rule) is not None)
            and (self.path is None or self.path(path))
            and (self.value is None or self.value.search(value) is not None)
        )


class Allowlist:
    """What the configuration says is not to be reported.

    An entry's `path` is a `.gitignore` pattern, its `rule` an id in which `*` and `?` stand for
    anything, its `value` a regular expression that is searched in the found value (write `^...$`
    for the whole of it). A value that contains a stop word, in upper or lower case, is allowed
    whatever the rule. Raises ConfigError for an entry that cannot be used.
    """

    def __init__(self, entries: Iterable[AllowEntry] = (), stop_words: Iterable[str] = ()) -> None:
        self._entries = tuple(
            _compile(entry, f"allow entry {number}") for number, entry in enumerate(entries, 1)
        )
        self._stop_words = tuple(word.casefold() for word in stop_words)
        if not all(word.strip() for word in self._stop_words):
            raise ConfigError("stop-words: an empty word would allow everything; remove it")

    def allows(self, path: str, rule: str, value: str) -> bool:
        """Whether a value that `rule` found in the file `path` (forward slashes) is allowed."""
        if self._stop_words:
            folded = value.casefold()
            if any(word in folded for word in self._stop_words):
                return True
        return any(entry.allows(path, rule, value) for entry in self._entries)


def _compile(entry: AllowEntry, where: str) -> _Entry:
    if not (entry.path or entry.rule or entry.value):
        raise ConfigError(f"{where}: needs a path, a rule or a value that is not empty")
    for name in ("path", "rule", "value"):
        if getattr(entry, name) == "":
            raise ConfigError(f"{where}: an empty {name} would match everything; leave it out")
    return _Entry(
        path=None if entry.path is None else _path_match(entry.path, where),
        rule=None if entry.rule is None else re.compile(fnmatch.translate(entry.rule)),
        value=None if entry.value is None else _expression(entry.value, where),
    )


def _path_match(pattern: str, where: str) -> PathMatch:
    # Only configurations with a path entry pay for the import.
    from pathspec import GitIgnoreSpec

    try:
        spec = GitIgnoreSpec.from_lines([pattern])
    except ValueError as error:  # pathspec's GitWildMatchPatternError is one
        raise ConfigError(f"{where}: path is no .gitignore pattern: {error}") from None
    if not any(part.include for part in spec.patterns):
        raise ConfigError(f"{where}: the path pattern {pattern!r} matches nothing")
    return spec.match_file


def _expression(pattern: str, where: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        raise ConfigError(f"{where}: value is no regular expression: {error}") from None
