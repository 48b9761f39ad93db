"""Made-up values in the place of private ones: the same kind, form and check digits.

    Synthesizer(key).replace("private_email", "anna.meier@firma.de")

The value's keyed hash (HMAC-SHA256) draws the new one: the same key gives the same replacement in
every text and file, in any order, and without the key there is no way back. Nothing is remembered
but for speed. With another version of Faker, which has the lists of names, others may come. A new
value never is the old one; that another person has it cannot be ruled out where there are no
numbers set aside for examples. Secrets become a text that is plainly none.

Needs the extra `leaksift[synthetic]`.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from leaksift.errors import UsageError
from leaksift.finding import Label, Secret
from leaksift.synthetic.addresses import address
from leaksift.synthetic.contact import email, url
from leaksift.synthetic.dates import date
from leaksift.synthetic.draw import Draw, scrambled
from leaksift.synthetic.locales import guess
from leaksift.synthetic.names import Names
from leaksift.synthetic.numbers import account_number
from leaksift.synthetic.people import person
from leaksift.synthetic.phones import phone

__all__ = ["Synthesizer"]

_REMEMBERED = 50_000
_TRIES = 20
_FAKE = "EXAMPLE-NOT-A-SECRET"
_LONGEST_SECRET = 64


class Synthesizer:
    """Makes values up. Not for use by several threads at once."""

    def __init__(self, key: bytes, *, locale: str | None = None) -> None:
        """`key` has at least 16 bytes. `locale` (`de_DE`) is that of all values, None guesses it
        for each from its script, its letters and words. Raises UsageError where Faker is not
        installed or has no such locale."""
        if len(key) < 16:
            raise UsageError("the key of synthetic values has at least 16 bytes")
        self._key = key
        self._locale = locale
        self._names = Names()
        if locale is not None:
            self._names.require(locale)
        self._remembered: dict[tuple[Label, str, str], str] = {}

    def replace(self, label: Label, value: str, context: str = "") -> str:
        """A made-up value for `value`. `context` is what is known of it: the id of the rule that
        saw it, the name of its column."""
        place = (label, value, context)
        known = self._remembered.get(place)
        if known is None:
            known = self._made(label, value, context)
            if len(self._remembered) < _REMEMBERED:
                self._remembered[place] = known
        return known

    def _made(self, label: Label, value: str, context: str) -> str:
        if label == "secret":
            return fake_secret(value)
        make = _MAKERS[label]
        locale = self._locale or guess(value, context)
        for attempt in range(_TRIES):
            draw = Draw(self._key, self._names, locale, attempt)
            made = make(draw, value, context)
            if made.strip() and made.casefold() != value.casefold():
                return made
        made = scrambled(self._random(label, value), value)
        return made if made != value else f"[{label}]"

    def _random(self, label: Label, value: str) -> random.Random:
        return random.Random(int(Secret(value).digest(self._key, label), 16))  # noqa: S311


def fake_secret(value: str) -> str:
    """A text of about the same length that nobody takes for a credential."""
    length = max(7, min(len(value), _LONGEST_SECRET))
    made = (_FAKE + "-EXAMPLE" * 8)[:length].rstrip("-")
    return made if made != value else f"{made}-EXAMPLE"


_MAKERS: dict[Label, Callable[[Draw, str, str], str]] = {
    "private_person": person,
    "private_email": email,
    "private_phone": phone,
    "private_address": address,
    "private_date": date,
    "private_url": url,
    "account_number": account_number,
}
