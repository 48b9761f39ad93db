"""sarif-om objects to JSON text, which sarif-om itself leaves to others."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import sarif_om

# An explicit `warning` equals the default, but where it is missing the level of the rule applies.
_ALWAYS_WRITTEN = frozenset({"level"})


def to_json(log: sarif_om.SarifLog) -> str:
    """The log as JSON: keys sorted, two spaces of indent, ASCII only, a final newline.

    What equals the default of SARIF's schema is left out (sarif-om has values such as
    `byteOffset: -1`), except levels. Lone surrogates in texts become visible escapes, because not
    every reader takes them.
    """
    return json.dumps(_plain(log), indent=2, sort_keys=True, allow_nan=False) + "\n"


def _plain(node: Any) -> Any:
    """What `json` can write: attrs objects become dictionaries with the names of the schema."""
    if isinstance(node, str):
        return node.encode("utf-8", "backslashreplace").decode()
    if isinstance(node, dict):
        return {_plain(key): _plain(value) for key, value in node.items()}
    if isinstance(node, (list, tuple)):
        return [_plain(item) for item in node]
    # attrs classes are told by this attribute; `attr.fields` is the same tuple.
    attributes = getattr(type(node), "__attrs_attrs__", None)
    if attributes is None:
        return node
    written = {}
    for attribute in attributes:
        value = getattr(node, attribute.name)
        name = attribute.metadata["schema_property_name"]
        if value is None or (value == _default(attribute) and name not in _ALWAYS_WRITTEN):
            continue
        written[name] = _plain(value)
    return written


def _default(attribute: Any) -> Any:
    """The default of an attrs attribute; lists are made by a factory."""
    factory = getattr(attribute.default, "factory", None)
    return attribute.default if factory is None else factory()
