"""Reads orders. Nothing is planted here."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path


def orders(path: Path, token: str | None = None) -> Iterator[dict[str, str]]:
    """The rows of an order list; `token` is passed on to the caller's own storage."""
    with path.open(newline="", encoding="utf-8") as file:
        yield from csv.DictReader(file)
