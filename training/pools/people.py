"""People: a made-up identity, and the ways in which a text names it."""

# ruff: noqa: E501
# Tables of values read better on one line.
from __future__ import annotations

import random
import re
from dataclasses import dataclass

from training.pools.lists import Lists, ascii_letters, is_latin, romanised, without_marks

# Written family name first, without a space.
JOINED = ("ja_JP", "zh_CN", "zh_TW", "ko_KR")
HANDLE_WORDS = ("dev", "x", "real", "the", "its", "mr", "dj", "just", "official", "42", "99", "_")
INITIALS = "ABCDEFGHJKLMNPRSTW"
IRISH = re.compile(
    r"^O(?=(?:connor|neill?|brien|reilly|donnell|keefe|hara|malley|leary|rourke|shea|dell|toole|sullivan|grady|dowd|callaghan|hare)s?$)"
)
SCOTTISH = re.compile(r"^(Mc|Mac(?=donald|gregor|kenzie|leod|millan|arthur|intyre))([a-z])")


@dataclass(frozen=True)
class Person:
    """One identity of a document: all slots with the same number show the same one.

    `locale` is where the person lives; the name may come from anywhere. `given` is how friends
    call the person, `family_first` whether the name is written family name first without a blank.
    """

    first: str
    last: str
    locale: str
    user: str
    site: str
    given: str = ""
    family_first: bool = False
    suffix: str = ""


def make(rng: random.Random, lists: Lists, group: str | None) -> Person:
    """A person of a locale of `group`, or of any locale."""
    locale = lists.locale(rng, group)
    foreign = 0.3 if locale.startswith("en_") else 0.12 if locale[:3] in EUROPEAN else 0.0
    if rng.random() < foreign:
        first, last, people = from_elsewhere(rng, lists)
    else:
        first, last, people = at_home(rng, lists, locale)
    given = first
    english = locale.startswith("en_")
    if english and "nicknames" in lists.extra and rng.random() < 0.06:
        given = rng.choice(lists.extra["nicknames"])
    suffix = (
        rng.choice(lists.extra["suffixes"]) if locale == "en_US" and rng.random() < 0.02 else ""
    )
    joined = people in JOINED
    user = user_name(rng, lists, *in_ascii(rng, lists, first, last, locale))
    return Person(first, last, locale, user, domain(rng, lists), given, joined, suffix)


def in_ascii(
    rng: random.Random, lists: Lists, first: str, last: str, locale: str
) -> tuple[str, str]:
    """The name as a login writes it: romanised, or another one of the language in Latin letters."""
    if is_latin(first):
        return first, last
    if "Ͱ" <= first[0] < "Ԁ":
        return romanised(first), romanised(last)
    spoken = SPOKEN.get(locale[:2])
    if spoken is None:
        return "", ""
    firsts, lasts = lists.latin[spoken]
    return rng.choice(firsts), rng.choice(lasts)


SPOKEN = {"zh": "chinese", "ja": "japanese", "ko": "korean", "ar": "arabic", "fa": "persian", "hi": "indian", "ta": "indian", "he": "jewish"}  # fmt: skip
EUROPEAN = ("de_", "fr_", "nl_", "sv_", "da_", "no_", "it_", "es_", "fi_")


def at_home(rng: random.Random, lists: Lists, locale: str) -> tuple[str, str, str]:
    """A first and a last name of the locale, composed as its language does."""
    firsts, lasts = lists.first[locale], lists.last[locale]
    first, last = rng.choice(firsts), rng.choice(lasts)
    language = locale[:2]
    roll = rng.random()
    if locale in ("en_US", "en_CA", "en_AU", "en_GB", "en_ZA"):
        # The census lists have the long tail; half of the time all their names are as likely.
        if rng.random() < (0.5 if locale == "en_US" else 0.2):
            first = rng.choice(lists.census_first) if rng.random() < 0.6 else first
            last = rng.choice(lists.census_last)
        last = SCOTTISH.sub(lambda m: m[1] + m[2].upper(), IRISH.sub("O'", last))
        last = re.sub(r"'[a-z]", lambda m: m[0].upper(), last)
    if locale in JOINED:
        return first, last, locale
    if language in ("es", "pt") and roll < 0.45:
        between = rng.choice(
            (" ", " ", " ", " de ", " y ")
            if language == "es"
            else (" ", " ", " da ", " de ", " dos ")
        )
        last = f"{last}{between}{rng.choice(lasts)}"
        if rng.random() < 0.25:
            first = f"{first} {rng.choice(firsts)}"
    elif language in ("es", "pt") and roll < 0.5:
        last = (
            rng.choice(
                ("de la ", "del ", "de los ") if language == "es" else ("da ", "dos ", "de ")
            )
            + last
        )
    elif language == "vi":
        first = f"{rng.choice(VIETNAMESE)} {first}" if roll < 0.7 else first
    elif language in ("ar", "fa") and roll < 0.12:
        last = f"{rng.choice(('بن ', 'آل ', 'عبد '))}{last}"
    elif language in ("de", "nl", "fr", "it", "en", "sv") and roll < 0.035:
        last = f"{last}-{rng.choice(lasts)}"
    elif roll < 0.05 and language in PARTICLES:
        last = f"{rng.choice(PARTICLES[language])} {last}"
    elif roll < 0.09 and language in ("en", "fr", "de", "it", "pl", "sv"):
        joint = "-" if language in ("fr", "de") and rng.random() < 0.8 else " "
        first = f"{first}{joint}{rng.choice(firsts)}"
    return first, last, locale


