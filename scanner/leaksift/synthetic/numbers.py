"""Account numbers, cards and numbers of persons, with right check digits.

Cards are of the ranges from which the brands' own test numbers are; a US social security number and
a British insurance number are of those that are never given out. For other numbers no such range is
known: a made-up one can be somebody's.
"""

from __future__ import annotations

import random
import re
import string
from collections.abc import Callable
from functools import lru_cache

from leaksift.synthetic.draw import Draw, like, scrambled

# By how a card of the brand begins: how one for tests does.
_TEST_CARDS = (
    ("34", "343434"), ("37", "378282"), ("4", "424242"), ("5[1-5]", "555555"), ("2[2-7]", "222300"),
    ("6011|64[4-9]|65", "601111"), ("35", "356600"), ("36|38|39", "362272"), ("30", "305693"),
    ("62", "620000"), ("50|5[6-9]|6", "675964"),
)  # fmt: skip
_TRIES = 3_000

# Where the birth date stands in a number, by the rule that sees it, as the number is written
# without separators: (start, form).
_BIRTHS: dict[str, tuple[int, str]] = {
    "poland-pesel": (0, "yymmdd"), "sweden-personal-number": (0, "yymmdd"),
    "norway-birth-number": (0, "ddmmyy"), "denmark-cpr": (0, "ddmmyy"),
    "finland-personal-identity-code": (0, "ddmmyy"), "bulgaria-egn": (0, "yymmdd"),
    "czech-slovak-birth-number": (0, "yymmdd"), "romania-cnp": (1, "yymmdd"),
    "estonia-lithuania-personal-code": (1, "yymmdd"),
    "china-resident-identity-number": (6, "yyyymmdd"),
    "korea-resident-number": (0, "yymmdd"), "malaysia-identity-card": (0, "yymmdd"),
    "south-africa-identity-number": (0, "yymmdd"), "belgium-national-number": (0, "yymmdd"),
    "belgium-national-number-bare": (0, "yymmdd"), "iceland-kennitala": (0, "ddmmyy"),
    "greece-amka": (0, "ddmmyy"), "latvia-personal-code": (0, "ddmmyy"),
    "germany-pension-insurance-number": (2, "ddmmyy"), "indonesia-nik": (6, "ddmmyy"),
    "slovenia-balkan-personal-number": (0, "ddmm"),
    "austria-social-insurance-number": (4, "ddmmyy"),
    "mexico-curp": (4, "yymmdd"), "mexico-rfc": (4, "yymmdd"),
    "france-social-security-number": (1, "yymm"),
    "mauritius-identity-number": (1, "ddmmyy"),
}  # fmt: skip
# Signs at the beginning that say where somebody is from or what kind of number it is: they stay.
_KEPT_HEADS: dict[str, int] = {
    "china-resident-identity-number": 6, "indonesia-nik": 6, "switzerland-ahv-number": 3,
    "italy-codice-fiscale": 0, "singapore-nric": 1, "venezuela-rif": 1, "peru-identity-card": 0,
    "australia-medicare-number": 1, "kenya-tax-number": 1, "germany-pension-insurance-number": 2,
    "moldova-idnp": 1, "turkey-identity-number": 1, "us-taxpayer-identification-number": 1,
    "estonia-lithuania-personal-code": 1, "romania-cnp": 1, "france-social-security-number": 1,
    "india-pan": 4, "taiwan-identity-card": 2, "spain-dni-nie": 0, "colombia-nit": 1,
    "hungary-personal-number": 1, "ecuador-identity-card": 3, "uk-nhs-number": 0,
    "france-tax-number": 1,
}  # fmt: skip

# The same for signs further behind: a vowel, the sex, the state.
_KEPT_PLACES: dict[str, tuple[int, ...]] = {"mexico-curp": (1, 10, 11, 12, 16)}

