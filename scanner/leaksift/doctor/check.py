"""One thing that was looked at, and what came out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "note", "problem"]
"""A `problem` would stop a scan; a `note` is worth knowing."""


@dataclass(frozen=True)
class Check:
    """`advice` says what to do next; a problem always has one, unless `value` says it."""

    name: str
    value: str
    state: State = "ok"
    advice: str = ""


@dataclass(frozen=True)
class Section:
    """Checks of one kind."""

    title: str
    checks: tuple[Check, ...]
