"""Account numbers: cards, bank accounts, national and personal documents, customers and policies.

Numbers that have a check digit have the right one, so that a rule that tests it agrees.
"""

# ruff: noqa: E501
# Tables of values read better on one line.
from __future__ import annotations

import hashlib
import random
import re
import string

from training.pools import nationals
from training.pools.lists import Lists

# Length and form of the national part of an IBAN: `#` a digit, `@` a capital letter, `*` either.
IBAN_FORMS = {
    "DE": "#" * 18, "AT": "#" * 16, "CH": "#" * 5 + "*" * 12, "FR": "#" * 10 + "*" * 11 + "##", "ES": "#" * 20,
    "IT": "@" + "#" * 10 + "*" * 12, "NL": "@@@@" + "#" * 10, "BE": "#" * 12, "PT": "#" * 21, "PL": "#" * 24,
    "GB": "@@@@" + "#" * 14, "IE": "@@@@" + "#" * 14, "SE": "#" * 20, "DK": "#" * 14, "NO": "#" * 11, "FI": "#" * 14,
    "CZ": "#" * 20, "RO": "@@@@" + "*" * 16, "GR": "#" * 7 + "*" * 16, "TR": "#" * 6 + "*" * 16, "SA": "##" + "*" * 18,
    "AE": "#" * 19, "LU": "###" + "*" * 13, "HU": "#" * 24,
}  # fmt: skip
MORE_IBAN_FORMS = {
    "BG": "@@@@" + "#" * 6 + "*" * 8, "HR": "#" * 17, "SK": "#" * 20, "SI": "#" * 15, "EE": "#" * 16, "LV": "@@@@" + "*" * 13, "LT": "#" * 16,
    "CY": "#" * 8 + "*" * 16, "MT": "@@@@#####" + "*" * 18, "IS": "#" * 22, "IL": "#" * 19, "UA": "######" + "*" * 19, "RS": "#" * 18,
    "KZ": "###" + "*" * 13, "QA": "@@@@" + "*" * 21, "KW": "@@@@" + "*" * 22, "JO": "@@@@####" + "*" * 18, "EG": "#" * 25, "TN": "#" * 20,
    "PK": "@@@@" + "*" * 16, "BR": "#" * 23 + "@*", "GE": "@@" + "#" * 16, "AZ": "@@@@" + "*" * 20, "MC": "#" * 10 + "*" * 11 + "##",
    "LI": "#####" + "*" * 12, "BA": "#" * 16, "MK": "###" + "*" * 10 + "##",
}  # fmt: skip
IBAN_FORMS |= MORE_IBAN_FORMS
# Prefix and length of the brands, as often as they are seen.
CARDS = (
    ("4", 16), ("4", 16), ("4", 16), ("4", 13), ("51", 16), ("52", 16), ("53", 16), ("54", 16), ("55", 16), ("2221", 16), ("2720", 16),
    ("2512", 16), ("6011", 16), ("65", 16), ("644", 16), ("3528", 16), ("3589", 16), ("36", 14), ("30", 14), ("38", 14), ("34", 15), ("37", 15), ("37", 15),
    ("62", 16), ("622126", 19), ("5018", 16), ("6304", 18), ("6759", 19), ("508", 16), ("2200", 16), ("9792", 16), ("6062", 16),
)  # fmt: skip
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
    """A payment card number of any brand, in groups or not."""
    number = luhn(rng, *rng.choice(CARDS))
    roll = rng.random()
    if roll < 0.4:
        return number
    mark = " " if roll < 0.74 else "-"
    if len(number) in (14, 15):
        return mark.join((number[:4], number[4:10], number[10:]))
    return grouped(number, 4, mark)


def iban(rng: random.Random, locale: str = "") -> str:
    """An IBAN with right check digits (ISO 13616), of the country of `locale` where it has one."""
    country = locale.partition("_")[2]
    if country not in IBAN_FORMS or rng.random() < 0.2:
        country = rng.choice(tuple(IBAN_FORMS))
    body = pattern(rng, IBAN_FORMS[country])
    check = 98 - int("".join(str(int(c, 36)) for c in body + country + "00")) % 97
    number = f"{country}{check:02}{body}"
    roll = rng.random()
    if roll < 0.42:
        return number
    if roll < 0.9:
        return grouped(number, 4)
    return (
        number.lower()
        if roll < 0.92
        else grouped(number, 4, "-")
        if roll < 0.95
        else f"{number[:4]} {number[4:]}"
    )


def routing(rng: random.Random) -> str:
    """A US routing number with its checksum."""
    body = [rng.choice((0, 1, 2, 3)), *(rng.randrange(10) for _ in range(7))]
    weighted = sum(d * w for d, w in zip(body, (3, 7, 1) * 3, strict=False))
    return "".join(map(str, body)) + str(-weighted % 10)


