"""Texts whose category is known by the chapter of a textbook or the trade of whoever asked.

`read_textbook` reads the OpenStax books of the lock file (CC BY 4.0, at the last commit that is
under it), `read_experts` the questions of ExpertQA. Sociology and ExpertQA have texts of many
categories in one style, so they are for development alone: there the style does not give the
category away.
"""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from leaksift.finding import Category
from training.pools.split import Split

COLLECTION = "{http://cnx.rice.edu/collxml}"
METADATA = "{http://cnx.rice.edu/mdml}"
DOCUMENT = "{http://cnx.rice.edu/cnxml}"
LONGEST = 900


@dataclass(frozen=True)
class Book:
    """A textbook: its repository, and the category of all chapters or of those named."""

    repository: str
    split: Split
    category: Category | None = None
    chapters: Mapping[str, Category | None] = field(default_factory=dict)


BOOKS = (
    Book(
        "openstax/osbooks-introduction-philosophy",
        "train",
        "Society & Culture",
        {"Logic and Reasoning": None, "Political Philosophy": None},
    ),
    Book(
        "openstax/osbooks-introduction-anthropology",
        "train",
        None,
        {
            "Culture Concept Theory: Theories of Cultural Change": "Society & Culture",
            "Biological Evolution and Early Human Evidence": "Science & Mathematics",
            "The Genus Homo and the Emergence of Us": "Science & Mathematics",
            "Social Inequalities": "Society & Culture",
            "Forming Family through Kinship": "Family & Relationships",
            "Gender and Sexuality": "Society & Culture",
            "Religion and Culture": "Society & Culture",
            "Anthropology of Food": "Society & Culture",
            "Indigenous Anthropology": "Society & Culture",
            "Medical Anthropology": "Health",
        },
    ),
    Book(
        "openstax/osbooks-college-success",
        "train",
        "Education & Reference",
        {
            "Understanding Financial Literacy": "Business & Finance",
            "Engaging in a Healthy Lifestyle": "Health",
            "Communicating": None,
            "Thinking": None,
            "Understanding Civility and Cultural Competence": "Society & Culture",
        },
    ),
    Book("openstax/osbooks-writing-guide", "train", "Education & Reference"),
    Book("openstax/osbooks-american-government", "train", "Politics & Government"),
    Book("openstax/osbooks-physics", "train", "Science & Mathematics"),
    Book("openstax/osbooks-astronomy", "train", "Science & Mathematics"),
    Book(
        "openstax/osbooks-introduction-sociology",
        "dev",
        None,
        {
            "Culture": "Society & Culture",
            "Race and Ethnicity": "Society & Culture",
            "Gender, Sex, and Sexuality": "Society & Culture",
            "Religion": "Society & Culture",
            "Relationships, Marriage, and Family": "Family & Relationships",
            "Education": "Education & Reference",
            "Government and Politics": "Politics & Government",
            "Work and the Economy": "Business & Finance",
            "Health and Medicine": "Health",
        },
    ),
)

EXPERT_FIELDS: Mapping[str, Category] = {
    "Healthcare / Medicine": "Health",
    "Medicine": "Health",
    "Law": "Politics & Government",
    "Political Science": "Politics & Government",
    "Military or Law Enforcement": "Politics & Government",
    "Criminology": "Politics & Government",
    "Chemistry": "Science & Mathematics",
    "Biology": "Science & Mathematics",
    "Physics and Astronomy": "Science & Mathematics",
    "Mathematics": "Science & Mathematics",
    "Environmental Science": "Science & Mathematics",
    "Climate Science": "Science & Mathematics",
    "Nuclear Science": "Science & Mathematics",
    "Business": "Business & Finance",
    "Economics": "Business & Finance",
    "Education": "Education & Reference",
    "History": "Education & Reference",
    "Literature": "Education & Reference",
    "Geography": "Education & Reference",
    "Music": "Entertainment & Music",
    "Sociology": "Society & Culture",
    "Philosophy": "Society & Culture",
    "Anthropology": "Society & Culture",
    "Theology": "Society & Culture",
    "Classical Studies": "Society & Culture",
}
"""Fields that could be of two categories (psychology, architecture, engineering) are left out."""

Document = tuple[str, Category, str]
"""Text, category and origin."""


def read_textbook(folder: Path, book: Book) -> Iterator[tuple[Split, Document]]:
    """Paragraphs and questions of a book, 40 to about 500 characters each."""
    origin = f"OpenStax {book.repository.partition('osbooks-')[2]}"
    for file in sorted((folder / "collections").glob("*.xml")):
        for chapter in ET.parse(file).getroot().iter(f"{COLLECTION}subcollection"):
            # What a chapter is called may have a line break in the file.
            title = " ".join((chapter.findtext(f"{METADATA}title") or "").split())
            category = book.chapters.get(title, book.category)
            if category is None:
                continue
            for module in chapter.findall(f"{COLLECTION}content/{COLLECTION}module"):
                text = folder / "modules" / module.attrib["document"] / "index.cnxml"
                for piece in paragraphs(text):
                    yield book.split, (piece, category, origin)


def paragraphs(file: Path) -> Iterator[str]:
    """The paragraphs of a module, long ones cut after a sentence."""
    for paragraph in ET.parse(file).getroot().iter(f"{DOCUMENT}para"):
        text = " ".join("".join(paragraph.itertext()).split())
        # Lengths as short texts have them, the same ones each time.
        limit = (150, 250, 400, 500)[len(text) % 4]
        piece = ""
        for sentence in re.split(r"(?<=[.!?]) (?=[A-Z“])", text):
            if piece and len(piece) + len(sentence) > limit:
                break
            piece = f"{piece} {sentence}".strip()
        if len(piece) >= 40 and "by the end of this section" not in piece.lower():
            yield piece[:LONGEST]


def read_experts(folder: Path) -> Iterator[tuple[Split, Document]]:
    """The questions that experts asked about their field."""
    lines = (folder / "data" / "r1_data_anon.jsonl").read_text(encoding="utf-8")
    for line in lines.splitlines():
        entry = json.loads(line)
        category = EXPERT_FIELDS.get(entry["metadata"]["field"])
        question = " ".join(entry["question"].split())
        if category and len(question) > 25:
            yield "dev", (question[:LONGEST], category, f"ExpertQA {entry['metadata']['field']}")
