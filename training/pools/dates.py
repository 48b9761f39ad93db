"""Dates as people and programs write them, in several languages."""

# ruff: noqa: E501
# Tables of values read better on one line.
from __future__ import annotations

import random

MONTHS: dict[str, tuple[str, ...]] = {
    "en": tuple("January February March April May June July August September October November December".split()),
    "de": tuple("Januar Februar März April Mai Juni Juli August September Oktober November Dezember".split()),
    "fr": tuple("janvier février mars avril mai juin juillet août septembre octobre novembre décembre".split()),
    "es": tuple("enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre".split()),
    "it": tuple("gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre".split()),
    "pt": tuple("janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro".split()),
    "nl": tuple("januari februari maart april mei juni juli augustus september oktober november december".split()),
    "pl": tuple("stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia".split()),
    "ru": tuple("января февраля марта апреля мая июня июля августа сентября октября ноября декабря".split()),
}  # fmt: skip
LANGUAGE_OF = {"zh": "cjk", "ja": "cjk", "ko": "ko"}


def ordinal(day: int) -> str:
    """`3` as `3rd`."""
    if day in (11, 12, 13):
        return f"{day}th"
    return f"{day}{({1: 'st', 2: 'nd', 3: 'rd'}).get(day % 10, 'th')}"


def written(rng: random.Random, locale: str, first: int, last: int) -> str:
    """A date between the years `first` and `last`, in a form usual for `locale`."""
    y, m, d = rng.randrange(first, last), rng.randrange(1, 13), rng.randrange(1, 29)
    language, _, country = locale.partition("_")
    language = LANGUAGE_OF.get(language, language)
    roll = rng.random()
    if roll < 0.2:
        return f"{y}-{m:02}-{d:02}"
    if language == "cjk":
        return rng.choice(
            (f"{y}年{m}月{d}日", f"{y}/{m:02}/{d:02}", f"{y}年{m:02}月{d:02}日", f"{y}.{m}.{d}")
        )
    if language == "ko":
        return rng.choice((f"{y}년 {m}월 {d}일", f"{y}.{m:02}.{d:02}", f"{y}. {m}. {d}."))
    if language == "en" or language not in MONTHS:
        name = MONTHS["en"][m - 1]
        if country in ("US", "PH", "") and roll < 0.5:
            return rng.choice(
                (
                    f"{m:02}/{d:02}/{y}",
                    f"{m}/{d}/{y}",
                    f"{m:02}-{d:02}-{y}",
                    f"{m}/{d}/{y % 100:02}",
                    f"{m:02}/{d:02}/{y % 100:02}",
                )
            )
        if country not in ("US", "PH", "") and roll < 0.5:
            return rng.choice(
                (
                    f"{d:02}/{m:02}/{y}",
                    f"{d}/{m}/{y}",
                    f"{d:02}-{m:02}-{y}",
                    f"{d:02}.{m:02}.{y}",
                    f"{d:02}/{m:02}/{y % 100:02}",
                )
            )
        return rng.choice((
            f"{name} {d}, {y}", f"{name} {d}, {y}", f"{d} {name} {y}", f"{name[:3]} {d}, {y}", f"{d} {name[:3]} {y}",
            f"{name} {ordinal(d)}, {y}", f"{ordinal(d)} {name} {y}", f"{d:02}-{name[:3]}-{y}", f"{d:02} {name[:3].upper()} {y}",
            f"the {ordinal(d)} of {name} {y}", f"{name} {d} {y}", f"{y}/{m:02}/{d:02}", f"{y}{m:02}{d:02}",
        ))  # fmt: skip
    name = MONTHS[language][m - 1]
    if language == "de":
        return rng.choice(
            (
                f"{d:02}.{m:02}.{y}",
                f"{d:02}.{m:02}.{y}",
                f"{d}.{m}.{y}",
                f"{d}. {name} {y}",
                f"{d:02}.{m:02}.{y % 100:02}",
            )
        )
    if language in ("es", "pt"):
        return rng.choice(
            (f"{d:02}/{m:02}/{y}", f"{d} de {name} de {y}", f"{d}/{m}/{y}", f"{d:02}-{m:02}-{y}")
        )
    if language in ("pl", "ru"):
        return rng.choice(
            (
                f"{d:02}.{m:02}.{y}",
                f"{d} {name} {y}",
                f"{d:02}.{m:02}.{y} {'r.' if language == 'pl' else 'г.'}",
            )
        )
    return rng.choice(
        (f"{d:02}/{m:02}/{y}", f"{d} {name} {y}", f"{d:02}-{m:02}-{y}", f"{d}/{m}/{y}")
    )


def birth(rng: random.Random, locale: str) -> str:
    """A date of birth."""
    return written(rng, locale, 1932, 2016)


def recent(rng: random.Random, locale: str) -> str:
    """A date of business, nobody's."""
    return written(rng, locale, 2004, 2028)


def day(rng: random.Random, locale: str) -> str:
    """A day without a year."""
    language = locale.partition("_")[0]
    name = rng.choice(MONTHS.get(language, MONTHS["en"]))
    number = rng.randrange(1, 29)
    if language == "en" or language not in MONTHS:
        return rng.choice(
            (
                f"{name} {number}",
                f"{name} {ordinal(number)}",
                f"{number} {name}",
                f"the {ordinal(number)}",
            )
        )
    return f"{number}. {name}" if language == "de" else f"{number} {name}"


def timestamp(rng: random.Random) -> str:
    """When something happened in a program, in the forms of logs and interfaces."""
    y, m, d = rng.randrange(2008, 2028), rng.randrange(1, 13), rng.randrange(1, 29)
    h, n, s = rng.randrange(24), rng.randrange(60), rng.randrange(60)
    name = MONTHS["en"][m - 1][:3]
    return rng.choice((
        f"{y}-{m:02}-{d:02}T{h:02}:{n:02}:{s:02}Z", f"{y}-{m:02}-{d:02} {h:02}:{n:02}:{s:02}",
        f"{y}-{m:02}-{d:02} {h:02}:{n:02}:{s:02},{rng.randrange(1000):03}", f"{y}-{m:02}-{d:02}T{h:02}:{n:02}:{s:02}.{rng.randrange(10**6):06}+00:00",
        f"{d:02}/{name}/{y}:{h:02}:{n:02}:{s:02} +0000", f"{name} {d:2} {h:02}:{n:02}:{s:02}", f"{rng.randrange(1_200_000_000, 1_800_000_000)}",
        f"{y}/{m:02}/{d:02} {h:02}:{n:02}:{s:02}", f"{h:02}:{n:02}:{s:02}.{rng.randrange(1000):03}",
    ))  # fmt: skip
