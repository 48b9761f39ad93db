"""The words of a .netrc file. inetutils manual, "The .netrc file"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from leaksift.rules.files.entry import Entry

_WORD = re.compile(r'"(?P<quoted>[^"\n]{0,2000})"|(?P<bare>[^\s"]\S{0,2000})')
_ANONYMOUS = frozenset({"anonymous", "ftp"})
_NAMES = frozenset({"login", "password", "account", "user", "passwd"})


def entries(text: str) -> Iterator[Entry]:
    """`machine/login`, `machine/password` and `machine/account` of every machine. What goes with
    an anonymous login is no secret, and left out."""
    name: str | None = None
    login = ""
    position = 0
    while match := _WORD.search(text, position):
        position = match.end()
        kind = "quoted" if match["quoted"] is not None else "bare"
        word = match[kind] or ""
        if name:
            login = word if name == "login" else login
            if name != "machine" and login not in _ANONYMOUS:
                yield Entry(("machine", name), word, *match.span(kind))
            name = None
        elif word.startswith("#"):
            end = text.find("\n", position)
            position = len(text) if end == -1 else end
        elif word == "macdef":
            end = text.find("\n\n", position)
            position = len(text) if end == -1 else end
        elif word in _NAMES or word == "machine":
            name = word
        elif word == "default":
            login = ""
