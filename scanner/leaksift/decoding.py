"""From bytes to text, or the reason why they are no text.

Git's own test (a NUL byte among the first 8000) is not used: UTF-16 would go unscanned, and a few
NUL bytes in a source file would switch the scan off. What a file is called plays no part. Every
step is linear in the number of bytes, and UTF-8 costs one `bytes.decode` and one search for NUL.
"""

from __future__ import annotations

import codecs
import functools
from dataclasses import dataclass
from typing import Literal

# How much of the data is looked at to tell what kind it is: enough to be sure, quick to read.
_SAMPLE = 32 * 1024

# Control characters that do not occur in text. Tab, line feed, vertical tab, form feed and carriage
# return do; backspace and escape do in terminal logs. NUL is judged apart, by where it stands.
_CONTROLS = bytes(set(range(1, 32)) - set(b"\b\t\n\v\f\r\x1b") | {127})

_UTF16 = ("utf-16-le", "utf-16-be")

# Compressed or random bytes hold about one control character in ten, text almost none.
_MOST_CONTROLS = 0.05


@dataclass(frozen=True)
class Decoded:
    """A text without its byte order mark, the Python codec that read it, and whether it had one."""

    text: str
    encoding: str
    has_bom: bool = False


class NotText(Exception):
    """The bytes are no text that can be read. Its message is the reason; it never holds content."""

    def __init__(self, reason: Literal["binary", "undecodable"]) -> None:
        super().__init__(reason)
        self.reason: Literal["binary", "undecodable"] = reason


def decode(data: bytes) -> Decoded:
    """Read `data` as UTF-8, UTF-16 or UTF-32 (with or without byte order mark) or a legacy charset.

    Text that merely has damage is read with U+FFFD in the damaged places: a lone byte at the end of
    UTF-16, some wrong bytes in UTF-8. Raises NotText: "binary" when the bytes do not look like
    text, "undecodable" for UTF-32 with numbers that are no characters.
    """
    if data.startswith(codecs.BOM_UTF8):
        return _ascii_compatible(data[3:], has_bom=True)
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)):
        marked = _marked_wide(data)
        if marked is not None:
            return marked
    if b"\0" in data:
        wide = _wide_by_shape(data)
        if wide is not None:
            return wide
    return _ascii_compatible(data, has_bom=False)