_WORDS = (
    ("pesel", "poland-pesel"), (r"\bbsn\b|burgerservice", "netherlands-bsn"),
    (r"\bcpf\b", "brazil-cpf"),
    (r"\bcurp\b", "mexico-curp"), (r"\b(?:dni|nie|nif)\b", "spain-dni-nie"),
    ("personnummer", "sweden-personal-number"),
    ("fodselsnummer|fødselsnummer", "norway-birth-number"),
    ("codice.?fiscale", "italy-codice-fiscale"), ("steuer.?id|idnr", "germany-tax-number"),
    (r"\bnhs\b", "uk-nhs-number"),
    (r"\bnino\b|national.?insurance", "uk-national-insurance-number"),
    (r"\bssn\b|social.?security", "us-social-security-number"), ("aadhaar", "india-aadhaar"),
    (r"\begn\b", "bulgaria-egn"), (r"\bnric\b", "singapore-nric"),
    (r"\bnir\b", "france-social-security-number"),
    (r"\bcnp\b", "romania-cnp"), (r"\bahv\b", "switzerland-ahv-number"),
    (r"\boib\b", "croatia-oib"),
)  # fmt: skip


def account_number(draw: Draw, value: str, context: str) -> str:
    """Another number in the same signs: an IBAN of the same country, a card of the same brand, a
    number of a person by the rule's id or the column's name in `context`, else other signs."""
    rng = draw.by("number", re.sub(r"[\W_]", "", value).upper())
    plain = re.sub(r"[\W_]", "", value).upper()
    if re.fullmatch(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}", plain) and _iban_is_valid(plain):
        return like(value, _iban(rng, plain))
    rule = _rule(context)
    may_be_card = re.fullmatch("[0-9]{12,19}", plain) is not None
    if may_be_card and (rule == "payment-card-number" or (rule is None and _luhn_is_valid(plain))):
        return like(value, _card(rng, plain))
    if rule in ("us-social-security-number", "us-social-security-number-bare") and len(plain) == 9:
        return like(
            value, f"9{rng.randrange(100):02}{rng.randrange(1, 50):02}{rng.randrange(1, 10000):04}"
        )
    if rule is None and re.fullmatch(r"\d{3}-\d{2}-\d{4}", value):
        return like(
            value, f"9{rng.randrange(100):02}{rng.randrange(1, 50):02}{rng.randrange(1, 10000):04}"
        )
    if rule == "uk-national-insurance-number" and len(plain) == 9:
        return like(value, f"QQ{rng.randrange(10**6):06}{rng.choice('ABCD')}")
    if address := re.match("(?i)0x(?=[0-9a-f]{40}$)|bc1[qp]|[13](?=[a-z0-9]{25,34}$)", value):
        # A wallet's address without its check signs: nobody can send anything there.
        return _wallet(rng, value, address.end())
    valid = _validator(rule) if rule else None
    if valid is not None and rule is not None and valid(value):
        return _fitted(rng, value, valid, rule)
    return scrambled(rng, value)