PARTICLES = {"de": ("von", "von der", "zu"), "nl": ("van", "van der", "de", "van den", "ten"), "fr": ("de", "du", "Le"), "it": ("De", "Di", "Del", "Della"), "en": ("St.", "Van", "De", "Du", "Fitz")}  # fmt: skip
VIETNAMESE = ("Văn", "Thị", "Minh", "Thanh", "Ngọc", "Đức", "Hữu", "Quốc", "Thu", "Hoàng", "Kim")


def from_elsewhere(rng: random.Random, lists: Lists) -> tuple[str, str, str]:
    """A name in Latin letters from anywhere in the world, with or without its accents."""
    people = rng.choices(lists.latin_names, cum_weights=lists.latin_cumulative)[0]
    firsts, lasts = lists.latin[people]
    first, last = rng.choice(firsts), rng.choice(lasts)
    roll = rng.random()
    if people.startswith("arabic") and roll < 0.15:
        last = rng.choice(("bin ", "Al ", "El ", "ibn ", "Abu ")) + last.removeprefix(
            "Al-"
        ).removeprefix("El-")
    elif people == "vietnamese" and roll < 0.4:
        first = f"{rng.choice(VIETNAMESE)} {first}"
    elif people == "hispanic" and roll < 0.35:
        last = f"{last}{rng.choice((' ', ' ', '-', ' de la '))}{rng.choice(lasts)}"
    elif people in ("chinese", "korean") and roll < 0.3:
        first = first.replace("-", rng.choice((" ", "")))
    elif people == "indian" and roll < 0.12:
        first = f"{rng.choice(INITIALS)}. {first}"
    elif roll > 0.97:
        first = f"{first} {rng.choice(firsts)}"
    if rng.random() < 0.45:
        first, last = without_marks(first), without_marks(last)
    return first, last, people


def full(rng: random.Random, person: Person) -> str:
    """First and last name, now and then with a middle initial, a suffix or in capitals."""
    if person.family_first:
        return person.last + ("" if rng.random() < 0.8 else " ") + person.first
    first, last = (
        person.first,
        person.last
        + (
            f", {person.suffix}"
            if person.suffix in ("Jr.", "Sr.")
            else f" {person.suffix}"
            if person.suffix
            else ""
        ),
    )
    name = f"{first} {last}"
    roll = rng.random()
    if roll > 0.2:
        return name
    if roll < 0.05 and is_latin(first):
        return f"{first} {rng.choice(INITIALS)}{rng.choice(('.', '.', ''))} {last}"
    if roll < 0.09:
        return name.upper()
    if roll < 0.125:
        return name.lower()
    if roll < 0.135 and is_latin(first):
        return f"{rng.choice(INITIALS)}. {first} {last}"
    if roll < 0.145 and is_latin(first):
        return f"{first[0]}. {rng.choice(INITIALS)}. {last}"
    if roll < 0.155 and person.given not in ("", first):
        mark = rng.choice((('"', '"'), ("'", "'"), ("(", ")"), ("“", "”")))
        return f"{first} {mark[0]}{person.given}{mark[1]} {last}"
    if roll < 0.165:
        return f"{first} {last.upper()}"
    if roll < 0.17 and person.locale in ("ru_RU", "uk_UA", "hu_HU", "vi_VN"):
        return f"{last} {first}"
    return name


def last_first(rng: random.Random, person: Person) -> str:
    """Family name first, as in registers."""
    if person.family_first:
        return person.last + person.first
    comma = rng.choice((", ", ", ", ", ", ", ", " ", ","))
    last = person.last.upper() if rng.random() < 0.35 else person.last
    first = person.first
    roll = rng.random()
    if roll < 0.08 and is_latin(first):
        first = f"{first} {rng.choice(INITIALS)}."
    elif roll < 0.13:
        first = f"{first[0]}."
    elif roll < 0.18:
        first, last = first.upper(), last.upper()
    return f"{last}{comma}{first}"


