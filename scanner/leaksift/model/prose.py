"""Whether a path is that of a text for people, where a name is likely a name, or of code.

Code, configuration and the documents of a project are full of words that look like names and are
nobody's: there a model's span must be surer to be reported.
"""

from __future__ import annotations

from pathlib import PurePosixPath

_SUFFIXES = frozenset((".txt", ".text", ".eml", ".mbox", ".msg", ".srt", ".vtt"))

# Texts that come with software, by the beginning of their name.
_OF_SOFTWARE = (
    "authors",
    "change",
    "cmakelists",
    "constraints",
    "contributors",
    "copying",
    "credits",
    "entry_points",
    "history",
    "install",
    "licen",
    "manifest",
    "news",
    "notice",
    "readme",
    "release",
    "requirements",
    "robots",
    "thanks",
    "third",
    "todo",
    "top_level",
)


def is_prose(path: str) -> bool:
    """True for a plain text or a message, and for what has no path of a file."""
    name = PurePosixPath(path.replace("\\", "/")).name.lower()
    if name.startswith(_OF_SOFTWARE):
        return False
    suffix = PurePosixPath(name).suffix
    return suffix in _SUFFIXES or name in ("", "-", "<stdin>", "stdin")
