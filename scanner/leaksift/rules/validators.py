"""The last word on a candidate: check digits, checksums and plausibility, by name.

A validator gets a `Candidate` and says whether it is what the rule's pattern took it for. It never
searches: the pattern has found the place already.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Candidate:
    """A place in a text where a rule's pattern matches; indices into `text`."""

    text: str
    start: int
    end: int

    @property
    def value(self) -> str:
        return self.text[self.start : self.end]


Validator = Callable[[Candidate], bool]

VALIDATORS: dict[str, Validator] = {}
