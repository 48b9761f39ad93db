"""Step `generate`: labelled examples without end, from templates, real text and made-up values.

    from training.generate import examples, document_examples

`examples(seed, split)` gives short documents with all private data marked; `document_examples`
texts of a known category; `python -m training generate` writes the fixed development sets (see
`devsets`). The same seed gives the same examples. Everything comes from the work folder of step
`data` and the files in `templates/`; the standard library is enough.

What training and development share is nothing: template files, field names, lines, values and
background packages each belong to one of them (`pools.split`), tweets by section, categories by
subject or source.

Conventions: a person's name without title; handles and logins unknown; an address one span with
town and postal code; dates of birth and of other events of somebody's life, never those of
business; URLs that show or give access to somebody's things; numbers under which somebody is kept
(cards, accounts, national numbers, documents, customers, policies), not those of orders and
invoices; passwords, keys, tokens and whole private keys. The authors that a package, licence or
copyright line names on purpose are not private.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice
from pathlib import Path

from leaksift.finding import Category
from training import fields, real_secrets, spoken, template
from training.background import doubtful
from training.data import WORK
from training.draw import (
    BACKGROUND_WEIGHTS,
    FILE_WEIGHTS,
    NOTES,
    PROSE,
    PROSE_WEIGHTS,
    by_kind,
    drawn,
    group_of,
    home,
    locale_for,
)
from training.example import Example, LabelledSpan
from training.layout import as_patch, hurried, lowered, misread, roughened
from training.pools import lists, people
from training.pools.lists import Lists
from training.pools.split import Split, part_of
from training.template import Filling, Template

PACKAGE_DEV_SHARE = 0.12

COMMENTS = {
    "py": "# ",
    "sh": "# ",
    "yaml": "# ",
    "rb": "# ",
    "ini": "# ",
    "toml": "# ",
    "js": "// ",
    "java": "// ",
    "go": "// ",
    "rs": "// ",
    "c": "// ",
    "php": "// ",
    "sql": "-- ",
}
WRITTEN_SHARE = 0.6
"""Of the texts of a category, how many come from templates: they alone are as people ask."""
ENOUGH_TEXTS = 200
"""A source of a category with fewer texts is drawn less often, so that none is learned by heart."""
BACKGROUND_SHARE = 0.3
"""Of the texts about computers, how many are code and its documentation."""

Tweet = tuple[str, Sequence[tuple[int, int]]]


@dataclass(frozen=True)
class Piece:
    """Background text and the package it comes from."""

    text: str
    package: str


@dataclass(frozen=True)
class World:
    """All that one split draws from."""

    split: Split
    lists: Lists
    fields: fields.Fields
    templates: Mapping[str, Sequence[Template]]
    """By kind of file."""
    clean: Sequence[Template]
    private: Sequence[Template]
    prose: Sequence[Template]
    clean_kinds: Mapping[str, Mapping[str, Sequence[Template]]]
    """By kind of file and language; so are the next three."""
    kinds: Mapping[str, Mapping[str, Sequence[Template]]]
    private_kinds: Mapping[str, Mapping[str, Sequence[Template]]]
    prose_kinds: Mapping[str, Mapping[str, Sequence[Template]]]
    background: Mapping[str, Sequence[Piece]]
    tweets: Sequence[Tweet]
    people: Sequence[Tweet]
    """The tweets that name somebody."""
    stories: spoken.Stories
    """Other sentences that name somebody or nobody."""
    documents: Mapping[Category, Sequence[tuple[str, str]]]
    """Texts and their origins."""
    secrets: Sequence[real_secrets.Window]


@lru_cache(maxsize=2)
def world(split: Split, work: Path = WORK) -> World:
    """What the work folder and the templates hold for one split."""
    background: dict[str, list[Piece]] = {}
    with gzip.open(work / "background.jsonl.gz", "rt", encoding="utf-8") as file:
        for line in file:
            entry = json.loads(line)
            if part_of(entry["package"], dev_share=PACKAGE_DEV_SHARE, salt="package") == split:
                piece = Piece(entry["text"], entry["package"])
                background.setdefault(entry["kind"], []).append(piece)
    with gzip.open(work / "natural.json.gz", "rt", encoding="utf-8") as file:
        natural = json.load(file)
    documents: dict[Category, list[tuple[str, str]]] = {}
    for text, category, origin in natural["documents"][split]:
        documents.setdefault(category, []).append((text, origin))
    templates: dict[str, list[Template]] = {}
    for found in template.load(split):
        templates.setdefault(found.kind, []).append(found)
    tweets = natural["tweets"][split]
    every = [t for group in templates.values() for t in group if t.kind != "category"]
    clean = [t for t in every if not t.labels]
    private = [t for t in every if t.labels and t.kind not in PROSE]
    written = [t for t in every if t.labels and t.kind in PROSE]
    return World(
        split,
        lists.load(work / "pools.json.gz", split),
        fields.load(split),
        templates,
        clean,
        private,
        written,
        by_kind(t for t in clean if t.kind not in PROSE),
        by_kind(every),
        by_kind(private),
        by_kind(written),
        background,
        tweets,
        [tweet for tweet in tweets if tweet[1]],
        spoken.load_stories(work, split),
        documents,
        real_secrets.load(work, split),
    )


def start(here: World, rng: random.Random, locale: str | None = None) -> Filling:
    """An empty document."""
    return Filling(rng, here.lists, here.split, locale)


def finish(filling: Filling, origin: str, *, background: bool = False) -> Example:
    """The written document; with `background`, what looks private in the rest becomes unknown."""
    text = "".join(filling.pieces)
    unknown = list(filling.unknown)
    if background:
        unknown += doubtful(text)
    return Example(text, tuple(filling.spans), origin, outside(unknown, filling.spans))


def outside(
    unknown: Sequence[tuple[int, int]], spans: Sequence[LabelledSpan]
) -> tuple[tuple[int, int], ...]:
    """The unknown stretches that touch no span, sorted."""
    return tuple(
        sorted((a, b) for a, b in unknown if not any(s.start < b and a < s.end for s in spans))
    )


def piece_of(here: World, rng: random.Random, kind: str | None = None) -> tuple[str, Piece]:
    """A piece of background, of the kind where there is one."""
    if kind is None or kind not in here.background:
        kinds = [k for k in BACKGROUND_WEIGHTS if k in here.background]
        kind = rng.choices(kinds, [BACKGROUND_WEIGHTS[k] for k in kinds])[0]
    return kind, rng.choice(here.background[kind])


def cut(rng: random.Random, text: str, length: int) -> str:
    """About `length` characters of `text`, from the start of a line."""
    place = text.rfind("\n", 0, rng.randrange(max(1, len(text) - length))) + 1
    end = text.find("\n", place + length)
    # A line without end would make the document long.
    return text[place : min(end if end >= 0 else len(text), place + 2 * length)]


def templates_alone(here: World, rng: random.Random) -> Example:
    """One to five templates of one kind, with real text of that kind around them or not."""
    first = drawn(rng, here.private_kinds if rng.random() < 0.8 else here.clean_kinds, FILE_WEIGHTS)
    filling = start(here, rng, locale_for(rng, first))
    has_background = rng.random() < 0.5 and first.kind in here.background
    if has_background:
        filling.write(
            cut(rng, piece_of(here, rng, first.kind)[1].text, rng.randrange(80, 500)) + "\n"
        )
    template.fill(first.parts, filling)
    same = here.kinds[first.kind][group_of(first)]
    for _ in range(rng.choice((0, 0, 0, 1, 1, 2, 4))):
        filling.write(rng.choice(("\n", "\n", "\n\n")))
        if rng.random() < 0.5:
            filling.people, filling.fixed = {}, {}
        template.fill(rng.choice(same).parts, filling)
    if has_background:
        filling.write(
            "\n" + cut(rng, piece_of(here, rng, first.kind)[1].text, rng.randrange(80, 500))
        )
    return finish(filling, first.origin, background=has_background)


def injected(here: World, rng: random.Random) -> Example:
    """Real text with fields and templates put between its lines."""
    kind, piece = piece_of(here, rng)
    lines = cut(rng, piece.text, rng.randrange(200, 1100)).split("\n")
    places = [rng.randrange(len(lines)) for _ in range(rng.choice((1, 1, 1, 2, 2, 3, 5)))]
    filling = start(here, rng, home(rng))
    for number, line in enumerate(lines):
        for _ in range(places.count(number)):
            filling.people, filling.fixed = {}, {}
            margin = line[: len(line) - len(line.lstrip())][:24]
            roll = rng.random()
            if roll < 0.68:
                filling.write(margin)
                fields.write_line(filling, here.fields, kind, 0.62)
            else:
                group = here.templates.get(kind) if roll < 0.85 else None
                found = rng.choice(group) if group else drawn(rng, here.prose_kinds, NOTES)
                filling.write(margin + ("" if group else COMMENTS.get(kind, "")))
                before = filling.locale
                # A sentence in another language is about people of its own.
                filling.locale = found.locale or before
                template.fill(found.parts, filling)
                filling.locale = before
            filling.write("\n")
        filling.write(line + "\n")
    return finish(filling, piece.package, background=True)


def only_fields(here: World, rng: random.Random) -> Example:
    """A file of fields and nothing else: configuration, a record, a form."""
    kind = rng.choice(tuple(here.fields.lines))
    filling = start(here, rng, home(rng))
    for _ in range(rng.randrange(3, 14)):
        fields.write_line(filling, here.fields, kind, 0.5)
        filling.write("\n")
        if rng.random() < 0.3:
            filling.people, filling.fixed = {}, {}
    return finish(filling, f"fields {kind}")


def table(here: World, rng: random.Random) -> Example:
    """A table or a list of records."""
    filling = start(here, rng, home(rng))
    fields.write_table(filling, here.fields)
    return finish(filling, "table")


def prose(here: World, rng: random.Random) -> Example:
    """Sentences, forms and letters of one language, with sentences about nobody between them."""
    first = drawn(rng, here.prose_kinds, PROSE_WEIGHTS)
    locale = locale_for(rng, first)
    same = here.kinds[first.kind][group_of(first)]
    english = group_of(first) == "en"
    filling = start(here, rng, locale)
    template.fill(first.parts, filling)
    for _ in range(
        rng.choice((0, 0, 1, 2, 4, 7))
        if first.kind in ("prose", "chat")
        else rng.choice((0, 0, 0, 1))
    ):
        filling.write(rng.choice((" ", " ", "\n", "\n\n")) if first.kind != "form" else "\n")
        roll = rng.random()
        # The tweets are in English.
        if roll < 0.75 or not english:
            if rng.random() < 0.6:
                filling.people, filling.fixed = {}, {}
            template.fill(rng.choice(same).parts, filling)
        else:
            write_tweet(filling, here, rng.choice(here.tweets))
    example = finish(filling, first.origin)
    roll = rng.random()
    if first.kind in ("prose", "chat"):
        return hurried(example, rng) if roll < (0.35 if first.kind == "chat" else 0.12) else example
    example = roughened(example, rng)
    return misread(example, rng) if roll < 0.12 else example


def write_tweet(filling: Filling, here: World, tweet: Tweet) -> None:
    """A tweet; half of the time with other people's names in it."""
    text, spans = tweet
    swap = filling.rng.random() < 0.5
    position = 0
    for begin, end in spans:
        filling.write(text[position:begin])
        position = end
        name = text[begin:end]
        if swap:
            person = people.make(
                filling.rng, here.lists, "en" if filling.rng.random() < 0.6 else None
            )
            parts = name.split()
            fresh = (
                f"{person.first} {person.last}"
                if len(parts) > 1
                else filling.rng.choice((person.first, person.last))
            )
            name = fresh.upper() if name.isupper() else fresh.lower() if name.islower() else fresh
        filling.write_labelled(name, "private_person")
    filling.write(text[position:])


