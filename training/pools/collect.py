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
import importlib.util
import json
import random
import re
import string
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

LOCALES = (
    "en_US en_GB en_IN en_AU en_CA en_IE en_NZ en_NG en_KE en_ZA de_DE de_AT de_CH fr_FR fr_CA "
    "fr_CH fr_BE es_ES es_MX es_AR es_CO es_CL it_IT it_CH nl_NL nl_BE pt_BR pt_PT pl_PL cs_CZ "
    "sk_SK sv_SE no_NO da_DK fi_FI ro_RO hu_HU hr_HR tr_TR id_ID fil_PH vi_VN lt_LT lv_LV et_EE "
    "sl_SI az_AZ ja_JP zh_CN zh_TW ko_KR ru_RU uk_UA bg_BG el_GR ar_SA ar_EG he_IL fa_IR hi_IN "
    "ta_IN th_TH ka_GE"
).split()
ADDRESSES_PER_LOCALE = 500
PHONES_PER_LOCALE = 150
NUMBERS_PER_KIND = 600

# Where Faker keeps the names of a locale under other names, or has none of its own.
NAMES_FROM: dict[str, tuple[str, ...]] = {
    "en_AU": ("en_NZ", "en_GB"), "en_CA": ("en_GB", "fr_QC"), "en_ZA": ("zu_ZA", "en_GB"), "it_CH": ("it_IT",),
    "en_NG": ("yo_NG", "ha_NG", "ig_NG", "en_NG"), "ar_EG": ("ar_AA",), "fil_PH": ("es_MX",), "en_KE": ("en_KE", "sw"),
}  # fmt: skip
# Names in Latin letters of peoples whose locale is written otherwise, for English text.
LATIN_FROM: dict[str, tuple[str, ...]] = {
    "ghanaian": ("tw_GH",), "pakistani": ("en_PK",), "thai": ("en_TH",), "north african": ("fr_DZ",), "uzbek": ("uz_UZ",),
    "zulu": ("zu_ZA",), "yoruba": ("yo_NG",), "swahili": ("sw",), "icelandic": ("is_IS",),
}  # fmt: skip

