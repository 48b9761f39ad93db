"""From bytes to text and back to the same bytes, piece by piece: for what is changed in places and
must be left alone in all others. Which charset it is, is told by `decoding.py`.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from leaksift.decoding import NotText, decode

_MARKS = {
    "utf-8": codecs.BOM_UTF8,
    "utf-16-le": codecs.BOM_UTF16_LE,
    "utf-16-be": codecs.BOM_UTF16_BE,
    "utf-32-le": codecs.BOM_UTF32_LE,
    "utf-32-be": codecs.BOM_UTF32_BE,
}

_LONGEST_CHARACTER = 4


@dataclass(frozen=True)
class Charset:
    """How the bytes of a file are text: the name of Python's codec, and the byte order mark that
    stands before them, which is no part of the text."""

    codec: str
    mark: bytes = b""

    @property
    def errors(self) -> str:
        """Bytes that are no characters go through as they are."""
        return "surrogatepass" if self.codec.startswith(("utf-16", "utf-32")) else "surrogateescape"

    def texts(self, chunks: Iterable[bytes]) -> Iterator[str]:
        """The text of bytes in chunks, which begin with the mark. Raises NotText ("undecodable")
        where the text could not be turned into the same bytes again."""
        decoder = codecs.getincrementaldecoder(self.codec)(self.errors)
        skipped = 0
        waiting = b""
        for chunk, is_last in _and_the_end(chunks):
            left = chunk[len(self.mark) - skipped :] if skipped < len(self.mark) else chunk
            skipped += len(chunk) - len(left)
            waiting += left
            try:
                text = decoder.decode(left, is_last)
                data = self.encode(text)
            except UnicodeError:
                raise NotText("undecodable") from None
            if not waiting.startswith(data) or (is_last and data != waiting):
                raise NotText("undecodable")
            waiting = waiting[len(data) :]
            if text:
                yield text

    def encode(self, text: str) -> bytes:
        """The bytes of a text. Raises UnicodeEncodeError for what the charset does not have."""
        return text.encode(self.codec, self.errors)


def charset_of(head: bytes, *, is_whole: bool) -> Charset:
    """What the first bytes of a text say. Raises NotText, as `decode` does. Where they are not
    `is_whole`, the last character may be cut."""
    if not is_whole:
        tail = head[-_LONGEST_CHARACTER:].rstrip(bytes(range(0x80, 0x100)))
        head = head[:-_LONGEST_CHARACTER] + tail
    decoded = decode(head)
    return Charset(decoded.encoding, _MARKS[decoded.encoding] if decoded.has_bom else b"")


def _and_the_end(chunks: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    """The chunks, and behind them an empty one that is the last."""
    for chunk in chunks:
        yield chunk, False
    yield b"", True
