"""Dates as people and programs write them, in many languages."""

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
    "uk": tuple("січня лютого березня квітня травня червня липня серпня вересня жовтня листопада грудня".split()),
    "sv": tuple("januari februari mars april maj juni juli augusti september oktober november december".split()),
    "da": tuple("januar februar marts april maj juni juli august september oktober november december".split()),
    "no": tuple("januar februar mars april mai juni juli august september oktober november desember".split()),
    "fi": tuple("tammikuuta helmikuuta maaliskuuta huhtikuuta toukokuuta kesäkuuta heinäkuuta elokuuta syyskuuta lokakuuta marraskuuta joulukuuta".split()),
    "cs": tuple("ledna února března dubna května června července srpna září října listopadu prosince".split()),
    "sk": tuple("januára februára marca apríla mája júna júla augusta septembra októbra novembra decembra".split()),
    "tr": tuple("Ocak Şubat Mart Nisan Mayıs Haziran Temmuz Ağustos Eylül Ekim Kasım Aralık".split()),
    "ro": tuple("ianuarie februarie martie aprilie mai iunie iulie august septembrie octombrie noiembrie decembrie".split()),
    "hu": tuple("január február március április május június július augusztus szeptember október november december".split()),
    "hr": tuple("siječnja veljače ožujka travnja svibnja lipnja srpnja kolovoza rujna listopada studenoga prosinca".split()),
    "el": tuple("Ιανουαρίου Φεβρουαρίου Μαρτίου Απριλίου Μαΐου Ιουνίου Ιουλίου Αυγούστου Σεπτεμβρίου Οκτωβρίου Νοεμβρίου Δεκεμβρίου".split()),
    "bg": tuple("януари февруари март април май юни юли август септември октомври ноември декември".split()),
    "ar": tuple("يناير فبراير مارس أبريل مايو يونيو يوليو أغسطس سبتمبر أكتوبر نوفمبر ديسمبر".split()),
    "hi": tuple("जनवरी फ़रवरी मार्च अप्रैल मई जून जुलाई अगस्त सितंबर अक्टूबर नवंबर दिसंबर".split()),
    "id": tuple("Januari Februari Maret April Mei Juni Juli Agustus September Oktober November Desember".split()),
    "he": tuple("בינואר בפברואר במרץ באפריל במאי ביוני ביולי באוגוסט בספטמבר באוקטובר בנובמבר בדצמבר".split()),
    "th": tuple("มกราคม กุมภาพันธ์ มีนาคม เมษายน พฤษภาคม มิถุนายน กรกฎาคม สิงหาคม กันยายน ตุลาคม พฤศจิกายน ธันวาคม".split()),
}  # fmt: skip
MONTH_FIRST = ("US", "PH", "")
ONES = "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth".split()
# First year of a Japanese era.
ERAS = (("令和", 2019, "R"), ("平成", 1989, "H"), ("昭和", 1926, "S"))


def ordinal(day: int) -> str:
    """`3` as `3rd`."""
    if day in (11, 12, 13):
        return f"{day}th"
    return f"{day}{({1: 'st', 2: 'nd', 3: 'rd'}).get(day % 10, 'th')}"


def spelled(day: int) -> str:
    """`21` as `twenty-first`."""
    if day <= 20:
        return ONES[day - 1]
    return f"twenty-{ONES[day - 21]}" if day < 30 else "thirtieth" if day == 30 else "thirty-first"


def written(rng: random.Random, locale: str, first: int, last: int) -> str:
    """A date between the years `first` and `last`, in a form usual for `locale`."""
    y, m, d = rng.randrange(first, last), rng.randrange(1, 13), rng.randrange(1, 29)
    language, _, country = locale.partition("_")
    if rng.random() < (0.05 if language in ("zh", "ja", "ko") else 0.15):
        return rng.choice(
            (f"{y}-{m:02}-{d:02}",) * 8
            + (f"{y}/{m:02}/{d:02}", f"{y}{m:02}{d:02}", f"{y}.{m:02}.{d:02}")
        )
    if language == "zh":
        return chinese(rng, y, m, d, country)
    if language == "ja":
        return japanese(rng, y, m, d)
    if language == "ko":
        return rng.choice(
            (
                f"{y}년 {m}월 {d}일",
                f"{y}년 {m:02}월 {d:02}일",
                f"{y}년{m}월{d}일",
                f"{y}.{m:02}.{d:02}",
                f"{y}. {m}. {d}.",
                f"{y}.{m}.{d}.",
                f"{y}-{m:02}-{d:02}",
                f"{y % 100:02}.{m:02}.{d:02}",
                f"{y % 100:02}{m:02}{d:02}",
            )
        )
    if language == "en" or language not in MONTHS:
        return english(rng, y, m, d, country)
    return european(rng, y, m, d, language, country)


