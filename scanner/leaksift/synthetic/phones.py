"""Telephone numbers: from the ranges that are set aside for films where a country has some, else of
the country's plan; as the old one is written.

Sources: the North American Numbering Plan (555-0100 to 0199), Ofcom's numbers for drama, ACMA's for
fiction, Arcep's and the Bundesnetzagentur's for films, PTS's for books and films.
"""

from __future__ import annotations

import random
import re

from leaksift.synthetic.draw import Draw, scrambled

# National numbers without the leading 0, by country code and kind: `x` is any digit.
_FICTION: dict[int, dict[str, tuple[str, ...]]] = {
    44: {
        "mobile": ("7700900xxx",),
        "fixed": (
            "2079460xxx", "1134960xxx", "1144960xxx", "1154960xxx", "1164960xxx", "1174960xxx",
            "1184960xxx", "1214960xxx", "1314960xxx", "1414960xxx", "1514960xxx", "1614960xxx",
            "1632960xxx", "2896496xxx", "2920180xxx",
        ),
        "free": ("8081570xxx",),
    },
    61: {"mobile": ("491570006", "491570156", "491570157", "491570158", "491570159", "491570110"),
         "fixed": ("25550xxxx", "35550xxxx", "75550xxxx", "85550xxxx")},
    33: {"mobile": ("63998xxxx",),
         "fixed": ("19900xxxx", "26191xxxx", "35301xxxx", "46571xxxx", "53649xxxx")},
    49: {"mobile": ("17139200xx", "176040690xx"),
         "fixed": ("3023125xxx", "6990009xxx", "4066969xxx", "2214710xxx", "8999998xxx")},
    46: {"mobile": ("70174061x", "70174062x", "70174063x", "70174067x", "70174069x"),
         "fixed": ("3139006xx", "4062804xx")},
}  # fmt: skip
_AREAS = "202 206 212 213 303 305 312 404 415 503 512 602 612 617 702 713 718 803 816 919".split()
_FREE = frozenset(("800", "833", "844", "855", "866", "877", "888"))


def phone(draw: Draw, value: str, context: str) -> str:
    """Another number with as many digits where its country has one, in the same signs."""
    main = re.split(
        r"(?i)(?<=\d)[ ,;]*(?:ext|x|#|durchwahl|доб|poste|anexo|ramal)", value, maxsplit=1
    )[0]
    extension = value[len(main) :]
    digits = re.sub(r"\D", "", _plain(main))
    rng = draw.by("phone", digits)
    if any(c.isalpha() and c.isascii() for c in main):
        return scrambled(rng, value)
    made = _digits(rng, main, digits, draw.region)
    return _fill(main, made) + (re.sub(r"\d", lambda _: str(rng.randrange(10)), extension))


def _digits(rng: random.Random, written: str, digits: str, region: str) -> str:
    """The digits of the new number, with the prefixes that the old one has."""
    import phonenumbers  # 30 ms

    international = written.lstrip(" (").startswith("+") or digits.startswith("00")
    number = "+" + digits.removeprefix("00") if international else digits
    parsed = None
    regions: tuple[str | None, ...] = (region, "US", "GB", "DE", "FR")
    if re.match(r"0[67]\d{8}$", digits) and region == "US":
        regions = ("FR", *regions)  # ten digits, the length of the French mobile numbers
    for one in (None,) if international else regions:
        try:
            found = phonenumbers.parse(number, one)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_possible_number(found) and (
            international or phonenumbers.is_valid_number(found)
        ):
            parsed = found
            break
    if parsed is None:
        return scrambled(rng, digits)
    code = parsed.country_code or 0
    national = str(parsed.national_number)
    at = digits.rfind(national)
    if at == -1:
        return scrambled(rng, digits)
    before, after = digits[:at], digits[at + len(national) :]
    if code == 1 and len(national) == 10:
        area = national[:3] if national[:3] in _FREE else rng.choice(_AREAS)
        return f"{before}{area}55501{rng.randrange(100):02}{after}"
    kinds = _FICTION.get(code)
    if kinds:
        kind = (
            "mobile"
            if phonenumbers.number_type(parsed) == phonenumbers.PhoneNumberType.MOBILE
            else "fixed"
        )
        if national.startswith(("800", "808")) and "free" in kinds:
            kind = "free"
        # More or fewer of the signs that are free.
        fitting = [one for one in kinds[kind] if len(one) == len(national)] or [
            one.rstrip("x") + "x" * free
            for one in kinds[kind]
            if (free := len(national) - len(one.rstrip("x"))) > 0
        ]
        near = [one for one in fitting if one[:2] == national[:2]]
        if fitting:
            chosen = rng.choice(near or fitting)
            return before + re.sub("x", lambda _: str(rng.randrange(10)), chosen) + after
    return before + _of_plan(rng, code, national) + after


def _of_plan(rng: random.Random, code: int, national: str) -> str:
    """Another number that the country's plan has: the first digits, which say what kind it is,
    stay."""
    import phonenumbers

    kept = 2 if len(national) > 6 else 1
    for _ in range(30):
        rest = "".join(str(rng.randrange(10)) for _ in national[kept:])
        made = phonenumbers.PhoneNumber(
            country_code=code, national_number=int(national[:kept] + rest)
        )
        if phonenumbers.is_valid_number(made):
            return national[:kept] + rest
    return national[:kept] + "".join(str(rng.randrange(10)) for _ in national[kept:])


def _fill(written: str, digits: str) -> str:
    """The new digits in the places of the old ones; what is too much goes to the end."""
    source = iter(digits)
    script = next((ord(c) - int(c) for c in written if c.isdecimal()), ord("0"))
    made = []
    for char in written:
        if char.isdecimal():
            if digit := next(source, ""):
                made.append(chr(script + int(digit)))
        else:
            made.append(char)
    return "".join(made).rstrip(" -./") + "".join(chr(script + int(d)) for d in source)


def _plain(text: str) -> str:
    return "".join(str(int(c)) if c.isdecimal() else c for c in text)
