"""Templates: texts with slots, read from `templates/*.txt`, filled with made-up values.

A file starts with lines `name: value` (`kind`, `locale`, `category`), then `=====` before every
template. In a template

    «email»        is a slot: the value is labelled (see `LABELLED`), unlabelled (`neutral.MAKERS`),
                   or nobody vouches for it (`UNKNOWN`);
    «email#2»      belongs to the second person of the document; without a number, to the first;
    «?Dear|Hello»  is one of these words;
    «*2-6» … «/»   is repeated 2 to 6 times, each time about other people.

The characters « and » were chosen because no programming language uses them, so nothing needs
to be escaped. This module knows the syntax and the slots; which templates make up a document is
decided in `generate`.
"""

# ruff: noqa: E501
# Tables of values read better on one line.
from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from leaksift.finding import Category, Label
from training.example import LabelledSpan
from training.pools import accounts, dates, links, neutral, people, phones, places, secrets
from training.pools.lists import Lists
from training.pools.people import Person
from training.pools.split import Split, part_of

FOLDER = Path(__file__).with_name("templates")
DEV_SHARE = 0.17
# Chosen so that the development files are of every sort: code, forms, letters, logs, negatives.
SALT = "template 19506"


class TemplateError(ValueError):
    """A template file that cannot be read; says which and why."""


@dataclass(frozen=True)
class Slot:
    """A place for a value of the `person`-th person."""

    name: str
    person: int


@dataclass(frozen=True)
class Choice:
    """One of several literal texts."""

    options: tuple[str, ...]


@dataclass(frozen=True)
class Repeat:
    """Parts that occur `least` to `most` times, about new people each time."""

    least: int
    most: int
    parts: tuple[Part, ...]


Part = str | Slot | Choice | Repeat


@dataclass(frozen=True)
class Template:
    """One text with slots. `origin` is its file and number in it."""

    parts: tuple[Part, ...]
    origin: str
    kind: str
    locale: str | None
    category: Category | None
    labels: frozenset[Label]


@dataclass
class Filling:
    """A document while it is being written: the text so far, its spans, its people."""

    rng: random.Random
    lists: Lists
    split: Split
    locale: str | None = None
    pieces: list[str] = field(default_factory=list)
    length: int = 0
    spans: list[LabelledSpan] = field(default_factory=list)
    unknown: list[tuple[int, int]] = field(default_factory=list)
    people: dict[int, Person] = field(default_factory=dict)
    fixed: dict[Slot, str] = field(default_factory=dict)

    def person(self, number: int) -> Person:
        """The `number`-th person of the document, made up when first asked for."""
        if number not in self.people:
            self.people[number] = people.make(self.rng, self.lists, self.locale)
        return self.people[number]

    def write(self, text: str) -> None:
        """Adds text without a label."""
        self.pieces.append(text)
        self.length += len(text)

    def write_labelled(self, text: str, label: Label) -> None:
        """Adds a value and marks it."""
        # Values with blanks at their ends would make spans that no reader of the file would draw.
        text = text.strip()
        if text:
            self.spans.append(LabelledSpan(self.length, self.length + len(text), label))
        self.write(text)

    def write_unknown(self, text: str) -> None:
        """Adds a value that is left out of training and measuring."""
        if text:
            self.unknown.append((self.length, self.length + len(text)))
        self.write(text)

    def indent(self) -> str:
        """The white space or comment sign that starts the current line."""
        tail = "".join(self.pieces[-8:]).rpartition("\n")[2]
        found = re.match(r"[ \t]*(?:[#*;] ?|// ?|-- ?)?", tail)
        return found.group() if found else ""


