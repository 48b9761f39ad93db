"""The collected lists, read back for one split: a value is in training or in development.

`load(file, split)` keeps of every list only the values of that split (`split.part_of`), so that no
name, street, telephone number or word of the development sets was ever trained on. Names in Latin
letters and the layouts of addresses are in `names.toml` and `places.toml` beside this file.
"""

# ruff: noqa: E501
# Tables of values read better on one line.
from __future__ import annotations

import gzip
import json
import random
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from leaksift.toml import parse_toml
from training.pools.split import Split, part_of

FOLDER = Path(__file__).parent

# How often a locale is drawn where a template does not ask for one.
WEIGHTS: Mapping[str, float] = {
    "en_US": 18, "en_GB": 8, "en_IN": 4, "en_CA": 3, "en_AU": 3, "en_IE": 2, "en_NZ": 1.5, "en_ZA": 1.5, "de_DE": 6, "fr_FR": 6,
    "es_ES": 5, "es_MX": 5, "it_IT": 4, "nl_NL": 3, "pl_PL": 3, "pt_BR": 4, "ja_JP": 1, "zh_CN": 1.3,
    "ko_KR": 0.7, "ru_RU": 1, "uk_UA": 0.5, "ar_SA": 0.5, "hi_IN": 0.3, "el_GR": 0.4,
}  # fmt: skip
OTHER_LOCALE = 0.4

# A template that says `locale: de` takes its values from these.
GROUPS: Mapping[str, tuple[str, ...]] = {
    "en": (*("en_US",) * 6, *("en_GB",) * 3, "en_IN", "en_AU", "en_CA", "en_IE", "en_NZ", "en_ZA", "en_NG"),
    "us": ("en_US",), "gb": ("en_GB",), "in": ("en_IN",), "au": ("en_AU",), "ca": ("en_CA", "en_CA", "fr_CA"), "ie": ("en_IE",),
    "de": (*("de_DE",) * 4, "de_AT", "de_CH"),
    "fr": (*("fr_FR",) * 4, "fr_CA", "fr_CH", "fr_BE"), "es": (*("es_ES",) * 3, *("es_MX",) * 3, "es_AR", "es_CO", "es_CL"),
    "mx": ("es_MX",), "it": (*("it_IT",) * 6, "it_CH"), "pt": ("pt_BR", "pt_BR", "pt_PT"), "br": ("pt_BR",), "nl": ("nl_NL", "nl_NL", "nl_BE"),
    "pl": ("pl_PL",), "ja": ("ja_JP",), "zh": (*("zh_CN",) * 4, "zh_TW"), "tw": ("zh_TW",), "ko": ("ko_KR",),
    "ru": ("ru_RU",), "ar": ("ar_SA", "ar_EG"), "sv": ("sv_SE",), "tr": ("tr_TR",), "hi": ("hi_IN",),
    "cs": ("cs_CZ",), "sk": ("sk_SK",), "da": ("da_DK",), "fi": ("fi_FI",), "no": ("no_NO",), "nb": ("no_NO",), "uk": ("uk_UA",),
    "el": ("el_GR",), "hu": ("hu_HU",), "ro": ("ro_RO",), "bg": ("bg_BG",), "hr": ("hr_HR",), "he": ("he_IL",), "fa": ("fa_IR",),
    "id": ("id_ID",), "vi": ("vi_VN",), "th": ("th_TH",), "ch": ("de_CH", "fr_CH", "it_CH"), "at": ("de_AT",),
}  # fmt: skip

# Cyrillic and Greek letters as passports write them (ICAO 9303, ISO 843), for romanised names.
ROMANISED = str.maketrans(
    {
        "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ё": "e", "ж": "zh", "з": "z", "и": "i", "й": "i", "к": "k", "л": "l", "м": "m",
        "н": "n", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t", "у": "u", "ф": "f", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch",
        "ъ": "", "ы": "y", "ь": "", "э": "e", "ю": "yu", "я": "ya", "є": "ie", "і": "i", "ї": "i", "ґ": "g", "'": "", "’": "",
        "α": "a", "β": "v", "γ": "g", "δ": "d", "ε": "e", "ζ": "z", "η": "i", "θ": "th", "ι": "i", "κ": "k", "λ": "l", "μ": "m", "ν": "n", "ξ": "x",
        "ο": "o", "π": "p", "ρ": "r", "σ": "s", "ς": "s", "τ": "t", "υ": "y", "φ": "f", "χ": "ch", "ψ": "ps", "ω": "o",
    }
)  # fmt: skip