# Account numbers as the banks of a country print them.
BANK_FORMS = {
    "US": ("############", "##########", "#########", "########", "000#########", "####-####-####", "### ### ####", "######-####", "####-######"),
    "GB": ("########", "########", "##-##-## ########", "####-####"), "IE": ("########",), "CA": ("#####-###-#######", "#######", "###-#######"),
    "AU": ("###-### #########", "######### ", "### ### ###", "######"), "NZ": ("##-####-#######-##", "##-####-#######-###"),
    "IN": ("###############", "############", "##############", "###########"), "JP": ("#######", "###-#######"), "CN": ("6222###############", "6217 #### #### #### ###", "6228###########"),
    "KR": ("###-######-##-###", "###-##-######", "######-##-######", "####-###-######"), "BR": ("#####-#", "####/#####-#", "######-#"), "MX": ("##########", "###########"),
    "ZA": ("##########", "###########"), "NG": ("##########",), "SE": ("####-### ### ###", "####-##,### ###-#", "#### ## #####"), "NO": ("#### ## #####", "####.##.#####"),
    "DK": ("#### ##########", "####-#######"), "HU": ("########-########-########",), "CZ": ("######-##########/####", "##########/####"), "RU": ("40817810###########", "408 17 810 # #### #######"),
    "TW": ("###-##-######-#", "############"), "PL": ("## #### #### #### #### #### ####", "##########################"), "CH": ("##-######-#", "#### ####.####"),
}  # fmt: skip


def bank(rng: random.Random, locale: str = "") -> str:
    """A bank account as banks print it, not an IBAN."""
    country = locale.partition("_")[2]
    if country == "MX" and rng.random() < 0.6:
        return clabe(rng)
    forms = BANK_FORMS.get(country)
    if forms and rng.random() < 0.75:
        return pattern(rng, rng.choice(forms)).strip()
    return pattern(rng, rng.choice((
        "##########", "########", "############", "#########", "###-#####-#", "####-####-##", "## #### ####", "00########",
        "##-##-## ########", "###-### #########", "6222############" + "###", "####### ##", "######", "#######", "##### #####", "####.####.##",
        "@@##########", "@##########", "AC########", "A/C ########"[4:], "#### #### #### ####", "##/######/#", "##-#######", "XXXX####"[4:] + "####",
    )))  # fmt: skip


def clabe(rng: random.Random) -> str:
    """A Mexican account number with its check digit (weights 3, 7, 1)."""
    body = f"{rng.choice(('002', '012', '014', '021', '044', '058', '072', '127', '646'))}{rng.randrange(1000):03}{rng.randrange(10**11):011}"
    total = sum(int(d) * w % 10 for d, w in zip(body, (3, 7, 1) * 6, strict=False))
    number = f"{body}{-total % 10}"
    return rng.choice((number, number, f"{number[:3]} {number[3:6]} {number[6:17]} {number[17]}"))


def national(rng: random.Random, lists: Lists, locale: str) -> str:
    """A national number of the person's country, with right check digits where it has them."""
    country = locale.partition("_")[2]
    made = nationals.MADE.get(country)
    found = lists.national.get(country)
    if made and (not found or rng.random() < 0.5):
        return made(rng)
    if found:
        return rng.choice(found)
    return pattern(
        rng,
        rng.choice(
            (
                "#########",
                "##########",
                "@########",
                "###########",
                "##-######-#",
                "############",
                "####-####-####",
                "@@######@",
            )
        ),
    )


def ssn(rng: random.Random) -> str:
    """A US social security number."""
    return nationals.ssn(rng)


PASSPORTS = {
    "US": ("#########", "@########", "5########", "C########"), "GB": ("#########", "5########"), "DE": ("C########", "C01X#@@##", "L@##@#@##", "C#@##@@##"), "FR": ("##@@#####",),
    "IN": ("@#######", "@## #####"), "CN": ("E########", "G########", "EA#######", "E@#######"), "CA": ("@@######", "@######@@"), "AU": ("@@#######", "@#######"), "IT": ("@@#######", "YA#######"),
    "ES": ("@@@######", "PA@######"), "MX": ("G########", "@########"), "BR": ("@@######",), "NL": ("@@@###@@#", "N@@#@###@"), "PL": ("@@#######", "@@ #######"), "JP": ("@@#######", "T@#######"),
    "KR": ("M########", "M###@####"), "RU": ("## ## ######", "## #######", "##########"), "SE": ("########", "AA######"), "CH": ("X#######", "S#######"), "NG": ("A########", "B########"), "PH": ("P#######@",),
}  # fmt: skip
LICENCES = {
    "US": ("@#######", "########", "#########", "@############", "@###-####-####", "@##-##-####", "@###-###-##-###-#", "##-###-####", "@@######", "@####-#####-#####", "### ### ###", "#######@@"),
    "GB": ("@@@@@######@@#@@", "@@@@@ ###### @@#@@", "@@@99######@@#@@"), "DE": ("@###@@@@@@#", "B###RRE2I55", "@##########"), "CA": ("@####-#####-#####", "#######", "@@@@@######"), "FR": ("##@@#####", "############"),
    "IN": ("MH## ###########", "@@##-###########", "@@-##########"), "AU": ("########", "#########", "### ### ###"), "IT": ("@@#######@", "U1#######@"), "ES": ("########@",), "CN": ("110101##############",), "NL": ("##########",),
    "BR": ("###########",), "MX": ("@#########", "###########"), "PL": ("#####/##/####",), "JP": ("############", "## ## ###### ##"), "KR": ("##-##-######-##",), "RU": ("## ## ######", "## @@ ######"),
}  # fmt: skip