def chinese(rng: random.Random, y: int, m: int, d: int, country: str) -> str:
    """A date in Chinese; in Taiwan also by the years of the republic."""
    forms = (
        f"{y}年{m}月{d}日",
        f"{y}年{m}月{d}日",
        f"{y}年{m:02}月{d:02}日",
        f"{y}/{m:02}/{d:02}",
        f"{y}-{m:02}-{d:02}",
        f"{y}.{m}.{d}",
        f"{y}.{m:02}.{d:02}",
        f"{y} 年 {m} 月 {d} 日",
        f"{y}{m:02}{d:02}",
        f"{y}/{m}/{d}",
    )
    if country == "TW" and y > 1911 and rng.random() < 0.4:
        return rng.choice(
            (
                f"民國{y - 1911}年{m}月{d}日",
                f"民國 {y - 1911} 年 {m} 月 {d} 日",
                f"{y - 1911}/{m:02}/{d:02}",
            )
        )
    return rng.choice(forms)


def japanese(rng: random.Random, y: int, m: int, d: int) -> str:
    """A date in Japanese, now and then by the era."""
    if rng.random() < 0.25:
        era, start, letter = next(era for era in ERAS if y >= era[1])
        year = y - start + 1
        return rng.choice(
            (
                f"{era}{'元' if year == 1 else year}年{m}月{d}日",
                f"{era}{year}年{m}月{d}日",
                f"{letter}{year}.{m}.{d}",
                f"{era}{year}年{m:02}月{d:02}日",
            )
        )
    return rng.choice(
        (
            f"{y}年{m}月{d}日",
            f"{y}年{m}月{d}日",
            f"{y}年{m:02}月{d:02}日",
            f"{y}/{m:02}/{d:02}",
            f"{y}/{m}/{d}",
            f"{y}.{m}.{d}",
            f"{y}-{m:02}-{d:02}",
            f"{y} 年 {m} 月 {d} 日",
        )
    )


def english(rng: random.Random, y: int, m: int, d: int, country: str) -> str:
    """A date in English, in the order of the country."""
    name = MONTHS["en"][m - 1]
    if rng.random() < 0.42:
        a, b = (m, d) if country in MONTH_FIRST else (d, m)
        return rng.choice(
            (
                f"{a:02}/{b:02}/{y}",
                f"{a:02}/{b:02}/{y}",
                f"{a}/{b}/{y}",
                f"{a}/{b}/{y}",
                f"{a:02}-{b:02}-{y}",
                f"{a}-{b}-{y}",
                f"{a}/{b}/{y % 100:02}",
                f"{a:02}/{b:02}/{y % 100:02}",
                f"{a:02}.{b:02}.{y}",
                f"{a:02}-{b:02}-{y % 100:02}",
                f"{a:02} / {b:02} / {y}",
                f"{a:02} {b:02} {y}",
            )
        )
    short = name[:3]
    text = rng.choice((
        f"{name} {d}, {y}", f"{name} {d}, {y}", f"{d} {name} {y}", f"{d} {name} {y}", f"{short} {d}, {y}", f"{d} {short} {y}", f"{short}. {d}, {y}",
        f"{name} {ordinal(d)}, {y}", f"{ordinal(d)} {name} {y}", f"{ordinal(d)} {name}, {y}", f"{d:02}-{short}-{y}", f"{d:02} {short.upper()} {y}", f"{d:02}-{short.upper()}-{y}",
        f"{ordinal(d)} of {name} {y}", f"{ordinal(d)} of {name}, {y}", f"{name} {d} {y}", f"{name} {ordinal(d)} {y}", f"{d}-{short}-{y % 100:02}", f"{short} {d} '{y % 100:02}",
        f"{name} the {spelled(d)}, {y}", f"{spelled(d)} of {name} {y}", f"{name} {spelled(d)} {y}", f"{d:02}{short.upper()}{y}", f"{short} {ordinal(d)} {y}", f"{d} {name}, {y}",
    ))  # fmt: skip
    return text.lower() if rng.random() < 0.03 else text


