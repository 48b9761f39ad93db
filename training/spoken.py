"""Real sentences with other people in them each time, as books, messages and posts have them.

`Stories` holds the records of `people_in_text` for one split; `write_story` writes one to five of
them into a document, in one of three manners: as they are, with the model's other labels between
them, or as a post (lower case, capitals, slips of the fingers, handles, hashtags, emoji).
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from training.people_in_text import Record, load_people
from training.pools import people
from training.pools.lists import Lists
from training.pools.people import Person
from training.pools.split import Split
from training.template import LABELLED, Filling

# English is what noisy text is nearly always in; the rest by what developers write.
LANGUAGE_WEIGHTS: Mapping[str, float] = {
    "en": 56, "de": 12, "fr": 11, "es": 11, "zh": 4,
}  # fmt: skip
SOURCE_WEIGHTS: Mapping[str, float] = {"tatoeba": 50, "novel": 44, "slurp": 6}
KEPT = 0.1
"""How often the names of a text stay what they are."""

_TITLE = re.compile(
    r"(?:\b(?:Mr|Mrs|Ms|Dr|Miss|Sir|Madame|Monsieur|Herrn?|Frau|Señora?|Professor|Captain|Inspector"
    r"|Sergeant|Colonel|Judge|Rev|Mister|M|Mme|Sr|Sra|meneer|mevrouw)\.? )$"
)
_HONORIFIC = re.compile(r"さん|様|君|くん|先生|氏|小姐|女士")
# A German genitive is one word with its name, and so is the span.
GENITIVES = frozenset(("Toms", "Marys", "Marias", "Johns"))
_INITIAL = re.compile(r"\w\.")
_VOWEL = re.compile(r"[aeiouyhàâéèêëîïôûáíóú]", re.IGNORECASE)
_LATIN = re.compile(r"[A-Za-zÀ-ɏ]")

EMOJI = (
    "😂 😭 ❤️ 😍 🔥 🙏 😊 👍 🎉 😅 🤔 💕 😩 🙄 💯 👀 ✨ 😎 🥺 🤣 :) :-) ;) :( :D <3 xD ^^".split()
)
OPENERS = (
    "lol", "omg", "hey", "hi", "ugh", "wow", "haha", "so", "btw", "fyi", "ok", "yo", "damn", "lmao",
    "PSA:", "Update:", "RT", "Note:", "Re:", "Q:", "TL;DR", "Reminder:", "Thanks", "ps", "Guys,",
)  # fmt: skip
SHORT = {
    "you": "u", "are": "r", "your": "ur", "to": "2", "for": "4", "and": "&", "because": "cuz",
    "please": "plz", "people": "ppl", "tomorrow": "tmrw", "tonight": "2nite", "with": "w/",
    "about": "abt", "thanks": "thx", "going to": "gonna", "want to": "wanna", "don't": "dont",
    "know": "kno", "what": "wat", "love": "luv", "though": "tho", "really": "rly", "I'm": "im",
    "can't": "cant", "it's": "its", "the": "da", "okay": "k", "before": "b4", "see": "c",
}  # fmt: skip
CONTACT = (
    ("Call {}", "phone"), ("call me at {}", "phone"), ("my number is {}", "phone"),
    ("Tel. {}", "phone"), ("☎ {}", "phone"), ("txt me {}", "phone"), ("Phone: {}", "phone"),
    ("e-mail: {}", "email"),
    ("{}", "email"), ("({})", "email"), ("<{}>", "email"), ("write to {}", "email"),
    ("or mail {}", "email"), ("lives at {}", "address"), ("Address: {}", "address"),
    ("we moved to {}", "address"), ("send it to {}", "address"), ("born {}", "dob"),
    ("* {}", "dob"),
    ("DOB {}", "dob"), ("card {}", "card"), ("IBAN {}", "iban"), ("pw is {}", "password"),
    ("password: {}", "password"), ("see {}", "url"),
)  # fmt: skip


@dataclass(frozen=True)
class Stories:
    """The records of one split by language and source, with people and without."""

    named: Mapping[str, Mapping[str, Sequence[Record]]]
    empty: Mapping[str, Mapping[str, Sequence[Record]]]


def load_stories(work: Path, split: Split) -> Stories:
    """What `people_in_text.collect_people` wrote."""
    named: dict[str, dict[str, list[Record]]] = {}
    empty: dict[str, dict[str, list[Record]]] = {}
    for record in load_people(work, split):
        group = (named if record.spans else empty).setdefault(record.language, {})
        group.setdefault(record.source.partition(" ")[0], []).append(record)
    return Stories(named, empty)


def drawn(
    rng: random.Random, groups: Mapping[str, Mapping[str, Sequence[Record]]], language: str
) -> Record:
    """A record of a language."""
    sources = groups[language]
    names = list(sources)
    return rng.choice(sources[rng.choices(names, [SOURCE_WEIGHTS[name] for name in names])[0]])


def written_in(text: str, language: str) -> bool:
    """Whether a name is in a script that a text of the language would have it in."""
    return language in ("ja", "zh") or bool(_LATIN.match(text))


def stranger(rng: random.Random, lists: Lists, language: str) -> Person:
    """Somebody who may be named in a text of the language: mostly from there."""
    group = language if rng.random() < (0.9 if language in ("ja", "zh") else 0.7) else None
    person = people.make(rng, lists, group)
    for _ in range(4):
        if written_in(person.first + person.last, language):
            break
        person = people.make(rng, lists, language)
    return person


def renamed(rng: random.Random, person: Person, old: str, before: str, after: str) -> str:
    """A name of `person` where `old` stands between `before` and `after`: as long as the old one
    in novels, first or full or last name where the old one is a first name."""
    titled = bool(_TITLE.search(before) or _HONORIFIC.match(after))
    parts = old.split()
    if person.locale in people.JOINED:
        asian = (person.last + person.first, person.last, person.first)
        return rng.choices(asian, (3, 6, 1) if titled else (5, 2, 4))[0]
    short = f"{person.first[0]}. {person.last}"
    if _INITIAL.match(old):
        return short
    if len(parts) > 1:
        return people.full(rng, person)
    full = f"{person.first} {person.last}"
    forms = (person.first, full, person.last, short)
    return rng.choices(forms, (1, 4, 9, 1) if titled else (50, 34, 10, 3))[0]


def fits(old: str, new: str, language: str, genitive: str) -> bool:
    """Whether a name may stand there: French elides before vowels, and a German name on s has no
    genitive with s."""
    if language == "fr":
        return bool(_VOWEL.match(old)) == bool(_VOWEL.match(new))
    return not genitive or bool(re.search(r"[a-zäöü]s$", new) and new[-2] not in "sxzß")


def slipped(rng: random.Random, text: str, rate: float) -> str:
    """The text with short forms and slips of the fingers in some of its words."""

    def one(match: re.Match[str]) -> str:
        word = match.group()
        if rng.random() < 6 * rate and word.lower() in SHORT:
            return SHORT[word.lower()]
        if rng.random() > rate or len(word) < 4:
            return word
        place = rng.randrange(1, len(word) - 1)
        roll = rng.random()
        if roll < 0.4:
            return word[:place] + word[place + 1 :]
        if roll < 0.7:
            return word[:place] + word[place + 1] + word[place] + word[place + 2 :]
        return word[:-1] + word[-1] * rng.randrange(2, 5)

    return re.sub(r"[^\W\d_]+(?:'[^\W\d_]+)?", one, text)


def write_record(
    filling: Filling,
    record: Record,
    cast: dict[str, Person] | None,
    shaped: Callable[[str], str],
    name_shaped: Callable[[str], str],
) -> None:
    """A record, its people renamed by `cast` (or kept), its text and names shaped by the two
    functions. The same name becomes the same person."""
    rng, position = filling.rng, 0
    for start, end in record.spans:
        before, after = record.text[position:start], record.text[end:]
        filling.write(shaped(before))
        old = new = record.text[start:end]
        genitive = "s" if record.language == "de" and old in GENITIVES else ""
        old = old.removesuffix(genitive)
        if cast is not None:
            for attempt in range(6):
                if old not in cast or attempt:
                    cast[old] = stranger(rng, filling.lists, record.language)
                new = renamed(rng, cast[old], old, before, after) + genitive
                if fits(old, new, record.language, genitive):
                    break
        if record.source == "slurp":
            new = new.lower()
        filling.write_labelled(name_shaped(new), "private_person")
        position = end
    filling.write(shaped(record.text[position:]))


def handle(filling: Filling) -> str:
    """Somebody's handle."""
    return f"@{stranger(filling.rng, filling.lists, 'en').user}"