Maker = Callable[[Filling, Person], str]
LABELLED: Mapping[str, tuple[Label, Maker]] = {
    "name": ("private_person", lambda f, p: people.any_form(f.rng, p)),
    "full": ("private_person", lambda f, p: people.full(f.rng, p)),
    "first": ("private_person", lambda f, p: people.first(f.rng, p)),
    "last": ("private_person", lambda f, p: p.last),
    "lastfirst": ("private_person", lambda f, p: people.last_first(f.rng, p)),
    "initials": ("private_person", lambda f, p: people.initials(f.rng, p)),
    "email": ("private_email", lambda f, p: people.email(f.rng, f.lists, p)),
    "corpemail": ("private_email", lambda f, p: people.email(f.rng, f.lists, p, corporate=True)),
    "phone": ("private_phone", lambda f, p: phones.phone(f.rng, f.lists, p.locale)),
    "address": ("private_address", lambda f, p: places.address(f.rng, f.lists, p.locale)),
    "addresslines": ("private_address", lambda f, p: places.address_lines(f.rng, f.lists, p.locale, f.indent())),
    "street": ("private_address", lambda f, p: places.street(f.rng, f.lists, p.locale)),
    "dob": ("private_date", lambda f, p: dates.birth(f.rng, p.locale)),
    "birthday": ("private_date", lambda f, p: dates.day(f.rng, p.locale)),
    "lifedate": ("private_date", lambda f, p: dates.written(f.rng, p.locale, 1960, 2027)),
    "url": ("private_url", lambda f, p: links.private(f.rng, f.lists, p)),
    "account": ("account_number", lambda f, p: accounts.any_account(f.rng, f.lists, p.locale)),
    "card": ("account_number", lambda f, p: accounts.card(f.rng)),
    "iban": ("account_number", lambda f, p: accounts.iban(f.rng, p.locale)),
    "bank": ("account_number", lambda f, p: accounts.bank(f.rng, p.locale)),
    "routing": ("account_number", lambda f, p: accounts.routing(f.rng)),
    "national": ("account_number", lambda f, p: accounts.national(f.rng, f.lists, p.locale)),
    "ssn": ("account_number", lambda f, p: accounts.ssn(f.rng)),
    "passport": ("account_number", lambda f, p: accounts.passport(f.rng, p.locale)),
    "licence": ("account_number", lambda f, p: accounts.licence(f.rng, p.locale)),
    "customer": ("account_number", lambda f, p: accounts.reference(f.rng, "customer")),
    "policy": ("account_number", lambda f, p: accounts.reference(f.rng, "policy")),
    "member": ("account_number", lambda f, p: accounts.reference(f.rng, "member")),
    "mrn": ("account_number", lambda f, p: accounts.reference(f.rng, "mrn")),
    "employee": ("account_number", lambda f, p: accounts.reference(f.rng, "employee")),
    "student": ("account_number", lambda f, p: accounts.reference(f.rng, "student")),
    "loan": ("account_number", lambda f, p: accounts.reference(f.rng, "loan")),
    "crypto": ("account_number", lambda f, p: accounts.crypto(f.rng)),
    "password": ("secret", lambda f, p: secrets.password(f.rng, f.lists)),
    "urlpassword": ("secret", lambda f, p: secrets.url_password(f.rng, f.lists)),
    "token": ("secret", lambda f, p: secrets.token(f.rng, f.split)),
    "provider": ("secret", lambda f, p: secrets.provider_token(f.rng, f.split)),
    "key": ("secret", lambda f, p: secrets.random_key(f.rng)),
    "jwt": ("secret", lambda f, p: secrets.jwt(f.rng)),
    "awsid": ("secret", lambda f, p: secrets.PROVIDERS["aws id"](f.rng)),
    "awssecret": ("secret", lambda f, p: secrets.PROVIDERS["aws secret"](f.rng)),
    "pem": ("secret", lambda f, p: secrets.private_key(f.rng, "\n" + f.indent())),
    "pemline": ("secret", lambda f, p: secrets.private_key(f.rng, "\\n")),
    "pin": ("secret", lambda f, p: f"{f.rng.randrange(10**4):04}" if f.rng.random() < 0.7 else str(f.rng.randrange(10**5, 10**6))),
}  # fmt: skip
"""What is private, by slot. Titles (Dr, Frau) stand outside of names; an address is one span with
its town and postal code; a private key is one span from its BEGIN to its END line."""

UNKNOWN: Mapping[str, Maker] = {
    # A login may be a name or a role; no published definition says which side it is on.
    "user": lambda f, p: p.user if f.rng.random() < 0.8 else f.rng.choice(neutral.ROLES),
    "handle": lambda f, p: "@" + p.user,
    "city": lambda f, p: places.city(f.rng, f.lists, p.locale),
    "postcode": lambda f, p: places.postcode(f.rng, f.lists, p.locale),
    "visit": lambda f, p: dates.written(f.rng, p.locale, 2015, 2028),
    "doe": lambda f, _: f.rng.choice(("John Doe", "Jane Doe", "Jane Smith", "John Smith", "Max Mustermann", "Erika Mustermann", "Juan Pérez", "Jean Dupont", "Mario Rossi", "Jan Kowalski")),
    "cvv": lambda f, _: str(f.rng.randrange(100, 1000)),
    "hashed": lambda f, _: f"$2b$12${secrets.chars(f.rng, secrets.ALNUM + './', 53)}",
}  # fmt: skip
"""What may or may not be private: a town on its own, the date of a visit, a login."""

DATED: Mapping[str, Maker] = {
    "date": lambda f, p: dates.recent(f.rng, p.locale),
    "ts": lambda f, _: dates.timestamp(f.rng),
    "link": lambda f, _: links.public(f.rng, f.lists),
    # Whoever publishes a package puts a name on it: not private, but it must look like a name.
    "author": lambda f, p: people.full(f.rng, p),
    "authormail": lambda f, p: people.email(f.rng, f.lists, p),
    "job": lambda f, p: f.rng.choice(f.lists.places[p.locale].jobs or ("engineer",)) if p.locale in f.lists.places else "engineer",
    "login": lambda f, p: f.rng.choice(neutral.ROLES),
}  # fmt: skip
"""Not private: dates of business, times, public pages, the authors of published works."""

