"""Real sentences with people in them: who is found, what is left out, how names are changed."""

from __future__ import annotations

import random
import re
from pathlib import Path
from types import SimpleNamespace

import pytest

from training.novels import Verdict, Word, complete, paragraphs, people_of, split_sentences
from training.people_in_text import English, Record, load_people, write_people
from training.pools.lists import Lists
from training.spoken import write_record
from training.template import Filling

ENGLISH = English(
    ("Tom", "Mary", "Jackson"), frozenset(("Boston", "Mr")), frozenset(("Rose",)), {"did": 9}
)


@pytest.mark.parametrize(
    ("text", "people"),
    [
        ("Did Mary see Tom's car in Boston?", ["Mary", "Tom"]),
        ("Tom Jackson called.", ["Tom Jackson"]),
        ("Did Mr. Jackson call?", ["Jackson"]),
        ("Did it rain?", []),
    ],
)
def test_the_listed_names_of_a_sentence_are_its_people(text: str, people: list[str]) -> None:
    assert [text[a:b] for a, b in ENGLISH.people(text) or ()] == people


@pytest.mark.parametrize(
    "text", ["Tom met Picasso.", "Rose is here.", "Zorro came.", "I know the Jacksons."]
)
def test_a_sentence_that_may_name_somebody_else_is_left_out(text: str) -> None:
    assert ENGLISH.people(text) is None


def words(text: str, people: str = "") -> list[Word]:
    return [
        Word(m[0], m.start(), m.end(), "PERSON" if m[0] in people.split() else "", m.start() == 0)
        for m in re.finditer(r"\w+", text)
    ]


def test_a_name_in_a_novel_stands_without_its_title_and_with_its_initials() -> None:
    verdict = Verdict(frozenset(("Gunch", "Ada")), frozenset(("Mrs",)), frozenset(("then",)))
    text = "Then Mrs. Gunch asked G. K. Gunch and Ada."
    found = people_of(text, words(text), verdict)
    assert [text[a:b] for a, b in found or ()] == ["Gunch", "G. K. Gunch", "Ada"]


@pytest.mark.parametrize(
    "text", ["Then Gunch Street.", "Then Bill left.", "The Old Ada left.", "The Mrs. March."]
)
def test_a_sentence_of_a_novel_with_an_undecided_word_is_left_out(text: str) -> None:
    verdict = Verdict(
        frozenset(("Gunch", "Ada")), frozenset(("Mrs", "March")), frozenset(("then", "the"))
    )
    assert people_of(text, words(text), verdict) is None


def test_quoted_speech_is_not_cut_and_half_a_quotation_is_no_sentence() -> None:
    text = 'He said, "No. I will not." Then Mr. Gunch left. She wept.'
    found = [text[a:b] for a, b in split_sentences(text)]
    assert found == ['He said, "No. I will not."', "Then Mr. Gunch left.", "She wept."]
    assert not complete('"Come here.')


def test_paragraphs_have_no_tags_and_straight_quotes(tmp_path: Path) -> None:
    file = tmp_path / "chapter-1.xhtml"
    file.write_text("<p>“It’s <i>you</i>,” I\u00a0said.</p>", encoding="utf-8")
    assert list(paragraphs(tmp_path, [file])) == ['"It\'s you," I said.']


def written(record: Record, lists: Lists) -> list[tuple[str, list[str]]]:
    found = []
    for seed in range(60):
        filling = Filling(random.Random(seed), lists, "train", record.language)
        write_record(filling, record, {}, str, str)
        text = "".join(filling.pieces)
        found.append((text, [text[span.start : span.end] for span in filling.spans]))
    return found


@pytest.fixture(scope="module")
def lists() -> Lists:
    """Few enough names to know the results: all that naming people reads of the lists."""
    german, french = ["Max", "Uta", "Hans", "Ida"], ["Éva", "Luc", "Ida", "Jan"]
    first = {"de": german, "fr": french, "en": ["Ada", "Bo"]}
    return SimpleNamespace(  # type: ignore[return-value]
        first=first,
        last={language: ["Ober", "Klee"] for language in first},
        words=["word"],
        locale=lambda rng, group: group or rng.choice(sorted(first)),
    )


def test_a_name_that_occurs_twice_becomes_one_person(lists: Lists) -> None:
    record = Record("Tom saw that Tom slept.", [(0, 3), (13, 16)], "en", "tatoeba")
    for text, names in written(record, lists):
        assert text == f"{names[0]} saw that {names[1]} slept."
        last = [name.split()[-1] for name in names if name.split()[-1] in ("Ober", "Klee")]
        first = [name[0] for name in names if name not in ("Ober", "Klee")]
        assert len(set(last)) <= 1
        assert len(set(first)) <= 1


def test_a_german_genitive_stays_one_word_with_its_name(lists: Lists) -> None:
    record = Record("Toms Hund schläft.", [(0, 4)], "de", "tatoeba")
    results = written(record, lists)
    assert all(
        text == f"{names[0]} Hund schläft." and names[0].endswith("s") for text, names in results
    )
    assert any(names[0] == "Utas" for _, names in results)


def test_french_elision_is_kept(lists: Lists) -> None:
    record = Record("C'est le chien d'Alice.", [(17, 22)], "fr", "tatoeba")
    kept = [names[0][0] in "ÉIAOU" for _, names in written(record, lists)]
    assert sum(kept) > 50


def test_records_come_back_as_they_were_written(tmp_path: Path) -> None:
    record = Record("Tom slept.", [(0, 3)], "en", "tatoeba")
    assert write_people({"train": [record], "dev": []}, tmp_path) == {
        "train tatoeba en with people": 1
    }
    assert load_people(tmp_path, "train") == [record]
    assert load_people(tmp_path, "dev") == []
