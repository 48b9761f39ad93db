"""Settings that are source code: quoted values given to a name in PHP, Python, Ruby, JavaScript."""

from __future__ import annotations

import re
from collections.abc import Iterator

from leaksift.rules.files.entry import Entry

_GIVEN = re.compile(
    r"""
    (?: (?P<mark>["'])(?P<quoted>[\w.\ :/@-]{1,120})(?P=mark)
      | (?<![\w$.>-])(?P<bare>[$A-Za-z_][\w$.>-]{0,120}) )
    \s{0,4}(?:\]\s{0,4})?
    (?P<sign>=>|:|=|,)\s{0,40}
    (?:(?:env|ENV\.fetch|getenv|os\.environ\.get|os\.getenv|config)
       \(\s{0,2}["'][\w.]{1,80}["']\s{0,2},\s{0,4})?  # what stands behind is its default
    [bur]?(?P<quote>["'`])
    (?P<value>[^\n"'`]{0,4000}|(?:(?!(?P=quote))[^\n\\]|\\.){0,4000})(?P=quote)
    """,
    re.VERBOSE | re.ASCII,
)


def entries(text: str) -> Iterator[Entry]:
    """The quoted values of a source text that is known to hold settings, by their last name. With
    a comma between (`define('A', 'b')`) the name must be a constant's."""
    for match in _GIVEN.finditer(text):
        name = match["quoted"] or match["bare"]
        if match["sign"] == "," and not (match["quoted"] and name.isupper()):
            continue
        name = re.split(r"->|\.", name)[-1].lstrip("$")
        if name and match["value"]:
            yield Entry((name,), match["value"], *match.span("value"))