def _fitted(rng: random.Random, value: str, valid: Callable[[str], bool], rule: str) -> str:
    """Other signs until the validator takes them: the last ones are tried through, as that is where
    check digits mostly stand."""
    plain = re.sub(r"[\W_]", "", value)
    head = _KEPT_HEADS.get(rule, 0)
    for attempt in range(_TRIES // 20):
        made = plain[:head] + scrambled(rng, plain[head:])
        for place in _KEPT_PLACES.get(rule, ()):
            if place < len(made):
                made = made[:place] + plain[place] + made[place + 1 :]
        if rule in _BIRTHS:
            made = _with_birth(rng, made, plain, *_BIRTHS[rule])
        # A check sign may be a digit or a letter: as it was, unless nothing can be found so.
        for ending in _endings(rng, plain, strict=attempt < _TRIES // 40):
            tried = like(value, made[: len(made) - len(ending)] + ending)
            if tried != value and valid(tried):
                return tried
    return scrambled(rng, value)


def _endings(rng: random.Random, plain: str, *, strict: bool) -> list[str]:
    """What the last signs can be: a letter, or two digits, or both; with `strict` only letters for
    letters and digits for digits."""
    if plain[-1].isalpha():
        ends = list(string.ascii_uppercase if strict else string.ascii_uppercase + string.digits)
    elif plain[-2].isalpha() and strict:
        ends = [a + b for a in string.ascii_uppercase for b in string.digits]
    else:
        ends = [f"{number:02}" for number in range(100)]
        ends += ["X"] if len(plain) == 18 and not strict else []
    rng.shuffle(ends)
    return ends


def _with_birth(rng: random.Random, made: str, plain: str, start: int, form: str) -> str:
    """The number with another birth date, of the same decade: what stands for a century or a sex in
    the month or day stays as high as it was."""
    signs = list(made)
    for part in ("yyyy", "yy", "mm", "dd"):
        at = form.find(part)
        if at == -1 or (part == "yy" and "yyyy" in form):
            continue
        old = plain[start + at : start + at + len(part)]
        if part == "mm":
            base = next((b for b in (80, 70, 60, 50, 40, 20, 0) if int(old) > b), 0)
            new = f"{base + rng.randrange(1, 13):02}"
        elif part == "dd":
            base = 40 if int(old) > 40 else 0
            new = f"{base + rng.randrange(1, 29):02}"
        else:
            new = old[:-1] + rng.choice(string.digits)
        signs[start + at : start + at + len(part)] = new
    return "".join(signs)


def _rule(context: str) -> str | None:
    """The rule that the context names, or that its words mean."""
    first = context.split(" ")[0]
    if first in _validators():
        return first
    lowered = context.lower().replace("_", " ")
    return next((rule for words, rule in _WORDS if re.search(words, lowered)), None)


@lru_cache(maxsize=1)
def _validators() -> dict[str, str]:
    """The validator of each rule for account numbers that has one which asks for no context."""
    from leaksift.rules.presets import load_presets
    from leaksift.rules.validators import national

    own = {*national.VALIDATORS, "payment-card", "aba-routing-number", "ssn"}
    return {
        rule.info.id: rule.validator
        for rule in load_presets(("pii",))
        if rule.validator in own and rule.validator != "spelled-out"
    }


def _wallet(rng: random.Random, value: str, kept: int) -> str:
    signs = "0123456789abcdef" if value[:2].lower() == "0x" else "023456789acdefghjklmnpqrstuvwxyz"
    return value[:kept] + "".join(
        c.upper() if old.isupper() else c for old in value[kept:] if (c := rng.choice(signs))
    )


def _validator(rule: str) -> Callable[[str], bool] | None:
    name = _validators().get(rule)
    if name is None:
        return None
    from leaksift.rules.validators import VALIDATORS, Candidate

    validator = VALIDATORS[name]
    return lambda text: validator(Candidate(text, 0, len(text)))


def _card(rng: random.Random, plain: str) -> str:
    head = next((test for old, test in _TEST_CARDS if re.match(old, plain)), plain[:2])
    body = head + "".join(str(rng.randrange(10)) for _ in plain[len(head) : -1])
    return body + _luhn_digit(body)


def _luhn_digit(body: str) -> str:
    from stdnum import luhn

    return str(luhn.calc_check_digit(body))


def _luhn_is_valid(number: str) -> bool:
    from stdnum import luhn

    return bool(luhn.is_valid(number))


def _iban_is_valid(number: str) -> bool:
    from stdnum import iban

    return bool(iban.is_valid(number))


def _iban(rng: random.Random, plain: str) -> str:
    """An IBAN of the same country, right by the country's own check digits where stdnum has
    them."""
    from stdnum import iban

    made = plain
    for _ in range(_TRIES):
        body = scrambled(rng, plain[4:])
        made = plain[:2] + iban.calc_check_digits(f"{plain[:2]}00{body}") + body
        if made != plain and iban.is_valid(made):
            return made
    return made
