"""Untrusted text made safe for a terminal and for the log of a CI runner."""

from __future__ import annotations

import re

# GitHub's runner takes a line that starts with `::` for a command, and `##[` anywhere in a line;
# Azure Pipelines takes `##vso[`, TeamCity `##teamcity[`.
_COMMAND = re.compile(r"^(\s*):(?=:)|(?<=#)#(?=\w*\[)")


def printable(text: str) -> str:
    """The text on one line, with everything that could move a cursor, hide text or start a
    workflow command replaced by a visible escape such as `\\x1b`."""
    if not text.isprintable():
        text = "".join(c if c.isprintable() else _escape(c) for c in text)
    return _COMMAND.sub(_escape_command, text)


def _escape(character: str) -> str:
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:  # a byte of a name that is not UTF-8 (PEP 383)
        code -= 0xDC00
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


def _escape_command(match: re.Match[str]) -> str:
    return f"{match[1]}\\x3a" if match[1] is not None else "\\x23"
