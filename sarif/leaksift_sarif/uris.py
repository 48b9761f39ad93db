"""Paths of documents as SARIF artifact locations: percent-encoded and relative, never absolute."""

from __future__ import annotations

import os.path
import posixpath
from dataclasses import dataclass
from urllib.parse import quote

SOURCE_ROOT = "%SRCROOT%"
OUTSIDE = "%OUTSIDE%"


@dataclass(frozen=True)
class Place:
    """A URI reference and the `uriBaseId` that it is relative to."""

    uri: str
    base: str


def place(path: str) -> Place:
    """Where a document lies, relative to the repository (`%SRCROOT%`); `../x` is a neighbour of it.

    An absolute path is written without its root or drive, relative to `%OUTSIDE%`, which no report
    resolves: SARIF refuses an absolute path beside a base (SARIF1004), and a `file:` URI would be
    true on one machine only.
    Bytes of a name that are not UTF-8 (surrogate escapes) are percent-encoded as they are.
    """
    drive, rest = os.path.splitdrive(path)
    base = OUTSIDE if drive or rest.startswith("/") else SOURCE_ROOT
    return Place(quote(_name_bytes(relative(path)), safe="/"), base)


def relative(path: str) -> str:
    """The path without root, drive and `./`, for reports that take relative paths only."""
    # Only on Windows is `C:/` a drive; elsewhere it is a folder with an odd name.
    _, rest = os.path.splitdrive(path)
    return posixpath.normpath(rest).lstrip("/") or "."


def _name_bytes(path: str) -> bytes:
    """The name as the file system holds it. Windows names may hold any lone surrogate."""
    try:
        return path.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return path.encode("utf-8", "surrogatepass")
