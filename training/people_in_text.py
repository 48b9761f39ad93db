"""Real sentences with people in them, from sources whose labels are sure.

`collect_people` reads them once and writes `people.json.gz`: records `[text, spans, language,
source]` by split, with and without people. Names are replaced by those of our pools only when an
example is made (`spoken`). Sentences of novels are read by `novels`.

Tatoeba (manythings.org's pairs of sentences): its people are nearly all called Tom or Mary, so the
few names of `people_in_text.toml` mark them; whatever holds another capitalised word that is not
known to be none is left out. SLURP: what people say to an assistant, labelled by hand.
"""

from __future__ import annotations

import gzip
import json
import re
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from leaksift.toml import parse_toml
from training.pools.split import Split, part_of

TABLES = Path(__file__).with_name("people_in_text.toml")
FILE = "people.json.gz"
DEV_SHARE = 0.03

# As our pools name the languages (`pools.lists.GROUPS`).
LANGUAGES = {
    "eng": "en", "fra": "fr", "deu": "de", "spa": "es", "cmn": "zh",
}  # fmt: skip
SHORTEST = {"cmn": 6}
LONGEST = 300

# Scenarios of SLURP in which a person is somebody whom the speaker knows, not a famous one.
PRIVATE_SCENARIOS = frozenset(
    ("email", "calendar", "social", "lists", "alarm", "transport", "takeaway", "iot", "weather")
)
# Labelled as people there, by mistake.
NOT_PEOPLE = frozenset(("players", "everyone", "team", "boss", "mom", "dad", "family", "friends"))

Spans = Sequence[tuple[int, int]]


@dataclass(frozen=True)
class Record:
    """A text and the people in it; `language` is a group of `pools.lists`."""

    text: str
    spans: Spans
    language: str
    source: str


_WORD = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")
_BEGINS = re.compile(r"(?:^|(?<!Mr)(?<!Mrs)(?<!Ms)(?<!Dr)[.?!:…] |[\"“(])$")


def spans_of(text: str, names: Sequence[str], *, blanks: bool) -> list[tuple[int, int]]:
    """Where the names stand, those that follow each other as one where words have blanks between
    them."""
    listed = "|".join(sorted(map(re.escape, names), key=len, reverse=True))
    pattern = rf"\b(?:{listed})(?: (?:{listed}))*\b" if blanks else rf"(?:{listed})"
    return [match.span() for match in re.finditer(pattern, text)]


@dataclass(frozen=True)
class English:
    """What is known about capitalised words of English sentences."""

    names: Sequence[str]
    known: frozenset[str]
    ambiguous: frozenset[str]
    lower: Mapping[str, int]
    """How often a word stands in lower case."""

    def people(self, text: str) -> list[tuple[int, int]] | None:
        """The people of a sentence, or None where a word may be another name."""
        spans = spans_of(text, self.names, blanks=True)
        for match in _WORD.finditer(text):
            word = match.group().removesuffix("'s").removesuffix("’s")
            if not word[0].isupper() or any(a <= match.start() < b for a, b in spans):
                continue
            if word in self.known or re.match(r"I(?:$|['’])", word):
                continue
            if word.isupper() and 1 < len(word) < 6:
                continue
            begins = _BEGINS.search(text[: match.start()])
            if not begins or word in self.ambiguous or self.lower.get(word.lower(), 0) < 2:
                return None
        # `the Jacksons`, `Tom's` at a shop, a second name that is a word: too doubtful.
        return None if re.search(r"\bthe (?:Jackson|Tom|Mary)", text) else spans


def read_pairs(place: Path, file: str) -> Iterator[tuple[str, str]]:
    """The pairs (English, other) of a file of manythings.org, zipped or not."""
    if file.endswith(".zip"):
        language = file[:3]
        with zipfile.ZipFile(place / file) as archive:
            member = next(
                name
                for name in archive.namelist()
                if name.endswith(f"{language}.txt") and "__MACOSX" not in name
            )
            text = archive.read(member).decode("utf-8")
    else:
        text = (place / file).read_text(encoding="utf-8")
    for line in text.splitlines():
        parts = line.split("\t")
        if len(parts) > 1:
            yield parts[0].strip(), parts[1].strip().replace("\u202f", " ").replace("\xa0", " ")


