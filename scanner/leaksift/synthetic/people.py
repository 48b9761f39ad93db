"""Names of people, part by part: the same given name gives the same, in a name and in an
address."""

from __future__ import annotations

import re

from leaksift.synthetic.draw import Draw, cased

_TITLES = frozenset(
    """mr mrs ms miss mx dr prof sir dame lady lord rev fr herr frau fräulein hr fr dipl ing mag med
    phil m mme mlle monsieur madame sr sra srta don doña señor señora dott dott.ssa sig signor
    signora pan pani dhr mevr mw jr sr ii iii iv phd md esq hon""".split()
)
_PARTICLES = frozenset(
    """van von der den de del della di da do dos das du la le les ten ter zu zum zur vom y e al el
    bin ibn ben af av""".split()
)
_TOGETHER = re.compile(r"[一-鿿぀-ヿ가-힣]+")


def person(draw: Draw, value: str, context: str) -> str:
    """Another name with as many parts: titles, particles, commas and blanks stay, an initial
    becomes an initial, capitals become capitals."""
    if match := _TOGETHER.fullmatch(value.replace(" ", "").replace("・", "")):
        return _unspaced(draw, value, match[0])
    words = list(re.finditer(r"[^\W\d_]+(?:['’][^\W\d_]+)*", value))
    names = [w for w in words if not _is_kept(w[0])]
    if not names:
        names = words
    family = _family_places(value, names, context)
    made: list[str] = []
    at = 0
    for place, word in enumerate(names):
        made += (value[at : word.start()], part(draw, word[0], place in family))
        at = word.end()
    return "".join(made) + value[at:]


def part(draw: Draw, word: str, is_family: bool) -> str:
    """Another given or family name in the case of the old one; one letter for one letter."""
    kind = "family" if is_family else "given"
    rng = draw.by(kind, _plain(word))
    for _ in range(10):
        if is_family:
            name = draw.names.family(rng, draw.locale)
        else:
            name = draw.names.given(rng, draw.locale, word)
        name = name.split()[-1] if is_family else name.split()[0].split("-")[0]
        if _plain(name) != _plain(word) and (
            len(word) > 1 or name[0].casefold() != word.casefold()
        ):
            break
    return name[0].upper() if len(word) == 1 else cased(word, name)


def _plain(word: str) -> str:
    """A name as mail addresses write it, so that both are the same person's."""
    import unicodedata

    word = word.casefold().replace("ä", "ae").replace("ö", "oe").replace("ü", "ue")
    return "".join(c for c in unicodedata.normalize("NFKD", word) if not unicodedata.combining(c))


def _family_places(value: str, names: list[re.Match[str]], context: str) -> set[int]:
    comma = value.find(",")
    if comma != -1:
        before = {n for n, name in enumerate(names) if name.start() < comma}
        if len(before) < len(names):
            return before
    if re.search(r"(?i)first|given|forename|vorname|pr[eé]nom|voornaam|имя|middle", context):
        return set()
    if len(names) == 1:
        last = r"(?i)last|sur|family|nachname|familienname|cognome|apellido|achternaam|фамилия"
        titled = value[: names[0].start()].strip(" .") != ""
        return {0} if titled or re.search(last, context) else set()
    # What hangs on the last part by a hyphen belongs to it.
    last_places = {len(names) - 1}
    for place in range(len(names) - 2, 0, -1):
        if value[names[place].end() : names[place + 1].start()] != "-":
            break
        last_places.add(place)
    return last_places


def _is_kept(word: str) -> bool:
    plain = word.casefold()
    return (plain in _TITLES and len(word) > 1) or plain in _PARTICLES


def _unspaced(draw: Draw, value: str, name: str) -> str:
    """A name of the Far East: the family name first, as many signs as Faker has."""
    rng = draw.by("name", name)
    blank = re.search(r"[ ・]", value)
    for _ in range(20):
        family = draw.names.family(rng, draw.locale)
        given = draw.names.given(rng, draw.locale)
        if len(family + given) == len(name):
            break
    return family + (blank[0] if blank else "") + given
