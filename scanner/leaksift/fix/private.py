"""Private data in fixtures: made-up values in its place.

With the extra `leaksift[synthetic]` they look like what they replace; without it they are plain
ones that everybody knows to be examples.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from leaksift.errors import UsageError
from leaksift.finding import Finding, Label, Secret
from leaksift.fix.proposal import CannotFix, Edit

if TYPE_CHECKING:
    from leaksift.synthetic import Synthesizer

_FOLDERS = frozenset(
    "__fixtures__ __mocks__ __snapshots__ __tests__ cassettes demo demos e2e example examples "
    "fixture fixtures mock mocks sample samples seed seeds snapshots spec specs stubs test "
    "test_data testdata testing tests".split()
)
_FILE = re.compile(
    r"(?:^|[._-])(?:tests?|specs?|fixtures?|samples?|seeds?|mocks?)(?:[._-]|\d*\.|$)", re.IGNORECASE
)
# Nothing that ends a string, a field of a table or a line in any format.
_SAFE = re.compile(r"[\w @.+:/()#-]+")


def is_fixture(path: str) -> bool:
    """Whether a file is made for tests or as an example, by its name and folders."""
    *folders, name = path.split("/")
    return any(folder.lower() in _FOLDERS for folder in folders) or bool(_FILE.search(name))


class Replacements:
    """Made-up values: the same value gets the same one in all files of a run."""

    def __init__(self) -> None:
        self._made: dict[tuple[Label, Secret], str] = {}
        self._synthesizer: Synthesizer | None = None
        try:
            from leaksift.synthetic import Synthesizer  # Faker is an extra

            # For this run only: nobody can find out by it which value stood there.
            self._synthesizer = Synthesizer(os.urandom(32))
        except (ImportError, UsageError):
            pass

    def edit(self, finding: Finding, text: str) -> Edit:
        """The edit for private data. Raises CannotFix where it is no fixture, or a made-up value
        could break the file."""
        if not is_fixture(finding.path):
            raise CannotFix("private data outside of tests and fixtures: decide what it is for")
        value = text[finding.start : finding.end]
        place = (finding.label, Secret(value))
        if place not in self._made:
            self._made[place] = self._new(finding, value)
        return Edit(finding.start, finding.end, self._made[place])

    def _new(self, finding: Finding, value: str) -> str:
        for made in (self._synthetic(finding, value), self._plain(finding.label, value)):
            if made is not None and _fits(made, value):
                return made
        if self._synthesizer is None:
            raise CannotFix("no made-up value fits: try again with leaksift[synthetic] installed")
        raise CannotFix("no made-up value fits there")

    def _synthetic(self, finding: Finding, value: str) -> str | None:
        if self._synthesizer is None:
            return None
        return self._synthesizer.replace(finding.label, value, finding.rule)

    def _plain(self, label: Label, value: str) -> str | None:
        number = 1 + sum(known == label for known, _ in self._made)
        if label == "private_phone":
            # Set aside for stories: https://nationalnanpa.com/number_resource_info/
            last = f"{number % 100:02}"
            return f"20255501{last}" if value.isdigit() else f"+1 202-555-01{last}"
        return {
            "private_email": f"person{number}@example.com",
            "private_person": "Jane Doe",
            "private_address": "123 Main Street",
            "private_date": "1970-01-01",
            "private_url": "https://example.com/",
        }.get(label)


def _fits(made: str, value: str) -> bool:
    """Whether a made-up value can stand wherever the old one stood."""
    if made == value or (value.isdigit() and (not made.isdigit() or len(made) != len(value))):
        return False
    plain = made.replace(",", "") if "," in value else made
    return _SAFE.fullmatch(plain) is not None