def hashtag(filling: Filling) -> str:
    """A hashtag about nobody."""
    words = filling.rng.sample(filling.lists.words, filling.rng.choice((1, 1, 2, 2, 3)))
    joined = (
        "".join(word.title() for word in words) if filling.rng.random() < 0.5 else "".join(words)
    )
    return f"#{joined}"


def decorate(filling: Filling, at_start: bool) -> None:
    """What stands before or after a post: handles, hashtags, emoji, a link."""
    rng = filling.rng
    for _ in range(rng.choice((0, 1, 1, 2) if at_start else (0, 1, 1, 2, 3))):
        roll = rng.random()
        filling.write("" if at_start else " ")
        if roll < 0.3:
            # A handle may be a name; nobody can say.
            filling.write_unknown(handle(filling))
        elif roll < 0.52:
            filling.write(hashtag(filling))
        elif roll < 0.75 or not at_start:
            filling.write(rng.choice(EMOJI) * rng.choice((1, 1, 1, 2, 3)))
        else:
            filling.write(rng.choice(OPENERS))
        filling.write(" " if at_start else "")
    if not at_start and rng.random() < 0.15:
        letters = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
        filling.write(" https://t.co/" + "".join(rng.choices(letters, k=10)))


def write_contact(filling: Filling) -> None:
    """A value of another label with the few words that lead to it."""
    lead, slot = filling.rng.choice(CONTACT)
    before, _, after = lead.partition("{}")
    label, maker = LABELLED[slot]
    person = stranger(filling.rng, filling.lists, filling.locale or "en")
    filling.write(before)
    filling.write_labelled(maker(filling, person), label)
    filling.write(after)


