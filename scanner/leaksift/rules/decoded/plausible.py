"""Whether decoded bytes are text: everything can be decoded, and most of it is not meant to be.

And whether a text is a document of its own, in which a name says what a value is.
"""

from __future__ import annotations

import re

from leaksift.rules.decoded.stretch import Groups

# Controls, and what is left of bytes that are no UTF-8.
_NO_TEXT = re.compile("[\0-\x08\x0e-\x1a\x1c-\x1f\x7f\udc80-\udcff\ufffd]")
_SETTING = re.compile(
    r"""\s*(?:[#;].*|\[[^\]]*\]|(?:export\s+|-\s+)?["']?[A-Za-z_][\w.-]{1,60}["']?\s?[:=].*)?""",
    re.ASCII,
)

# Something else often follows the encoded text directly, and is decoded with it.
_MOST_NO_TEXT = 0.15


def from_utf8(data: bytes, unit: int, size: int, length: int) -> tuple[str, Groups] | None:
    """The text and how it is spelled: `size` characters for each `unit` bytes, `length` in all."""
    # Each wrong byte becomes one character, so that the places of the others are known.
    text = data.decode("utf-8", "surrogateescape")
    if not _is_text(text):
        return None
    return text, Groups(text, unit, size, length, _utf8_length)


def from_utf16(data: bytes, unit: int, size: int, length: int) -> tuple[str, Groups] | None:
    """The same for UTF-16, little endian."""
    text = data[: len(data) // 2 * 2].decode("utf-16-le", "replace")
    if not _is_text(text):
        return None
    return text, Groups(text, unit, size, length, _utf16_length)


def _is_text(text: str) -> bool:
    return len(_NO_TEXT.findall(text)) <= _MOST_NO_TEXT * len(text)


def _utf8_length(char: str) -> int:
    return len(char.encode("utf-8", "surrogateescape"))


def _utf16_length(char: str) -> int:
    return 4 if char > "\uffff" else 2


def is_document(text: str) -> bool:
    """Whether the text is JSON, or settings: lines that each give a name a value."""
    if text.lstrip()[:1] in ("{", "["):
        # Of a text that is cut off, or followed by something else, the beginning tells.
        return re.match(r"\s*(?:\[\s*)?\{\s*\"[A-Za-z_][^\"\n]{0,80}\"\s*:", text) is not None
    lines = [line for line in text[:20_000].splitlines() if line.strip()]
    return len(lines) > 0 and all(_SETTING.fullmatch(line) for line in lines)