def read_tatoeba(places: Mapping[str, Path]) -> Iterator[tuple[Split, Record]]:
    """Sentences in English and four other languages, each text once. A sentence and its
    translations belong to one split."""
    tables = parse_toml(TABLES.read_bytes())
    pairs = {
        language: list(read_pairs(places[tables["repositories"][language]], file))
        for language, file in tables["files"].items()
    }
    lower: Counter[str] = Counter()
    for text in {english for found in pairs.values() for english, _ in found}:
        lower.update(word for word in _WORD.findall(text) if word[0].islower())
    english = English(
        tables["names"]["eng"],
        frozenset((*tables["english"]["others"].split(), *tables["english"]["titles"])),
        frozenset(tables["english"]["ambiguous"].split()),
        lower,
    )
    seen: set[tuple[str, str]] = set()
    for language, found in pairs.items():
        for source, text in found:
            spans = english.people(source)
            if spans is None:
                continue
            split = part_of(source, dev_share=DEV_SHARE, salt="tatoeba")
            for code, sentence in (("eng", source), (language, text)):
                if (code, sentence) in seen:
                    continue
                seen.add((code, sentence))
                if not SHORTEST.get(code, 14) <= len(sentence) <= LONGEST:
                    continue
                own = spans_of(sentence, tables["names"][code], blanks=code != "cmn")
                if len(own) == len(spans):
                    yield split, Record(sentence, own, LANGUAGES[code], "tatoeba")


def read_slurp(folder: Path) -> Iterator[tuple[Split, Record]]:
    """Utterances of SLURP, in lower case, without those that may name famous people."""
    for part in ("devel", "test"):
        file = folder / "dataset" / "slurp" / f"{part}.jsonl"
        for line in file.read_text(encoding="utf-8").splitlines():
            entry = json.loads(line)
            annotation = entry["sentence_annotation"]
            people = re.findall(r"\[person : ([^\]]*)\]", annotation)
            famous = re.search(r"\[(?:artist|song|audiobook|email)", annotation)
            if entry["scenario"] not in PRIVATE_SCENARIOS or famous:
                continue
            if any(name.strip() in NOT_PEOPLE for name in people):
                continue
            text, spans = "", []
            for piece in re.split(r"(\[[^\]]*\])", annotation):
                inner = re.fullmatch(r"\[(\w+) : ([^\]]*)\]", piece)
                value = inner[2].strip() if inner else piece
                if inner and inner[1] == "person":
                    value_end = len(re.sub(r"['’]s?$", "", value))
                    spans.append((len(text), len(text) + value_end))
                text += value
            if len(text) > 12:
                yield (
                    part_of(text, dev_share=2 * DEV_SHARE, salt="slurp"),
                    Record(text, spans, "en", "slurp"),
                )


def collect_people(places: Mapping[str, Path], work: Path) -> dict[str, int]:
    """Writes `people.json.gz`; returns how many texts with and without people there are."""
    from training.novels import read_novels

    records: dict[Split, list[Record]] = {"train": [], "dev": []}
    for reader in (
        read_tatoeba(places),
        read_slurp(places["pswietojanski/slurp"]),
        read_novels(places, work / "pools.json.gz"),
    ):
        for split, record in reader:
            records[split].append(record)
    return write_people(records, work)


def write_people(records: Mapping[Split, Sequence[Record]], work: Path) -> dict[str, int]:
    """Writes the records; of those without people only as many as there are with, by language
    and source."""
    kept: dict[Split, list[tuple[str, Spans, str, str]]] = {}
    counts: Counter[str] = Counter()
    for split, found in records.items():
        named = Counter((r.language, r.source) for r in found if r.spans)
        total = Counter((r.language, r.source) for r in found if not r.spans)
        kept[split] = []
        for record in found:
            group = (record.language, record.source)
            share = 1.5 * named[group] / max(1, total[group])
            if not record.spans and part_of(record.text, dev_share=share, salt="keep") == "train":
                continue
            kept[split].append((record.text, record.spans, record.language, record.source))
            with_people = "with" if record.spans else "without"
            counts[f"{split} {record.source} {record.language} {with_people} people"] += 1
    with gzip.GzipFile(work / FILE, "wb", mtime=0) as file:
        file.write(json.dumps(kept, ensure_ascii=False).encode())
    return dict(sorted(counts.items()))


def load_people(work: Path, split: Split) -> list[Record]:
    """The records of a split."""
    with gzip.open(work / FILE, "rt", encoding="utf-8") as file:
        found = json.load(file)[split]
    return [
        Record(text, [(a, b) for a, b in spans], language, source)
        for text, spans, language, source in found
    ]
