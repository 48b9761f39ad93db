"""File names as git, reports and this system spell them.

In a report a path is its UTF-8 bytes with forward slashes, bytes that are not UTF-8 as surrogate
escapes. Git says the same in bytes. Python's own file names follow the locale instead, which need
not be UTF-8.
"""

from __future__ import annotations

import os


def from_git(name: bytes) -> str:
    """The path of a name that git printed with -z."""
    return name.decode("utf-8", "surrogateescape")


def from_system(name: str) -> str:
    """The path of a name that came from `os` or the command line."""
    if os.name == "nt":
        return name.replace("\\", "/")
    return os.fsencode(name).decode("utf-8", "surrogateescape")


def to_system(path: str) -> str:
    """The name to open a file by, or to give to git as an argument."""
    if os.name == "nt":
        return path
    return os.fsdecode(path.encode("utf-8", "surrogateescape"))