# Patterns for rejection sampling: `#` a digit, `@` a capital letter, D/M/Y parts of a date.
NATIONAL_NUMBERS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "us_ssn": ("us.ssn", "US", ("###-##-####", "###-##-####", "#########", "### ## ####")),
    "us_itin": ("us.itin", "US", ("9##-7#-####", "9##-8#-####")),
    "gb_nhs": ("gb.nhs", "GB", ("### ### ####", "##########", "###-###-####")),
    "gb_utr": ("gb.utr", "GB", ("##########", "##### #####")),
    "ie_pps": ("ie.pps", "IE", ("#######@", "#######@A")),
    "ca_sin": ("ca.sin", "CA", ("### ### ###", "###-###-###", "#########")),
    "au_tfn": ("au.tfn", "AU", ("### ### ###", "#########")),
    "nz_ird": ("nz.ird", "NZ", ("##-###-###", "###-###-###", "#########")),
    "in_aadhaar": ("in_.aadhaar", "IN", ("#### #### ####", "############")),
    "in_pan": ("in_.pan", "IN", ("@@@P@####@",)),
    "de_idnr": ("de.idnr", "DE", ("## ### ### ###", "###########")),
    "at_vnr": ("at.vnr", "AT", ("####DDMMYY", "#### DDMMYY")),
    "ch_ssn": ("ch.ssn", "CH", ("756.####.####.##", "756##########")),
    "fr_nir": ("fr.nir", "FR", ("1 YY MM 75 ### ### ##", "2YYMM69########", "1YYMM13########")),
    "es_dni": ("es.dni", "ES", ("########@", "########-@")),
    "es_nie": ("es.nie", "ES", ("X#######@", "Y-#######-@")),
    "mx_curp": ("mx.curp", "MX", ("@@@@YYMMDDH@@@@@##", "@@@@YYMMDDM@@@@@##")),
    "ar_cuit": ("ar.cuit", "AR", ("20-########-#", "27#########")),
    "co_nit": ("co.nit", "CO", ("##########", "###.###.###-#")),
    "cl_rut": ("cl.rut", "CL", ("##.###.###-#", "########-#")),
    "it_cf": ("it.codicefiscale", "IT", ("@@@@@@YYADDH###@", "@@@@@@YYMDDF###@")),
    "nl_bsn": ("nl.bsn", "NL", ("#########", "####.##.###")),
    "be_nn": ("be.nn", "BE", ("YY.MM.DD-###.##", "YYMMDD#####")),
    "br_cpf": ("br.cpf", "BR", ("###.###.###-##", "###########")),
    "pt_nif": ("pt.nif", "PT", ("#########", "### ### ###")),
    "pl_pesel": ("pl.pesel", "PL", ("YYMMDD#####",)),
    "cz_rc": ("cz.rc", "CZ", ("YYMMDD/####",)),
    "sk_rc": ("sk.rc", "SK", ("YYMMDD/####",)),
    "se_pnr": ("se.personnummer", "SE", ("YYMMDD-####", "19YYMMDD-####")),
    "no_fnr": ("no.fodselsnummer", "NO", ("DDMMYY#####", "DDMMYY #####")),
    "dk_cpr": ("dk.cpr", "DK", ("DDMMYY-####",)),
    "fi_hetu": ("fi.hetu", "FI", ("DDMMYY-###@", "DDMMYY-####")),
    "ro_cnp": ("ro.cnp", "RO", ("1YYMMDD######", "2YYMMDD######")),
    "hu_anum": ("hu.anum", "HU", ("########",)),
    "hr_oib": ("hr.oib", "HR", ("###########",)),
    "si_emso": ("si.emso", "SI", ("DDMM9YY50####",)),
    "bg_egn": ("bg.egn", "BG", ("YYMMDD####",)),
    "gr_amka": ("gr.amka", "GR", ("DDMMYY#####",)),
    "lt_asmens": ("lt.asmens", "LT", ("3YYMMDD####", "4YYMMDD####")),
    "lv_pk": ("lv.pvn", "LV", ("DDMMYY-1####", "DDMMYY1####")),
    "ee_ik": ("ee.ik", "EE", ("3YYMMDD####", "4YYMMDD####")),
    "tr_tckimlik": ("tr.tckimlik", "TR", ("###########",)),
    "za_id": ("za.idnr", "ZA", ("YYMMDD#####8#",)),
    "ru_inn": ("ru.inn", "RU", ("############",)),
    "ua_rntrc": ("ua.rntrc", "UA", ("##########",)),
    "th_pin": ("th.pin", "TH", ("#############", "#-####-#####-##-#")),
    "id_nik": ("id.nik", "ID", ("3173##DDMMYY####", "3578##DDMMYY####")),
    "cn_ric": ("cn.ric", "CN", ("11010119YYMMDD####", "31010119YYMMDD####", "44010619YYMMDD###X")),
    "kr_rrn": ("kr.rrn", "KR", ("YYMMDD-1######", "YYMMDD-2######")),
    "il_id": ("il.idnr", "IL", ("#########",)),
    "imei": ("imei", "", ("35-######-######-#", "35#############")),
}  # fmt: skip


def words_of(provider: object, name: str) -> list[str]:
    """The strings of a Faker list attribute, which may be a tuple or a dict with weights."""
    found: Any = getattr(provider, name, None)
    # Some of Faker's lists are properties that join others.
    found = found if isinstance(found, (tuple, list, set, dict)) else ()
    return [text.strip() for text in found if isinstance(text, str) and text.strip()]


def people_of(locale: str) -> dict[str, list[str]]:
    """First and last names that Faker knows for `locale`; empty lists where it has none."""
    found: dict[str, set[str]] = {"first": set(), "last": set()}
    for source in NAMES_FROM.get(locale, (locale,)):
        for part, names in provided_names(source).items():
            found[part].update(names)
    return {part: sorted(names) for part, names in found.items()}


