"""E-mail addresses and web addresses at domains that are set aside for examples (RFC 2606)."""

from __future__ import annotations

import re

from leaksift.synthetic.draw import Draw, cased, scrambled
from leaksift.synthetic.people import _plain, part

_DOMAINS = ("example.com", "example.org", "example.net")
_ROLES = frozenset(
    """info office kontakt contact support sales admin hello mail service team help billing
    webmaster postmaster hr jobs press""".split()
)
# Parts of web addresses that say what follows, not who.
_KEPT = frozenset(
    """in u user users profile profiles people person members member id account accounts about
    posts status photos pages groups channel c p www en de fr es it api v1 v2 html php
    index""".split()
)


def email(draw: Draw, value: str, context: str) -> str:
    """An address at example.com, .org or .net, whose parts are those that the names get."""
    if "@" not in value:
        return scrambled(draw.by("email", value), value)
    local, _, domain = value.rpartition("@")
    words = list(re.finditer(r"[^\W\d_]+", local))
    made: list[str] = []
    at = 0
    for place, word in enumerate(words):
        made.append(_digits(draw, local[at : word.start()]))
        if word[0].casefold() in _ROLES:
            made.append(word[0])
        else:
            name = part(draw, word[0], place > 0 and place == len(words) - 1)
            made.append(cased(word[0], re.sub("[^a-z]", "", _plain(name)) or "person"))
        at = word.end()
    made.append(_digits(draw, local[at:]))
    return "".join(made) + "@" + _domain(draw, domain, value)


def url(draw: Draw, value: str, context: str) -> str:
    """A web address with the same parts at a domain for examples; names in its path change."""
    match = re.match(r"(?i)((?:[a-z][a-z0-9+.-]*:)?//)?([^/?#:]+)(:\d+)?(.*)", value, re.DOTALL)
    if match is None:
        return scrambled(draw.by("url", value), value)
    scheme, host, port, rest = match.groups(default="")
    host = host.rpartition("@")[2]
    www = "www." if host.lower().startswith("www.") else ""
    made = re.sub(
        r"[^\W_]+",
        lambda m: m[0] if m[0].lower() in _KEPT else _word(draw, m[0]),
        rest,
    )
    return f"{scheme}{www}{_domain(draw, host, value)}{port}{made}"


def _word(draw: Draw, word: str) -> str:
    if word.isalpha() and word.isascii():
        return cased(word, re.sub("[^a-zA-Z]", "", _plain(part(draw, word, False))) or "page")
    return scrambled(draw.by("word", word), word)


def _digits(draw: Draw, text: str) -> str:
    return scrambled(draw.by("digits", text), text) if any(c.isdecimal() for c in text) else text


def _domain(draw: Draw, domain: str, value: str) -> str:
    """One of the domains, the same for the same domain; another one than it is."""
    others = [one for one in _DOMAINS if one != domain.lower()]
    return draw.by("domain", domain.casefold()).choice(others)
