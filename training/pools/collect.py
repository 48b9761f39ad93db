"""Gathers the raw lists behind the value pools into one file, `pools.json.gz`.

Names, streets, cities and companies come from Faker's locale data (MIT), more names from the US
census of 1990 (public domain, package `names`), telephone numbers from the example numbers of
phonenumbers (Apache-2.0) and Faker's formats, words from SCOWL (Debian's wamerican-small).
National numbers are random digits that python-stdnum accepts. Nothing is drawn from a list of
real people with anything but a first or a last name.

Needs the extra `train`; drawing values from the file does not.
"""

# ruff: noqa: E501
# Tables of values read better on one line.
from __future__ import annotations

import gzip
import importlib
import json
import random
import re
import string
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

LOCALES = (
    "en_US en_GB en_IN en_AU en_CA en_IE en_NZ en_NG en_KE de_DE de_AT de_CH fr_FR fr_CA fr_CH "
    "es_ES es_MX es_AR es_CO it_IT nl_NL nl_BE pt_BR pt_PT pl_PL cs_CZ sk_SK sv_SE no_NO da_DK "
    "fi_FI ro_RO hu_HU hr_HR tr_TR id_ID fil_PH vi_VN lt_LT lv_LV et_EE sl_SI az_AZ "
    "ja_JP zh_CN zh_TW ko_KR ru_RU uk_UA bg_BG el_GR ar_SA ar_EG he_IL fa_IR hi_IN ta_IN th_TH ka_GE"
).split()
ADDRESSES_PER_LOCALE = 500
PHONES_PER_LOCALE = 150
NUMBERS_PER_KIND = 400

# Patterns for rejection sampling: `#` a digit, `@` a capital letter, D/M/Y parts of a date.
NATIONAL_NUMBERS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "us_ssn": ("us.ssn", "en_US", ("###-##-####", "###-##-####", "#########", "### ## ####")),
    "us_itin": ("us.itin", "en_US", ("9##-7#-####", "9##-8#-####")),
    "us_ein": ("us.ein", "en_US", ("##-#######",)),
    "gb_nhs": ("gb.nhs", "en_GB", ("### ### ####", "##########", "###-###-####")),
    "gb_utr": ("gb.utr", "en_GB", ("##########", "##### #####")),
    "ca_sin": ("ca.sin", "en_CA", ("### ### ###", "###-###-###", "#########")),
    "au_tfn": ("au.tfn", "en_AU", ("### ### ###", "#########")),
    "in_aadhaar": ("in_.aadhaar", "en_IN", ("#### #### ####", "############")),
    "in_pan": ("in_.pan", "en_IN", ("@@@P@####@",)),
    "de_idnr": ("de.idnr", "de_DE", ("## ### ### ###", "###########")),
    "at_vnr": ("at.vnr", "de_AT", ("####DDMMYY", "#### DDMMYY")),
    "ch_ssn": ("ch.ssn", "de_CH", ("756.####.####.##", "756##########")),
    "fr_nir": ("fr.nir", "fr_FR", ("1 YY MM 75 ### ### ##", "2YYMM69########", "1YYMM13########")),
    "es_dni": ("es.dni", "es_ES", ("########@", "########-@")),
    "es_nie": ("es.nie", "es_ES", ("X#######@", "Y-#######-@")),
    "mx_curp": ("mx.curp", "es_MX", ("@@@@YYMMDDH@@@@@##", "@@@@YYMMDDM@@@@@##")),
    "ar_cuit": ("ar.cuit", "es_AR", ("20-########-#", "27########" + "#")),
    "it_cf": ("it.codicefiscale", "it_IT", ("@@@@@@YYADDH###@", "@@@@@@YYMDDF###@")),
    "nl_bsn": ("nl.bsn", "nl_NL", ("#########", "####.##.###")),
    "be_nn": ("be.nn", "nl_BE", ("YY.MM.DD-###.##", "YYMMDD#####")),
    "br_cpf": ("br.cpf", "pt_BR", ("###.###.###-##", "###########")),
    "pt_nif": ("pt.nif", "pt_PT", ("#########", "### ### ###")),
    "pl_pesel": ("pl.pesel", "pl_PL", ("YYMMDD#####",)),
    "cz_rc": ("cz.rc", "cs_CZ", ("YYMMDD/####",)),
    "se_pnr": ("se.personnummer", "sv_SE", ("YYMMDD-####", "19YYMMDD-####")),
    "no_fnr": ("no.fodselsnummer", "no_NO", ("DDMMYY#####", "DDMMYY #####")),
    "dk_cpr": ("dk.cpr", "da_DK", ("DDMMYY-####",)),
    "fi_hetu": ("fi.hetu", "fi_FI", ("DDMMYY-###@", "DDMMYY-####")),
    "ro_cnp": ("ro.cnp", "ro_RO", ("1YYMMDD######", "2YYMMDD######")),
    "tr_tckimlik": ("tr.tckimlik", "tr_TR", ("###########",)),
    "za_id": ("za.idnr", "en_KE", ("YYMMDD#####8#",)),
    "cn_ric": (
        "cn.ric",
        "zh_CN",
        ("11010119YYMMDD####", "31010119YYMMDD####", "44010619YYMMDD###X"),
    ),
    "kr_rrn": ("kr.rrn", "ko_KR", ("YYMMDD-1######", "YYMMDD-2######")),
    "il_id": ("il.idnr", "he_IL", ("#########",)),
    "imei": ("imei", "", ("35-######-######-#", "35#############")),
}


