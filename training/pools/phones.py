"""Telephone numbers of all countries in the many ways in which people and programs write them.

The numbers start from the lists (valid example numbers); their last digits are drawn anew.
"""

# ruff: noqa: E501
# Tables of values read better on one line.
from __future__ import annotations

import random
import re

from training.pools.lists import Lists

_INTERNATIONAL = re.compile(r"^(\+\d{1,3})[ .-]?\(?(\d[\d ().-]*)$")


def phone(rng: random.Random, lists: Lists, locale: str) -> str:
    """A telephone number: nearly always of the locale, in its own or the international form."""
    region = locale.partition("_")[2]
    numbers = lists.phones.get(region) if rng.random() < 0.95 else None
    if region == "US" and rng.random() < 0.5:
        return extended(rng, american(rng))
    text = fresh(rng, rng.choice(numbers or lists.phones[rng.choice(lists.regions)]))
    text = re.sub(r"\s+", " ", text)
    return extended(rng, restyled(rng, text)) if numbers else text


def american(rng: random.Random) -> str:
    """A number of the North American plan."""
    a, b, c = rng.randrange(201, 990), rng.randrange(200, 1000), f"{rng.randrange(10**4):04}"
    return rng.choice((
        f"({a}) {b}-{c}", f"({a}) {b}-{c}", f"{a}-{b}-{c}", f"{a}-{b}-{c}", f"{a}.{b}.{c}", f"+1 {a} {b} {c}",
        f"+1-{a}-{b}-{c}", f"1-{a}-{b}-{c}", f"{a} {b} {c}", f"+1{a}{b}{c}", f"({a}){b}-{c}", f"{a}{b}{c}",
        f"+1 ({a}) {b}-{c}", f"1 ({a}) {b}-{c}", f"001-{a}-{b}-{c}", f"{a}/{b}-{c}", f"+1.{a}.{b}.{c}", f"{b}-{c}", f"{a} {b}-{c}",
    ))  # fmt: skip


def fresh(rng: random.Random, text: str) -> str:
    """The number with other last digits, extension left out."""
    text = re.sub(r"\s*(?:x|ext\.?|доб\.?)\s*\d+$", "", text)
    places = [place for place, char in enumerate(text) if char.isdigit()]
    out = list(text)
    for place in places[-min(4, len(places) // 3) :] if len(places) > 5 else ():
        out[place] = rng.choice("0123456789")
    return "".join(out)


def restyled(rng: random.Random, text: str) -> str:
    """The number in another usual style, half of the time."""
    roll = rng.random()
    if roll < 0.5:
        return text
    found = _INTERNATIONAL.match(text)
    if found and roll < 0.72:
        country, rest = found.groups()
        head, _, tail = rest.partition(" ")
        if roll < 0.56:
            return f"00{country[1:]} {rest}"
        if roll < 0.6 and country not in ("+1", "+39", "+34", "+45", "+47"):
            return f"{country} (0){rng.choice(('', ' '))}{rest}"
        if roll < 0.64 and tail:
            return f"{country} ({head}) {tail}"
        if roll < 0.67:
            return f"({country}) {rest}"
        return f"{country}-{rest.replace(' ', '-')}"
    if roll < 0.78:
        return text.replace(" ", ".").replace("-", ".")
    if roll < 0.84:
        return text.replace(" ", "-").replace("/", "-")
    if roll < 0.94:
        return re.sub(r"[^\d+]", "", text)
    if roll < 0.97 and not found and " " in text:
        head, _, tail = text.partition(" ")
        return f"{head}/{tail}" if not head.startswith("(") else text
    return text.replace("-", " ")


def extended(rng: random.Random, text: str) -> str:
    """Seldom: with an extension."""
    if rng.random() > 0.04:
        return text
    number = rng.randrange(10, 10 ** rng.choice((2, 3, 4)) + 10)
    return text + rng.choice(
        (f" ext. {number}", f" x{number}", f"x{number}", f" ext {number}", f", ext. {number}",
         f"-{number}", f" #{number}", f" (ext. {number})", f" extension {number}")
    )  # fmt: skip
