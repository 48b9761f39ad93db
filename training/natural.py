"""Real text: tweets with the people in them, US addresses, and texts whose category is known.

`collect_natural` reads the data sets of the lock file once and writes `natural.json.gz`; the
generator draws from that. Which part is for development is decided here: whole sections of the
tweets, whole sources or subjects of the categories.
"""

from __future__ import annotations

import csv
import gzip
import json
import re
import xml.etree.ElementTree as ET
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from leaksift.finding import Category
from training.pools.split import Split, part_of
from training.topics import BOOKS, read_experts, read_textbook

# Sections of the Broad Twitter Corpus: h is measured on, never trained on.
TWEETS: Mapping[str, Split] = {
    "a": "train",
    "b": "train",
    "e": "train",
    "f": "train",
    "g": "train",
    "h": "dev",
}
LONGEST = 900

TRIVIA: Mapping[str, tuple[Category, Split]] = {
    "religion-faith": ("Society & Culture", "train"),
    "science-technology": ("Science & Mathematics", "train"),
    "animals": ("Science & Mathematics", "dev"),
    "literature": ("Education & Reference", "train"),
    "history": ("Education & Reference", "train"),
    "geography": ("Education & Reference", "dev"),
    # Words, facts and quotations rather than how people live together.
    "humanities": ("Education & Reference", "train"),
    "world": ("Education & Reference", "dev"),
    "sports": ("Sports", "train"),
    "movies": ("Entertainment & Music", "train"),
    "music": ("Entertainment & Music", "train"),
    "celebrities": ("Entertainment & Music", "train"),
    "video-games": ("Entertainment & Music", "train"),
    "television": ("Entertainment & Music", "dev"),
}
MEDQUAD_DEV = ("7_SeniorHealth_QA", "9_CDC_QA")

Tweet = tuple[str, list[tuple[int, int]]]
Document = tuple[str, Category, str]
"""Text, category and origin."""


def read_conll(text: str) -> Iterator[Tweet]:
    """Sentences of a CoNLL file (token, tag) as text with the spans of its people."""
    for block in re.split(r"\n\s*\n", text):
        rows = [line.split("\t") for line in block.splitlines() if "\t" in line]
        sentence, spans, inside = "", [], False
        for token, tag in ((row[0], row[-1].strip()) for row in rows):
            # A hash or at sign is a token of its own there, but never stands alone in a tweet.
            glued = (
                not sentence
                or sentence[-1] in "#@([“"
                or re.fullmatch(r"[.,;:!?)\]”’%]+|'\w{0,2}|n't|’\w{1,2}", token)
            )
            sentence += "" if glued else " "
            start = len(sentence)
            sentence += token
            if tag == "B-PER":
                spans.append((start, len(sentence)))
            elif tag == "I-PER" and inside:
                spans[-1] = (spans[-1][0], len(sentence))
            inside = tag.endswith("-PER")
        spans = [trimmed(sentence, start, end) for start, end in spans]
        if 12 < len(sentence) < 400:
            yield sentence, [(start, end) for start, end in spans if start < end]


def trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """A span without the signs that the corpus leaves at its ends (`@`, a full stop, `'s`)."""
    while start < end and not text[start].isalnum():
        start += 1
    cut = re.search(r"(?:['’]s)?[^\w)]*$", text[start:end])
    if cut:
        end = start + cut.start()
    return start, end


def read_tweets(folder: Path) -> dict[Split, list[Tweet]]:
    """All tweets of the Broad Twitter Corpus by split. A handle is nobody's to vouch for and
    never a span."""
    found: dict[Split, list[Tweet]] = {"train": [], "dev": []}
    for section, split in TWEETS.items():
        text = (folder / f"{section}.conll").read_text(encoding="utf-8", errors="replace")
        for sentence, spans in read_conll(text):
            kept = [(a, b) for a, b in spans if not (a > 0 and sentence[a - 1] in "@#")]
            found[split].append((sentence, kept))
    return found


def read_us_addresses(folder: Path) -> Iterator[str]:
    """The hand-labelled addresses of usaddress that begin with a number or a box."""
    root = ET.parse(folder / "labeled.xml").getroot()  # a file of the lock, not a stranger's
    for entry in root:
        text = " ".join(part.text or "" for part in entry).strip(" ,")
        if re.match(r"\d|P\.?O", text) and 12 < len(text) < 90:
            yield re.sub(r"\s+", " ", text)


def read_trivia(folder: Path) -> Iterator[tuple[Split, Document]]:
    """Questions of OpenTriviaQA, half of them with their answers."""
    for subject, (category, split) in TRIVIA.items():
        text = (folder / f"{subject}.txt").read_text(encoding="latin-1")
        for block in re.split(r"\n\s*\n(?=#Q )", text):
            found = re.search(
                r"#Q (?P<question>.*?)\n\^ (?P<answer>.*?)\n(?P<rest>.*)", block + "\n", re.DOTALL
            )
            if not found or len(found["question"]) < 20:
                continue
            question = " ".join(found["question"].split())
            options = re.findall(r"(?m)^[A-D] (.*)$", found["rest"])
            shape = len(question) % 3
            if shape == 1:
                question += f" {found['answer']}"
            elif shape == 2:
                question += " " + ", ".join(options)
            yield split, (question[:LONGEST], category, f"OpenTriviaQA {subject}")