def write_story(filling: Filling, stories: Stories, language: str) -> None:
    """Writes one to five records of a language."""
    rng = filling.rng
    manner = rng.choices(("plain", "mixed", "post"), (42, 18, 40))[0]
    slips = rng.choice((0.0, 0.0, 0.03, 0.08)) if manner == "post" else 0.0
    roll = rng.random() if manner == "post" else rng.random() * 4
    case: Callable[[str], str] = str.lower if roll < 0.3 else str.upper if roll < 0.36 else str
    # Some write all in lower case but names, some nothing but names in lower case.
    name_case = str if case is str.lower and rng.random() < 0.12 else case
    if case is str and manner == "post" and rng.random() < 0.06:
        name_case = str.lower

    def shaped(text: str) -> str:
        return case(slipped(rng, text, slips) if slips else text)

    cast: dict[str, Person] | None = None if rng.random() < KEPT else {}
    number = rng.choice((1, 1, 1, 2)) if manner == "post" else rng.choice((1, 1, 2, 3, 4, 5))
    contact = rng.randrange(number) if manner == "mixed" else -1
    joined = " " if rng.random() < 0.75 else "\n"
    for index in range(number):
        filling.write(joined if index else "")
        if manner == "post" and rng.random() < 0.6:
            decorate(filling, at_start=True)
        groups = stories.named if rng.random() < 0.72 else stories.empty
        write_record(filling, drawn(rng, groups, language), cast, shaped, name_case)
        if manner == "post" and rng.random() < 0.6:
            decorate(filling, at_start=False)
        if index == contact:
            filling.write(rng.choice((" ", "\n", " - ")))
            write_contact(filling)
        if cast and rng.random() < 0.5:
            cast.clear()


def story_language(rng: random.Random, stories: Stories) -> str:
    """A language that there are records of."""
    languages = [name for name in LANGUAGE_WEIGHTS if name in stories.named]
    return rng.choices(languages, [LANGUAGE_WEIGHTS[name] for name in languages])[0]
