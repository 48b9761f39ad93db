"""Where a span stands in a program: in a string literal, in a comment, or in neither.

Not with the lexers of an editor: those may take quadratic time on a hostile file, and do not tell
where one literal ends and the next begins. This one only knows strings and comments. Where it is
led astray (a quote in a regular expression), what it says fits no literal, and the span is left.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from leaksift.fix.languages import Language


@dataclass(frozen=True)
class StringLiteral:
    """`start` to `end` with prefix and quotes, `inner_start` to `inner_end` without."""

    start: int
    end: int
    inner_start: int
    inner_end: int
    prefix: str
    quote: str


def place_of(
    text: str, start: int, end: int, language: Language
) -> StringLiteral | Literal["comment"] | None:
    """What the characters from `start` to `end` stand in; None for code and what is not closed."""
    for token in language.tokens.finditer(text):
        if token.end() <= start:
            continue
        if token.start() > start or token.end() < end:
            return None
        if token.lastgroup == "comment":
            return "comment"
        return _literal(text, token.start(), token.end(), language) if token["string"] else None
    return None


def _literal(text: str, start: int, end: int, language: Language) -> StringLiteral | None:
    opening = language.opening.match(text, start)
    if opening is None:
        return None
    quote = opening["quote"]
    inner_start, inner_end = opening.end(), end - len(quote)
    if inner_end < inner_start or not text.startswith(quote, inner_end):
        return None
    return StringLiteral(start, end, inner_start, inner_end, opening["prefix"], quote)
