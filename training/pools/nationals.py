"""National numbers made with their check digits, where no collected list has them or enough.

Sources: SNILS (rule of the Russian pension fund: weights 9 to 1, modulo 101), the Taiwanese identity
card (letter as two digits, weights 1 9 8 to 1, modulo 10), Saudi identity numbers and the Mexican
NSS (Luhn), the Japanese individual number (ministerial order 85 of 2014), GB 11643 for China.
"""

# ruff: noqa: E501
# Tables of values read better on one line.
from __future__ import annotations

import random
from collections.abc import Callable, Mapping

Maker = Callable[[random.Random], str]


def _digits(rng: random.Random, count: int) -> list[int]:
    return [rng.randrange(10) for _ in range(count)]


def _text(numbers: list[int]) -> str:
    return "".join(map(str, numbers))


def _birth(rng: random.Random) -> tuple[int, int, int]:
    return rng.randrange(1940, 2008), rng.randrange(1, 13), rng.randrange(1, 29)


def _luhn(body: list[int]) -> int:
    total = 0
    for place, digit in enumerate(reversed(body)):
        value = digit * (2 if place % 2 == 0 else 1)
        total += value - 9 * (value > 9)
    return -total % 10


def ssn(rng: random.Random) -> str:
    """A US social security number, as the administration gives them out."""
    area = rng.choice((rng.randrange(1, 666), rng.randrange(667, 900)))
    a, b, c = f"{area:03}", f"{rng.randrange(1, 100):02}", f"{rng.randrange(1, 10000):04}"
    return rng.choice(
        (*(f"{a}-{b}-{c}",) * 6, a + b + c, a + b + c, f"{a} {b} {c}", f"{a}.{b}.{c}")
    )


def nino(rng: random.Random) -> str:
    """A UK National Insurance number."""
    first, second = rng.choice("ACEHJLMOPRSWXY"), rng.choice("ABCEGHJKLMNPRSTWXYZ")
    text = f"{first}{second}{_text(_digits(rng, 6))}{rng.choice('ABCD')}"
    spaced = f"{text[:2]} {text[2:4]} {text[4:6]} {text[6:8]} {text[8]}"
    return rng.choice(
        (text, text, spaced, spaced, text.lower(), f"{text[:2]} {text[2:8]} {text[8]}")
    )


def snils(rng: random.Random) -> str:
    """A Russian pension insurance number."""
    body = [rng.randrange(1, 10), *_digits(rng, 8)]
    total = sum(d * w for d, w in zip(body, range(9, 0, -1), strict=True)) % 101
    text, check = _text(body), f"{0 if total == 100 else total:02}"
    return rng.choice((*(f"{text[:3]}-{text[3:6]}-{text[6:]} {check}",) * 3, text + check))


def russian(rng: random.Random) -> str:
    """A SNILS, or series and number of the internal passport."""
    if rng.random() < 0.55:
        return snils(rng)
    region, year, number = rng.randrange(1, 93), rng.randrange(26), rng.randrange(10**5, 10**6)
    return rng.choice((f"{region:02} {year:02} {number}", f"{region:02}{year:02} {number}"))


TAIWAN_LETTERS = "ABCDEFGHJKLMNPQRSTUVXYWZIO"


def taiwanese(rng: random.Random) -> str:
    """A Taiwanese identity card number."""
    letter = rng.choice(TAIWAN_LETTERS)
    code = TAIWAN_LETTERS.index(letter) + 10
    body = [rng.choice((1, 2)), *_digits(rng, 7)]
    total = code // 10 + code % 10 * 9
    total += sum(d * w for d, w in zip(body, range(8, 0, -1), strict=True))
    return f"{letter}{_text(body)}{-total % 10}"


def saudi(rng: random.Random) -> str:
    """A Saudi identity number (1...) or residence number (2...)."""
    body = [rng.choice((1, 1, 2)), *_digits(rng, 8)]
    return f"{_text(body)}{_luhn(body)}"


def egyptian(rng: random.Random) -> str:
    """An Egyptian national number: century, birth, governorate, serial."""
    year, month, day = _birth(rng)
    province = rng.choice((1, 2, 12, 13, 14, 16, 21, 22, 25, 31))
    return f"{2 if year < 2000 else 3}{year % 100:02}{month:02}{day:02}{province:02}{_text(_digits(rng, 5))}"