def passport(rng: random.Random, locale: str = "") -> str:
    """A passport or identity card number."""
    forms = PASSPORTS.get(locale.partition("_")[2]) or PASSPORTS[rng.choice(tuple(PASSPORTS))]
    return pattern(rng, rng.choice(forms))


def licence(rng: random.Random, locale: str = "") -> str:
    """A driving licence number."""
    forms = LICENCES.get(locale.partition("_")[2]) or LICENCES["US"]
    return pattern(rng, rng.choice(forms))


PREFIXES = {
    "customer": "CUST C CU KD CL CLI CUS K ACC A 0 KUN CID CN CST cust KNR Kd.-Nr. ACCT U NR CLT".split(),
    "policy": "POL P PN HO AU LIFE PLC VS KV HP POLICY HMO AUTO GL WC MED LV PP BOP DEN".split(),
    "member": "M MBR MEM ID W XYZ H ABC YRP XOF JLJ ZGP MID LOY FF GOLD BA".split(),
    "mrn": "MRN MR PT P H PAT MED PID NHS- HN UR CHI".split(),
    "employee": "E EMP ID P S HR PERS EE STAFF MA emp W".split(),
    "student": "S STU U N ST A STUD s Z B00 mat".split(),
    "loan": "LN L LOAN MTG CR KR HEL AL FHA PL".split(),
}
BODIES = (
    "######", "#######", "########", "#########", "####-####", "##-####", "####-##-###", "@@####", "####/###", "#####", "####",
    "##########", "20##-#####", "@-######", "####@", "######-##", "#-###-###", "@#@#@#", "###.###.##", "20## ####", "######/#", "@@@#######",
)  # fmt: skip
BARE = (
    "########",
    "#######",
    "##########",
    "######",
    "###########",
    "###-##-###",
    "#####",
    "### ### ###",
    "@########",
    "@@@#########",
    "####-####-####",
    "############",
    "@####@@",
    "#@@#-@@#-@@##",
)


def reference(rng: random.Random, kind: str) -> str:
    """The number under which a company or a hospital keeps a person: customer, policy, patient."""
    if rng.random() < 0.35:
        return pattern(rng, rng.choice(BARE))
    separator = rng.choice(("-", "-", "-", "", "", "", " ", "/", "_", "#", ":"))
    prefix = rng.choice(PREFIXES.get(kind, PREFIXES["customer"]))
    text = f"{prefix}{separator}{pattern(rng, rng.choice(BODIES))}"
    return text.lower() if rng.random() < 0.04 else text


def base58check(payload: bytes) -> str:
    """`payload` with its checksum in Base58, as wallets of Bitcoin and its kin are written."""
    raw = payload + hashlib.sha256(hashlib.sha256(payload).digest()).digest()[:4]
    number, text = int.from_bytes(raw, "big"), ""
    while number:
        number, rest = divmod(number, 58)
        text = BASE58[rest] + text
    return "1" * (len(raw) - len(raw.lstrip(b"\0"))) + text


def bech32(human: str, version: int, program: bytes) -> str:
    """A segwit address with its checksum (BIP 173, BIP 350)."""
    bits = "".join(f"{byte:08b}" for byte in program)
    bits += "0" * (-len(bits) % 5)
    data = [version, *(int(bits[i : i + 5], 2) for i in range(0, len(bits), 5))]
    values = [*(ord(c) >> 5 for c in human), 0, *(ord(c) & 31 for c in human), *data, *[0] * 6]
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for place, factor in enumerate(
            (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
        ):
            check ^= factor if top >> place & 1 else 0
    check ^= 1 if version == 0 else 0x2BC830A3
    data += [check >> 5 * (5 - place) & 31 for place in range(6)]
    return f"{human}1" + "".join("qpzry9x8gf2tvdw0s3jn54khce6mua7l"[value] for value in data)


def crypto(rng: random.Random) -> str:
    """The address of a wallet, with its checksum where the chain has one."""
    roll = rng.random()
    if roll < 0.35:
        return "0x" + "".join(rng.choices("0123456789abcdef", k=40))
    if roll < 0.6:
        return base58check(
            rng.choice((b"\0", b"\0", b"\5", b"\x30", b"\x1e", b"\x41")) + rng.randbytes(20)
        )
    if roll < 0.68:
        return "".join(rng.choices(BASE58, k=rng.choice((43, 44))))
    human = "bc" if roll < 0.95 else "ltc"
    return (
        bech32(human, 1, rng.randbytes(32))
        if rng.random() < 0.25
        else bech32(human, 0, rng.randbytes(20))
    )


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
        return passport(rng, locale)
    if roll < 0.8:
        return licence(rng, locale)
    if roll < 0.84:
        return crypto(rng)
    return reference(rng, rng.choice(tuple(PREFIXES)))