def words_of(provider: object, name: str) -> list[str]:
    """The strings of a Faker list attribute, which may be a tuple or a dict with weights."""
    found: Iterable[Any] = getattr(provider, name, None) or ()
    return [text.strip() for text in found if isinstance(text, str) and text.strip()]


def people_of(locale: str) -> dict[str, list[str]]:
    """First and last names that Faker knows for `locale`; empty lists where it has none."""
    try:
        provider = importlib.import_module(f"faker.providers.person.{locale}").Provider
    except ImportError:
        return {"first": [], "last": []}
    names: dict[str, list[str]] = {}
    for part in ("first", "last"):
        found = {
            text
            for suffix in ("", "_male", "_female")
            for text in words_of(provider, f"{part}_names{suffix}")
        }
        names[part] = sorted(found)
    return names


def census_names() -> dict[str, list[str]]:
    """First and last names of the US census of 1990, the common ones, in title case."""
    import names  # type: ignore[import-untyped,import-not-found,unused-ignore]

    def top(file: str, count: int) -> list[str]:
        lines = Path(names.FILES[file]).read_text(encoding="ascii").splitlines()
        return [line.split()[0].title() for line in lines[:count]]

    first = top("first:male", 1200) + top("first:female", 2500)
    return {"first": sorted(set(first)), "last": sorted(set(top("last", 20_000)))}


def faker_lists(locale: str, rng: random.Random) -> dict[str, list[str]]:
    """Whole addresses and their parts, telephone numbers and companies of one locale."""
    from faker import Faker  # type: ignore[import-untyped,import-not-found,unused-ignore]

    fake = Faker(locale)
    fake.seed_instance(rng.randrange(2**32))

    def draw(method: str, count: int) -> list[str]:
        call: Callable[[], Any] | None = getattr(fake, method, None)
        if call is None:
            return []
        try:
            found = {str(call()).strip() for _ in range(count)}
        except (AttributeError, TypeError, ValueError, IndexError, KeyError):
            return []
        return sorted(text for text in found if 2 < len(text) < 140)

    return {
        "address": draw("address", ADDRESSES_PER_LOCALE),
        "street": draw("street_address", ADDRESSES_PER_LOCALE),
        "street_name": draw("street_name", ADDRESSES_PER_LOCALE),
        "city": draw("city", 300),
        "postcode": draw("postcode", 300),
        "phone": draw("phone_number", PHONES_PER_LOCALE),
        "company": draw("company", 200),
        "job": draw("job", 60),
    }


