"""Numbers of people that only their label gives away: no check digit, no shape of their own."""

from __future__ import annotations

import re

from leaksift.rules.validators.candidate import Candidate
from leaksift.rules.validators.national import made_up

_DATE_OR_TIME = re.compile(
    r"(?:19|20)[0-9]{2}[-/. ]?(?:0[1-9]|1[0-2])[-/. ]?(?:0[1-9]|[12][0-9]|3[01])"
    r"(?:[T ]?[0-9:]{4,8})?"
    r"|1[4-9][0-9]{8}(?:[0-9]{3})?",  # Unix time since 2014, in seconds or milliseconds
    re.ASCII,
)
_HEXADECIMAL = re.compile("[0-9a-f]{8,}|[0-9A-F]{8,}", re.ASCII)
_PROGRAM = re.compile(r"(?i)\b(?:aws|arn|iam|azure|gcp|amazon)\b|account_?id", re.ASCII)
_AFTER = re.compile(
    r"[\"']?\s?(?:[*+/%>?]|<(?!/)|\|\||&&|-\s|\.\.|rows|items|times|bytes|ms\b|%|USD|EUR|€)"
)


def personal_number(candidate: Candidate) -> bool:
    """A number with a label that says whose it is: not a date, a time, a count or a sequence."""
    value = candidate.value
    digits = sum(c.isdigit() for c in value)
    if made_up(value) or _DATE_OR_TIME.fullmatch(value):
        return False
    if digits >= 5 and len(set(re.sub("[^0-9]", "", value))) < 4:
        return False
    if digits < 4 or re.sub("[^0-9]", "", value).endswith("0000"):
        return False
    return not _AFTER.match(candidate.text, candidate.end, candidate.end + 12)


def bank_account(candidate: Candidate) -> bool:
    """A number of a bank account, rather than of an account with a cloud."""
    around = candidate.text[max(0, candidate.start - 100) : candidate.end + 40]
    return personal_number(candidate) and not _PROGRAM.search(around)


def licence(candidate: Candidate) -> bool:
    """A number on a passport or a licence: digits, and not many more letters."""
    value = candidate.value
    letters = sum(c.isalpha() for c in value)
    if letters > 2 * (len(value) - letters) or (
        letters and _HEXADECIMAL.fullmatch(value) and value.islower()
    ):
        return False
    return personal_number(candidate)


def bic(candidate: Candidate) -> bool:
    """A bank's BIC: the country exists, and it is not a word that happens to have its letters."""
    from stdnum import bic  # only a text with such a code needs it

    value = candidate.value
    return len(set(value)) > 3 and bool(bic.is_valid(value)) and not _is_word(value)


def _is_word(value: str) -> bool:
    # Banks' codes have few vowels at the places where words have them, or a digit.
    return value.isalpha() and sum(c in "AEIOUY" for c in value) * 5 > len(value) * 2
