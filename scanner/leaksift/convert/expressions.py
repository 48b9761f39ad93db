"""Regular expressions of other tools: in Python's words, and as patterns of paths.

Go's RE2 (https://github.com/google/re2/wiki/Syntax) and Rust's regex have neither lookarounds nor
back references, so that nearly all of what they can say Python can say too. What differs: flags in
the middle, POSIX and Unicode classes, `\\z`, `\\Q...\\E`.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from importlib import import_module
from typing import Any

_POSIX = {
    "alnum": "0-9A-Za-z",
    "alpha": "A-Za-z",
    "ascii": r"\x00-\x7F",
    "blank": r"\t ",
    "cntrl": r"\x00-\x1F\x7F",
    "digit": "0-9",
    "graph": "!-~",
    "lower": "a-z",
    "print": " -~",
    "punct": r"!-/:-@\[-`{-~",
    "space": r"\t\n\v\f\r ",
    "upper": "A-Z",
    "word": "0-9A-Za-z_",
    "xdigit": "0-9A-Fa-f",
}

_MOST_PATHS = 60


def python_pattern(expression: str, group: int | str | None = None) -> str:
    """The expression in Python's syntax. The group that holds the value is called `value`: the one
    with the number or name `group`, without one the first; other groups capture nothing.

    Raises ValueError that says what cannot be converted.
    """
    return _Reading(expression, group).converted()


class _Reading:
    """One expression on its way, read from left to right."""

    def __init__(self, expression: str, group: int | str | None) -> None:
        self._text = expression
        self._group = group
        self._at = 0
        self._groups = 0
        self._made: list[str] = []
        # For each open group the flags that were set in its middle.
        self._flags: list[list[str]] = [[]]
        self._verbose = [False]

    def converted(self) -> str:
        while self._at < len(self._text):
            self._step()
        if len(self._flags) != 1:
            raise ValueError("a bracket is not closed")
        self._made.append(")" * len(self._flags[0]))
        made = "".join(self._made)
        wanted = self._group not in (None, 0)
        if wanted and "(?P<value>" not in made:
            raise ValueError(f"it has no group {self._group}")
        return made

    def _step(self) -> None:
        text, at = self._text, self._at
        char = text[at]
        if char == "\\":
            self._escape()
        elif char == "[":
            self._set()
        elif char == "(":
            self._open()
        elif char == ")":
            if len(self._flags) == 1:
                raise ValueError("a bracket is not opened")
            self._take(")" * len(self._flags.pop()) + ")", 1)
            self._verbose.pop()
        elif char == "|":
            # A flag in the middle counts for the alternatives behind it too.
            flags = self._flags[-1]
            self._take(")" * len(flags) + "|" + "".join(f"(?{flag}:" for flag in flags), 1)
        elif self._verbose[-1] and char.isspace():
            self._take("", 1)
        elif self._verbose[-1] and char == "#":
            end = text.find("\n", at)
            self._take("", (len(text) if end == -1 else end) - at)
        else:
            self._take(char, 1)

    def _take(self, made: str, length: int) -> None:
        self._made.append(made)
        self._at += length

    def _escape(self) -> None:
        rest = self._text[self._at :]
        if rest.startswith("\\Q"):
            end = rest.find("\\E")
            quoted = rest[2:] if end == -1 else rest[2:end]
            self._take(re.escape(quoted), len(rest) if end == -1 else end + 2)
        elif rest.startswith("\\z"):
            self._take("\\Z", 2)
        elif code := re.match(r"\\x\{([0-9A-Fa-f]{1,6})\}", rest):
            self._take(re.escape(chr(int(code[1], 16))), code.end())
        elif re.match(r"\\[pPCKGRX]", rest):
            raise ValueError(f"{rest[:2]} has no counterpart: write the characters out")
        else:
            self._take(rest[:2], 2)

    def _set(self) -> None:
        """A set of characters; what Python may one day read otherwise is escaped."""
        text = self._text
        end = self._at + 1
        made = ["["]
        if text[end : end + 1] == "^":
            made.append("^")
            end += 1
        first = end
        while end < len(text) and (text[end] != "]" or end == first):
            if posix := re.match(r"\[:(\^?)(\w+):\]", text[end:]):
                if posix[1] or posix[2] not in _POSIX:
                    raise ValueError(f"{posix[0]} has no counterpart: write the characters out")
                made.append(_POSIX[posix[2]])
                end += posix.end()
            elif text[end] == "\\":
                if text[end + 1 : end + 2] in ("p", "P"):
                    raise ValueError(f"{text[end : end + 2]} has no counterpart")
                if code := re.match(r"\\x\{([0-9A-Fa-f]{1,6})\}", text[end:]):
                    made.append(re.escape(chr(int(code[1], 16))))
                    end += code.end()
                else:
                    made.append(text[end : end + 2])
                    end += 2
            else:
                made.append(("\\" if text[end] in "[]&~|" else "") + text[end])
                end += 1
        if end >= len(text):
            raise ValueError("a set is not closed")
        self._take("".join(made) + "]", end + 1 - self._at)

    def _open(self) -> None:
        rest = self._text[self._at :]
        if named := re.match(r"\(\?P?<(\w+)>", rest):
            self._capture(named[1], named.end())
        elif flags := re.match(r"\(\?([a-zA-Z]*(?:-[a-zA-Z]+)?)([:)])", rest):
            self._set_flags(flags[1], flags[2], flags.end())
        elif rest.startswith("(?"):
            raise ValueError("it looks around, or has a group that is not supported")
        else:
            self._capture(None, 1)

    def _capture(self, name: str | None, length: int) -> None:
        self._groups += 1
        chosen = self._group in (self._groups, name) if self._group else self._groups == 1
        self._enter("(?P<value>" if chosen else "(?:", length, self._verbose[-1])

    def _enter(self, made: str, length: int, verbose: bool) -> None:
        self._flags.append([])
        self._verbose.append(verbose)
        self._take(made, length)

    def _set_flags(self, flags: str, ending: str, length: int) -> None:
        on, _, off = flags.partition("-")
        if unknown := set(on + off) - set("imsxu"):
            raise ValueError(f"the flag {sorted(unknown)[0]} is not supported")
        verbose = self._verbose[-1] or "x" in on
        if "x" in off:
            verbose = False
        # Blanks and comments are taken out instead; Unicode is not looked at either way.
        on, off = (part.replace("x", "").replace("u", "") for part in (on, off))
        kept = on + (f"-{off}" if off else "")
        if ending == ":":
            self._enter(f"(?{kept}:", length, verbose)
            return
        self._verbose[-1] = verbose
        if kept and not "".join(self._made) and not off:
            self._take(f"(?{kept})", length)
        elif kept:
            self._flags[-1].append(kept)
            self._take(f"(?{kept}:", length)
        else:
            self._take("", length)


# Parts of a path expression: any text, any text without a slash, one character, the path's ends.
_ANY, _PART, _ONE, _BEGIN, _END = "\0any", "\0part", "\0one", "\0begin", "\0end"


def path_patterns(expression: str) -> list[str]:
    """Patterns as in .gitignore for the paths in which the expression is found somewhere.

    Raises ValueError for an expression that such patterns cannot say.
    """
    converted = python_pattern(expression)
    parser = import_module("re._parser" if sys.version_info >= (3, 11) else "sre_parse")
    try:
        parsed = parser.parse(converted)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"it is no regular expression: {error}") from None
    if parsed.state.flags & re.IGNORECASE:
        raise ValueError("it takes upper for lower case, which patterns as in .gitignore do not")
    patterns = list(dict.fromkeys(_pattern(parts) for parts in _alternatives(parsed)))
    # `(^|/)name` gives `/name` and `**/name`, which holds the first.
    return [one for one in patterns if f"**{one}" not in patterns]


def _alternatives(parsed: Iterable[Any]) -> list[list[str]]:
    """The texts that the expression stands for, each as a list of characters and parts."""
    found: list[list[str]] = [[]]
    for node in parsed:
        choices = _choices(str(node[0]), node[1])
        found = [before + choice for before in found for choice in choices]
        if len(found) > _MOST_PATHS:
            raise ValueError("it stands for too many paths")
    return found


def _choices(kind: str, argument: Any) -> list[list[str]]:
    if kind == "LITERAL":
        return [[chr(argument)]]
    if kind == "ANY":
        return [[_ONE]]
    if kind == "SUBPATTERN":
        return _alternatives(argument[3])
    if kind == "BRANCH":
        return [choice for branch in argument[1] for choice in _alternatives(branch)]
    if kind == "AT":
        place = str(argument)
        if place in ("AT_BEGINNING", "AT_BEGINNING_STRING"):
            return [[_BEGIN]]
        if place in ("AT_END", "AT_END_STRING"):
            return [[_END]]
    if kind in ("MAX_REPEAT", "MIN_REPEAT"):
        least, most, body = argument
        inner = list(body)
        if (least, most) == (0, 1):
            return [[], *_alternatives(body)]
        if len(inner) == 1 and most > 1_000 and least <= 1:
            if str(inner[0][0]) == "ANY":
                return [[_ANY]]
            if str(inner[0][0]) == "NOT_LITERAL" and inner[0][1] == ord("/"):
                return [[_PART]]
    if kind == "IN" and all(str(item) == "LITERAL" for item, _ in argument):
        return [[chr(code)] for _, code in argument]
    raise ValueError("its form cannot be said by a pattern as in .gitignore")


def _pattern(parts: list[str]) -> str:
    begins = bool(parts) and parts[0] == _BEGIN
    ends = bool(parts) and parts[-1] == _END
    parts = parts[begins : len(parts) - ends]
    while parts and parts[0] == _ANY:
        parts, begins = parts[1:], False
    while parts and parts[-1] == _ANY:
        parts, ends = parts[:-1], False
    if not parts or _BEGIN in parts or _END in parts:
        raise ValueError("it fits every path, or none")
    made = ""
    for number, part in enumerate(parts):
        if part == _PART:
            made += "*"
        elif part == _ONE:
            made += "?"
        elif part == _ANY:
            if not made.endswith("/"):
                raise ValueError("`.*` in the middle of a name may cross folders")
            made += "*/**" if parts[number + 1] == "/" else "**/*"
        else:
            made += f"\\{part}" if part in "*?[\\" else part
    if begins:
        start = "" if made.startswith("/") else "/"
    else:
        start = "**" if made.startswith("/") else "**/*"
    return start + made + ("" if ends or made.endswith("/") else "*")
