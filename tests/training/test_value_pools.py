"""What templates rely on: values of the right country, right check digits, nothing shared."""

# ruff: noqa: E501
from __future__ import annotations

import random
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from training.example import Example, LabelledSpan
from training.layout import edited, hurried, misread, roughened
from training.pools import accounts, dates, lists, nationals, people, phones, places
from training.pools.lists import Lists

FOLDER = Path(lists.__file__).parent


def part(toml: str) -> dict[str, dict[str, object]]:
    from leaksift.toml import parse_toml

    return parse_toml((FOLDER / toml).read_bytes())


@pytest.fixture(scope="module")
def pools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pools of two names for each locale: everything else comes from the files in the checkout."""
    import gzip
    import json

    file = tmp_path_factory.mktemp("pools") / "pools.json.gz"
    names = {"first": [f"Ann{c}" for c in "abcdefghijklmnopqrst"], "last": [f"Roe{c}" for c in "abcdefghijklmnopqrst"]}  # fmt: skip
    empty: dict[str, list[str]] = {name: [] for name in ("address", "street", "street_name", "city", "postcode", "phone", "company", "job")}  # fmt: skip
    locales = sorted({locale for group in lists.GROUPS.values() for locale in group})
    content = {
        "people": dict.fromkeys(locales, names),
        "census": names,
        "places": dict.fromkeys(locales, empty),
        "phones": {locale[3:]: [f"+49 30 {n:06}" for n in range(90, 140)] for locale in locales},
        "national": {},
        "words": ["river", "stone", "cloud", "maple", "amber", "north"],
        "us_addresses": ["1 MAIN ST, TOWN, CA 90001"],
    }
    with gzip.open(file, "wt", encoding="utf-8") as text:
        json.dump(content, text)
    return file


@pytest.fixture(scope="module")
def found(pools: Path) -> Lists:
    return lists.load(pools, "train")


def test_every_locale_that_templates_ask_for_gives_that_locale(found: Lists) -> None:
    rng = random.Random(1)
    for group, locales in lists.GROUPS.items():
        drawn = {found.locale(rng, group) for _ in range(300)}
        assert drawn == set(locales), group
    assert {found.locale(rng, "de_CH") for _ in range(20)} == {"de_CH"}


def test_a_locale_without_names_gives_one_of_the_same_language(found: Lists) -> None:
    rng = random.Random(2)
    assert all(found.locale(rng, "fr_LU").startswith("fr_") for _ in range(50))


@pytest.mark.parametrize(
    "locale", sorted({one for group in lists.GROUPS.values() for one in group})
)
def test_a_locale_has_a_layout_of_its_own_for_addresses(found: Lists, locale: str) -> None:
    layout, rng = found.layout(locale), random.Random(locale)
    assert locale in ("en_US",) or layout is not found.layouts["US"]
    texts = [places.address(rng, found, locale) for _ in range(60)]
    assert all(text == text.strip() and "{" not in text for text in texts)
    towns = {town.casefold() for town in layout.cities}
    if towns:
        assert sum(any(town in text.casefold() for town in towns) for text in texts) > 30
    for text in (places.address_lines(rng, found, locale, "  ") for _ in range(30)):
        assert all(line.strip() for line in text.split("\n"))


def test_chinese_japanese_and_korean_addresses_begin_with_the_largest_unit(found: Lists) -> None:
    rng = random.Random(3)
    for locale in ("zh_CN", "ja_JP", "ko_KR"):
        towns = found.layout(locale).cities
        texts = [places.parts(rng, found, locale) for _ in range(80)]
        assert not any(town in lines[-1] for lines in texts if len(lines) > 1 for town in towns)


def test_addresses_come_in_several_layouts(found: Lists) -> None:
    rng = random.Random(4)
    texts = [places.address(rng, found, "en_GB") for _ in range(900)]
    code = re.compile(r"[A-Z]{1,2}\d[\dA-Z]? \d[A-Z]{2}$")
    assert any("PO Box" in text for text in texts)
    assert any(text.startswith("Flat ") for text in texts)
    assert any(text.isupper() for text in texts) and any(text.islower() for text in texts)
    assert any(code.search(text) for text in texts) and any("," not in text for text in texts)


def test_telephone_numbers_keep_their_digits_in_every_style() -> None:
    rng = random.Random(5)
    for text in ("+49 30 123456", "+33 1 23 45 67 89", "(02) 1230 0928", "0121 232 1981"):
        for _ in range(200):
            digits = re.sub(r"\D", "", phones.restyled(rng, text))
            plain = re.sub(r"\D", "", text)
            assert digits in (plain, f"00{plain}", plain[:2] + "0" + plain[2:])


def test_names_of_english_texts_come_from_everywhere_and_in_many_forms(found: Lists) -> None:
    rng = random.Random(6)
    persons = [people.make(rng, found, "en") for _ in range(3000)]
    home = {name for names in (*found.first.values(), *found.extra.values()) for name in names}
    elsewhere = sum(person.first.split()[0] not in home for person in persons)
    assert 400 < elsewhere < 1500
    names = [people.full(rng, person) for person in persons]
    assert any(name.isupper() for name in names) and any(name.islower() for name in names)
    assert any(re.search(r" [A-Z]\. ", name) for name in names)
    assert any(name.endswith("Jr.") for name in names)
    assert any("-" in person.last for person in persons)
    assert all(name == name.strip() for name in names)


def test_chinese_names_stand_family_name_first(found: Lists) -> None:
    person = people.make(random.Random(7), found, "zh")
    text = people.full(random.Random(7), person)
    assert text.replace(" ", "") == person.last + person.first


def test_people_of_other_scripts_have_addresses_in_ascii(found: Lists) -> None:
    rng = random.Random(8)
    for group in ("ru", "zh", "ja", "ar", "el"):
        assert all(people.make(rng, found, group).user.isascii() for _ in range(50))


def test_training_and_development_share_no_name_town_or_street(pools: Path) -> None:
    train, dev = (lists.load(pools, split) for split in ("train", "dev"))  # type: ignore[arg-type]
    for name, (first, last) in train.latin.items():
        if len(part("names.toml")["people"].get(name, {})) and len(dev.latin[name][1]) > 3:  # type: ignore[arg-type]
            assert not set(last) & set(dev.latin[name][1]), name
            assert not (len(first) > 30 and set(first) & set(dev.latin[name][0])), name
    for country, layout in train.layouts.items():
        if len(layout.cities) >= 100:
            assert not set(layout.cities) & set(dev.layouts[country].cities), country


NATIONALS: dict[str, Callable[[random.Random], str]] = {
    "us.ssn": nationals.ssn,
    "iso7064.mod_11_2": nationals.chinese,
    "br.cpf": nationals.brazilian,
    "es.dni": nationals.spanish,
    "fr.nir": nationals.french,
    "nl.bsn": nationals.dutch,
    "pl.pesel": nationals.polish,
    "ch.ssn": nationals.swiss,
    "kr.rrn": nationals.korean,
    "jp.in_": nationals.japanese,
}


@pytest.mark.parametrize("module", sorted(NATIONALS))
def test_national_numbers_are_what_their_countries_accept(module: str) -> None:
    import importlib

    check = importlib.import_module(f"stdnum.{module}")
    rng = random.Random(module)
    values = [re.sub(r"[ .]", "", NATIONALS[module](rng)) for _ in range(200)]
    wrong = [value for value in values if not check.is_valid(value)]
    assert not wrong


def test_numbers_without_a_public_check_have_the_form_of_their_country() -> None:
    rng = random.Random(9)
    assert re.fullmatch(r"[A-Z][12]\d{8}", nationals.taiwanese(rng))
    assert re.fullmatch(r"[12]\d{9}", nationals.saudi(rng))
    assert len(re.sub(r"\D", "", nationals.snils(rng))) == 11


def test_wallets_and_accounts_have_right_checksums() -> None:
    from stdnum import bitcoin, luhn

    rng = random.Random(10)
    wallets = [accounts.crypto(rng) for _ in range(800)]
    bitcoins = [text for text in wallets if re.match(r"bc1q|1|3", text) and len(text) < 43]
    assert len(bitcoins) > 100
    assert all(bitcoin.is_valid(text) for text in bitcoins)
    cards = [accounts.card(rng) for _ in range(400)]
    assert all(luhn.is_valid(re.sub(r"\D", "", card)) for card in cards)
    assert {13, 14, 15, 16, 19} <= {len(re.sub(r"\D", "", card)) for card in cards}
    for _ in range(100):
        clabe = re.sub(r"\D", "", accounts.clabe(rng))
        total = sum(int(d) * w % 10 for d, w in zip(clabe[:17], (3, 7, 1) * 6, strict=False))
        assert len(clabe) == 18 and (total + int(clabe[17])) % 10 == 0


@pytest.mark.parametrize(
    ("locale", "form"),
    [
        ("zh_CN", r"\d{4} ?年 ?\d{1,2} ?月 ?\d{1,2} ?日"),
        ("ja_JP", r"(昭和|平成|令和)(\d+|元)年\d+月\d+日"),
        ("ko_KR", r"\d{4}년 \d{1,2}월 \d{1,2}일"),
        ("en_US", r"[A-Z][a-z]+ \d{1,2}(st|nd|rd|th), \d{4}"),
        ("en_US", r"\d{1,2}/\d{1,2}/\d{2}"),
        ("en_GB", r"[a-z-]+ of [A-Z][a-z]+ \d{4}"),
        ("de_DE", r"\d{1,2}\. (Januar|März|Mai|Juni) \d{4}"),
        ("es_MX", r"\d{1,2} de [a-z]+ de \d{4}"),
        ("sv_SE", r"\d{4}-\d\d-\d\d"),
        ("ar_EG", r"\d{1,2} يناير \d{4}"),
        ("uk_UA", r"\d{1,2} травня \d{4}"),
    ],
)
def test_dates_of_birth_are_written_as_in_their_country(locale: str, form: str) -> None:
    rng = random.Random(locale)
    assert any(re.fullmatch(form, dates.birth(rng, locale)) for _ in range(4000))


def sample() -> Example:
    text = "Name: Jo Ren.\nmail jo@example.com, call me. Born 3/4/1980!\nIt isn't late; we're here."
    values = (("Jo Ren", "private_person"), ("jo@example.com", "private_email"), ("3/4/1980", "private_date"))  # fmt: skip
    spans = tuple(LabelledSpan(text.index(v), text.index(v) + len(v), label) for v, label in values)  # type: ignore[arg-type]
    return Example(text, spans, "here")


def test_noise_leaves_spans_on_their_values() -> None:
    example = sample()
    values = [example.text[s.start : s.end] for s in example.spans]
    texts = set()
    for seed in range(200):
        for change in (roughened, hurried):
            changed = change(example, random.Random(seed))
            assert [changed.text[s.start : s.end].casefold() for s in changed.spans] == [
                value.casefold() for value in values
            ]
            texts.add(changed.text)
        blurred = misread(example, random.Random(seed))
        for span, value in zip(blurred.spans, values, strict=True):
            held = blurred.text[span.start : span.end]
            assert held == held.strip() and abs(len(held) - len(value)) <= 4
    assert len(texts) > 60


def test_white_space_that_noise_adds_stays_outside_of_values() -> None:
    example = sample()
    pieces = [f" {char} " if char != "\n" else char for char in example.text]
    changed = edited(example, pieces)
    for span in changed.spans:
        held = changed.text[span.start : span.end]
        assert held == held.strip()
