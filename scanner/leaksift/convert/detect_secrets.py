"""detect-secrets: its .secrets.baseline, which holds settings and known findings in one file.

The keys are those of its documentation
(https://github.com/Yelp/detect-secrets/blob/master/docs/design.md) and of the older form that IBM's
edition still writes (`exclude`, `word_list`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from leaksift.config import AllowEntry
from leaksift.convert.converted import Converted, Known
from leaksift.convert.expressions import path_patterns, python_pattern

_FILTERS = "detect_secrets.filters."
_REASON = "from detect-secrets"


def is_baseline(content: Any) -> bool:
    """Whether it is a baseline of detect-secrets."""
    return isinstance(content, Mapping) and {"results", "plugins_used"} <= content.keys()


def add(content: Mapping[str, Any], name: str, converted: Converted) -> None:
    """Adds filters as exclusions and allow entries, and results as known findings."""
    for plugin in _tables(content["plugins_used"]):
        _plugin(plugin, f"{name}: plugin {plugin.get('name', '?')}", converted)
    for one in _tables(content.get("filters_used", [])):
        _filter(one, name, converted)
    old = content.get("exclude") or {}
    if isinstance(old, Mapping):
        if isinstance(old.get("files"), str):
            _files([old["files"]], f"{name}: exclude.files", converted)
        if old.get("lines"):
            converted.cannot(f"{name}: exclude.lines", "leaksift lets values be, not whole lines")
    if isinstance(words := content.get("word_list"), Mapping) and words.get("file"):
        converted.cannot(f"{name}: word_list", f"put the words of {words['file']} into stop-words")
    results = content["results"]
    if not isinstance(results, Mapping):
        raise ValueError
    for path, found in results.items():
        for item in _tables(found):
            _known(str(path), item, converted)
    converted.notes.append(
        f"{name}: comments `pragma: allowlist secret` are honoured where they stand (for secrets)"
    )


def _plugin(plugin: Mapping[str, Any], where: str, converted: Converted) -> None:
    if plugin.get("path"):
        converted.cannot(where, "it is Python code of your own; see the entry points of leaksift")
    elif plugin.get("keyword_exclude"):
        converted.cannot(f"{where}: keyword_exclude", "it is for names; leaksift asks for values")


def _filter(table: Mapping[str, Any], name: str, converted: Converted) -> None:
    path = str(table.get("path", ""))
    where = f"{name}: filter {path}"
    patterns = table.get("pattern") or []
    patterns = [patterns] if isinstance(patterns, str) else patterns
    if path == f"{_FILTERS}regex.should_exclude_file":
        _files(patterns, where, converted)
    elif path == f"{_FILTERS}regex.should_exclude_secret":
        for pattern in patterns:
            try:
                value = python_pattern(pattern).replace("(?P<value>", "(?:")
            except ValueError as error:
                converted.cannot(f"{where}: {pattern}", str(error))
            else:
                converted.allow.append(AllowEntry(value=value, reason=_REASON))
    elif path == f"{_FILTERS}regex.should_exclude_line":
        converted.cannot(where, "leaksift lets values be, not whole lines")
    elif path == f"{_FILTERS}wordlist.should_exclude_secret":
        converted.cannot(where, f"put the words of {table.get('file_name')} into stop-words")
    elif not path.startswith(_FILTERS):
        converted.cannot(where, "it is Python code of your own")
    # The others are heuristics, for which leaksift has its own.


def _files(patterns: list[str], where: str, converted: Converted) -> None:
    for pattern in patterns:
        try:
            converted.exclude += path_patterns(pattern)
        except ValueError as error:
            converted.cannot(f"{where}: {pattern}", str(error))


def _known(path: str, item: Mapping[str, Any], converted: Converted) -> None:
    if item.get("is_secret") is True:
        converted.cannot(
            f"{path}: {item.get('type', '?')}",
            "it is marked as a real secret; replace it rather than let it be",
        )
        return
    kind, line = str(item.get("type", "?")), item.get("line_number")
    # Of a private key only the heading is hashed there.
    by_line = kind == "Private Key" and isinstance(line, int)
    digest = item.get("hashed_secret")
    converted.known.append(
        Known(
            path.replace("\\", "/").removeprefix("./"),
            kind,
            line=line if by_line else None,
            sha1=digest if isinstance(digest, str) and not by_line else None,
        )
    )


def _tables(value: Any) -> list[Mapping[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(item, Mapping) for item in value):
        raise ValueError
    return value
