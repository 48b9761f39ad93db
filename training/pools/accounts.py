"""Account numbers: cards, bank accounts, national and personal documents, customers and policies.

Numbers that have a check digit have the right one, so that a rule that tests it agrees.
"""

# ruff: noqa: E501
# Tables of values read better on one line.
from __future__ import annotations

import random
import re
import string

from training.pools.lists import Lists

# Length and form of the national part of an IBAN: `#` a digit, `@` a capital letter, `*` either.
IBAN_FORMS = {
    "DE": "#" * 18, "AT": "#" * 16, "CH": "#" * 5 + "*" * 12, "FR": "#" * 10 + "*" * 11 + "##", "ES": "#" * 20,
    "IT": "@" + "#" * 10 + "*" * 12, "NL": "@@@@" + "#" * 10, "BE": "#" * 12, "PT": "#" * 21, "PL": "#" * 24,
    "GB": "@@@@" + "#" * 14, "IE": "@@@@" + "#" * 14, "SE": "#" * 20, "DK": "#" * 14, "NO": "#" * 11, "FI": "#" * 14,
    "CZ": "#" * 20, "RO": "@@@@" + "*" * 16, "GR": "#" * 7 + "*" * 16, "TR": "#" * 6 + "*" * 16, "SA": "##" + "*" * 18,
    "AE": "#" * 19, "LU": "###" + "*" * 13, "HU": "#" * 24,
}  # fmt: skip
CARD_PREFIXES = (
    "4",
    "4",
    "4",
    "51",
    "52",
    "53",
    "54",
    "55",
    "2221",
    "2720",
    "6011",
    "65",
    "3528",
    "36",
)
AMEX_PREFIXES = ("34", "37")
BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def pattern(rng: random.Random, text: str) -> str:
    """`text` with `#` as a digit, `@` as a capital letter and `*` as either."""
    text = re.sub("#", lambda _: rng.choice(string.digits), text)
    text = re.sub("@", lambda _: rng.choice(string.ascii_uppercase), text)
    return re.sub(r"\*", lambda _: rng.choice(string.digits + string.ascii_uppercase), text)


def grouped(text: str, size: int, separator: str = " ") -> str:
    """`text` in groups of `size`, as it is printed."""
    return separator.join(text[i : i + size] for i in range(0, len(text), size))


def luhn(rng: random.Random, prefix: str, length: int) -> str:
    """A random number of `length` digits with a right last digit by Luhn's rule."""
    body = prefix + "".join(rng.choices(string.digits, k=length - len(prefix) - 1))
    total = 0
    for place, char in enumerate(reversed(body)):
        value = int(char) * (2 if place % 2 == 0 else 1)
        total += value - 9 * (value > 9)
    return body + str(-total % 10)


def card(rng: random.Random) -> str:
    """A payment card number."""
    if rng.random() < 0.15:
        number = luhn(rng, rng.choice(AMEX_PREFIXES), 15)
        return rng.choice((number, f"{number[:4]} {number[4:10]} {number[10:]}"))
    prefix = rng.choice(CARD_PREFIXES)
    number = luhn(rng, prefix, 14 if prefix == "36" else 16)
    return rng.choice(
        (number, number, grouped(number, 4), grouped(number, 4), grouped(number, 4, "-"))
    )


def iban(rng: random.Random, locale: str = "") -> str:
    """An IBAN with right check digits (ISO 13616), of the country of `locale` where it has one."""
    country = locale.partition("_")[2]
    if country not in IBAN_FORMS or rng.random() < 0.2:
        country = rng.choice(tuple(IBAN_FORMS))
    body = pattern(rng, IBAN_FORMS[country])
    check = 98 - int("".join(str(int(c, 36)) for c in body + country + "00")) % 97
    number = f"{country}{check:02}{body}"
    return rng.choice((number, grouped(number, 4), grouped(number, 4)))


def routing(rng: random.Random) -> str:
    """A US routing number with its checksum."""
    body = [rng.choice((0, 1, 2, 3)), *(rng.randrange(10) for _ in range(7))]
    weighted = sum(d * w for d, w in zip(body, (3, 7, 1) * 3, strict=False))
    return "".join(map(str, body)) + str(-weighted % 10)