@dataclass(frozen=True)
class Place:
    """Address material of one locale."""

    addresses: Sequence[str]
    streets: Sequence[str]
    street_names: Sequence[str]
    cities: Sequence[str]
    postcodes: Sequence[str]
    companies: Sequence[str]
    jobs: Sequence[str]


@dataclass(frozen=True)
class Layout:
    """How a country writes addresses, and what it writes them with (see `places.toml`)."""

    line: Sequence[str]
    unit: Sequence[str]
    town: Sequence[str]
    box: Sequence[str]
    post: Sequence[str]
    made: Sequence[str]
    types: Sequence[str]
    streets: Sequence[str]
    houses: Sequence[str]
    cities: Sequence[str]
    regions: Sequence[str]
    long: Sequence[str]
    names: Sequence[str]
    town_first: bool
    joiner: str


@dataclass(frozen=True)
class Lists:
    """All lists of one split."""

    first: Mapping[str, Sequence[str]]
    last: Mapping[str, Sequence[str]]
    census_first: Sequence[str]
    census_last: Sequence[str]
    latin: Mapping[str, tuple[Sequence[str], Sequence[str]]]
    """Given and family names in Latin letters, by people or locale."""
    latin_names: Sequence[str]
    latin_cumulative: Sequence[float]
    extra: Mapping[str, Sequence[str]]
    places: Mapping[str, Place]
    layouts: Mapping[str, Layout]
    """By country, or by country and language where it has several."""
    phones: Mapping[str, Sequence[str]]
    national: Mapping[str, Sequence[str]]
    """By country, and "imei"."""
    words: Sequence[str]
    us_addresses: Sequence[str]
    locales: Sequence[str]
    cumulative: Sequence[float]
    regions: Sequence[str] = field(default=())
    """The countries of `phones`."""

    def locale(self, rng: random.Random, group: str | None) -> str:
        """A locale that has names, of the group or language that the template asks for.

        `group` may be a locale itself. Where a list lacks every locale of a group, another of the
        same language is taken before any other.
        """
        if group is not None:
            wanted = rng.choice(GROUPS.get(group, (group,)))
            if wanted in self.first:
                return wanted
            same = [name for name in self.locales if name.startswith(wanted[:3])]
            if same:
                return rng.choice(same)
        return rng.choices(self.locales, cum_weights=self.cumulative)[0]

    def layout(self, locale: str) -> Layout:
        """The layout of the addresses of a locale; of the United States where it has none."""
        language, _, country = locale.partition("_")
        found = self.layouts.get(f"{country}-{language}") or self.layouts.get(country)
        return found or self.layouts["US"]


Kept = Callable[[Sequence[str]], Sequence[str]]
"""Leaves of a list what belongs to the split."""


def _layouts(kept: Kept) -> dict[str, Layout]:
    """The layouts of `places.toml` with the towns and streets of one split."""
    found: dict[str, Layout] = {}
    for country, part in parse_toml((FOLDER / "places.toml").read_bytes()).items():

        def values(name: str, part: Mapping[str, Any] = part) -> Sequence[str]:
            return part[name].split("|") if name in part else ()

        found[country] = Layout(
            part["line"], part.get("unit", ()), part["town"], part.get("box", ()), part["post"],
            part["made"], values("types"), kept(values("streets")), values("houses"),
            kept(values("cities")), values("regions"), values("long"), values("names"),
            part.get("order") == "town first", part.get("joiner", ", "),
        )  # fmt: skip
    return found


def _latin(
    first: Mapping[str, Sequence[str]],
    last: Mapping[str, Sequence[str]],
    pools: Mapping[str, Any],
    names: Mapping[str, Any],
    kept: Kept,
) -> dict[str, tuple[tuple[Sequence[str], Sequence[str]], float]]:
    """Names in Latin letters with their weights: written down, collected, or romanised."""
    found: dict[str, tuple[tuple[Sequence[str], Sequence[str]], float]] = {}
    for people, part in names["people"].items():
        pair = kept(part["first"].split()), kept(part["last"].split())
        found[people] = pair, part["weight"]
    for people, part in pools.get("latin", {}).items():
        found[f"{people} (collected)"] = (kept(part["first"]), kept(part["last"])), 0.3
    for locale in first:
        firsts, lasts, weight = first[locale], last[locale], 0.25
        if locale[:2] in ("ru", "uk", "bg", "el"):
            firsts, lasts = ([romanised(n) for n in group] for group in (firsts, lasts))
        elif locale.startswith("en_") and locale not in ("en_IN", "en_NG", "en_KE", "en_ZA"):
            continue
        elif locale in ("es_MX", "pt_BR", "de_DE", "fr_FR", "it_IT", "tr_TR", "en_IN"):
            weight = 0.8
        if firsts and lasts and is_latin(firsts[0]) and is_latin(lasts[0]):
            found[locale] = (firsts, lasts), weight
    return found


