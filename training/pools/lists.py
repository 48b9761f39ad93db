"""The collected lists, read back for one split: a value is in training or in development.

`load(file, split)` keeps of every list only the values of that split (`split.part_of`), so that no
name, street, telephone number or word of the development sets was ever trained on.
"""

from __future__ import annotations

import gzip
import json
import random
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from training.pools.split import Split, part_of

# How often a locale is drawn where a template does not ask for one.
WEIGHTS: Mapping[str, float] = {
    "en_US": 16, "en_GB": 7, "en_IN": 4, "en_CA": 3, "en_AU": 3, "en_IE": 2, "de_DE": 6, "fr_FR": 6,
    "es_ES": 5, "es_MX": 5, "it_IT": 4, "nl_NL": 3, "pl_PL": 3, "pt_BR": 4, "ja_JP": 1, "zh_CN": 1,
    "ko_KR": 0.7, "ru_RU": 1, "uk_UA": 0.5, "ar_SA": 0.5, "hi_IN": 0.3, "el_GR": 0.4,
}  # fmt: skip
OTHER_LOCALE = 0.6

# A template that says `locale: de` takes its values from these.
GROUPS: Mapping[str, tuple[str, ...]] = {
    "en": ("en_US", "en_US", "en_GB", "en_IN", "en_AU", "en_CA", "en_IE", "en_NZ"),
    "us": ("en_US",), "gb": ("en_GB",), "de": ("de_DE", "de_DE", "de_AT", "de_CH"),
    "fr": ("fr_FR", "fr_FR", "fr_CA", "fr_CH"), "es": ("es_ES", "es_MX", "es_MX", "es_AR", "es_CO"),
    "mx": ("es_MX",), "it": ("it_IT",), "pt": ("pt_BR", "pt_PT"), "nl": ("nl_NL", "nl_BE"),
    "pl": ("pl_PL",), "ja": ("ja_JP",), "zh": ("zh_CN", "zh_CN", "zh_TW"), "ko": ("ko_KR",),
    "ru": ("ru_RU",), "ar": ("ar_SA", "ar_EG"), "sv": ("sv_SE",), "tr": ("tr_TR",),
    "cs": ("cs_CZ",), "da": ("da_DK",), "fi": ("fi_FI",), "no": ("no_NO",), "uk": ("uk_UA",),
}  # fmt: skip


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
class Lists:
    """All lists of one split."""

    first: Mapping[str, Sequence[str]]
    last: Mapping[str, Sequence[str]]
    places: Mapping[str, Place]
    phones: Mapping[str, Sequence[str]]
    national: Mapping[str, Sequence[str]]
    """By locale, and "imei"."""
    words: Sequence[str]
    us_addresses: Sequence[str]
    locales: Sequence[str]
    cumulative: Sequence[float]

    def locale(self, rng: random.Random, group: str | None) -> str:
        """A locale that has names, of the group that the template asks for."""
        if group is not None and group in GROUPS:
            wanted = rng.choice(GROUPS[group])
            if wanted in self.first:
                return wanted
        return rng.choices(self.locales, cum_weights=self.cumulative)[0]


@lru_cache(maxsize=4)
def load(file: Path, split: Split) -> Lists:
    """The lists of `file` (written by `collect`) that belong to `split`."""
    with gzip.open(file, "rt", encoding="utf-8") as text:
        pools = json.load(text)

    def kept(values: Sequence[str], atleast: int = 3) -> Sequence[str]:
        mine = [value for value in values if part_of(value) == split]
        return mine if len(mine) >= atleast else list(values)

    first = {name: kept(people["first"]) for name, people in pools["people"].items()}
    last = {name: kept(people["last"]) for name, people in pools["people"].items()}
    first["en_US"] = list(first["en_US"]) + list(kept(pools["census"]["first"]))
    last["en_US"] = list(last["en_US"]) + list(kept(pools["census"]["last"]))
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
        phones[region] = list(phones.get(region, ())) + list(kept(part["phone"]))
    national: dict[str, list[str]] = {}
    for kind, part in pools["national"].items():
        national.setdefault(part["locale"] or kind, []).extend(kept(part["values"]))
    locales = sorted(first)
    total, cumulative = 0.0, []
    for name in locales:
        total += WEIGHTS.get(name, OTHER_LOCALE)
        cumulative.append(total)
    return Lists(
        first, last, places, phones, national, kept(pools["words"]), kept(pools["us_addresses"]),
        locales, cumulative,
    )  # fmt: skip


def ascii_letters(text: str) -> str:
    """`text` as it would stand in an e-mail address: Latin letters without marks, lower case."""
    for special, plain in (
        ("ß", "ss"),
        ("ø", "o"),
        ("ł", "l"),
        ("đ", "d"),
        ("æ", "ae"),
        ("ı", "i"),
    ):
        text = text.replace(special, plain)
    plain = unicodedata.normalize("NFKD", text.lower())
    return re.sub(r"[^a-z]", "", plain)