def bank(rng: random.Random, locale: str = "") -> str:
    """A bank account as banks print it, not an IBAN."""
    if locale == "es_MX":
        return pattern(rng, rng.choice(("0##180##########" + "##", "###########")))
    return pattern(rng, rng.choice((
        "##########", "########", "############", "#########", "###-#####-#", "####-####-##", "## #### ####", "00########",
        "##-##-## ########", "###-### #########", "6222############" + "###", "####### ##",
    )))  # fmt: skip


def national(rng: random.Random, lists: Lists, locale: str) -> str:
    """A national number of the person's country, else a US social security number."""
    if locale == "ja_JP":
        return pattern(rng, rng.choice(("#### #### ####", "############")))
    if locale == "en_GB" and rng.random() < 0.6:
        text = pattern(
            rng,
            f"{rng.choice('ABCEGHJKLMNPRSTWXYZ')}{rng.choice('ABCEGHJKLMNPRSTWXYZ')}######{rng.choice('ABCD')}",
        )
        return rng.choice((text, f"{text[:2]} {text[2:4]} {text[4:6]} {text[6:8]} {text[8]}"))
    found = lists.national.get(locale) or lists.national["en_US"]
    return rng.choice(found)


def passport(rng: random.Random) -> str:
    """A passport or identity card number."""
    return pattern(
        rng,
        rng.choice(
            (
                "#########",
                "@########",
                "@@#######",
                "C########",
                "G########",
                "@#######",
                "##@@#####",
                "L@@@#####",
                "E########",
                "@@@######",
            )
        ),
    )


def licence(rng: random.Random) -> str:
    """A driving licence number."""
    return pattern(
        rng,
        rng.choice(
            (
                "@#######",
                "@###-####-####",
                "@@@@@######@@#@@",
                "########",
                "D#######",
                "@@-##-######",
                "@##-##-####",
                "@############",
                "@####-#####-#####",
                "##.##.######-##",
                "S###-###-##-###-#",
            )
        ),
    )


PREFIXES = {
    "customer": "CUST C CU KD CL CLI CUS K ACC A 0".split(),
    "policy": "POL P PN HO AU LIFE PLC VS KV HP POLICY".split(),
    "member": "M MBR MEM ID W XYZ H ABC YRP".split(),
    "mrn": "MRN MR PT P H PAT MED".split(),
    "employee": "E EMP ID P S HR PERS".split(),
    "student": "S STU U N ST A".split(),
    "loan": "LN L LOAN MTG CR KR".split(),
}


def reference(rng: random.Random, kind: str) -> str:
    """The number under which a company or a hospital keeps a person: customer, policy, patient."""
    separator = rng.choice(("-", "-", "", "", " ", "/"))
    digits = pattern(
        rng,
        rng.choice(
            (
                "######",
                "#######",
                "########",
                "#########",
                "####-####",
                "##-####",
                "####-##-###",
                "@@####",
                "####/###",
            )
        ),
    )
    if rng.random() < 0.35:
        return pattern(
            rng,
            rng.choice(
                ("########", "#######", "##########", "######", "###########", "###-##-###")
            ),
        )
    return f"{rng.choice(PREFIXES.get(kind, PREFIXES['customer']))}{separator}{digits}"


def crypto(rng: random.Random) -> str:
    """The address of a wallet."""
    roll = rng.random()
    if roll < 0.4:
        return "0x" + "".join(rng.choices("0123456789abcdef", k=40))
    if roll < 0.7:
        return rng.choice("13") + "".join(rng.choices(BASE58, k=rng.randrange(32, 34)))
    return "bc1q" + "".join(rng.choices("qpzry9x8gf2tvdw0s3jn54khce6mua7l", k=38))


def any_account(rng: random.Random, lists: Lists, locale: str) -> str:
    """A number of any kind."""
    roll = rng.random()
    if roll < 0.22:
        return card(rng)
    if roll < 0.38:
        return iban(rng, locale)
    if roll < 0.5:
        return bank(rng, locale)
    if roll < 0.68:
        return national(rng, lists, locale)
    if roll < 0.75:
        return passport(rng)
    if roll < 0.8:
        return licence(rng)
    if roll < 0.84:
        return crypto(rng)
    return reference(rng, rng.choice(tuple(PREFIXES)))