@lru_cache(maxsize=4)
def load(file: Path, split: Split) -> Lists:
    """The lists of `file` (written by `collect`) that belong to `split`."""
    with gzip.open(file, "rt", encoding="utf-8") as text:
        pools = json.load(text)
    names = parse_toml((FOLDER / "names.toml").read_bytes())

    def kept(values: Sequence[str]) -> Sequence[str]:
        dev = {value for value in values if part_of(value) == "dev"}
        if len(dev) < 3:
            # A list so short that hardly any value is for development gives it its last ones.
            dev |= set(sorted(values)[-3:]) if len(set(values)) > 5 else set()
        if not dev or len(dev) == len(set(values)):
            return list(values)
        return [value for value in values if (value in dev) == (split == "dev")]

    more = names["native"]
    first, last = (
        {
            locale: kept(sorted({*people[part], *more.get(locale, {}).get(part, "").split()}))
            for locale, people in pools["people"].items()
        }
        for part in ("first", "last")
    )
    latin = _latin(first, last, pools, names, kept)
    if "vi_VN" not in first:
        first["vi_VN"], last["vi_VN"] = latin["vietnamese"][0]
    places = {
        name: Place(
            kept(part["address"]), kept(part["street"]), kept(part["street_name"]),
            kept(part["city"]), part["postcode"], kept(part["company"]), part["job"],
        )
        for name, part in pools["places"].items()
    }  # fmt: skip
    phones = {region: kept(numbers) for region, numbers in pools["phones"].items() if numbers}
    for name, part in pools["places"].items():
        region = name.partition("_")[2]
        if part["phone"]:
            phones[region] = list(phones.get(region, ())) + list(kept(part["phone"]))
    national: dict[str, list[str]] = {}
    for kind, part in pools["national"].items():
        # Pools that an earlier `collect` wrote have a locale.
        country = part.get("country") or str(part.get("locale", "")).partition("_")[2]
        national.setdefault(country or kind, []).extend(kept(part["values"]))
    locales = sorted(first)
    extra = {
        "nicknames": kept(names["extra"]["nicknames"].split()),
        "suffixes": names["extra"]["suffixes"].split(),
    }
    return Lists(
        first, last, kept(pools["census"]["first"]), kept(pools["census"]["last"]),
        {name: pair for name, (pair, _) in latin.items()}, tuple(latin),
        sums(weight for _, weight in latin.values()), extra, places, _layouts(kept), phones,
        national, kept(pools["words"]), kept(pools["us_addresses"]), locales,
        sums(WEIGHTS.get(name, OTHER_LOCALE) for name in locales), sorted(phones),
    )  # fmt: skip


def sums(weights: Iterable[float]) -> list[float]:
    """The running totals, as `random.choices` wants them."""
    total = 0.0
    found: list[float] = []
    for weight in weights:
        total += weight
        found.append(total)
    return found


def is_latin(text: str) -> bool:
    """Whether the letters of `text` are Latin."""
    return all(char < "\u0250" or "\u1e00" <= char < "\u1f00" for char in text if char.isalpha())


def romanised(name: str) -> str:
    """A Cyrillic or Greek name in Latin letters."""
    plain = unicodedata.normalize("NFC", name)
    if plain and "\u0370" <= plain[0] < "\u0400":
        plain = without_marks(plain)
    return plain.lower().translate(ROMANISED).title()


def without_marks(text: str) -> str:
    """`text` without accents, as many systems store names."""
    for special, plain in (
        ("ß", "ss"), ("ø", "o"), ("Ø", "O"), ("ł", "l"), ("Ł", "L"), ("đ", "d"), ("Đ", "D"),
        ("æ", "ae"), ("Æ", "Ae"), ("ı", "i"),
    ):  # fmt: skip
        text = text.replace(special, plain)
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))


def ascii_letters(text: str) -> str:
    """`text` as it would stand in an e-mail address: Latin letters without marks, lower case."""
    return re.sub(r"[^a-z]", "", text.lower() if text.isascii() else without_marks(text).lower())
