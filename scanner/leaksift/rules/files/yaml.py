"""YAML with positions, as configuration files use it: blocks by indentation, scalars of one line
or in `|` and `>` blocks, and short `{...}` and `[...]` values.

Not a YAML reader: templates of Helm and Jinja are no YAML, and must be read all the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from leaksift.rules.files.entry import Entry, with_pairs
from leaksift.rules.files.json import unescaped

_LINE = re.compile(
    r"""(?x)
    (?P<indent>[ ]*) (?P<dashes>(?:-[ ]+)*)
    (?:(?P<name>"[^"\n]{1,300}"|'[^'\n]{1,300}'|[^\s\#"'{}\[\],&*!|>%@`:-][^\n\#:]{0,300}?(?::[^\s\n\#:]{1,200}){0,6}|-[^\s:-][^\n:]{0,100}?|\$\{?\w{1,80}\}?)
       [ ]{0,20}:(?=[ \t\r]|\Z) )?
    [ \t]*
    (?P<rest>.*)
    """
)
_TAG = re.compile(r"(?:[!&][^\s]*(?:[ ]+|\Z))+")
_KEEPS_VALUE = re.compile(r"&|!!(?:str|binary)\b|!unsafe\b")
_QUOTED = re.compile(r'"(?P<double>(?:[^"\\]|\\.)*)"|\'(?P<single>(?:[^\']|\'\')*)\'')
_FLOW = re.compile(
    r"""(?<![\w.$-])(?P<name>[\w.$-]{1,100}|"[^"]{1,100}"|'[^']{1,100}')\s{0,4}:\s{0,4}
    (?:"(?P<double>(?:[^"\\]|\\.)*)"|'(?P<single>[^']*)'|(?P<bare>[^\s,{}\[\]"'][^,{}\[\]]*))""",
    re.VERBOSE,
)
_ENVIRONMENT = re.compile(r"(?P<name>[A-Za-z_][\w.-]{0,100})=(?P<value>.+)")
_BLOCK = re.compile(r"[|>][-+0-9]{0,2}[ \t]*(?:#.*)?\Z")
_COMMENT = re.compile(r"[ \t]#")
_LONGEST = 20_000


def entries(text: str) -> Iterator[Entry]:
    """The scalars of a YAML text, by the names on the way to them; an item `NAME=value` of a list
    is one too."""
    return with_pairs(_entries(text))


def _entries(text: str) -> Iterator[Entry]:
    open_: list[tuple[int, str]] = []  # indentation and name of the mappings around
    start = 0
    block: tuple[int, tuple[str, ...], int] | None = None  # indentation, names and start
    block_end = 0
    while start < len(text):
        end = text.find("\n", start)
        end = len(text) if end == -1 else end
        line = text[start : min(end, start + _LONGEST)].rstrip("\r")
        begin, start = start, end + 1
        stripped = line.lstrip(" ")
        indent = len(line) - len(stripped)
        if block:
            if not stripped or indent > block[0]:
                block_end = begin + len(line) if stripped else block_end
                continue
            yield from _block(text, block, block_end)
            block = None
        if not stripped or stripped.startswith("#"):
            # What is commented out is readable too, but has no place among the rest.
            line = " " * indent + stripped.lstrip("# ") if stripped else ""
            if not line.strip() or ":" not in line:
                continue
            yield from _commented(text, begin, begin + len(stripped) + indent)
            continue
        if stripped.startswith(("---", "...")):
            open_.clear()
            continue
        match = _LINE.match(line)
        if match is None:
            continue
        column = indent + len(match["dashes"])
        # An item of a list may stand as far out as the name of the list.
        while open_ and open_[-1][0] >= (
            column if match["name"] or not match["dashes"] else indent + 1
        ):
            open_.pop()
        names = tuple(name for _, name in open_)
        if match["name"]:
            name = match["name"].strip("\"'")
            open_.append((column, name))
            names = (*names, name)
        rest = match["rest"]
        at = match.start("rest")
        if tags := _TAG.match(rest):
            at += tags.end()
            rest = rest[tags.end() :]
            if not _KEEPS_VALUE.match(tags[0]):
                names = ()  # `!vault`, `!Ref`, `!secret`: the value comes from elsewhere
        if _BLOCK.match(rest):
            block = (indent if not match["dashes"] else column - 1, names, start)
            block_end = start
            continue
        yield from _scalar(rest, begin + at, names)
    if block:
        yield from _block(text, block, block_end)


def _scalar(rest: str, begin: int, names: tuple[str, ...]) -> Iterator[Entry]:
    if not rest or not names:
        return
    if rest[0] in "{[" and not rest.startswith(("{{", "[[")):
        for match in _FLOW.finditer(rest):
            kind = next(k for k in ("double", "single", "bare") if match[k] is not None)
            first, last = match.span(kind)
            value = match[kind].rstrip()
            last = first + len(value)
            yield Entry((*names, match["name"].strip("\"'")), value, begin + first, begin + last)
        return
    if quoted := _QUOTED.match(rest):
        double = quoted["double"] is not None
        kind = "double" if double else "single"
        value = unescaped(quoted[kind]) if double else quoted[kind].replace("''", "'")
        first, last = quoted.span(kind)
    else:
        if comment := _COMMENT.search(rest):
            rest = rest[: comment.start()]
        value = rest.rstrip()
        first, last = 0, len(value)
    if not value:
        return
    yield Entry(names, value, begin + first, begin + last)
    if pair := _ENVIRONMENT.fullmatch(value):
        length = len(pair["value"])
        yield Entry((*names, pair["name"]), pair["value"], begin + last - length, begin + last)


def _block(text: str, block: tuple[int, tuple[str, ...], int], end: int) -> Iterator[Entry]:
    _, names, start = block
    value = text[start:end]
    start += len(value) - len(value.lstrip())
    if names and start < end:
        yield Entry(names, value.strip(), start, end)


def _commented(text: str, start: int, end: int) -> Iterator[Entry]:
    line = text[start:end]
    content = line.lstrip("# ")
    match = _LINE.match(content)
    if match and match["name"] and re.fullmatch(r"[\w.-]+", match["name"]):
        offset = len(line) - len(content) + match.start("rest")
        yield from _scalar(match["rest"], start + offset, (match["name"],))
