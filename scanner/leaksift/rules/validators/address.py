"""Postal addresses: what the layout of an address leaves open."""

from __future__ import annotations

import re

from leaksift.rules.validators.candidate import Candidate

# Addresses in examples and tests that are nobody's, by the street's name.
_NOBODY = re.compile(
    r"(?i)\b(?:1|1?23|1234?|42|100) (?:main|fake|any|test|example|some|foo|sample|your|demo|elm)\b"
    r"|\b(?:example|sample|fake|muster|beispiel|test|any|some|your)[ -]?(?:str|town|city|ville)"
    r"|\bany ?town\b|musterstr|musterstadt|evergreen terrace",
    re.ASCII,
)
# Organisations whose addresses stand in the licences and notices of half of all software.
_LICENCES = re.compile(
    r"(?i)free software foundation|creative\s+commons|beopen|research initiatives"
    r"|\b(?:59 temple place|51 franklin st|675 mass|171 second st|559 nathan abbott|444 castro)"
    r"|160 saratoga ave|1895 preston white|5000 forbes ave|\b(?:inc|llc|ltd|gmbh|corp)\b",
    re.ASCII,
)


def postal_address(candidate: Candidate) -> bool:
    """An address that is not plainly made up, nor that of the organisation behind a licence."""
    if _NOBODY.search(candidate.value):
        return False
    before = candidate.text[max(0, candidate.start - 120) : candidate.start]
    return not (_LICENCES.search(candidate.value) or _LICENCES.search(before))