def example_phones(rng: random.Random) -> dict[str, list[str]]:
    """Telephone numbers of every region: example numbers with their last digits replaced."""
    import phonenumbers as pn

    found: dict[str, list[str]] = {}
    formats = (
        pn.PhoneNumberFormat.INTERNATIONAL,
        pn.PhoneNumberFormat.NATIONAL,
        pn.PhoneNumberFormat.E164,
    )
    for region in sorted(pn.SUPPORTED_REGIONS):
        numbers: set[str] = set()
        for kind in (pn.PhoneNumberType.MOBILE, pn.PhoneNumberType.FIXED_LINE):
            example = pn.example_number_for_type(region, kind)
            if example is None or example.national_number is None:
                continue
            digits = str(example.national_number)
            for _ in range(40):
                tail = "".join(rng.choices(string.digits, k=min(5, len(digits) - 3)))
                number = pn.PhoneNumber(
                    country_code=example.country_code,
                    national_number=int(digits[: -len(tail)] + tail),
                    italian_leading_zero=example.italian_leading_zero,
                )
                if pn.is_valid_number(number):
                    numbers.update(pn.format_number(number, style) for style in formats)
        found[region] = sorted(numbers)
    return found


def national_numbers(rng: random.Random) -> dict[str, dict[str, Any]]:
    """Random national numbers that python-stdnum accepts, by kind, with their locale."""
    found: dict[str, dict[str, Any]] = {}
    for kind, (module, locale, patterns) in NATIONAL_NUMBERS.items():
        accepts = importlib.import_module(f"stdnum.{module}").is_valid
        values: set[str] = set()
        for _ in range(NUMBERS_PER_KIND * 120):
            text = fill_pattern(rng.choice(patterns), rng)
            if accepts(text):
                values.add(text)
                if len(values) == NUMBERS_PER_KIND:
                    break
        found[kind] = {"locale": locale, "values": sorted(values)}
    return found


def fill_pattern(pattern: str, rng: random.Random) -> str:
    """`pattern` with `#` as a digit, `@` as a capital letter and YY, MM, DD as a date."""
    text = pattern.replace("YY", f"{rng.randrange(40, 100):02}")
    text = text.replace("MM", f"{rng.randrange(1, 13):02}")
    text = text.replace("DD", f"{rng.randrange(1, 29):02}")
    text = re.sub("#", lambda _: rng.choice(string.digits), text)
    return re.sub("@", lambda _: rng.choice(string.ascii_uppercase), text)


def collect_pools(
    words: Iterable[str], us_addresses: Iterable[str], target: Path
) -> dict[str, int]:
    """Writes all lists to `target` (gzip, JSON) and returns how many values of each kind it has."""
    rng = random.Random(20)
    people = {locale: people_of(locale) for locale in LOCALES}
    people = {
        locale: names
        for locale, names in people.items()
        if len(names["first"]) > 20 and len(names["last"]) > 20
    }
    lists = {locale: faker_lists(locale, rng) for locale in LOCALES}
    census = census_names()
    phones = example_phones(rng)
    national = national_numbers(rng)
    kept_words = sorted({word for word in words if re.fullmatch(r"[a-z]{3,10}", word)})
    pools = {
        "people": people,
        "census": census,
        "places": lists,
        "phones": phones,
        "national": national,
        "words": kept_words,
        "us_addresses": sorted(set(us_addresses)),
    }
    with gzip.GzipFile(target, "wb", mtime=0) as file:
        file.write(json.dumps(pools, ensure_ascii=False, sort_keys=True).encode())
    numbers = [*phones.values(), *(part["phone"] for part in lists.values())]
    streets = [part[name] for part in lists.values() for name in ("address", "street")]
    return {
        "locales": len(people),
        "first names": len({*census["first"], *(n for p in people.values() for n in p["first"])}),
        "last names": len({*census["last"], *(n for p in people.values() for n in p["last"])}),
        "addresses": sum(len(found) for found in streets),
        "telephone numbers": sum(len(found) for found in numbers),
        "national numbers": sum(len(found["values"]) for found in national.values()),
        "words": len(kept_words),
    }
