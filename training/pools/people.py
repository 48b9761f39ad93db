"""People: a made-up identity, and the ways in which a text names it."""

# ruff: noqa: E501
# Tables of values read better on one line.
from __future__ import annotations

import random
from dataclasses import dataclass

from training.pools.lists import Lists, ascii_letters

# Written family name first, without a space.
JOINED = ("ja_JP", "zh_CN", "zh_TW", "ko_KR")
HANDLE_WORDS = ("dev", "x", "real", "the", "its", "mr", "dj", "just", "official", "42", "99", "_")


@dataclass(frozen=True)
class Person:
    """One identity of a document: all slots with the same number show the same one."""

    first: str
    last: str
    locale: str
    user: str
    site: str


def make(rng: random.Random, lists: Lists, group: str | None) -> Person:
    """A person of a locale of `group`, or of any locale."""
    locale = lists.locale(rng, group)
    first = rng.choice(lists.first[locale])
    last = rng.choice(lists.last[locale])
    if rng.random() < 0.04 and locale not in JOINED:
        last = f"{last}-{rng.choice(lists.last[locale])}"
    return Person(first, last, locale, user_name(rng, lists, first, last), domain(rng, lists))


def full(rng: random.Random, person: Person) -> str:
    """First and last name, now and then with a middle initial."""
    if person.locale in JOINED:
        return person.last + ("" if rng.random() < 0.8 else " ") + person.first
    roll = rng.random()
    if roll < 0.06 and person.first[0].isascii():
        return f"{person.first} {rng.choice('ABCDEFGHJKLMNPRSTW')}. {person.last}"
    if roll < 0.09:
        return f"{person.first} {person.last}".upper()
    if roll < 0.12:
        return f"{person.first} {person.last}".lower()
    return f"{person.first} {person.last}"


def last_first(rng: random.Random, person: Person) -> str:
    """Family name first, as in registers."""
    if person.locale in JOINED:
        return person.last + person.first
    comma = rng.choice((", ", ", ", ", ", " "))
    last = person.last.upper() if rng.random() < 0.35 else person.last
    return f"{last}{comma}{person.first}"


def initials(rng: random.Random, person: Person) -> str:
    """`J. Miller`, as in references."""
    if person.locale in JOINED:
        return person.last + person.first
    return rng.choice((f"{person.first[0]}. {person.last}", f"{person.last} {person.first[0]}."))


def any_form(rng: random.Random, person: Person) -> str:
    """How people name each other in running text."""
    roll = rng.random()
    if roll < 0.55:
        return full(rng, person)
    if roll < 0.85:
        return person.first
    return person.last if roll < 0.93 else initials(rng, person)


def user_name(rng: random.Random, lists: Lists, first: str, last: str) -> str:
    """A login or handle, mostly made from the name."""
    f, l = ascii_letters(first), ascii_letters(last)  # noqa: E741
    if len(f) < 2 or len(l) < 2:
        f, l = rng.choice(lists.words), rng.choice(lists.words)  # noqa: E741
    return rng.choice(
        (
            f"{f}.{l}", f"{f[0]}{l}", f"{f}{l[0]}", f"{f}_{l}", f"{f}{l}", f"{l}.{f}", f"{l}{f[0]}",
            f"{f}{rng.randrange(1, 2010)}", f"{f[0]}.{l}", f"{f}-{l}", f"{l}{rng.randrange(100)}",
            f"{rng.choice(HANDLE_WORDS)}{f}", f"{rng.choice(lists.words)}{rng.randrange(1000)}",
            f"{rng.choice(lists.words)}_{f}", f"{f[:3]}{l[:3]}{rng.randrange(10)}",
        )
    )  # fmt: skip


TOP_LEVEL = (
    ".com .com .com .com .net .org .io .dev .app .co .co.uk .de .fr .es .it .nl .pl .com.br .com.mx "
    ".eu .ch .at .se .dk .in .co.in .jp .cn .com.au .ca .us .info .health .tech .cloud .email .ai"
).split()
MAILERS = (
    "gmail.com gmail.com gmail.com yahoo.com hotmail.com outlook.com icloud.com aol.com live.com "
    "protonmail.com proton.me gmx.de web.de t-online.de orange.fr wanadoo.fr laposte.net free.fr "
    "libero.it virgilio.it hotmail.es telefonica.net ziggo.nl kpnmail.nl wp.pl o2.pl onet.pl uol.com.br "
    "bol.com.br sapo.pt mail.ru yandex.ru qq.com 163.com naver.com yahoo.co.jp docomo.ne.jp "
    "btinternet.com comcast.net verizon.net fastmail.com zoho.com rediffmail.com yahoo.co.in"
).split()
EXAMPLE = ("example.com", "example.org", "example.net")


def domain(rng: random.Random, lists: Lists) -> str:
    """A host name of a made-up company."""
    word = rng.choice(lists.words)
    if rng.random() < 0.5:
        word += rng.choice(("", "-")) + rng.choice(lists.words)
    return word + rng.choice(TOP_LEVEL)


def email(rng: random.Random, lists: Lists, person: Person, *, corporate: bool = False) -> str:
    """The person's address, at a mail provider, a company or (seldom) an example domain."""
    roll = rng.random()
    user = person.user
    if rng.random() < 0.06:
        user += "+" + rng.choice(lists.words)
    if corporate or roll < 0.45:
        host = (
            person.site
            if rng.random() < 0.9
            else f"{rng.choice(('mail', 'eu', 'corp'))}.{person.site}"
        )
    else:
        host = rng.choice(MAILERS) if roll < 0.88 else rng.choice(EXAMPLE)
    roll = rng.random()
    if roll < 0.03:
        return f"{user}@{host}".upper()
    if roll < 0.06:
        return f"{user.title()}@{host}"
    return f"{user}@{host}"
