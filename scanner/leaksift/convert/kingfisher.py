"""kingfisher: rule files and baselines in YAML, by its documentation
(https://mongodb.github.io/kingfisher/rules/overview)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from leaksift.convert.converted import Converted, Known
from leaksift.convert.expressions import python_pattern

_PRECISION = {"high": "high", "medium": "medium", "low": "low"}
_CANNOT = {
    "validation": "leaksift asks no provider: that needs the network",
    "revocation": "leaksift revokes nothing: that needs the network",
    "depends_on_rule": "see `beside` for values that stand together",
    "pattern_requirements": "leaksift has no such counts",
}


def is_ours(content: Any) -> bool:
    """Whether it is a rule file or a baseline."""
    return isinstance(content, Mapping) and bool(content.keys() & {"rules", "ExactFindings"})


def add(content: Mapping[str, Any], name: str, converted: Converted) -> None:
    """Adds rules and known findings."""
    for table in content.get("rules") or []:
        if not isinstance(table, Mapping):
            raise ValueError
        _rule(table, name, converted)
    findings = content.get("ExactFindings") or {}
    matches = findings.get("matches") or [] if isinstance(findings, Mapping) else []
    for item in matches:
        path, line = item.get("filepath"), item.get("linenum")
        if not isinstance(path, str) or not isinstance(line, int):
            converted.cannot(f"{name}: ExactFindings", "an entry has no filepath and linenum")
            continue
        converted.known.append(
            Known(path.replace("\\", "/").removeprefix("./"), "kingfisher", line=line)
        )
    converted.notes.append(
        f"{name}: comments `kingfisher:ignore` are honoured on their line (for secrets)"
    )


def _rule(table: Mapping[str, Any], name: str, converted: Converted) -> None:
    rule = str(table.get("id") or table.get("name") or "rule")
    where = f"{name}: rule {rule}"
    pattern = table.get("pattern")
    if not isinstance(pattern, str):
        converted.cannot(where, "it has no pattern")
        return
    group = "TOKEN" if "<TOKEN>" in pattern else None
    try:
        made: dict[str, Any] = {
            "id": converted.free_id(rule, "own"),
            "title": str(table.get("name") or rule).rstrip("."),
            "pattern": python_pattern(pattern.strip(), group),
        }
    except ValueError as error:
        converted.cannot(where, str(error))
        return
    if precision := _PRECISION.get(str(table.get("confidence"))):
        made["precision"] = precision
    if table.get("min_entropy"):
        made["validator"] = "mixed"
        converted.cannot(
            f"{where}: min_entropy",
            "leaksift has no such threshold; the value must look random instead (validator mixed)",
        )
    for key, reason in _CANNOT.items():
        if table.get(key):
            converted.cannot(f"{where}: {key}", reason)
    if table.get("visible") is False:
        converted.cannot(where, "it is a part of other rules and reports nothing by itself")
        return
    for key, kind in (("references", "references"), ("examples", "examples")):
        texts = [text for text in table.get(key) or [] if isinstance(text, str)]
        if texts:
            made[kind] = texts if kind == "references" else {"match": texts}
    converted.rules.append(made)