def japanese(rng: random.Random) -> str:
    """A Japanese individual number with its check digit."""
    body = [rng.randrange(1, 10), *_digits(rng, 10)]
    weights = (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
    rest = sum(d * w for d, w in zip(body, weights, strict=True)) % 11
    text = f"{_text(body)}{0 if rest <= 1 else 11 - rest}"
    return rng.choice(
        (text, f"{text[:4]} {text[4:8]} {text[8:]}", f"{text[:4]}-{text[4:8]}-{text[8:]}")
    )


COUNTIES = "110101 110104 110107 120101 120104 120107 120110 120113 310104 310107 310110 130102 140105 210203 220102 230103 320102 320506 330106 340104 350203 360102 370202 410105 420111 430104 440106 440305 450103 460105 500112 510107 520103 530102 610113 620102 650102".split()


def chinese(rng: random.Random) -> str:
    """A Chinese identity number."""
    year, month, day = _birth(rng)
    text = f"{rng.choice(COUNTIES)}{year}{month:02}{day:02}{rng.randrange(1000):03}"
    total = sum(int(digit) * 2 ** (17 - place) for place, digit in enumerate(text))
    return text + "10X98765432"[total % 11]


def brazilian(rng: random.Random) -> str:
    """A CPF."""
    body = _digits(rng, 9)
    for _ in range(2):
        rest = sum(d * (len(body) + 1 - place) for place, d in enumerate(body)) % 11
        body.append(0 if rest < 2 else 11 - rest)
    text = _text(body)
    return rng.choice((*(f"{text[:3]}.{text[3:6]}.{text[6:9]}-{text[9:]}",) * 2, text))


def spanish(rng: random.Random) -> str:
    """A DNI with its letter."""
    number = rng.randrange(10**6, 10**8)
    letter = "TRWAGMYFPDXBNJZSQVHLCKE"[number % 23]
    dotted = f"{number // 10**6:02}.{number // 1000 % 1000:03}.{number % 1000:03}"
    return rng.choice(
        (
            f"{number:08}{letter}",
            f"{number:08}-{letter}",
            f"{dotted}-{letter}",
            f"{number:08} {letter}",
        )
    )


def french(rng: random.Random) -> str:
    """A French social security number with its key."""
    year, month, _ = _birth(rng)
    department = rng.choice((*range(1, 20), *range(21, 96)))
    body = f"{rng.choice('12')}{year % 100:02}{month:02}{department:02}{rng.randrange(1, 990):03}{rng.randrange(1, 999):03}"
    key = f"{97 - int(body) % 97:02}"
    return rng.choice(
        (
            f"{body[0]} {body[1:3]} {body[3:5]} {body[5:7]} {body[7:10]} {body[10:]} {key}",
            body + key,
            f"{body} {key}",
        )
    )


def mexican(rng: random.Random) -> str:
    """The RFC of a person, or a social security number (NSS)."""
    year, month, day = _birth(rng)
    letters = "".join(rng.choices("BCDFGHJLMNPRSTV", k=3))
    if rng.random() < 0.5:
        end = "".join(rng.choices("ABCDEFGHJKLMNPQRSTUVWXYZ123456789", k=3))
        return (
            f"{letters[0]}{rng.choice('AEIOU')}{letters[1:]}{year % 100:02}{month:02}{day:02}{end}"
        )
    body = _digits(rng, 10)
    return f"{_text(body)}{_luhn(body)}"


def dutch(rng: random.Random) -> str:
    """A BSN."""
    while True:
        body = [rng.randrange(1, 10), *_digits(rng, 7)]
        rest = sum(d * w for d, w in zip(body, range(9, 1, -1), strict=True)) % 11
        if rest < 10:
            return f"{_text(body)}{rest}"


def polish(rng: random.Random) -> str:
    """A PESEL."""
    year, month, day = _birth(rng)
    text = (
        f"{year % 100:02}{month + (20 if year > 1999 else 0):02}{day:02}{rng.randrange(10**4):04}"
    )
    total = sum(int(d) * w for d, w in zip(text, (1, 3, 7, 9, 1, 3, 7, 9, 1, 3), strict=True))
    return f"{text}{-total % 10}"


def swiss(rng: random.Random) -> str:
    """An AHV number (EAN-13)."""
    body = [7, 5, 6, *_digits(rng, 9)]
    check = -sum(d * (3 if place % 2 else 1) for place, d in enumerate(body)) % 10
    text = f"{_text(body)}{check}"
    return rng.choice((*(f"{text[:3]}.{text[3:7]}.{text[7:11]}.{text[11:]}",) * 3, text))


def korean(rng: random.Random) -> str:
    """A Korean resident registration number."""
    year, month, day = _birth(rng)
    sex = rng.choice((1, 2)) + (2 if year > 1999 else 0)
    text = f"{year % 100:02}{month:02}{day:02}{sex}{rng.randrange(97):02}{rng.randrange(1000):03}"
    total = sum(int(d) * w for d, w in zip(text, (2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5), strict=True))
    text += str((11 - total % 11) % 10)
    return f"{text[:6]}-{text[6:]}" if rng.random() < 0.85 else text


MADE: Mapping[str, Maker] = {
    "US": ssn, "GB": nino, "RU": russian, "TW": taiwanese, "SA": saudi, "EG": egyptian, "JP": japanese, "CN": chinese, "BR": brazilian,
    "ES": spanish, "FR": french, "MX": mexican, "NL": dutch, "PL": polish, "CH": swiss, "KR": korean,
    "NG": lambda r: f"{r.randrange(10**10, 10**11)}", "KE": lambda r: f"{r.randrange(10**7, 4 * 10**7)}",
    "PH": lambda r: f"{r.randrange(10**3, 10**4)}-{r.randrange(10**6, 10**7)}-{r.randrange(10)}", "VN": lambda r: f"0{r.randrange(10**10, 10**11)}",
    "IR": lambda r: f"{r.randrange(10**9, 10**10)}", "AZ": lambda r: f"AZE{r.randrange(10**7, 10**8)}", "GE": lambda r: f"01{r.randrange(10**8, 10**9)}",
}  # fmt: skip
"""By country; other countries have collected lists only."""
