"""What training relies on: right labels, parts that share nothing, sources that may be used."""

from __future__ import annotations

import gzip
import hashlib
import json
import random
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

from leaksift.finding import LABELS
from training import fields, template
from training.background import doubtful
from training.data import PURPOSES, LockError, read_lock
from training.devsets import NAMES, dev_set, read_set, write_sets
from training.example import Example, LabelledSpan
from training.generate import document_examples, examples
from training.layout import as_patch, roughened
from training.natural import read_conll
from training.pools import accounts, lists
from training.real_secrets import Row, windows_of
from training.template import Filling, Slot, TemplateError, parse

SPLITS = ("train", "dev")


def small_pools() -> dict[str, object]:
    """Lists of the form that `collect` writes, made without Faker."""
    names = [
        f"{a}{b}"
        for a in ("Mar", "Jo", "El", "Ka", "Vi", "No", "Ti")
        for b in ("la", "ren", "sim", "dor", "bek", "mat")
    ]
    place = {
        "address": [f"{n} {name} Street\nTown {n}, CA {10000 + n}" for n, name in enumerate(names)],
        "street": [f"{n} {name} Street" for n, name in enumerate(names)],
        "street_name": [f"{name} Street" for name in names],
        "city": [f"{name}ville" for name in names],
        "postcode": ["12345", "54321"],
        "phone": [f"+1 415 555 {n:04}" for n in range(60)],
        "company": [f"{name} Ltd" for name in names],
        "job": ["engineer"],
    }
    locales = ("en_US", "en_GB", "de_DE", "fr_FR", "es_MX", "es_ES", "it_IT", "zh_CN", "ja_JP")
    return {
        "people": {
            locale: {"first": names, "last": [f"{n}son" for n in names]} for locale in locales
        },
        "census": {"first": names, "last": [f"{n}man" for n in names]},
        "places": dict.fromkeys(locales, place),
        "phones": {"US": place["phone"], "DE": [f"+49 30 {n:06}" for n in range(60)]},
        "national": {
            "us_ssn": {"locale": "en_US", "values": [f"{n:03}-12-3456" for n in range(60)]}
        },
        "words": [name.lower() for name in names],
        "us_addresses": place["street"],
    }


def zipped(path: Path, text: str) -> None:
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.write(text)


