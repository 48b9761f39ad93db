"""All that can be decoded in one text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from leaksift.rules.decoded import base64, escapes, hexadecimal
from leaksift.rules.decoded.stretch import Stretch

DEPTH = 3
"""How many spellings within each other are read: a token in JSON, in base64, in a string literal.
Each takes time in proportion to what is left, which no spelling makes longer."""


def stretches(text: str, seen: Mapping[str, Sequence[int]]) -> list[Stretch]:
    """The decoded texts, where the triggers in `seen` saw something (string indices, by name)."""
    found: list[Stretch] = []
    if "base64" in seen:
        found += base64.stretches(text, seen["base64"], wide=False)
    if "base64-utf-16" in seen:
        found += base64.stretches(text, seen["base64-utf-16"], wide=True)
    if "hex" in seen:
        found += hexadecimal.stretches(text, seen["hex"])
    if "escape" in seen:
        found += escapes.stretches(text, seen["escape"])
    return found
