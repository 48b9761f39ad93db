"""Numbers that a state gives to a person: identity, tax, social insurance and health numbers.

The check digits are those of python-stdnum where it knows the number, and are worked out here where
it does not. A number of a few digits passes many a check by chance: where the bare form is
ambiguous, the rule's pattern asks for a word that names it.
"""

from __future__ import annotations

import re
from importlib import import_module

from leaksift.rules.validators.candidate import Candidate, Validator

# What people write where a number is wanted and none is to be told.
SEQUENCES = ("1234567", "2345678", "9876543", "8765432", "0123456")


def made_up(value: str) -> bool:
    """Whether the digits of a number are a sequence or the same few over and over."""
    digits = re.sub(r"[^0-9]", "", value)
    if len(digits) < 4:
        return False
    if digits.startswith(SEQUENCES) or (len(digits) < 8 and digits in "0123456789 9876543210"):
        return True
    return len(set(digits)) < (3 if len(digits) < 10 else 4)


def _by_stdnum(*names: str) -> Validator:
    """A validator that accepts what one of these modules of python-stdnum does."""

    def valid(candidate: Candidate) -> bool:
        if made_up(candidate.value):
            return False
        return any(_is_valid(name, candidate.value.upper()) for name in names)

    return valid


def _is_valid(name: str, number: str) -> bool:
    # Each module is loaded with the first number that looks like its own.
    module = import_module(f"stdnum.{name}")
    try:
        return bool(module.is_valid(number))
    except (LookupError, ValueError):
        # Some modules stumble over what they do not know: a Chinese place without a county, for
        # one. Such a number is not valid.
        return False


def hungarian(candidate: Candidate) -> bool:
    """A Hungarian tax identifier (ten digits, the first an 8) or social security number (nine).

    https://net.jogtar.hu/jogszabaly?docid=99600020.tv
    """
    digits = _digits(candidate)
    if made_up(candidate.value):
        return False
    if len(digits) == 10:
        total = sum(place * digit for place, digit in enumerate(digits[:9], 1))
        return digits[0] == 8 and total % 11 == digits[9]
    total = sum(digit * (7 if place % 2 else 3) for place, digit in enumerate(digits[:8]))
    return len(digits) == 9 and total % 10 == digits[8]


def russian_insurance(candidate: Candidate) -> bool:
    """A Russian SNILS: nine digits and their weighted sum modulo 101."""
    digits = _digits(candidate)
    if len(digits) != 11 or made_up(candidate.value):
        return False
    total = sum((9 - place) * digit for place, digit in enumerate(digits[:9]))
    return total % 101 % 100 == digits[9] * 10 + digits[10]


def uruguayan(candidate: Candidate) -> bool:
    """A Uruguayan identity card: seven digits and a check digit modulo 10."""
    digits = _digits(candidate)
    if len(digits) != 8 or made_up(candidate.value):
        return False
    total = sum(w * d for w, d in zip((2, 9, 8, 7, 6, 3, 4), digits[:7], strict=True))
    return -total % 10 == digits[7]


def singaporean(candidate: Candidate) -> bool:
    """A Singaporean NRIC or FIN: the letter at the end checks the seven digits."""
    value = candidate.value.upper()
    if not _matches("[STFGM][0-9]{7}[A-Z]", value) or made_up(value):
        return False
    first, digits, last = value[0], _digits(candidate), value[-1]
    total = sum(w * d for w, d in zip((2, 7, 6, 5, 4, 3, 2), digits, strict=True))
    total += {"T": 4, "G": 4, "M": 3}.get(first, 0)
    letters = {"F": "XWUTRQPNMLK", "G": "XWUTRQPNMLK", "M": "XWUTRQPNJLK"}.get(first, "JZIHGFEDCBA")
    return letters[total % 11] == last


def hong_kong(candidate: Candidate) -> bool:
    """A Hong Kong identity card: one or two letters, six digits and a check digit modulo 11."""
    value = re.sub("[^0-9A-Z]", "", candidate.value.upper())
    if not _matches("[A-Z]{1,2}[0-9]{6}[0-9A]", value) or made_up(value):
        return False
    values = [int(c, 36) for c in value[:-1]]
    if len(values) == 7:
        values.insert(0, 36)  # a space, in the first place
    check = 10 if value[-1] == "A" else int(value[-1], 36)
    return sum(w * v for w, v in zip(range(9, 1, -1), values, strict=True)) % 11 == -check % 11