REPEATABLE = frozenset(
    (
        "name",
        "ts",
        "int",
        "word",
        "small",
        "sha",
        "uuid",
        "title",
        "ident",
        "words",
        "version",
        "path",
        "amount",
        "hex",
        "b64",
        "percent",
        "link",
        "ref",
        "time",
        "first",
        "date",
        "account",
        "token",
        "password",
        "key",
        "url",
        "phone",
        "upper",
        "nonce",
        "ip",
        "placeholder",
        "anyone",
        "integrity",
        "org",
        "thing",
        "lifedate",
        "provider",
        "jwt",
        "place",
        "year",
    )
)
"""Slots that give another value each time; all others give the same one to the same person."""

_SYNTAX = re.compile(
    r"«(?:(?P<slot>[a-z]\w*)(?:#(?P<person>\d))?|\?(?P<choice>[^»]*)|\*(?P<least>\d+)-(?P<most>\d+)|(?P<end>/))»"
)


def parse(text: str, where: str) -> tuple[Part, ...]:
    """The parts of a template. Raises TemplateError on unknown slots and unclosed repeats."""
    stack: list[tuple[int, int, list[Part]]] = [(0, 0, [])]
    position = 0
    for found in _SYNTAX.finditer(text):
        if found.start() > position:
            stack[-1][2].append(text[position : found.start()])
        position = found.end()
        name = found["slot"]
        if name:
            if not (name in LABELLED or name in UNKNOWN or name in DATED or name in neutral.MAKERS):
                raise TemplateError(f"{where}: no slot is called «{name}»")
            stack[-1][2].append(Slot(name, int(found["person"] or 1)))
        elif found["choice"] is not None:
            stack[-1][2].append(Choice(tuple(found["choice"].split("|"))))
        elif found["least"]:
            stack.append((int(found["least"]), int(found["most"]), []))
        else:
            if len(stack) == 1:
                raise TemplateError(f"{where}: «/» without a «*»")
            least, most, parts = stack.pop()
            stack[-1][2].append(Repeat(least, most, tuple(parts)))
    if len(stack) > 1:
        raise TemplateError(f"{where}: «*» without a «/»")
    stack[0][2].append(text[position:])
    return tuple(stack[0][2])


def labels_of(parts: Iterable[Part]) -> frozenset[Label]:
    """The labels that a template with these parts gives."""
    found: set[Label] = set()
    for part in parts:
        if isinstance(part, Slot) and part.name in LABELLED:
            found.add(LABELLED[part.name][0])
        elif isinstance(part, Repeat):
            found |= labels_of(part.parts)
    return frozenset(found)


def fill(parts: Sequence[Part], filling: Filling) -> None:
    """Writes the parts of a template into `filling`."""
    rng = filling.rng
    for part in parts:
        if isinstance(part, str):
            filling.write(part)
        elif isinstance(part, Choice):
            filling.write(rng.choice(part.options))
        elif isinstance(part, Slot):
            write_slot(part, filling)
        else:
            before = filling.people, filling.fixed
            for _ in range(rng.randrange(part.least, part.most + 1)):
                filling.people, filling.fixed = {}, {}
                fill(part.parts, filling)
            filling.people, filling.fixed = before


def write_slot(slot: Slot, filling: Filling) -> None:
    """Writes the value of one slot with its label."""
    neutral_maker = neutral.MAKERS.get(slot.name)
    if neutral_maker is not None:
        filling.write(neutral_maker(filling.rng, filling.lists))
        return
    person = filling.person(slot.person)
    labelled = LABELLED.get(slot.name)
    maker = labelled[1] if labelled else UNKNOWN.get(slot.name) or DATED[slot.name]
    value = filling.fixed.get(slot)
    if value is None:
        value = maker(filling, person)
        if slot.name not in REPEATABLE:
            filling.fixed[slot] = value
    if labelled:
        filling.write_labelled(value, labelled[0])
    elif slot.name in UNKNOWN:
        filling.write_unknown(value)
    else:
        filling.write(value)


def read(file: Path) -> list[Template]:
    """The templates of one file. Raises TemplateError."""
    head, *bodies = re.split(r"(?m)^=====\n", file.read_text(encoding="utf-8"))
    settings = dict(re.findall(r"(?m)^(\w+): *(.+)$", head))
    if "kind" not in settings or not bodies:
        raise TemplateError(f"{file.name}: starts with `kind: …` and holds templates after =====")
    templates = []
    for number, body in enumerate(bodies, 1):
        origin = f"template {file.stem} {number}"
        parts = parse(body.rstrip("\n"), origin)
        templates.append(
            Template(
                parts, origin, settings["kind"], settings.get("locale"),
                settings.get("category"), labels_of(parts),
            )
        )  # fmt: skip
    return templates


@lru_cache(maxsize=2)
def load(split: Split) -> tuple[Template, ...]:
    """All templates of one split. A file belongs to one split as a whole."""
    files = sorted(FOLDER.glob("*.txt"))
    return tuple(
        template
        for file in files
        if part_of(file.stem, dev_share=DEV_SHARE, salt=SALT) == split
        for template in read(file)
    )
