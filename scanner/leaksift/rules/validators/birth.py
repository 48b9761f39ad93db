"""Whether what stands behind words like `date of birth` is a date on which somebody can be born."""

from __future__ import annotations

import re
from datetime import date

from leaksift.rules.validators.candidate import Candidate

# The first letters of the months' names in English, German, French, Spanish, Italian, Portuguese,
# Dutch, Scandinavian languages, Polish, Czech, Russian, Ukrainian and Turkish, in lower case.
_MONTHS = (
    "jan gen ene янв січ oca led sty",
    "feb fév fev lut úno фев лют şub",
    "mar mär mrt bře мар бер",
    "apr avr abr kwi dub апр кві nis",
    "may mai mag maj mei kvě мая май тра",
    "jun juin giu cze červ июн чер haz",
    "jul juil lug lip červenec července июл лип tem",
    "aug aoû aou ago sie srp авг сер ağu",
    "sep set wrz zář сен вер eyl",
    "oct okt ott out paź říj окт жов eki",
    "nov lis ноя лис kas",
    "dec dez déc dic gru pro дек гру ara",
)
_NUMBERS = {prefix: number for number, names in enumerate(_MONTHS, 1) for prefix in names.split()}
_PARTS = re.compile(r"[0-9]+|[^\W\d_]{3,}")
_DEFAULTS = {date(1900, 1, 1), date(1970, 1, 1), date(1980, 1, 1), date(1990, 1, 1)} | {
    date(1990, 1, 2),
    date(2000, 1, 1),
    date(1999, 12, 31),
    date(2000, 12, 31),
    date(1979, 5, 27),  # the example on the front page of TOML
}
# Nobody who lives was born before, and the upper end is fixed, not the clock's: the same text gives
# the same findings on every day.
_EARLIEST, _LATEST = 1905, 2035


def birth_date(candidate: Candidate) -> bool:
    """A date of the calendar in the years in which people who live now were born.

    Dates that programs use as defaults (the first of January 1970) are nobody's.
    """
    return any(_is_plausible(one) for one in _readings(candidate.value))


def _readings(value: str) -> list[tuple[int, int, int]]:
    """(year, month, day) in every order in which the date can be read."""
    if value.isascii() and value.isdigit():
        if len(value) != 8:
            return []
        year_first = int(value[:4]), int(value[4:6]), int(value[6:])
        year_last = int(value[4:]), int(value[2:4]), int(value[:2])
        return [year_first, year_last, (year_last[0], year_last[2], year_last[1])]
    parts = _PARTS.findall(value)
    numbers = [part for part in parts if part.isdecimal()]
    names = [month for part in parts if (month := _month(part)) is not None]
    if len(names) == 1 and len(numbers) == 2:
        first, second = numbers
        day, year = (second, first) if len(first) == 4 else (first, second)
        return [(_year(year), names[0], int(day))]
    if len(numbers) != 3 or len(parts) != 3:
        return []
    first, middle, last = numbers
    if len(first) == 4:
        return [(int(first), int(middle), int(last))]
    return [(_year(last), int(middle), int(first)), (_year(last), int(first), int(middle))]


def _month(word: str) -> int | None:
    word = word.lower()
    # The longest beginning decides: `červenec` is July, `červen` June.
    found = [prefix for prefix in _NUMBERS if word.startswith(prefix)]
    return _NUMBERS[max(found, key=len)] if found else None


def _year(digits: str) -> int:
    year = int(digits)
    if len(digits) == 2:
        return year + (2000 if year <= _LATEST - 2000 else 1900)
    return year


def _is_plausible(reading: tuple[int, int, int]) -> bool:
    try:
        day = date(*reading)
    except ValueError:
        return False
    return _EARLIEST <= day.year <= _LATEST and day not in _DEFAULTS