@pytest.fixture(scope="session")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A work folder as step `data` leaves it, but small."""
    folder = tmp_path_factory.mktemp("work")
    zipped(folder / "pools.json.gz", json.dumps(small_pools()))
    pieces = [
        {"kind": kind, "package": f"pypi:package{n}", "text": f"value = {n}\n" * 60}
        for n in range(40)
        for kind in ("py", "js", "md", "json")
    ]
    zipped(folder / "background.jsonl.gz", "".join(json.dumps(piece) + "\n" for piece in pieces))
    tweets = [["Marla met Joren today", [[0, 5], [10, 15]]], ["nobody is here", []]]
    documents = [["Who won the cup?", "Sports", "OpenTriviaQA sports"]]
    natural = {
        "tweets": dict.fromkeys(SPLITS, tweets),
        "documents": dict.fromkeys(SPLITS, documents),
    }
    zipped(folder / "natural.json.gz", json.dumps(natural))
    stories = [
        ["Tom met Mary in Boston.", [[0, 3], [8, 12]], "en", "tatoeba"],
        ["Mr. Black smiled at Jane.", [[4, 9], [20, 24]], "en", "novel x"],
        ["It rains.", [], "en", "tatoeba"],
        ["Toms Hund schläft.", [[0, 4]], "de", "tatoeba"],
        ["Der Hund schläft.", [], "de", "tatoeba"],
    ]
    zipped(folder / "people.json.gz", json.dumps(dict.fromkeys(SPLITS, stories)))
    window = {
        "text": "a\npassword: open-sesame\nb",
        "spans": [[12, 23]],
        "unknown": [[0, 1]],
        "repository": "",
    }
    repositories = [f"owner/thing{n}" for n in range(40)]
    zipped(
        folder / "secrets.json.gz",
        json.dumps([window | {"repository": name} for name in repositories]),
    )
    return folder


def filling_of(work: Path, split: str = "train") -> Filling:
    return Filling(random.Random(1), lists.load(work / "pools.json.gz", split), split)  # type: ignore[arg-type]


@pytest.mark.parametrize("split", SPLITS)
def test_spans_are_sorted_apart_and_inside_the_text(work: Path, split: str) -> None:
    for example in islice(examples(3, split, work), 1500):  # type: ignore[arg-type]
        position = 0
        for span in example.spans:
            assert position <= span.start < span.end <= len(example.text)
            assert (
                example.text[span.start : span.end].strip() == example.text[span.start : span.end]
            )
            position = span.end
        for start, end in example.unknown:
            assert 0 <= start <= end <= len(example.text)
            assert not any(span.start < end and start < span.end for span in example.spans)


@pytest.mark.parametrize("split", SPLITS)
def test_every_label_occurs(work: Path, split: str) -> None:
    found = {
        span.label for example in islice(examples(4, split, work), 3000) for span in example.spans
    }  # type: ignore[arg-type]
    assert found == set(LABELS)


def test_the_same_seed_gives_the_same_examples(work: Path) -> None:
    first = list(islice(examples(5, "train", work), 300))
    assert first == list(islice(examples(5, "train", work), 300))
    assert first != list(islice(examples(6, "train", work), 300))


def test_a_span_holds_the_value_of_its_slot(work: Path) -> None:
    filling = filling_of(work)
    template.fill(parse("name: «full», mail «email»\n«*2-2»card «card»;«/» done", "here"), filling)
    text = "".join(filling.pieces)
    found = [(text[s.start : s.end], s.label) for s in filling.spans]
    person = filling.person(1)
    assert person.last.casefold() in found[0][0].casefold() and found[0][1] == "private_person"
    assert "@" in found[1][0] and found[1][1] == "private_email"
    assert [label for _, label in found[2:]] == ["account_number"] * 2
    assert text.endswith("; done")


def test_the_same_person_keeps_the_same_values(work: Path) -> None:
    filling = filling_of(work)
    template.fill(parse("«email» «email» «email#2»", "here"), filling)
    one, two, other = ("".join(filling.pieces)[s.start : s.end] for s in filling.spans)
    assert one == two != other


def test_template_files_and_fields_belong_to_one_part_each() -> None:
    files = {split: {t.origin.rsplit(" ", 1)[0] for t in template.load(split)} for split in SPLITS}  # type: ignore[arg-type]
    assert files["train"] and files["dev"] and not files["train"] & files["dev"]
    train, dev = (fields.load(split) for split in SPLITS)  # type: ignore[arg-type]
    for slot, names in train.positive.items():
        if len(names) > 3:
            assert not set(names) & set(dev.positive[slot]), slot
    for kind, lines in train.lines.items():
        if len(lines) > 3:
            assert not set(lines) & set(dev.lines[kind]), kind


def test_values_belong_to_one_part(work: Path) -> None:
    train, dev = (lists.load(work / "pools.json.gz", split) for split in SPLITS)  # type: ignore[arg-type]
    assert not set(train.first["de_DE"]) & set(dev.first["de_DE"])
    assert not set(train.phones["DE"]) & set(dev.phones["DE"])
    assert not set(train.words) & set(dev.words)


def test_background_packages_belong_to_one_part(work: Path) -> None:
    origins = {
        split: {
            e.origin for e in islice(examples(8, split, work), 2000) if e.origin.startswith("pypi:")
        }  # type: ignore[arg-type]
        for split in SPLITS
    }
    assert origins["train"] and origins["dev"] and not origins["train"] & origins["dev"]


def test_there_are_many_templates_and_many_hard_negatives() -> None:
    every = [t for split in SPLITS for t in template.load(split) if t.kind != "category"]  # type: ignore[arg-type]
    assert len({t.origin.rsplit(" ", 1)[0] for t in every}) >= 60
    assert len(every) >= 1000
    assert sum(not t.labels for t in every) >= 300


def test_an_unknown_slot_or_an_open_repeat_is_named() -> None:
    with pytest.raises(TemplateError, match="letters 3: no slot is called «emial»"):
        parse("«emial»", "letters 3")
    with pytest.raises(TemplateError, match="without"):
        parse("«*1-2»x", "here")


def test_numbers_have_right_check_digits() -> None:
    from stdnum import iban, luhn

    rng = random.Random(2)
    assert all(
        luhn.is_valid(accounts.card(rng).replace(" ", "").replace("-", "")) for _ in range(300)
    )
    # The structure of a national part is not drawn for each country's own checks.
    assert all(iban.is_valid(accounts.iban(rng), check_country=False) for _ in range(300))


def test_a_patch_and_a_scanned_form_keep_their_spans() -> None:
    text = "name: Jo Ren\nmail jo@example.com and more words here"
    spans = (LabelledSpan(6, 12, "private_person"), LabelledSpan(18, 32, "private_email"))
    example = Example(text, spans, "here", unknown=((33, 36),))
    values = [text[s.start : s.end] for s in spans]
    for seed in range(60):
        for changed in (
            as_patch(example, random.Random(seed)),
            roughened(example, random.Random(seed)),
        ):
            assert [changed.text[s.start : s.end] for s in changed.spans] == values
            assert [changed.text[a:b].strip() for a, b in changed.unknown] == ["and"]


def test_private_looking_background_is_doubtful_but_its_authors_are_not() -> None:
    text = 'send to kim@corp.org\n# Author: Kim Roe <kim@corp.org>\npassword = "hunter22"\n'
    assert [text[a:b] for a, b in doubtful(text)] == ["kim@corp.org", "hunter22"]


def test_judged_lines_are_cut_out_with_their_secrets() -> None:
    text = "\n".join(f"line {n}" for n in range(30)).replace("line 9", "key = abc ghi")
    rows = [
        Row("f", 10, 10, "T", 6, 9),
        Row("f", 10, 10, "X", 10, 13),
        Row("f", 10, 12, "T", None, None),
    ]
    [window] = windows_of(text, [*rows, Row("f", 11, 11, "F", 0, 4)], "owner/thing")
    assert [window.text[a:b] for a, b in window.spans] == ["abc"]
    assert [window.text[a:b] for a, b in window.unknown] == ["ghi"]
    assert window.text.startswith("line 2\n") and len(window.text.split("\n")) < 20


def test_in_development_judged_lines_keep_their_values(work: Path) -> None:
    assert all("open-sesame" in example.text for example in dev_set("secrets", work))


def test_tweets_are_read_with_their_people() -> None:
    rows = "RT\tO\n@\tO\nbob\tB-PER\n:\tO\nJane\tB-PER\nRoe\tI-PER\n's\tO\nnew\tO\nalbum\tO\n"
    [(text, spans)] = list(read_conll(rows))
    assert text == "RT @bob: Jane Roe's new album"
    assert [text[a:b] for a, b in spans] == ["bob", "Jane Roe"]


def test_every_category_has_examples(work: Path) -> None:
    found = {example.category for example in islice(document_examples(1, "train", work), 400)}
    assert len(found) == 10


def test_development_sets_are_read_back_as_written(work: Path) -> None:
    sizes = write_sets(work)
    assert set(sizes) == set(NAMES)
    again = read_set("developer", work)
    assert len(again) == sizes["developer"] and all(example.spans for example in again)
    assert not any(example.spans for example in read_set("clean", work))


def lock(tmp_path: Path, **changes: str) -> Path:
    entry = {
        "name": "thing",
        "registry": "pypi",
        "version": "1.0",
        "sha256": hashlib.sha256().hexdigest(),
    }
    entry |= {"licence": "MIT", "purpose": "background"} | changes
    file = tmp_path / "sources.toml"
    refused = '[[refused]]\nname = "names-dataset"\nreason = "made from a leak"\n'
    file.write_text(
        refused + "[[source]]\n" + "".join(f'{k} = "{v}"\n' for k, v in entry.items()),
        encoding="utf-8",
    )
    return file


def test_a_good_source_is_accepted(tmp_path: Path) -> None:
    assert [source.name for source in read_lock(lock(tmp_path))] == ["thing"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"licence": "CC-BY-NC-4.0"}, "licence CC-BY-NC-4.0"),
        ({"licence": "GPL-3.0-only"}, "licence GPL-3.0-only"),
        ({"licence": ""}, "licence none"),
        ({"name": "Names-Dataset"}, "made from a leak"),
        ({"sha256": ""}, "no SHA-256"),
        ({"version": ""}, "no version"),
        ({"purpose": "anything"}, "unknown registry or purpose"),
    ],
)
def test_a_source_that_may_not_be_used_is_refused(
    tmp_path: Path, change: dict[str, str], words: str
) -> None:
    with pytest.raises(LockError, match=words):
        read_lock(lock(tmp_path, **change))


def test_the_lock_file_names_only_what_may_be_used() -> None:
    sources = read_lock()
    assert len(sources) > 150
    assert {source.purpose for source in sources} == PURPOSES


def test_every_slot_gives_text_in_both_parts(work: Path) -> None:
    for split in SPLITS:
        filling = filling_of(work, split)
        for name in (*template.LABELLED, *template.UNKNOWN, *template.DATED):
            before = filling.length
            template.write_slot(Slot(name, 1), filling)
            assert filling.length > before, name


@pytest.fixture
def faker_names() -> Iterator[None]:
    pytest.importorskip("faker", reason="needs the extra `train`")
    yield


@pytest.mark.usefixtures("faker_names")
def test_faker_gives_names_in_many_scripts() -> None:
    from training.pools.collect import LOCALES, people_of

    found = [locale for locale in LOCALES if len(people_of(locale)["last"]) > 20]
    assert {"ja_JP", "zh_CN", "ru_RU", "ar_SA", "de_DE", "pl_PL"} <= set(found)