def _ascii_compatible(data: bytes, has_bom: bool) -> Decoded:
    """UTF-8 or a legacy charset; raises NotText("binary")."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        first_wrong = error.start
    else:
        # Without NUL this is text, however odd. With NUL the other bytes must look like it: so a
        # file padded with zeros is read, and a table of small numbers is not.
        if b"\0" in data and not has_bom and not _few_controls(data):
            raise NotText("binary")
        return Decoded(text, "utf-8", has_bom)
    # The head alone may show that it is text: a shell script with an archive at its end.
    if not _few_controls(data[: _SAMPLE // 4]) and not _few_controls(data):
        raise NotText("binary")
    return _damaged_utf8(data, has_bom) or _legacy(data, first_wrong, has_bom)


def _few_controls(data: bytes) -> bool:
    """Whether control characters are rare among the bytes that are not NUL."""
    if b"\0" in data:
        if data.count(b"\0") == len(data):
            return False
        data = data.replace(b"\0", b"")
    return len(data) - len(data.translate(None, _CONTROLS)) <= _MOST_CONTROLS * len(data)


def _damaged_utf8(data: bytes, has_bom: bool) -> Decoded | None:
    """UTF-8 with wrong bytes here and there, such as a log that was cut in the middle.

    Sequences of UTF-8 hardly occur in another charset by chance, so when most of what is not ASCII
    is right, the charset is known and only the content is damaged.
    """
    text = data.decode("utf-8", "replace")
    damaged = text.count("\ufffd")
    right = len(text) - len(text.encode("ascii", "ignore")) - damaged
    return Decoded(text, "utf-8", has_bom) if right > 4 * damaged else None


def _legacy(data: bytes, first_wrong: int, has_bom: bool) -> Decoded:
    """A charset from before Unicode; latin-1 reads anything, so what looks like text is read."""
    start = max(0, first_wrong - _SAMPLE // 2)
    for encoding in (_guess(data[start : start + _SAMPLE]), "cp1252"):
        if encoding is not None:
            try:
                return Decoded(data.decode(encoding), encoding, has_bom)
            except UnicodeDecodeError:
                continue
    return Decoded(data.decode("latin-1"), "latin-1", has_bom)


def _guess(sample: bytes) -> str | None:
    """The charset that charset-normalizer thinks of, if it leaves ASCII as it is.

    One that does not (EBCDIC, UTF-7) would turn every key in the file into something else, and
    bytes can be made up so that it is guessed.
    """
    # Takes 30 ms to import and is needed for few files.
    from charset_normalizer import from_bytes

    matches = from_bytes(sample)
    best = matches.best()
    if best is None:
        return None
    for match in matches:
        # Some letters with accents fit many charsets; then the most common one is meant.
        equal = match.chaos <= best.chaos and match.coherence >= best.coherence
        if equal and "cp1252" in match.could_be_from_charset:
            return "cp1252"
    return best.encoding if _keeps_ascii(best.encoding) else None


@functools.cache
def _keeps_ascii(encoding: str) -> bool:
    ascii_bytes = bytes(range(128))
    try:
        return ascii_bytes.decode(encoding) == ascii_bytes.decode("ascii")
    except UnicodeDecodeError:
        return False


def _marked_wide(data: bytes) -> Decoded | None:
    """UTF-16 or UTF-32 by its byte order mark; None if what follows the mark is no text.

    The mark of UTF-32 (little endian) is also that of UTF-16 and a NUL: read as what fits.
    """
    order = "le" if data.startswith(codecs.BOM_UTF16_LE) else "be"
    maybe_utf32 = data.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE))
    if maybe_utf32:
        text = _utf32(data[4:], f"utf-32-{order}")
        if text is not None:
            return Decoded(text, f"utf-32-{order}", has_bom=True)
    if not data.startswith(codecs.BOM_UTF32_BE):
        try:
            text, damaged = data[2:].decode(f"utf-16-{order}"), False
        except UnicodeDecodeError:
            text, damaged = data[2:].decode(f"utf-16-{order}", "replace"), True
        # With a mark, unassigned characters do not matter, unless something else is wrong as well.
        if not (damaged or maybe_utf32) or _reads_well(text[:_SAMPLE]):
            return Decoded(text, f"utf-16-{order}", has_bom=True)
    if maybe_utf32:
        raise NotText("undecodable")
    return None


def _wide_by_shape(data: bytes) -> Decoded | None:
    """UTF-16 or UTF-32 without a mark, told by where the NUL bytes stand; None for neither.

    ASCII in UTF-16 has NUL in every second byte, in UTF-32 in three of four. Other scripts show it
    at least in spaces, digits and line feeds.
    """
    sample = data[:_SAMPLE]
    zeros = [sample[offset::4].count(0) for offset in range(4)]
    quarter = max(1, len(sample) // 4)
    for encoding, high, next_one in (("utf-32-le", 3, 2), ("utf-32-be", 0, 1)):
        # No character needs the highest byte, and few the next.
        if zeros[high] >= 0.9 * quarter and len(data) >= 4:
            text = _utf32(data, encoding)
            if text is not None and _reads_well(text[:_SAMPLE]):
                return Decoded(text, encoding)
            if text is None and zeros[next_one] >= 0.9 * quarter and sum(zeros) < 3.5 * quarter:
                raise NotText("undecodable")
    # In the right order ASCII is ASCII, in the other one it is something at U+xx00.
    encoding = max(_UTF16, key=lambda name: _ascii_letters(sample.decode(name, "replace")))
    # The sample is even, so at most a pair of surrogates is cut, into one wrong character.
    text = sample.decode(encoding, "replace")
    high = 0 if encoding == "utf-16-be" else 1
    half = max(1, len(sample) // 2)
    mostly_ascii = zeros[high] + zeros[high + 2] >= 0.25 * half
    low_zeros = zeros[1 - high] + zeros[3 - high]
    if zeros[high] + zeros[high + 2] < 0.5 * half and _is_utf8(sample) and _few_controls(sample):
        # A NUL after every fifth letter of a narrow text would make it all disappear.
        mostly_ascii = False
    if not mostly_ascii or low_zeros > 0.1 * (zeros[high] + zeros[high + 2]):
        # Not the clear case: a text in some narrow charset with a few NUL bytes is more likely when
        # its bytes are good UTF-8, or its blanks are single bytes.
        if _is_utf8(sample) and _few_controls(sample):
            return None
        blank = "\n" if b"\n" in sample else " "
        if not mostly_ascii and 4 * text.count(blank) <= sample.count(blank.encode()):
            return None
    return Decoded(data.decode(encoding, "replace"), encoding) if _reads_well(text) else None


def _ascii_letters(text: str) -> int:
    """How many characters are ASCII, but not NUL."""
    return len(text.encode("ascii", "ignore")) - text.count("\0")


def _utf32(data: bytes, encoding: str) -> str | None:
    """The text, with U+FFFD for bytes that are missing at the end; None if it is not UTF-32."""
    whole = len(data) - len(data) % 4
    try:
        return data[:whole].decode(encoding) + ("\ufffd" if whole < len(data) else "")
    except UnicodeDecodeError:
        return None


def _is_utf8(sample: bytes) -> bool:
    """Whether a sample, which may end within a character, is UTF-8."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample)
    except UnicodeDecodeError:
        return False
    return True


def _reads_well(text: str) -> bool:
    """Whether nearly all characters are assigned and visible or blank, none of it a wrong guess.

    About half of all 16-bit numbers taken at random are no assigned character.
    """
    wrong = sum(not char.isprintable() and not char.isspace() for char in text)
    wrong += text.count("\ufffd")
    # One wrong character is what a cut at the end makes.
    return wrong < len(text) and wrong <= 1 + 0.1 * len(text)
