"""Dates in any usual form: another day, in the same form and the same decade."""

from __future__ import annotations

import random
import re

from leaksift.synthetic.draw import Draw, cased, scrambled

_MONTHS = tuple(
    tuple(names.split())
    for names in (
        "january february march april may june july august september october november december",
        "jan feb mar apr may jun jul aug sep oct nov dec",
        "januar februar märz april mai juni juli august september oktober november dezember",
        "jan feb mär apr mai jun jul aug sep okt nov dez",
        "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
        "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
        """gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre
        dicembre""",
        "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
        "januari februari maart april mei juni juli augustus september oktober november december",
        """stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października
        listopada grudnia""",
        "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
        "januari februari mars april maj juni juli augusti september oktober november december",
    )
)
_PIECE = re.compile(r"\d+|[^\W\d_]+")


def date(draw: Draw, value: str, context: str) -> str:
    """Another date. Which number is the day and which the month need not be known: where both are
    at most 12, both stay so."""
    plain = "".join(str(int(c)) if c.isdecimal() else c for c in value)
    rng = draw.by("date", plain.casefold())
    if re.fullmatch(r"(?:1[89]|20)\d{6}", plain):
        made = f"{_year(rng, plain[:4])}{rng.randrange(1, 13):02}{rng.randrange(1, 29):02}"
        return _in_script(value, made)
    pieces = list(_PIECE.finditer(plain))
    months = {n: table for n, piece in enumerate(pieces) if (table := _months(piece[0]))}
    time = re.search(r"[T ,]*\d{1,2}:\d{2}", plain)
    ends = time.start() if time else len(plain)
    numbers = [n for n, p in enumerate(pieces) if p[0].isdecimal() and p.start() < ends]
    years = [n for n in numbers if len(pieces[n][0]) == 4]
    if not years and len(numbers) >= 3:
        # 05.03.84: the year is last, unless the first number can be no day.
        years = [numbers[0] if int(pieces[numbers[0]][0]) > 31 else numbers[2]]
    elif not years and len(numbers) == 2 and months:
        years = [numbers[1]]
    small = [n for n in numbers if n not in years]
    both = not months and len(small) >= 2 and all(int(pieces[n][0]) <= 12 for n in small[:2])
    new: dict[int, str] = {}
    for place, n in enumerate(small):
        old = pieces[n][0]
        most = 12 if both or (len(small) >= 2 and int(old) <= 12 and not months) else 28
        if place >= 2:
            most = 9
        number = rng.randrange(1, most + 1)
        # As long as it was, where it was written without a nought.
        if len(old) == 1:
            number = (number - 1) % 9 + 1
        elif old[0] != "0" and number < 10 and most >= 12:
            number = rng.randrange(10, most + 1)
        new[n] = f"{number:0{len(old)}}"
    for n in years:
        new[n] = _year(rng, pieces[n][0])
    for n, table in months.items():
        new[n] = cased(
            pieces[n][0],
            rng.choice(table) if pieces[n][0].islower() else rng.choice(table).capitalize(),
        )
    made = "".join(_written(plain, pieces, new, rng, ends))
    return _in_script(value, made)


def _written(
    plain: str, pieces: list[re.Match[str]], new: dict[int, str], rng: random.Random, ends: int
) -> list[str]:
    made: list[str] = []
    at = 0
    for n, piece in enumerate(pieces):
        made.append(plain[at : piece.start()])
        text = piece[0]
        if n in new:
            text = new[n]
        elif piece.start() >= ends and text.isdecimal():
            # Hours, minutes, seconds; what follows them is a fraction or a zone.
            text = (
                f"{rng.randrange(12 if len(text) <= 2 else 10):0{len(text)}}"
                if len(text) <= 2
                else scrambled(rng, text)
            )
        elif text.casefold() in ("st", "nd", "rd", "th") and n and pieces[n - 1][0].isdecimal():
            text = cased(text, _ordinal(int(new.get(n - 1, "4"))))
        made.append(text)
        at = piece.end()
    return [*made, plain[at:]]


def _year(rng: random.Random, old: str) -> str:
    """A year of the same decade; the last digit is drawn."""
    others = [c for c in "0123456789" if c != old[-1]]
    return old[:-1] + rng.choice(others)


def _months(word: str) -> tuple[str, ...] | None:
    """The months of the language that has this one; where several have it (`may` is long and
    short, `mars` French and Swedish), those that all of them have."""
    plain = word.casefold()
    tables = [table for table in _MONTHS if plain in table]
    if not tables:
        return None
    return tuple(month for month in tables[0] if all(month in table for table in tables))


def _ordinal(number: int) -> str:
    if number % 100 in (11, 12, 13):
        return "th"
    return {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")


def _in_script(value: str, made: str) -> str:
    """The digits in the script of the value."""
    found = next((c for c in value if c.isdecimal() and not c.isascii()), None)
    if found is None:
        return made
    zero = ord(found) - int(found)
    return "".join(chr(zero + int(c)) if c.isdecimal() else c for c in made)
