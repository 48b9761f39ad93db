"""How a file's language writes a comment, so that an allow comment can be offered ready to paste.

Goes by the file's name alone. Reading allow comments knows no language: see `inline.py`.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path

from leaksift.toml import parse_toml


@dataclass(frozen=True)
class CommentSyntax:
    """What opens a comment and, where it does not end with its line, what closes it."""

    open: str
    close: str = ""

    @property
    def separator(self) -> str:
        """What stands between the rules of an allow comment and the reason."""
        # Within a comment of XML two hyphens are an error: https://www.w3.org/TR/xml/#sec-comments
        return ": " if self.close == "-->" else " -- "


def comment_syntax(path: str) -> CommentSyntax | None:
    """The comments of a file that is called so; None where the language has none, or is not
    known."""
    table = _by_name()
    name = path.rpartition("/")[2].lower()
    # `.env.local` and `Dockerfile.web` are what they begin with.
    return (
        table.get(name)
        or table.get(f"*.{name.rpartition('.')[2]}")
        or table.get(".env" if name.startswith(".env.") else name.partition(".")[0])
    )


@functools.cache
def _by_name() -> dict[str, CommentSyntax]:
    data = parse_toml((Path(__file__).parent / "comment_syntax.toml").read_bytes())
    table: dict[str, CommentSyntax] = {}
    for entry in data["syntax"]:
        syntax = CommentSyntax(entry["open"], entry.get("close", ""))
        table |= dict.fromkeys(entry.get("names", ()), syntax)
        table |= dict.fromkeys((f"*.{ending}" for ending in entry["endings"]), syntax)
    return table
