"""Whether a secret is plainly none: a template, a mask, a row of keys, words about secrets.

The judgement is by what is left of a value when the parts that cannot be secret are taken away:
templates, runs of one character, rows of the alphabet or the keyboard, words such as `your` or
`example`. A strong value leaves nearly everything, whatever it happens to contain.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from leaksift.toml import parse_toml

# A key of this length or more is not looked at: nobody writes placeholders that long, and every
# step here takes time by length.
_LONGEST = 2000

_ROWS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "0123456789abcdef",
    "qwertyuiop",
    "qwertzuiop",
    "asdfghjkl",
    "zxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
    "qazwsxedcrfvtgbyhnujm",
)
_SHORTEST_ROW = 3
_RUN = re.compile(r"([^\W_])\1{3,}")

_TEMPLATE = re.compile(
    r"""
      \$\{\{ (?P<github> [^{}]{0,300} ) \}\}                   # ${{ secrets.X }}
    | \{\{ (?P<jinja> [^{}]{0,300} ) \}\}                      # {{ x }}
    | \$\{ [A-Za-z_][\w.-]*?                                   # ${x}, ${x:-default}, ${x:?message}
      (?: :? [-=+] (?P<default> [^{}]{0,300} ) | :? \? [^{}]{0,300} )? \}
    | \$\{ (?P<braces> [A-Za-z_][\w.\[\]()"' :?|-]{1,300} ) \}  # ${process.env["X"]}
    | \#\{ (?P<ruby> [A-Za-z_][^{}]{2,300} ) \}               # #{key}
    | \$\( (?P<shell> [^()]{1,300} ) \)                        # $(cat file)
    | %\( [A-Za-z_][\w.-]* \) [sdr]?                           # %(x)s
    | <%[=-]? (?P<erb> [^%]{0,300} ) %>                        # <%= x %>
    """,
    re.VERBOSE,
)
# These count only as the whole value: single braces, dollars, percent signs and angles occur in
# passwords too.
_WHOLE_TEMPLATE = re.compile(
    r"""
      \{ (?: [a-z_.]+ | [A-Z_]+ | [a-z]+ (?: [A-Z][a-z]+ )+ )  # {password}
      (?: \[ [\w'"]* \] )? (?: ! [rsa] )? (?: : \w* )? \}
    | \$ (?: env: )? [A-Z] [A-Z_]* [A-Z] (?: _\w+ )?           # $DB_PASSWORD
    | \$ [a-z_]* (?: pass | pwd | secret | token | key | user | auth | cred | env ) [a-z_]*
    | % [A-Z] [A-Z_]+ %                                        # %DB_PASSWORD%
    | < /? [A-Za-z] [A-Za-z\ ._:/|-]{0,60} >                   # <your token>
    | (?: process\.env | os\.environ | ENV | import\.meta\.env | env ) [.\[] ["'\w.]+ \]?
    | % [sdrv]
    """,
    re.VERBOSE,
)
# What makes the inside of a template able to hold a value of its own.
_LITERAL = re.compile(r"\b(?:default|echo|printf|or)\b|\|\||\?\?|^\s*[\"']")


@functools.cache
def example_data() -> Mapping[str, Any]:
    """The tables of `examples.toml`."""
    return parse_toml(Path(__file__).with_name("examples.toml").read_bytes())


def is_placeholder(value: str, *, has_form: bool) -> bool:
    """Whether a secret is plainly a placeholder.

    `has_form` is true for tokens whose form a provider fixed (`ghp_...`): there a word such as
    `EXAMPLE` between separators is meant. A password may hold any word, and most of it must be
    such words.
    """
    value = value.strip().strip("\"'`")
    if len(value) > _LONGEST:
        return False
    if not value or _WHOLE_TEMPLATE.fullmatch(value):
        return True
    # AWS ends the keys in its documentation so.
    if len(value) >= 20 and value.endswith(("EXAMPLE", "EXAMPLEKEY")):
        return True
    if has_form and _says_example(value):
        return True
    literals = [_literal(match) for match in _TEMPLATE.finditer(value)]
    # A default inside a template is a value like any other.
    rest = " ".join([_TEMPLATE.sub(" ", value), *filter(None, literals)]).strip().lower()
    has_template = bool(literals) and not any(literals)
    return _is_worn_out(rest, has_template) or _is_monotonous(rest)


def _literal(match: re.Match[str]) -> str:
    """What a template would put into the text by itself: nothing, or its default."""
    for name, text in match.groupdict().items():
        if text and (name == "default" or _LITERAL.search(text)):
            return text
    return ""


def _says_example(value: str) -> bool:
    if not re.fullmatch(r"[\w.-]+", value):
        return False
    loud = set(example_data()["secrets"]["loud-words"])
    return any(part in loud for part in re.split(r"[^a-z0-9]+", value.lower()))


def _is_worn_out(text: str, has_template: bool) -> bool:
    """Whether too little of a text in lower case is left to be a secret."""
    countable = [character.isalnum() for character in text]
    total = sum(countable)
    if not total:
        # Only marks: `****`, `...`, `-----`. Three different ones may be a password.
        return has_template or len(set(text.split()[0] if text.split() else "")) <= 2
    marked = _covered(text, _words_in(text, "marker-words"))
    named = _covered(text, _words_in(text, "name-words"))
    filled = _covered(text, _rows_and_runs(text))
    of_words, of_filler = sum(marked), sum(filled)
    ways = list(zip(countable, marked, named, filled, strict=True))
    left = sum(1 for counts, mark, name, fill in ways if counts and not (mark or name or fill))
    if not left:
        # A name with a row behind it (`password1234`) is a weak password, not a placeholder.
        only_filled = any(fill and not (mark or name) for _, mark, name, fill in ways)
        return bool(of_words) or has_template or not (only_filled and any(named))
    if of_words and left <= 8 and total - left >= 3 * left:
        return True
    if of_filler >= 12 and left <= 8 and of_filler >= 2 * left:
        return True  # `ghp_xxxxxxxxxxxx...`: a prefix and nothing
    # `ghp_${TOKEN}`, `Bearer ${TOKEN}`: a prefix and a template.
    return has_template and left <= 8 and re.fullmatch(r"[a-z\s_.:/=-]+", text) is not None


def _is_monotonous(text: str) -> bool:
    """Whether the longest part of a text repeats itself or uses at most three characters."""
    parts = re.findall(r"[a-z0-9]+", text)
    body = max(parts, key=len, default="")
    if len(body) < 16 or 3 * len(body) < 2 * sum(map(len, parts)):
        return False
    # A text has a period when it is found again inside itself, doubled (the end may be cut off).
    periodic = any(body[step:] == body[:-step] for step in range(1, len(body) // 2 + 1))
    return len(set(body)) <= 3 or periodic


def _covered(text: str, spans: Iterable[tuple[int, int]]) -> bytearray:
    marks = bytearray(len(text))
    for start, end in spans:
        marks[start:end] = b"\x01" * (end - start)
    return marks


def _rows_and_runs(text: str) -> list[tuple[int, int]]:
    """Runs of one character, and parts of a row of the alphabet, the digits or the keyboard."""
    found = [match.span() for match in _RUN.finditer(text)]
    for neighbours in _neighbours():
        start = 0
        for at in range(1, len(text) + 1):
            if at == len(text) or text[at - 1 : at + 1] not in neighbours:
                if at - start >= _SHORTEST_ROW:
                    found.append((start, at))
                start = at
    return found


@functools.cache
def _neighbours() -> tuple[frozenset[str], ...]:
    """For each row, forwards and backwards, the pairs of characters that follow each other."""
    rows = [*_ROWS, *(row[::-1] for row in _ROWS)]
    return tuple(frozenset(map("".join, itertools.pairwise(row))) for row in rows)


def _words_in(text: str, table: str) -> list[tuple[int, int]]:
    """Where words of a table stand. Those of up to three letters must stand by themselves: they
    are part of too much else."""
    words, lengths = _words(table)
    found: list[tuple[int, int]] = []
    for length in lengths:
        for start in range(len(text) - length + 1):
            end = start + length
            if text[start:end] in words and (
                length > 3
                or not (text[start - 1 : start].isalnum() or text[end : end + 1].isalnum())
            ):
                found.append((start, end))
    return found


@functools.cache
def _words(table: str) -> tuple[frozenset[str], tuple[int, ...]]:
    """The words of a table and their lengths. (As a regular expression they would take longer to
    compile than the few values of a scan take to judge.)"""
    words = frozenset(example_data()["secrets"][table])
    return words, tuple(sorted(set(map(len, words))))
