"""Postal addresses in the layouts of many countries, filled from `places.toml` and the lists."""

from __future__ import annotations

import random
import re
import string
from collections.abc import Sequence

from training.pools.lists import Layout, Lists

DIRECTIONS = ("N", "S", "E", "W", "N.", "S.", "West", "East", "North", "South", "NE", "NW", "SW")
JOINERS = (*(", ",) * 14, " ", " ", " ", " - ", ",", " / ", "; ")
_PART = re.compile(r"\{(\w+)\}")
_MARK = re.compile(r"[#@Y]")
POST_LETTERS = "ABCDEFGHJKLMNPRSTVWXY"


def digits(rng: random.Random, count: int) -> str:
    """`count` random digits, the first not zero."""
    return str(rng.randrange(10 ** (count - 1), 10**count))


def post_code(rng: random.Random, layout: Layout) -> str:
    """A postal code: `#` a digit, `@` and `Y` a letter that postal codes use."""

    def mark(found: re.Match[str]) -> str:
        return rng.choice(string.digits if found[0] == "#" else POST_LETTERS)

    return _MARK.sub(mark, rng.choice(layout.post)).strip()


def house_number(rng: random.Random) -> int:
    """A house number, mostly small."""
    return rng.randrange(1, 10 ** rng.choice((1, 2, 2, 2, 3)))


def filled(rng: random.Random, lists: Lists, locale: str, layout: Layout, text: str) -> str:
    """`text` with its {parts} replaced."""

    def names(which: str) -> Sequence[str]:
        by_locale = lists.first if which == "first" else lists.last
        return by_locale.get(locale) or by_locale["en_US"]

    def part(found: re.Match[str]) -> str:
        match found[1]:
            case "street":
                if not layout.streets or rng.random() < 0.6:
                    return filled(rng, lists, locale, layout, rng.choice(layout.made))
                place = lists.places.get(locale)
                drawn = place.street_names if place and locale[:3] in STREETS_OF_FAKER else ()
                return rng.choice(drawn if drawn and rng.random() < 0.3 else layout.streets)
            case "n":
                if layout.types and "#####" in layout.post and rng.random() < 0.5:
                    return str(rng.randrange(100, 29999))
                return str(house_number(rng))
            case "u":
                return str(rng.randrange(1, rng.choice((10, 30, 120))))
            case "d":
                return str(rng.randrange(1, 9))
            case "unit3":
                return f"{rng.randrange(1, 29)}0{rng.randrange(1, 9)}"
            case "building":
                return str(rng.randrange(101, 125))
            case "letter":
                return rng.choice("ABCDEFG")
            case "small":
                return rng.choice("abcde")
            case "dir":
                return rng.choice(DIRECTIONS)
            case "ordinal":
                number = rng.randrange(1, 190)
                tail = "th" if number % 100 in (11, 12, 13) else ENDINGS.get(number % 10, "th")
                return f"{number}{tail}"
            case "type":
                return rng.choice(layout.types)
            case "word":
                return rng.choice(lists.words).title()
            case "house":
                return rng.choice(layout.houses)
            case "city":
                return town(rng, lists, locale, layout)
            case "post":
                return post_code(rng, layout)
            case "region":
                return rng.choice(layout.regions)
            case "longregion":
                return rng.choice(layout.long)
            case "last" | "first":
                return rng.choice(names(found[1]))
        raise ValueError(f"places.toml: no part is called {found[0]}")

    return _PART.sub(part, text)


ENDINGS = {1: "st", 2: "nd", 3: "rd"}
# Locales of which Faker has real street names rather than made-up ones.
STREETS_OF_FAKER = ("pl_", "cs_", "sk_", "de_", "sv_", "ro_", "hr_", "sl_", "uk_", "el_", "da_")


def town(rng: random.Random, lists: Lists, locale: str, layout: Layout) -> str:
    """A town: a real one, or one as Faker makes them up."""
    place = lists.places.get(locale)
    share = 1.0 if not layout.cities else 0.1 if locale.startswith("en_") else 0.3
    # Ukrainian towns come with their kind ("місто ..."), which the layouts have already.
    if (
        locale != "uk_UA"
        and place
        and place.cities
        and not layout.town_first
        and rng.random() < share
    ):
        return rng.choice(place.cities)
    return rng.choice(layout.cities)


def parts(rng: random.Random, lists: Lists, locale: str) -> list[str]:
    """An address as the lines of an envelope."""
    layout = lists.layout(locale)
    place = lists.places.get(locale)
    roll = rng.random()
    if roll < 0.1 and place and place.addresses and locale != "en_IE":
        return [line.strip() for line in rng.choice(place.addresses).splitlines() if line.strip()]
    if roll < 0.16 and locale == "en_US" and lists.us_addresses:
        return [rng.choice(lists.us_addresses)]
    first = street(rng, lists, locale)
    if not layout.joiner and rng.random() < 0.08:
        return [first]
    last = filled(rng, lists, locale, layout, rng.choice(layout.town))
    lines = [last, first] if layout.town_first else [first, last]
    return [line.strip() for text in lines for line in text.split("\n") if line.strip()]


def address(rng: random.Random, lists: Lists, locale: str) -> str:
    """A whole address on one line, or what people write of it."""
    layout = lists.layout(locale)
    roll = rng.random()
    if roll < 0.09:
        # Nothing but the street: "3 Kings Road".
        text = street(rng, lists, locale).replace("\n", ", ")
    else:
        lines = parts(rng, lists, locale)
        if roll > 0.92 and layout.names:
            name = rng.choice(layout.names)
            lines = [name, *lines] if layout.town_first and not layout.joiner else [*lines, name]
        joiner = layout.joiner
        if joiner == ", ":
            joiner = rng.choice(JOINERS)
        elif not joiner and rng.random() < 0.15:
            joiner = " "
        text = joiner.join(lines)
    roll = rng.random()
    return text.upper() if roll < 0.05 else text.lower() if roll < 0.08 else text


def address_lines(rng: random.Random, lists: Lists, locale: str, indent: str) -> str:
    """A whole address over several lines, the later ones indented like the first."""
    layout = lists.layout(locale)
    lines = parts(rng, lists, locale)
    if rng.random() < 0.12 and layout.names and not layout.town_first:
        lines = [*lines, rng.choice(layout.names)]
    text = f"\n{indent}".join(lines)
    return text.upper() if rng.random() < 0.05 else text


def street(rng: random.Random, lists: Lists, locale: str) -> str:
    """Street and number alone, as in a column of its own."""
    layout = lists.layout(locale)
    if layout.box and rng.random() < 0.05:
        return filled(rng, lists, locale, layout, rng.choice(layout.box))
    text = filled(rng, lists, locale, layout, rng.choice(layout.line))
    if layout.unit and rng.random() < 0.2:
        text += filled(rng, lists, locale, layout, rng.choice(layout.unit))
    return text


def city(rng: random.Random, lists: Lists, locale: str) -> str:
    """A city or town of the locale."""
    return town(rng, lists, locale, lists.layout(locale))


def postcode(rng: random.Random, lists: Lists, locale: str) -> str:
    """A postal code of the locale."""
    return post_code(rng, lists.layout(locale))