def provided_names(module: str) -> dict[str, set[str]]:
    """First and last names of one of Faker's modules, whatever its lists are called."""
    try:
        provider = importlib.import_module(f"faker.providers.person.{module}").Provider
    except ImportError:
        return {"first": set(), "last": set()}
    suffixes = ("", "_male", "_female", "_unisex", "_without_suffix")
    others = {"first": (), "last": ("male_last_names", "unisex_last_names")}
    return {
        part: {
            text
            for name in (*(f"{part}_names{suffix}" for suffix in suffixes), *more)
            for text in words_of(provider, name)
        }
        for part, more in others.items()
    }


def romanised_names(module: str) -> dict[str, list[str]]:
    """First and last names in Latin letters that Faker has for a language written otherwise."""
    provider = importlib.import_module(f"faker.providers.person.{module}").Provider
    return {
        part: sorted(set(words_of(provider, f"{part}_romanized_names")))
        for part in ("first", "last")
    }


def census_names() -> dict[str, list[str]]:
    """First and last names of the US census of 1990, the common ones, in title case."""
    import names  # type: ignore[import-untyped,import-not-found,unused-ignore]

    def top(file: str, count: int) -> list[str]:
        lines = Path(names.FILES[file]).read_text(encoding="ascii").splitlines()
        return [line.split()[0].title() for line in lines[:count]]

    first = top("first:male", 1219) + top("first:female", 4275)
    return {"first": sorted(set(first)), "last": sorted(set(top("last", 40_000)))}


def faker_lists(locale: str, rng: random.Random) -> dict[str, list[str]]:
    """Whole addresses and their parts, telephone numbers and companies of one locale."""
    from faker import Faker  # type: ignore[import-untyped,import-not-found,unused-ignore]

    # Faker answers in English where it has nothing for a locale: those answers are left out.
    where = importlib.util.find_spec
    own = {
        kind
        for kind in ("address", "phone_number", "company")
        if where(f"faker.providers.{kind}.{locale}")
    }
    fake = Faker(locale if own else "en_US")
    fake.seed_instance(rng.randrange(2**32))

    def draw(method: str, count: int, kind: str) -> list[str]:
        if kind not in own and not (kind == "company" and locale.startswith("en_")):
            return []
        call: Callable[[], Any] | None = getattr(fake, method, None)
        if call is None:
            return []
        try:
            found = {str(call()).strip() for _ in range(count)}
        except (AttributeError, TypeError, ValueError, IndexError, KeyError):
            return []
        return sorted(text for text in found if 2 < len(text) < 140)

    return {
        "address": draw("address", ADDRESSES_PER_LOCALE, "address"),
        "street": draw("street_address", ADDRESSES_PER_LOCALE, "address"),
        "street_name": draw("street_name", ADDRESSES_PER_LOCALE, "address"),
        "city": draw("city", 300, "address"),
        "postcode": draw("postcode", 300, "address"),
        "phone": draw("phone_number", PHONES_PER_LOCALE, "phone_number"),
        "company": draw("company", 200, "company"),
        "job": draw("job", 60, "company"),
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
    """Random national numbers that python-stdnum accepts, by kind, with their country."""
    found: dict[str, dict[str, Any]] = {}
    for kind, (module, country, patterns) in NATIONAL_NUMBERS.items():
        accepts = importlib.import_module(f"stdnum.{module}").is_valid
        values: set[str] = set()
        for _ in range(NUMBERS_PER_KIND * 120):
            text = fill_pattern(rng.choice(patterns), rng)
            if accepts(text):
                values.add(text)
                if len(values) == NUMBERS_PER_KIND:
                    break
        found[kind] = {"country": country, "values": sorted(values)}
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
    latin = {
        people: {
            part: sorted(set().union(*(provided_names(module)[part] for module in modules)))
            for part in ("first", "last")
        }
        for people, modules in LATIN_FROM.items()
    } | {"japanese": romanised_names("ja_JP"), "taiwanese": romanised_names("zh_TW")}
    lists = {locale: faker_lists(locale, rng) for locale in LOCALES}
    census = census_names()
    phones = example_phones(rng)
    national = national_numbers(rng)
    kept_words = sorted({word for word in words if re.fullmatch(r"[a-z]{3,10}", word)})
    pools = {
        "people": people,
        "latin": latin,
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
