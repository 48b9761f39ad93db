"""A file that may be changed: read as it was scanned, written back with the same bytes around."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from leaksift.decoding import NotText
from leaksift.document import Document
from leaksift.fix.proposal import CannotFix
from leaksift.recoding import Charset, charset_of
from leaksift.sources import names
from leaksift.writing import write_atomically


@dataclass(frozen=True)
class Source:
    """The bytes of a file, and the text that they are."""

    file: Path
    data: bytes
    text: str
    charset: Charset

    def write(self, text: str) -> None:
        """Replaces the file, whole or not at all; mode, charset, byte order mark and line ends stay
        as they are. Raises CannotFix where it was changed since it was read, or cannot be."""
        try:
            data = self.charset.mark + self.charset.encode(text)
            if self.file.read_bytes() != self.data:
                raise CannotFix("the file was changed meanwhile")
            if not os.access(self.file, os.W_OK):
                raise CannotFix("the file may not be written")
            write_atomically(self.file, data)
        except UnicodeEncodeError:
            raise CannotFix("its charset lacks a character of the new text") from None
        except OSError as error:
            raise CannotFix(f"the file cannot be written: {error.strerror}") from None


def digest(text: str) -> bytes:
    """What a text is known by, so that not all that was scanned must be kept."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def digest_of(document: Document) -> bytes:
    """The digest of what was scanned."""
    return digest(document.text)


def read_source(path: str, base: Path, scanned: bytes | None) -> Source:
    """The file that a report calls `path`, from the folder `base`.

    `scanned` is the digest of what was scanned. Raises CannotFix where that is not what the file
    holds now, or it could not be written back as it was.
    """
    file = base.joinpath(*names.to_system(path).split("/")) if path else base
    if path.startswith(("/", "../")) or not os.path.lexists(file):
        # Not below the repository: as it was given.
        file = Path(names.to_system(path))
    try:
        if file.is_symlink() or not file.is_file():
            raise CannotFix("it is no regular file here")
        if os.stat(file).st_nlink > 1:
            raise CannotFix("the file has several names (hard links), which would be parted")
        data = file.read_bytes()
    except OSError as error:
        raise CannotFix(f"the file cannot be read: {error.strerror}") from None
    try:
        charset = charset_of(data, is_whole=True)
        text = "".join(charset.texts((data,)))
    except NotText:
        raise CannotFix("its charset could not be made out for sure") from None
    if digest(text) != scanned:
        raise CannotFix("the file is not what was scanned")
    return Source(file, data, text, charset)
