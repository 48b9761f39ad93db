"""Postal addresses: other streets, houses, codes and towns in the same layout."""

from __future__ import annotations

import re

from leaksift.synthetic.draw import Draw, cased, scrambled

# What kind of a street it is, and the little words: they stay. In small letters.
_KEPT = frozenset(
    """street st road rd avenue ave lane ln drive dr court ct boulevard blvd way place pl square sq
    terrace close crescent highway hwy parkway pkwy circle trail apt apartment suite ste unit floor
    flat north south east west n s e w ne nw se sw po box p.o house
    straße strasse str platz weg allee gasse ring am an der im zum zur auf dem
    rue avenue av boulevard bd place chemin impasse allée quai de du des la le les l d bis ter
    calle c plaza avenida avda av paseo camino carretera del el los las piso puerta no nº
    via viale piazza corso largo vicolo della dei degli ulica ul aleja al plac os m
    rua travessa praça alameda apto bloco straat laan plein weg gracht
    ул улица д дом кв проспект пр г город
    usa uk us united kingdom states germany deutschland france spain españa italy italia austria
    österreich schweiz switzerland netherlands nederland polska poland brasil brazil portugal canada
    australia ireland""".split()
)
_ENDINGS = re.compile(
    r"(?i)(stra(?:ß|ss)e|str|platz|weg|allee|gasse|ring|damm|ufer|straat|laan|plein|gracht|gatan|vägen|vej|gade)\.?$"
)
_EAST = re.compile(r"[一-鿿぀-ヿ가-힣]")


def address(draw: Draw, value: str, context: str) -> str:
    """Another address. Numbers keep their lengths, words for streets and countries and the signs
    between the parts stay; an address of the Far East is made as a whole."""
    if _EAST.search(value):
        return draw.names.whole_address(draw.by("address", value), draw.locale)
    parts = re.split(r"([,;\n]+\s*)", value)
    return "".join(
        text if place % 2 else _part(draw, text, is_first=place == 0)
        for place, text in enumerate(parts)
    )


def _part(draw: Draw, text: str, is_first: bool) -> str:
    """A part between commas: a street, a town with its code, a country."""
    words = re.findall(r"\d[\w/-]*|[^\W\d_]+(?:['’.-][^\W\d_]+)*|[^\w\s]+|\s+|\w+", text)
    is_street = is_first or any(_is_kind(word) for word in words)
    made: list[str] = []
    named = False
    for word in words:
        if any(c.isdecimal() for c in word):
            made.append(scrambled(draw.by("number", word), word))
        elif not word.strip() or not any(c.isalpha() for c in word) or _is_kept(word):
            made.append(word)
        elif ending := _ENDINGS.search(word):
            made.append(_name(draw, word[: ending.start()] or word, True).rstrip() + ending[0])
            named = True
        elif not named:
            made.append(_name(draw, word, is_street))
            named = True
        elif made and made[-1].isspace():
            # A name of two words becomes one of one.
            made.pop()
    return "".join(made) if named or made else text


def _name(draw: Draw, word: str, is_street: bool) -> str:
    rng = draw.by("street" if is_street else "town", word.casefold())
    for _ in range(5):
        name = (
            draw.names.family(rng, draw.locale) if is_street else draw.names.town(rng, draw.locale)
        )
        if name.casefold() != word.casefold():
            break
    return cased(word, name)


def _is_kind(word: str) -> bool:
    return word.casefold().strip(".") in _KEPT or _ENDINGS.search(word) is not None


def _is_kept(word: str) -> bool:
    # Two or three capitals are a state or a part of a code.
    plain = word.casefold().strip(".")
    return plain in _KEPT or (word.isupper() and len(word) <= 3) or len(word) == 1
