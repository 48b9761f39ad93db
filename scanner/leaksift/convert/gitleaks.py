"""gitleaks: its configuration, its .gitleaksignore and a report that served as baseline.

The keys are those that its README describes (https://github.com/gitleaks/gitleaks#configuration).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from leaksift.config import AllowEntry
from leaksift.convert.converted import Converted, Known, shipped_ids
from leaksift.convert.expressions import path_patterns, python_pattern
from leaksift.finding import Secret

_ALLOWLISTS = ("allowlist", "allowlists")


def is_configuration(content: Any) -> bool:
    """Whether the tables of a TOML file are gitleaks' configuration."""
    return isinstance(content, Mapping) and bool(
        content.keys() & {"rules", "extend", "allowlist", "allowlists"}
    )


def is_report(content: Any) -> bool:
    """Whether it is a report in JSON."""
    return isinstance(content, list) and all(
        isinstance(item, Mapping) and "RuleID" in item and "File" in item for item in content
    )


def add_configuration(content: Mapping[str, Any], name: str, converted: Converted) -> None:
    """Adds rules and allowlists. Raises ValueError where a part is of another kind than it is to
    be."""
    _extend(content.get("extend", {}), name, converted)
    ids: dict[str, str] = {}
    for table in _tables(content.get("rules", [])):
        rule = str(table.get("id") or table.get("description") or "rule")
        made = _rule(table, rule, f"{name}: rule {rule}", converted)
        if made is not None:
            ids[rule] = made
        for key in _ALLOWLISTS:
            for allowlist in _tables(table.get(key, [])):
                target = made or (rule if rule in shipped_ids() else None)
                where = f"{name}: rule {rule}: {key}"
                if target is None:
                    converted.cannot(where, "there is no such rule in leaksift")
                else:
                    _allowlist(allowlist, target, where, converted)
    for key in _ALLOWLISTS:
        for allowlist in _tables(content.get(key, [])):
            targets = _texts(allowlist, "targetRules")
            for target in targets:
                known = ids.get(target) or (target if target in shipped_ids() else None)
                where = f"{name}: {key} for {target}"
                if known is None:
                    converted.cannot(where, "there is no such rule in leaksift")
                else:
                    _allowlist(allowlist, known, where, converted)
            if not targets:
                _allowlist(allowlist, None, f"{name}: {key}", converted)
    converted.notes.append(
        f"{name}: comments `gitleaks:allow` are honoured where they stand (for secrets)"
    )


def add_ignore_file(text: str, name: str, converted: Converted) -> None:
    """Adds the fingerprints of a .gitleaksignore: `[commit:]path:rule:line`."""
    for number, raw in enumerate(text.splitlines(), 1):
        entry = raw.partition("#")[0].strip()
        if not entry:
            continue
        parts = re.fullmatch(r"(?:[0-9a-f]{40,64}:)?(.+):([^:]+):(\d+)", entry)
        if parts is None or "!" in parts[1]:
            converted.cannot(f"{name}: line {number}", "it names no file, rule and line")
        else:
            path = parts[1].replace("\\", "/").removeprefix("./")
            converted.known.append(Known(path, parts[2], line=int(parts[3])))


def add_report(content: Sequence[Mapping[str, Any]], name: str, converted: Converted) -> None:
    """Adds the findings of a report: by their values, where they stand there."""
    for number, item in enumerate(content, 1):
        path, line = item.get("File"), item.get("StartLine")
        if not isinstance(path, str) or not path:
            converted.cannot(f"{name}: finding {number}", "it names no file")
            continue
        secret = item.get("Secret")
        told = isinstance(secret, str) and secret not in ("", "REDACTED")
        value = Secret(str(secret)) if told else None
        path = path.replace("\\", "/").removeprefix("./")
        place = line if isinstance(line, int) and value is None else None
        converted.known.append(Known(path, str(item["RuleID"]), line=place, value=value))


def _extend(table: Any, name: str, converted: Converted) -> None:
    if not isinstance(table, Mapping):
        raise ValueError
    for key in ("path", "url"):
        if table.get(key):
            converted.cannot(f"{name}: extend.{key}", f"import {table[key]} too, if you use it")
    for rule in _texts(table, "disabledRules"):
        if rule in shipped_ids():
            converted.off.append(rule)
        else:
            converted.cannot(
                f"{name}: disabledRules: {rule}",
                "leaksift has no rule of that id; `leaksift rules list` shows which it has",
            )


