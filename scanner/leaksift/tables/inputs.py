"""Bytes in and out: files that are read twice, streams that are read once, and files that are there
whole or not at all."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator
from pathlib import Path
from typing import IO, BinaryIO

from leaksift.decoding import NotText
from leaksift.errors import SourceError
from leaksift.recoding import charset_of
from leaksift.writing import open_atomically

# What is looked at of a stream before its first byte is written.
_HEAD = 4 * 1024 * 1024
_LOOKED_AT = 256 * 1024


class Input:
    """A file by its path, or a stream that is open. Only a path can be read from the start
    again."""

    def __init__(self, source: Path | BinaryIO) -> None:
        """Raises SourceError for a file that cannot be read."""
        self._path = source if isinstance(source, Path) else None
        self.bytes_total = 0
        self._stream: BinaryIO | None = None
        self._head = b""
        if isinstance(source, Path):
            try:
                self.bytes_total = source.stat().st_size
                with source.open("rb") as file:
                    self._head = file.read(_LOOKED_AT)
            except OSError as error:
                raise SourceError(f"{source}: cannot be read: {error.strerror}") from None
        else:
            self._stream = source
            pieces, size = [], 0
            while size < _HEAD and (piece := source.read(_HEAD - size)):
                pieces.append(piece)
                size += len(piece)
            self._head = b"".join(pieces)

    @property
    def head(self) -> bytes:
        """The first bytes."""
        return self._head

    @property
    def is_whole(self) -> bool:
        """Whether a sample is drawn from all of it."""
        return self._path is not None or len(self._head) < _HEAD

    @property
    def name(self) -> str:
        return str(self._path) if self._path else "standard input"

    def open_sample(self) -> Counted:
        """What a sample is drawn from: all of a file, the head of a stream up to a line's end."""
        if self._path is not None:
            return Counted(self._open(self._path))
        head = self._head
        return Counted(io.BytesIO(head if self.is_whole else head[: head.rfind(b"\n") + 1]))

    def open_all(self) -> Counted:
        """All of it; of a stream once."""
        if self._path is not None:
            return Counted(self._open(self._path))
        assert self._stream is not None  # noqa: S101 - a stream where there is no path
        return Counted(self._stream, self._head)

    def _open(self, path: Path) -> BinaryIO:
        try:
            return path.open("rb")
        except OSError as error:
            raise SourceError(f"{path}: cannot be read: {error.strerror}") from None


class Counted(io.RawIOBase):
    """A stream with some bytes put back before it, that knows how much was read. Closing it closes
    a file that was opened for it, and leaves a stream that was given."""

    def __init__(self, stream: IO[bytes], head: bytes = b"") -> None:
        self._stream, self._head = stream, head
        self._given = bool(head)
        self.count = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        if self._head:
            data, self._head = self._head[: len(buffer)], self._head[len(buffer) :]
        else:
            data = self._stream.read(len(buffer))
        buffer[: len(data)] = data
        self.count += len(data)
        return len(data)

    def close(self) -> None:
        if not self._given and not self.closed:
            self._stream.close()
        super().close()


class Encoding:
    """The charset of a text file that is read line by line and written in places."""

    def __init__(self, head: bytes, name: str) -> None:
        """Raises SourceError for what is no text."""
        try:
            # Up to a line's end, so that no character is cut.
            self._charset = charset_of(head[: head.rfind(b"\n") + 1] or head, is_whole=True)
        except NotText as error:
            raise SourceError(f"{name}: is no text: {error.reason}") from None
        self.codec, self.bom = self._charset.codec, self._charset.mark

    def read(self, raw: Counted) -> io.TextIOWrapper:
        """The text without its byte order mark; line ends stay."""
        buffered = io.BufferedReader(raw, 1024 * 1024)
        buffered.read(len(self.bom))
        return io.TextIOWrapper(
            buffered, encoding=self.codec, errors=self._charset.errors, newline=""
        )

    def encode(self, text: str) -> bytes:
        """The bytes of a text that was read."""
        return self._charset.encode(text)

    def can_say(self, text: str) -> bool:
        """Whether a new text has bytes in this encoding."""
        if text.isascii():
            return True
        try:
            text.encode(self.codec)
        except UnicodeEncodeError:
            return False
        return True


@contextlib.contextmanager
def output(target: Path | BinaryIO) -> Iterator[BinaryIO]:
    """Where a result goes: a stream, or a file that takes the place of the old one when all is
    written. Raises SourceError for a file that cannot be written."""
    if not isinstance(target, Path):
        yield target
        target.flush()
        return
    with contextlib.ExitStack() as stack:
        try:
            file = stack.enter_context(open_atomically(target))
        except OSError as error:
            raise SourceError(f"{target}: cannot be written: {error.strerror}") from None
        yield file