def initials(rng: random.Random, person: Person) -> str:
    """`J. Miller`, as in references."""
    if person.family_first:
        return person.last + person.first
    one = person.first[0]
    return rng.choice((
        f"{one}. {person.last}", f"{one}. {person.last}", f"{person.last} {one}.", f"{one} {person.last}", f"{person.last}, {one}.",
        f"{one}.{rng.choice(INITIALS)}. {person.last}", f"{person.first} {person.last[0]}.",
    ))  # fmt: skip


def first(rng: random.Random, person: Person) -> str:
    """The first name, or what friends make of it."""
    name = person.given or person.first
    return name.lower() if rng.random() < 0.03 else name


def any_form(rng: random.Random, person: Person) -> str:
    """How people name each other in running text."""
    roll = rng.random()
    if roll < 0.55:
        return full(rng, person)
    if roll < 0.83:
        return first(rng, person)
    return person.last if roll < 0.93 else initials(rng, person)


def user_name(rng: random.Random, lists: Lists, first: str, last: str) -> str:
    """A login or handle, mostly made from the name."""
    f, l = ascii_letters(first), ascii_letters(last)  # noqa: E741
    if len(f) < 2 or len(l) < 2:
        f, l = rng.choice(lists.words), rng.choice(lists.words)  # noqa: E741
    return rng.choice(
        (
            f"{f}.{l}", f"{f}.{l}", f"{f[0]}{l}", f"{f}{l[0]}", f"{f}_{l}", f"{f}{l}", f"{l}.{f}", f"{l}{f[0]}",
            f"{f}{rng.randrange(1, 2010)}", f"{f[0]}.{l}", f"{f}-{l}", f"{l}{rng.randrange(100)}", f, l,
            f"{rng.choice(HANDLE_WORDS)}{f}", f"{rng.choice(lists.words)}{rng.randrange(1000)}",
            f"{rng.choice(lists.words)}_{f}", f"{f[:3]}{l[:3]}{rng.randrange(10)}", f"{f}.{l}{rng.randrange(1, 100)}",
        )
    )  # fmt: skip


TOP_LEVEL = (
    ".com .com .com .com .com .net .org .io .dev .app .co .co.uk .de .fr .es .it .nl .pl .com.br .com.mx "
    ".eu .ch .at .se .dk .in .co.in .jp .cn .com.au .ca .us .info .health .tech .cloud .email .ai .co.jp "
    ".co.kr .ru .com.tr .ie .be .no .fi .cz .pt .gr .hu .ro .ac.uk .edu .gov .org.uk .co.za .com.ar .me .biz"
).split()
MAILERS = (
    "gmail.com gmail.com gmail.com gmail.com yahoo.com hotmail.com outlook.com icloud.com aol.com live.com "
    "protonmail.com proton.me gmx.de gmx.net web.de t-online.de orange.fr wanadoo.fr laposte.net free.fr sfr.fr "
    "libero.it virgilio.it hotmail.es telefonica.net ziggo.nl kpnmail.nl wp.pl o2.pl onet.pl uol.com.br "
    "bol.com.br sapo.pt mail.ru yandex.ru qq.com 163.com 126.com naver.com daum.net yahoo.co.jp docomo.ne.jp "
    "btinternet.com comcast.net verizon.net att.net sbcglobal.net fastmail.com zoho.com rediffmail.com yahoo.co.in "
    "googlemail.com me.com msn.com hey.com tutanota.com bluewin.ch a1.net seznam.cz bigpond.com xtra.co.nz sympatico.ca ukr.net abv.bg"
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
            if rng.random() < 0.88
            else f"{rng.choice(('mail', 'eu', 'corp', 'students', 'it', 'uk', 'hr', 'm'))}.{person.site}"
        )
        if rng.random() < 0.01 and not person.first.isascii() and not person.family_first:
            # Internationalised addresses (RFC 6531) keep the letters of the name.
            user = f"{person.first}.{person.last}".lower().replace(" ", "").replace("'", "")
    else:
        host = rng.choice(MAILERS) if roll < 0.88 else rng.choice(EXAMPLE)
    roll = rng.random()
    if roll < 0.03:
        return f"{user}@{host}".upper()
    if roll < 0.06:
        return f"{user.title()}@{host}"
    if roll < 0.075:
        at, dot = rng.choice(
            (
                (" at ", " dot "),
                (" [at] ", " [dot] "),
                ("(at)", "."),
                (" (at) ", " (dot) "),
                ("[at]", "[dot]"),
                (" AT ", " DOT "),
                (" at ", "."),
            )
        )
        return f"{user}{at}{host.replace('.', dot)}"
    return f"{user}@{host}"