def _rule(table: Mapping[str, Any], rule: str, where: str, converted: Converted) -> str | None:
    """Adds the rule; its id in leaksift, or None where it cannot be converted."""
    expression = table.get("regex")
    if not isinstance(expression, str) or not expression:
        if table.get("path"):
            converted.cannot(where, "it reports files for their names, which leaksift does not")
        return None
    group = table.get("secretGroup")
    try:
        pattern = python_pattern(expression, group if isinstance(group, int) else None)
        path = table.get("path")
        paths = [_file_name(one) for one in path_patterns(path)] if path else []
    except ValueError as error:
        converted.cannot(where, str(error))
        return None
    made: dict[str, Any] = {
        "id": converted.free_id(rule, "gitleaks"),
        "title": str(table.get("description") or rule).rstrip("."),
        "pattern": pattern,
    }
    if keywords := _texts(table, "keywords"):
        # They may stand anywhere in the text there.
        made |= {"keywords": keywords, "near": 100_000}
    if paths:
        made["paths"] = paths
    if table.get("entropy"):
        # Never alone: the validator asks for more than a mixture of characters.
        made["validator"] = "mixed"
        converted.cannot(
            f"{where}: entropy",
            "leaksift has no such threshold; the value must look random instead (validator mixed)",
        )
    for key in ("required", "skipReport"):
        if table.get(key):
            converted.cannot(f"{where}: {key}", "rules that stand beside others: see `beside`")
    converted.rules.append(made)
    return str(made["id"])


def _allowlist(
    table: Mapping[str, Any], rule: str | None, where: str, converted: Converted
) -> None:
    reason = str(table.get("description") or "from gitleaks")
    paths: list[str] = []
    for expression in _texts(table, "paths"):
        try:
            paths += path_patterns(expression)
        except ValueError as error:
            converted.cannot(f"{where}: path {expression}", str(error))
    values = _values(table, where, converted)
    if _texts(table, "commits"):
        converted.cannot(f"{where}: commits", "leaksift looks at what is there, not at history")
    both = str(table.get("condition", "OR")).upper() in ("AND", "&&")
    if both and _texts(table, "commits"):
        return
    if both and _texts(table, "paths") and (_texts(table, "regexes") or _texts(table, "stopwords")):
        if not (paths and values):
            return  # one of the conditions could not be converted: the rest would allow too much
        converted.allow += [
            AllowEntry(path=path, rule=rule, value=value, reason=reason)
            for path in paths
            for value in values
        ]
        return
    if rule is None:
        converted.exclude += paths
        converted.stop_words += _texts(table, "stopwords")
        values = values[: len(values) - bool(_texts(table, "stopwords"))]
    else:
        converted.allow += [AllowEntry(path=path, rule=rule, reason=reason) for path in paths]
    converted.allow += [AllowEntry(rule=rule, value=value, reason=reason) for value in values]


def _values(table: Mapping[str, Any], where: str, converted: Converted) -> list[str]:
    """Expressions for the values; the last one is for the stop words, where there are any."""
    values: list[str] = []
    target = str(table.get("regexTarget") or "secret")
    for expression in _texts(table, "regexes"):
        if target != "secret":
            converted.cannot(
                f"{where}: regex {expression}",
                f"it is for the whole {target}; leaksift's `value` is the secret alone",
            )
            continue
        try:
            values.append(python_pattern(expression).replace("(?P<value>", "(?:"))
        except ValueError as error:
            converted.cannot(f"{where}: regex {expression}", str(error))
    if words := _texts(table, "stopwords"):
        values.append(f"(?i){'|'.join(map(re.escape, words))}")
    return values


def _file_name(pattern: str) -> str:
    """A rule's `paths` are names and ends of paths; a star stands for a part of a name."""
    name = pattern.removeprefix("**/").removeprefix("/")
    if "**" in name or name.endswith("/"):
        raise ValueError("its path is more than a file's name or the end of a path")
    return name


def _tables(value: Any) -> list[Mapping[str, Any]]:
    tables = [value] if isinstance(value, Mapping) else value
    if not isinstance(tables, list) or not all(isinstance(table, Mapping) for table in tables):
        raise ValueError
    return tables


def _texts(table: Mapping[str, Any], key: str) -> list[str]:
    texts = table.get(key) or []
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise ValueError
    return texts