def european(rng: random.Random, y: int, m: int, d: int, language: str, country: str) -> str:
    """A date in another language of Europe or written from left to right like them."""
    name, short = MONTHS[language][m - 1], y % 100
    mark = "." if language in DOTTED or country in ("CH", "AT") else "/"
    if country == "CA":
        return rng.choice(
            (
                f"{y}-{m:02}-{d:02}",
                f"{d} {name} {y}",
                f"{d:02}/{m:02}/{y}",
                f"le {d} {name} {y}"[3:],
            )
        )
    if rng.random() < 0.5:
        plain = (f"{d:02}{mark}{m:02}{mark}{y}",) * 4
        more = (
            f"{d}{mark}{m}{mark}{y}",
            f"{d:02}{mark}{m:02}{mark}{short:02}",
            f"{d:02}-{m:02}-{y}",
            f"{d:02} {m:02} {y}",
            f"{d:02}/{m:02}/{y}",
            f"{d}. {m}. {y}" if mark == "." else f"{d}-{m}-{y}",
        )
        text = rng.choice((*plain, *more))
        return (
            f"{text} г."
            if language == "ru" and rng.random() < 0.15
            else f"{text} r."
            if language == "pl" and rng.random() < 0.15
            else text
        )
    if language in ("es", "pt"):
        return rng.choice(
            (f"{d} de {name} de {y}",) * 3
            + (
                f"{d} de {name} del {y}" if language == "es" else f"{d} de {name.title()} de {y}",
                f"{d}/{name[:3]}/{y}",
                f"{d} {name} {y}",
                f"{d}-{name[:3]}-{y}",
            )
        )
    if language in ("de", "da", "no", "fi", "cs", "sk", "hr"):
        return rng.choice(
            (f"{d}. {name} {y}", f"{d}. {name} {y}", f"{d:02}. {name} {y}", f"{d}. {name[:3]}. {y}")
        )
    if language == "hu":
        return rng.choice((f"{y}. {name} {d}.", f"{y}.{m:02}.{d:02}.", f"{y}. {m:02}. {d:02}."))
    if language == "fr" and d == 1:
        return f"1er {name} {y}"
    if language == "he":
        return f"{d} {name} {y}"
    return rng.choice(
        (
            f"{d} {name} {y}",
            f"{d} {name} {y}",
            f"{d:02} {name} {y}",
            f"{d} {name.upper()} {y}",
            f"{d} {name} {y} {({'ru': 'г.', 'uk': 'р.', 'pl': 'r.', 'bg': 'г.', 'ar': 'م'}).get(language, '')}".strip(),
        )
    )


DOTTED = ("de", "pl", "ru", "uk", "cs", "sk", "fi", "no", "da", "tr", "ro", "hu", "hr", "bg")


def birth(rng: random.Random, locale: str) -> str:
    """A date of birth."""
    return written(rng, locale, 1932, 2019)


def recent(rng: random.Random, locale: str) -> str:
    """A date of business, nobody's."""
    return written(rng, locale, 2004, 2028)


def day(rng: random.Random, locale: str) -> str:
    """A day without a year."""
    language = locale.partition("_")[0]
    month, number = rng.randrange(12), rng.randrange(1, 29)
    if language in ("zh", "ja"):
        return f"{month + 1}月{number}日"
    if language == "ko":
        return f"{month + 1}월 {number}일"
    name = MONTHS.get(language, MONTHS["en"])[month]
    if language == "en" or language not in MONTHS:
        return rng.choice(
            (
                f"{name} {number}",
                f"{name} {ordinal(number)}",
                f"{number} {name}",
                f"the {ordinal(number)} of {name}"[4:],
                f"{name[:3]} {number}",
            )
        )
    if language in ("es", "pt"):
        return f"{number} de {name}"
    return (
        f"{number}. {name}"
        if language in ("de", "da", "no", "fi", "cs", "sk", "hr")
        else f"{number} {name}"
    )


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