def tweets(here: World, rng: random.Random) -> Example:
    """One to four tweets."""
    filling = start(here, rng)
    for _ in range(rng.randrange(1, 5)):
        write_tweet(filling, here, rng.choice(here.people if rng.random() < 0.6 else here.tweets))
        filling.write(rng.choice((" ", "\n")))
    return finish(filling, "broad_twitter_corpus")


def stories(here: World, rng: random.Random) -> Example:
    """Sentences of books and of spoken language, or a post made of them, with made-up people."""
    language = spoken.story_language(rng, here.stories)
    filling = start(here, rng, language)
    for number in range(rng.choice((1, 1, 2, 3, 5, 7))):
        filling.write("\n" if number else "")
        spoken.write_story(filling, here.stories, language)
    return finish(filling, f"people {language}")


def background_alone(here: World, rng: random.Random) -> Example:
    """Real text as it is: nearly all of it is about nobody."""
    _, piece = piece_of(here, rng)
    filling = start(here, rng)
    filling.write(cut(rng, piece.text, rng.randrange(300, 1500)))
    return finish(filling, piece.package, background=True)


def judged_lines(here: World, rng: random.Random) -> Example:
    """Lines of a public repository of which every candidate for a secret was judged."""
    window = rng.choice(here.secrets)
    filling = start(here, rng)
    real_secrets.write_window(filling, window)
    example = finish(filling, window.repository)
    mails = [(a, b) for a, b in doubtful(example.text) if "@" in example.text[a:b]]
    return replace(example, unknown=outside([*example.unknown, *mails], example.spans))