def taiwanese(candidate: Candidate) -> bool:
    """A Taiwanese identity card: a letter for the place, nine digits with a check modulo 10."""
    value = candidate.value.upper()
    if not _matches("[A-Z][0-9]{9}", value) or made_up(value):
        return False
    place = "ABCDEFGHJKLMNPQRSTUVXYWZIO".index(value[0]) + 10
    digits = [place // 10, place % 10, *(int(c) for c in value[1:])]
    weights = (1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1)
    return sum(w * d for w, d in zip(weights, digits, strict=True)) % 10 == 0


def australian_medicare(candidate: Candidate) -> bool:
    """An Australian Medicare card: eight digits, their check digit and the card's issue."""
    digits = _digits(candidate)
    if len(digits) not in (10, 11) or not 2 <= digits[0] <= 6 or made_up(candidate.value):
        return False
    weights = (1, 3, 7, 9, 1, 3, 7, 9)
    return sum(w * d for w, d in zip(weights, digits[:8], strict=True)) % 10 == digits[8]


def british_insurance(candidate: Candidate) -> bool:
    """A British national insurance number: prefixes that are given out; it has no check digit.

    https://www.gov.uk/hmrc-internal-manuals/national-insurance-manual/nim39110
    """
    value = candidate.value.upper()
    if not _matches("[A-Z]{2}[ 0-9]{6,10}[A-D]", value) or value[:2] in (
        "BG",
        "GB",
        "KN",
        "NK",
        "NT",
        "TN",
        "ZZ",
    ):
        return False
    return value[0] not in "DFIQUV" and value[1] not in "DFIOQUV" and not made_up(value)


def german_pension(candidate: Candidate) -> bool:
    """A German pension insurance number: area, birth date, initial, serial and a check digit.

    https://www.gesetze-im-internet.de/vkvv/__4.html
    """
    value = candidate.value.upper().replace(" ", "")
    if not _matches(r"[0-9]{8}[A-Z][0-9]{3}", value):
        return False
    letter = f"{ord(value[8]) - 64:02}"
    digits = [int(c) for c in value[:8] + letter + value[9:]]
    weights = (2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1)
    total = sum(sum(divmod(w * d, 10)) for w, d in zip(weights, digits[:12], strict=True))
    return total % 10 == digits[12] and not made_up(value)


def german_health(candidate: Candidate) -> bool:
    """A German health insurance number: a letter, eight digits and a check digit.

    The number of SGB V, section 290; the check is Luhn's, counted from the left.
    """
    value = candidate.value.upper()
    if not _matches("[A-Z][0-9]{9}", value):
        return False
    digits = [int(c) for c in f"{ord(value[0]) - 64:02}{value[1:]}"]
    doubled = (sum(divmod(d * (1 + place % 2), 10)) for place, d in enumerate(digits[:10]))
    return sum(doubled) % 10 == digits[10] and not made_up(value)


def spelled_out(candidate: Candidate) -> bool:
    """A number without check digits that is at least not made up of a few digits or a sequence."""
    return not made_up(candidate.value)


def _matches(shape: str, value: str) -> bool:
    return re.fullmatch(shape, value, re.ASCII) is not None


def _digits(candidate: Candidate) -> list[int]:
    return [int(c) for c in candidate.value if c.isascii() and c.isdigit()]


VALIDATORS: dict[str, Validator] = {
    "argentina-cuit": _by_stdnum("ar.cuit"),
    "australia-medicare": australian_medicare,
    "australia-tfn": _by_stdnum("au.tfn"),
    "austria-insurance": _by_stdnum("at.vnr"),
    "austria-tax": _by_stdnum("at.tin"),
    "balkan-personal": _by_stdnum("si.emso"),
    "baltic-personal": _by_stdnum("ee.ik", "lt.asmens"),
    "belgium-national": _by_stdnum("be.nn", "be.bis"),
    "brazil-cpf": _by_stdnum("br.cpf"),
    "bulgaria-egn": _by_stdnum("bg.egn", "bg.pnf"),
    "canada-sin": _by_stdnum("ca.sin"),
    "chile-rut": _by_stdnum("cl.rut"),
    "china-resident": _by_stdnum("cn.ric"),
    "colombia-nit": _by_stdnum("co.nit"),
    "croatia-oib": _by_stdnum("hr.oib"),
    "czech-slovak-birth": _by_stdnum("cz.rc", "sk.rc"),
    "denmark-cpr": _by_stdnum("dk.cpr"),
    "dominican-cedula": _by_stdnum("do.cedula"),
    "ecuador-ci": _by_stdnum("ec.ci"),
    "finland-hetu": _by_stdnum("fi.hetu"),
    "france-nir": _by_stdnum("fr.nir"),
    "france-tax": _by_stdnum("fr.nif"),
    "germany-health": german_health,
    "germany-pension": german_pension,
    "germany-tax": _by_stdnum("de.idnr"),
    "greece-amka": _by_stdnum("gr.amka"),
    "greece-tax": _by_stdnum("gr.vat"),
    "guatemala-nit": _by_stdnum("gt.nit"),
    "hong-kong-id": hong_kong,
    "hungary-personal": hungarian,
    "iceland-kennitala": _by_stdnum("is_.kennitala"),
    "india-aadhaar": _by_stdnum("in_.aadhaar"),
    "india-pan": _by_stdnum("in_.pan"),
    "indonesia-nik": _by_stdnum("id.nik"),
    "ireland-pps": _by_stdnum("ie.pps"),
    "israel-id": _by_stdnum("il.idnr"),
    "italy-codice-fiscale": _by_stdnum("it.codicefiscale"),
    "japan-my-number": _by_stdnum("jp.in_"),
    "kenya-pin": _by_stdnum("ke.pin"),
    "korea-rrn": _by_stdnum("kr.rrn"),
    "latvia-personal": _by_stdnum("lv.pvn"),
    "malaysia-nric": _by_stdnum("my.nric"),
    "mauritius-nid": _by_stdnum("mu.nid"),
    "mexico-curp": _by_stdnum("mx.curp"),
    "mexico-rfc": _by_stdnum("mx.rfc"),
    "moldova-idnp": _by_stdnum("md.idno"),
    "netherlands-bsn": _by_stdnum("nl.bsn"),
    "new-zealand-ird": _by_stdnum("nz.ird"),
    "norway-birth": _by_stdnum("no.fodselsnummer"),
    "pakistan-cnic": _by_stdnum("pk.cnic"),
    "peru-cui": _by_stdnum("pe.cui"),
    "poland-pesel": _by_stdnum("pl.pesel"),
    "poland-nip": _by_stdnum("pl.nip"),
    "portugal-cc": _by_stdnum("pt.cc"),
    "portugal-nif": _by_stdnum("pt.nif"),
    "romania-cnp": _by_stdnum("ro.cnp"),
    "russia-inn": _by_stdnum("ru.inn"),
    "russia-snils": russian_insurance,
    "singapore-nric": singaporean,
    "south-africa-id": _by_stdnum("za.idnr"),
    "spelled-out": spelled_out,
    "spain-dni-nie": _by_stdnum("es.dni", "es.nie"),
    "sweden-personal": _by_stdnum("se.personnummer"),
    "switzerland-ahv": _by_stdnum("ch.ssn"),
    "taiwan-id": taiwanese,
    "thailand-pin": _by_stdnum("th.pin"),
    "turkey-id": _by_stdnum("tr.tckimlik"),
    "uk-national-insurance": british_insurance,
    "uk-nhs": _by_stdnum("gb.nhs"),
    "uk-utr": _by_stdnum("gb.utr"),
    "ukraine-tax": _by_stdnum("ua.rntrc"),
    "uruguay-ci": uruguayan,
    "us-itin": _by_stdnum("us.itin"),
    "venezuela-rif": _by_stdnum("ve.rif"),
}
