"""Settings, one a line: INI, properties, shell and dotenv files, TOML, HCL, and their kin."""

from __future__ import annotations

import re
from collections.abc import Iterator

from leaksift.rules.files.entry import Entry

# A colon may stand inside a name: `//registry/:_authToken`.
_NAME = r"""(?P<name>
    "[^"\n]{1,200}" | '[^'\n]{1,200}'
    | [^\s=:"'\#;{}\[\]<>]{1,200} (?: : [^\s=:"'\#;{}\[\]<>]{1,100} ){0,3}
)"""
_VALUE = r"""(?:
    \\?(?P<quote>["'])(?P<quoted>.{0,8000}?)(?<!\\)(?P=quote)
    | (?P<bare>[^\s"'][^\n]{0,8000})
)"""
_PREFIX = r"""[ \t]{0,80}(?:-[ \t]{1,4})?
    (?:(?:export|set|setenv|setx|declare|local|readonly|typeset|define|const|var|my|our|let|ENV|ARG)
       [ \t]{1,4}(?:-x[ \t]{1,4})?)?"""
_SIGN = re.compile(
    rf"""(?:[ \t]{{0,8}}[\#;]{{1,2}})?{_PREFIX}{_NAME}
    [ \t]{{0,40}}(?P<sign>:=|\+=|\?=|=>|=|:)[ \t]{{0,40}}{_VALUE}""",
    re.VERBOSE,
)
_WORDS = re.compile(
    rf"{_PREFIX}{_NAME}(?:[ \t]{{0,40}}[=:][ \t]{{0,40}}|[ \t]{{1,40}}){_VALUE}", re.VERBOSE
)
_SECTION = re.compile(r"[ \t]{0,40}\[\[?(?P<name>[^\]\n]{1,300})\]")
_OPEN = re.compile(r"[ \t]{0,80}(?P<name>[^{}\n]{0,300}?)[ \t]{0,4}[=:]?[ \t]{0,4}\{[ \t\r]{0,8}\Z")
_CLOSE = re.compile(r"[ \t]{0,80}\}")
_COMMENT = re.compile(r"\s(?:\#|;|//)(?:\s|\Z)")
_DEPTH = 40


def settings(text: str) -> Iterator[Entry]:
    """Lines of `name = value` or `name: value`. A line that is a comment counts too: what was
    commented out is as readable as the rest."""
    return _read(text, _SIGN)


def words(text: str) -> Iterator[Entry]:
    """Lines of `name value`, with or without an equals sign or a colon between. Comments
    are none: they are prose more often than not."""
    return _read(text, _WORDS)


def _read(text: str, pattern: re.Pattern[str]) -> Iterator[Entry]:
    section: tuple[str, ...] = ()
    blocks: list[str] = []
    for begin, line in _lines(text):
        if head := _SECTION.match(line):
            section = tuple(
                part.strip("\"' ") for part in re.split(r"[ \t]+", head["name"], maxsplit=1)
            )
            continue
        if _CLOSE.match(line):
            del blocks[-1:]
            continue
        if (opened := _OPEN.match(line)) and len(blocks) < _DEPTH:
            blocks.append(opened["name"].strip(" \t\"'"))
            continue
        if (match := pattern.match(line)) is None:
            continue
        names = (*section, *blocks, match["name"].strip("\"'"))
        if match["quote"]:
            start, end = match.span("quoted")
        else:
            start, end = match.span("bare")
            if comment := _COMMENT.search(line, start, end):
                end = comment.start()
            end = start + len(line[start:end].rstrip(" \t\r").removesuffix(",").removesuffix(";"))
        if end <= start:
            continue
        if blocks and names[-1] in ("default", "value"):
            # Terraform: `variable "db_password" { default = "..." }`.
            names = (*section, *blocks[:-1], blocks[-1].rpartition('"')[2])
        yield Entry(names, line[start:end], begin + start, begin + end)


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Each line with its place. What is longer than any setting is cut."""
    start = 0
    while start < len(text):
        end = text.find("\n", start)
        end = len(text) if end == -1 else end
        yield start, text[start : min(end, start + 10_000)]
        start = end + 1