_FAMOUS = re.compile(r"(?<![.?!] )(?<!^)\b[A-Z][\w'’.-]+(?: (?:[A-Z][\w'’.-]+|of|de|van|von|the))*")


def public_prose(here: World, rng: random.Random) -> Example:
    """Real sentences about public things. Names in them are of public people: unknown."""
    category = rng.choice(tuple(here.documents))
    text, origin = rng.choice(here.documents[category])
    return Example(text, (), origin, tuple(m.span() for m in _FAMOUS.finditer(text)), category)


MIX: Mapping[Callable[[World, random.Random], Example], float] = {
    templates_alone: 19,
    injected: 20,
    only_fields: 7,
    table: 7,
    prose: 20,
    tweets: 12,
    stories: 16,
    background_alone: 16,
    judged_lines: 5,
    public_prose: 3,
}
"""How often each sort of example is made."""


def examples(seed: int, split: Split, work: Path = WORK) -> Iterator[Example]:
    """Examples without end, the same ones for the same seed, split and work folder."""
    here = world(split, work)
    rng = random.Random(f"{split} {seed}")
    makers, weights = tuple(MIX), tuple(MIX.values())
    while True:
        example = rng.choices(makers, weights)[0](here, rng)
        roll = rng.random()
        if roll < 0.025:
            example = as_patch(example, rng)
        elif roll < 0.035:
            example = lowered(example)
        if example.text.strip():
            yield example