def read_medquad(folder: Path) -> Iterator[tuple[Split, Document]]:
    """Questions and answers about health; two of its sources are held out whole."""
    for file in sorted(folder.glob("*/*.xml")):
        source = file.parent.name
        split: Split = "dev" if source in MEDQUAD_DEV else "train"
        # GARD and GHR are about rare diseases and very many: a part of them is enough.
        if source in ("2_GARD_QA", "3_GHR_QA") and part_of(file.name, salt="medquad") == "train":
            continue
        for pair in ET.parse(file).getroot().iter("QAPair"):
            question = " ".join((pair.findtext("Question") or "").split())
            answer = " ".join((pair.findtext("Answer") or "").split())
            text = (
                (answer if len(question) % 3 == 0 else f"{question} {answer}")
                if answer
                else question
            )
            length = (120, 250, 500, LONGEST)[len(answer) % 4]
            if len(text) > 25:
                yield split, (text[:length], "Health", f"MedQuAD {source}")


def read_banking(folder: Path) -> Iterator[tuple[Split, Document]]:
    """Questions to a bank; the intents of the second half of the alphabet are held out."""
    for name in ("train.csv", "test.csv"):
        with (folder / name).open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                split = part_of(row["category"], dev_share=0.2, salt="banking")
                yield (
                    split,
                    (
                        " ".join(row["text"].split()),
                        "Business & Finance",
                        f"banking77 {row['category']}",
                    ),
                )


def read_speeches(folder: Path) -> Iterator[tuple[Split, Document]]:
    """Paragraphs of speeches to the US Congress (training) and at inaugurations (development)."""
    parts: Mapping[str, Split] = {"state_union.zip": "train", "inaugural.zip": "dev"}
    for name, split in parts.items():
        with zipfile.ZipFile(folder / name) as archive:
            for member in sorted(archive.namelist()):
                if not member.endswith(".txt") or "README" in member:
                    continue
                text = archive.read(member).decode("latin-1")
                for number, piece in enumerate(pieces(" ".join(text.split()))):
                    if number % 3:
                        origin = f"speeches {name} {member}"
                        yield split, (piece, "Politics & Government", origin)


def pieces(text: str) -> Iterator[str]:
    """Whole sentences of a text, 80 to about 500 characters together."""
    piece = ""
    for sentence in re.split(r"(?<=[.!?]) (?=[A-Z])", text):
        piece = f"{piece} {sentence}".strip()
        if len(piece) > 80 + 37 * (len(sentence) % 11):
            yield piece[:LONGEST]
            piece = ""


def read_epic(folder: Path) -> Iterator[tuple[Split, Document]]:
    """Mathematics for Science (training), logic for Science (development), Rust for Computers."""
    for line in (folder / "caia-math" / "caia-math.jsonl").read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        yield (
            "train",
            (
                f"{entry['question']} {entry['answer']}"[:LONGEST],
                "Science & Mathematics",
                "epic-datasets caia-math",
            ),
        )
        yield (
            "train",
            (entry["question"][:LONGEST], "Science & Mathematics", "epic-datasets caia-math"),
        )
    for line in (folder / "rust-epic" / "rust-epic.jsonl").read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        text = " ".join(
            str(entry.get(key) or "")
            for key in ("instruction", "input", "prompt", "output", "response")
        )
        yield "train", (text.strip()[:500], "Computers & Internet", "epic-datasets rust-epic")


def collect_natural(places: Mapping[str, Path], work: Path) -> dict[str, int]:
    """Writes `natural.json.gz`; returns how many tweets and texts of each category there are."""
    tweets = read_tweets(places["GateNLP/broad_twitter_corpus"])
    documents: dict[Split, list[Document]] = {"train": [], "dev": []}
    readers = (
        read_trivia(places["uberspot/OpenTriviaQA"]),
        read_medquad(places["abachaa/MedQuAD"]),
        read_banking(places["PolyAI-LDN/task-specific-datasets"]),
        read_speeches(places["nltk/nltk_data"]),
        read_epic(places["Caia-Tech/epic-datasets"]),
        *(read_textbook(places[book.repository], book) for book in BOOKS),
        read_experts(places["chaitanyamalaviya/ExpertQA"]),
    )
    for reader in readers:
        for split, document in reader:
            documents[split].append(document)
    content = json.dumps({"tweets": tweets, "documents": documents}, ensure_ascii=False)
    with gzip.GzipFile(work / "natural.json.gz", "wb", mtime=0) as file:
        file.write(content.encode())
    counts = Counter(
        f"{split} {document[1]}" for split, found in documents.items() for document in found
    )
    counts.update({f"{split} tweets": len(found) for split, found in tweets.items()})
    counts.update(
        {
            f"{split} tweets with people": sum(bool(spans) for _, spans in found)
            for split, found in tweets.items()
        }
    )
    return dict(counts)
