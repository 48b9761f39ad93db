"""What a validator gets and what it is: the contract between the engine and the validators."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Candidate:
    """A place in a text where a rule's pattern matches; indices into `text`.

    `path` is what the document is called, where that is known: the same line means one thing in
    settings and another in source code. `match_start` is where the pattern's match begins, -1 where
    there is none.
    """

    text: str
    start: int
    end: int
    path: str = ""
    match_start: int = -1

    @property
    def value(self) -> str:
        return self.text[self.start : self.end]

    def line_before(self, limit: int = 200) -> str:
        """What stands before the value on its line, at most the last `limit` characters."""
        begin = max(self.text.rfind("\n", 0, self.start) + 1, self.start - limit)
        return self.text[begin : self.start]

    def line_after(self, limit: int = 200) -> str:
        """What stands after the value on its line, at most the first `limit` characters."""
        end = self.text.find("\n", self.end, self.end + limit)
        return self.text[self.end : self.end + limit if end == -1 else end]


Validator = Callable[[Candidate], bool]
