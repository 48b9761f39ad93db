"""What is known of a programming language: how its strings and comments are written, and the
expression that reads the environment. The table is `languages.toml`."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from leaksift.toml import parse_toml


@dataclass(frozen=True)
class Language:
    """See `languages.toml` for the fields. `tokens` matches a comment, a string or an opaque
    literal, by the name of its group; `opening` what a string begins with."""

    name: str
    reference: str
    tokens: re.Pattern[str]
    opening: re.Pattern[str]
    lookup: re.Pattern[str]
    constant: re.Pattern[str] | None
    followed: re.Pattern[str] | None
    needs: str | None
    note: str


def language_of(path: str, text: str) -> Language | None:
    """The language of a file: by the end of its name or, where it has none, by its first line."""
    table = _table()
    name = path.rpartition("/")[2].lower()
    if "." in name.lstrip("."):
        return table.get(f".{name.rpartition('.')[2]}")
    program = shebang(text)
    return table.get(f"#!{program}") if program else None


def shebang(text: str) -> str | None:
    """The program that a first line such as `#!/usr/bin/env python3 -u` names."""
    match = re.match(r"#![ \t]*(?:\S*/)?(?:env[ \t]+(?:-S[ \t]+)?(?:\S*/)?)?([\w.+-]+)", text)
    return match[1] if match else None


@functools.cache
def _table() -> dict[str, Language]:
    data = parse_toml((Path(__file__).parent / "languages.toml").read_bytes())
    table: dict[str, Language] = {}
    for entry in data["language"]:
        optional = {
            name: re.compile(entry[name]) if name in entry else None
            for name in ("constant", "followed")
        }
        prefix = entry.get("prefix", "")
        quotes = "|".join(map(re.escape, entry["quotes"]))
        language = Language(
            name=entry["name"],
            reference=entry["reference"],
            tokens=_tokens(entry),
            opening=re.compile(f"(?P<prefix>{prefix})(?P<quote>{quotes})"),
            lookup=re.compile(entry["lookup"]),
            needs=entry.get("needs"),
            note=entry.get("note", ""),
            **optional,
        )
        table |= {f".{ending}": language for ending in entry["endings"]}
        table |= {f"#!{program}": language for program in entry.get("shebangs", ())}
    return table


def _tokens(entry: dict[str, Any]) -> re.Pattern[str]:
    """One pass over the text is linear: each alternative takes all that it looked at, also where
    the end of a string or comment is missing."""
    comments = [rf"{re.escape(mark)}[^\n]*" for mark in entry["line"]]
    comments += [
        rf"{re.escape(first)}(?s:.*?{re.escape(last)}|.*)" for first, last in entry.get("block", ())
    ]
    strings = [_string(quote, quote in entry.get("raw", ())) for quote in entry["quotes"]]
    # A prefix is none where a name ends in its letters.
    prefix = rf"(?:(?<!\w){entry['prefix']})?" if "prefix" in entry else ""
    parts = [rf"(?P<comment>{'|'.join(comments)})"]
    if "opaque" in entry:
        parts.append(rf"(?P<opaque>{entry['opaque']})")
    parts.append(rf"(?P<string>{prefix}(?:{'|'.join(strings)}))")
    return re.compile("|".join(parts))


def _string(quote: str, raw: bool) -> str:
    if len(quote) == 3:
        return rf"{quote}(?s:(?:[^\\]|\\.)*?{quote}|.*)"
    if raw:
        return f"{quote}[^{quote}]*{quote}?"
    stop = "" if quote == "`" else r"\n"
    return rf"{quote}(?:[^{quote}\\{stop}]|\\(?s:.))*{quote}?"
