"""Secrets in programs: a string literal becomes an expression that reads the environment."""

from __future__ import annotations

import re
import warnings

from leaksift.fix.languages import Language
from leaksift.fix.literals import StringLiteral, place_of
from leaksift.fix.proposal import CannotFix, Edit

_FURTHEST = 300
"""How much of a line is looked at before a literal; further right only machines write."""

_LONGEST_PYTHON = 1_000_000
_URL = re.compile(r"([A-Za-z][A-Za-z0-9+.-]{1,20})://[^\s{}]+")


def literal_for(text: str, start: int, end: int, language: Language) -> StringLiteral | None:
    """The literal that is replaced for the value from `start` to `end`; None for a comment. Raises
    CannotFix.

    That is the literal whose content the value is, or the URL that it is a part of: programs take
    those from the environment as a whole.
    """
    place = place_of(text, start, end, language)
    if place == "comment":
        return None
    if place is None:
        raise CannotFix("it is no string literal, or one that could not be made out")
    inner = text[place.inner_start : place.inner_end]
    if inner.strip() != text[start:end].strip() and not _URL.fullmatch(inner):
        raise CannotFix("it is only a part of its string: take the string apart first")
    return place


def reference(text: str, literal: StringLiteral, name: str, language: Language) -> Edit:
    """The edit that reads `name` in the place of a literal. Raises CannotFix where an expression
    would not do."""
    before = line_before(text, literal.start)
    if before is None:
        raise CannotFix("it stands too far into a long line")
    if "b" in literal.prefix.lower():
        raise CannotFix("it is a literal of bytes: decide how the text is encoded")
    if language.lookup.search(before):
        raise CannotFix("its line reads the environment already: take the default away")
    if language.constant is not None and language.constant.search(before):
        raise CannotFix("only a constant may stand there")
    if language.followed is not None and language.followed.match(text, literal.end):
        raise CannotFix("it is a key or a pattern, not a value")
    if language.name == "go" and _in_const_block(text, literal.start):
        raise CannotFix("only a constant may stand there: make it a variable")
    if language.name == "php" and not _in_php(text, literal.start):
        raise CannotFix("it stands in HTML, outside of PHP")
    expression = language.reference.format(name=name)
    note = language.note
    if language.name == "rust" and not text.startswith(".", literal.end):
        # A literal is a &str, and a reference to a String can be used as one in most places.
        expression = f"&{expression}"
        note = "check that the compiler takes a borrowed String there"
    return Edit(literal.start, literal.end, expression, name, language.needs, note)


def url_name(text: str, literal: StringLiteral) -> str | None:
    """What an address is called where nothing else says it: by its scheme, on the web by its
    host."""
    url = _URL.fullmatch(text, literal.inner_start, literal.inner_end)
    if url is None:
        return None
    scheme = url[1].partition("+")[0]
    if scheme.lower() in ("http", "https"):
        host = re.split(r"[/?#]", url[0].partition("://")[2], maxsplit=1)[0].rpartition("@")[2]
        labels = host.partition(":")[0].split(".")[:-1]
        # Not the `co` of `acme.co.uk`.
        named = [label for label in labels if len(label) > 3 and label.isalnum()]
        return f"{named[-1]}-url" if named else f"{scheme}-url"
    return f"{scheme}-url"


def line_before(text: str, start: int) -> str | None:
    """The line up to `start`; None where that is very long."""
    line = text.rfind("\n", max(0, start - _FURTHEST), start) + 1
    if line == 0 and start > _FURTHEST:
        return None
    return text[line:start]


def check_python(before: str, after: str) -> None:
    """Raises CannotFix unless both texts are Python. Nothing of them is run."""
    import ast

    if len(after) > _LONGEST_PYTHON:
        raise CannotFix("the file is very large")
    with warnings.catch_warnings():
        # What a compiler finds odd in somebody's strings is not for us to print.
        warnings.simplefilter("ignore")
        for text, reason in (
            (before, "the file is no Python that can be read here"),
            (after, "an expression does not fit there"),
        ):
            try:
                ast.parse(text)
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                raise CannotFix(reason) from None


def _in_const_block(text: str, start: int) -> bool:
    opened = [match.start() for match in re.finditer(r"^const[ \t]*\(", text[:start], re.MULTILINE)]
    return bool(opened) and re.search(r"^\)", text[opened[-1] : start], re.MULTILINE) is None


def _in_php(text: str, start: int) -> bool:
    return text.rfind("<?", 0, start) > text.rfind("?>", 0, start)