def document_examples(seed: int, split: Split, work: Path = WORK) -> Iterator[Example]:
    """Texts of a known category without end.

    All ten categories come equally often, and within a category its sources do, however many texts
    a source has: the head should know the topic, not the largest source.
    """
    here = world(split, work)
    rng = random.Random(f"documents {split} {seed}")
    written: dict[Category, list[Template]] = {}
    for found in here.templates.get("category", ()):
        if found.category is not None:
            written.setdefault(found.category, []).append(found)
    real: dict[Category, dict[str, list[tuple[str, str]]]] = {}
    for category, documents in here.documents.items():
        for text, origin in documents:
            source = real.setdefault(category, {}).setdefault(origin.split()[0], [])
            source.append((text, origin))
    computers: Category = "Computers & Internet"
    categories: list[Category] = sorted({*real, *written, computers})
    while True:
        category = rng.choice(categories)
        own, sources = written.get(category), real.get(category, {})
        sizes = [min(len(texts), ENOUGH_TEXTS) for texts in sources.values()]
        natural = (1 - WRITTEN_SHARE) * min(1, sum(sizes) / ENOUGH_TEXTS)
        roll = rng.random()
        if category == computers and roll < BACKGROUND_SHARE:
            _, piece = piece_of(here, rng, rng.choice(("md", "txt", "man", "py", "js", None)))
            yield Example(
                cut(rng, piece.text, rng.randrange(120, 600)), (), piece.package, category=category
            )
        elif own and roll >= natural:
            filling = start(here, rng)
            for number in range(rng.choice((1, 1, 2, 3))):
                filling.write(" " if number else "")
                chosen = rng.choice(own)
                template.fill(chosen.parts, filling)
            yield replace(finish(filling, chosen.origin), category=category)
        elif sources:
            text, origin = rng.choice(rng.choices(tuple(sources.values()), sizes)[0])
            yield Example(text, (), origin, category=category)


def main(arguments: Sequence[str] | None = None) -> None:
    """The command `python -m training generate`: writes the development sets and counts."""
    from training.devsets import write_sets

    parser = argparse.ArgumentParser(
        prog="python -m training generate", description="Writes the development sets."
    )
    parser.add_argument(
        "--work", type=Path, default=WORK, help="the work folder (default: %(default)s)"
    )
    parser.add_argument(
        "--show", type=int, default=0, metavar="N", help="print N examples of training as well"
    )
    options = parser.parse_args(arguments)
    for example in islice(examples(0, "train", options.work), options.show):
        text = example.text
        for span in reversed(example.spans):
            value = text[span.start : span.end]
            text = f"{text[: span.start]}[{span.label} {value}]{text[span.end :]}"
        print(f"--- {example.origin}\n{text}")
    print(json.dumps(write_sets(options.work), indent=1))


if __name__ == "__main__":
    main()
