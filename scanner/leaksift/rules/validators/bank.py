"""Numbers that stand for money or for a person towards the state: check digits and ranges."""

from __future__ import annotations

import re
from itertools import pairwise

from leaksift.rules.validators.candidate import Candidate

_CARD_WORDS = re.compile(
    r"(?i)card|visa|master|amex|american.?express|discover|diners|jcb|maestro|union.?pay"
    r"|credit|debit|payment|kredit|karte|carte|tarjeta|\bpan\b|\bcc[_-]?(?:num|no|number)\b",
    re.ASCII,
)
_GROUPED_CARD = re.compile(
    r"[0-9]{4}(?P<a>[ -])[0-9]{4}(?P=a)[0-9]{4}(?P=a)[0-9]{4}"
    r"|[0-9]{4}(?P<b>[ -])[0-9]{6}(?P=b)[0-9]{4,5}",
    re.ASCII,
)
# Issuer ranges (ISO/IEC 7812) that are in use, with the lengths of their numbers.
_CARD_ISSUERS = re.compile(
    r"4[0-9]{15}"  # Visa
    r"|5[1-5][0-9]{14}"  # Mastercard
    r"|(?:222[1-9]|22[3-9][0-9]|2[3-6][0-9]{2}|27[01][0-9]|2720)[0-9]{12}"  # Mastercard
    r"|3[47][0-9]{13}"  # American Express
    r"|(?:6011|64[4-9][0-9]|65[0-9]{2})[0-9]{12}"  # Discover
    r"|3(?:0[0-5]|[68][0-9])[0-9]{11}"  # Diners Club
    r"|35(?:2[89]|[3-8][0-9])[0-9]{12}"  # JCB
    r"|62[0-9]{14}",  # UnionPay
    re.ASCII,
)


def payment_card(candidate: Candidate) -> bool:
    """A card number: issuer range, length, Luhn digit; grouped as on the card, or with a word near.

    One in ten numbers has the right Luhn digit by chance, so that bare digits need a word that
    speaks of cards: near them, or in the first line of the text (the head of a table).
    """
    digits = re.sub("[ -]", "", candidate.value)
    if not _CARD_ISSUERS.fullmatch(digits) or len(set(digits)) < 4:
        return False
    if digits != candidate.value:
        if not _GROUPED_CARD.fullmatch(candidate.value):
            return False
        if _is_table_row(candidate.value) and not _near(_CARD_WORDS, candidate):
            return False
    elif not _near(_CARD_WORDS, candidate):
        return False
    from stdnum import luhn  # only a text with such a number needs it

    return bool(luhn.is_valid(digits))


def iban(candidate: Candidate) -> bool:
    """An International Bank Account Number: length and form of its country, check digits."""
    from stdnum import iban  # loads the countries' own modules; only such a text needs them

    return bool(iban.is_valid(candidate.value))


def ssn(candidate: Candidate) -> bool:
    """A US social security number from a range that has been issued."""
    from stdnum.us import ssn  # only a text with such a number needs it

    digits = re.sub("[ -]", "", candidate.value)
    parts = digits[:3], digits[3:5], digits[5:]
    if all(len(set(part)) == 1 for part in parts):
        return False  # 111-22-3333
    return len(set(digits)) > 2 and bool(ssn.is_valid("-".join(parts)))


def routing_number(candidate: Candidate) -> bool:
    """A US bank routing number: Federal Reserve district and check digit."""
    from stdnum.us import rtn  # only a text with such a number needs it

    value = candidate.value
    district = int(value[:2])
    known = district <= 12 or 21 <= district <= 32 or 61 <= district <= 72 or district == 80
    return known and len(set(value)) > 2 and bool(rtn.is_valid(value))


def _is_table_row(value: str) -> bool:
    """Whether the groups are close to each other, as numbers in a table are and no card's."""
    groups = [int(group) for group in re.split("[ -]", value)]
    return any(abs(left - right) < 20 for left, right in pairwise(groups))


def _near(words: re.Pattern[str], candidate: Candidate) -> bool:
    text, start, end = candidate.text, candidate.start, candidate.end
    if words.search(text, max(0, start - 100), start) or words.search(text, end, end + 60):
        return True
    first_line_end = text.find("\n", 0, 1000)
    return first_line_end != -1 and words.search(text, 0, first_line_end) is not None
