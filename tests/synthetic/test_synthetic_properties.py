"""Made-up values of any value: another one of the same kind, form and check digits, by the key."""

from __future__ import annotations

import datetime as dt
import re
import string

import phonenumbers
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from stdnum import iban, luhn, numdb

pytest.importorskip("faker")

from leaksift.finding import LABELS, Label
from leaksift.library.filter import PrivacyFilter
from leaksift.rules.rule import examples, preset_bytes
from leaksift.rules.validators import VALIDATORS, Candidate
from leaksift.synthetic import Synthesizer
from leaksift.synthetic.numbers import _validators

KEYS = st.binary(min_size=16, max_size=16)
# Two files, two processes, two days: two objects with the same key.
ONE, TWO = Synthesizer(b"a key of 16 byte"), Synthesizer(b"a key of 16 byte")

BANK_CODES = {
    found[0][0]: found[0][1]["bban"]
    for a in string.ascii_uppercase
    for b in string.ascii_uppercase
    if (found := numdb.get("iban").info(f"{a}{b}00"))[0][1]
}
SIGNS = {"n": string.digits, "a": string.ascii_uppercase, "c": string.digits + "ABCXYZ"}


def form(text: str) -> str:
    return re.sub("[0-9]", "9", re.sub("[a-z]", "a", re.sub("[A-Z]", "A", text)))


@st.composite
def ibans(draw: st.DrawFn) -> str:
    country = draw(st.sampled_from(sorted(BANK_CODES)))
    parts = re.findall("([0-9]+)!([nac])", BANK_CODES[country])
    body = "".join(
        "".join(draw(st.lists(st.sampled_from(SIGNS[kind]), min_size=int(n), max_size=int(n))))
        for n, kind in parts
    )
    number = f"{country}{iban.calc_check_digits(f'{country}00{body}')}{body}"
    assume(iban.is_valid(number))
    blanks = draw(st.booleans())
    return " ".join(re.findall(".{1,4}", number)) if blanks else number


@settings(max_examples=150, deadline=None)
@given(ibans())
def test_an_iban_becomes_another_right_one_of_its_country(value: str) -> None:
    new = ONE.replace("account_number", value, "iban")
    assert new != value
    assert iban.is_valid(new)
    assert new[:2] == value[:2]
    assert [c == " " for c in new] == [c == " " for c in value]
    assert new == TWO.replace("account_number", value, "iban")


@st.composite
def cards(draw: st.DrawFn) -> str:
    head, length = draw(
        st.sampled_from([("4", 16), ("51", 16), ("2221", 16), ("34", 15), ("6011", 16), ("35", 16)])
    )
    rest = draw(st.text("0123456789", min_size=length, max_size=length))
    body = (head + rest)[: length - 1]
    number = body + luhn.calc_check_digit(body)
    separator = draw(st.sampled_from(["", " ", "-"]))
    return separator.join(re.findall(".{1,4}", number))


@settings(max_examples=150, deadline=None)
@given(cards())
def test_a_card_becomes_another_one_of_its_brand_with_a_right_check_digit(value: str) -> None:
    new = ONE.replace("account_number", value, "payment-card-number")
    assert new != value
    assert form(new) == form(value)
    assert new[0] == value[0]
    assert luhn.is_valid(re.sub(r"\D", "", new))
    assert new == TWO.replace("account_number", value, "payment-card-number")


def numbers_of_persons() -> list[tuple[str, str]]:
    """The rule and the number of each of the rules' own examples."""
    found = set()
    wanted = {rule: text for rule, kind, text in examples(preset_bytes("pii")) if kind == "match"}
    with PrivacyFilter.load(model="none", presets=("pii",)) as used:
        for rule, text in wanted.items():
            for span in used.detect(text).spans:
                if span.rule == rule and rule in _validators():
                    found.add((rule, text[span.start : span.end]))
    return sorted(found)


NUMBERS = numbers_of_persons()


def test_nearly_all_rules_for_numbers_of_persons_are_tried() -> None:
    assert len({rule for rule, _ in NUMBERS}) > 70


@pytest.mark.parametrize(("rule", "value"), NUMBERS)
@pytest.mark.parametrize("key", [b"one key of 16 by", b"two key of 16 by"], ids=["one", "two"])
def test_a_number_of_a_person_stays_one_by_its_own_rule(rule: str, value: str, key: bytes) -> None:
    new = Synthesizer(key).replace("account_number", value, rule)
    assert new != value
    assert form(new) == form(value)
    if rule.startswith(("us-social-security", "uk-national-insurance")):
        return  # one that nobody gets, which no check takes for one
    assert VALIDATORS[_validators()[rule]](Candidate(new, 0, len(new)))
    assert new == Synthesizer(key).replace("account_number", value, rule)


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(sorted(_validators())),
    st.sampled_from(LABELS),
    st.one_of(
        st.text(min_size=1, max_size=20),
        st.text("0123456789 -", min_size=1, max_size=20),
        st.sampled_from(["none given", "see file", "²³", "１２３４", "QQ", "4"]),
    ),
)
def test_what_stands_among_numbers_and_is_none_becomes_something_else(
    rule: str, label: Label, value: str
) -> None:
    new = ONE.replace(label, value, rule)
    assert new.strip()
    assert new != value
    assert new == TWO.replace(label, value, rule)


PHONES = sorted(
    {
        phonenumbers.format_number(number, style)
        for region in phonenumbers.SUPPORTED_REGIONS
        for kind in (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE)
        if (number := phonenumbers.example_number_for_type(region, kind))
        for style in (
            phonenumbers.PhoneNumberFormat.INTERNATIONAL,
            phonenumbers.PhoneNumberFormat.E164,
        )
    }
)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(PHONES), KEYS)
def test_a_telephone_number_keeps_its_country_and_its_form(value: str, key: bytes) -> None:
    new = Synthesizer(key).replace("private_phone", value)
    assert new != value
    assert form(new) == form(value)
    old, made = phonenumbers.parse(value), phonenumbers.parse(new)
    assert made.country_code == old.country_code
    assert phonenumbers.is_possible_number(made)
    assert new == Synthesizer(key).replace("private_phone", value)


FORMS = (
    "%Y-%m-%d", "%d.%m.%Y", "%m/%d/%Y", "%Y/%m/%d", "%d-%m-%Y", "%Y%m%d", "%d.%m.%y",
    "%d %B %Y", "%B %d, %Y", "%b %d, %Y", "%d %b %Y", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M",
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.dates(dt.date(1920, 1, 1), dt.date(2029, 12, 31)), st.sampled_from(FORMS))
def test_a_date_becomes_another_day_of_its_decade_in_its_form(day: dt.date, style: str) -> None:
    value = dt.datetime.combine(day, dt.time(9, 41)).strftime(style)
    new = ONE.replace("private_date", value)
    assert new != value
    made = dt.datetime.strptime(new, style)  # noqa: DTZ007 - which raises where the form is lost
    if "%Y" in style:
        assert made.year // 10 == day.year // 10
    else:
        assert made.year % 100 // 10 == day.year % 100 // 10
    assert new == TWO.replace("private_date", value)


WORDS = st.sampled_from("Anna Björn ÇELIK david Eva-Lena François O'Neill Zoë".split())
NAMES = st.lists(WORDS, min_size=1, max_size=3).map(" ".join)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(["", "Dr. ", "Mrs. ", "Prof. Dr. "]), NAMES)
def test_a_name_becomes_another_one_of_as_many_parts(title: str, name: str) -> None:
    new = ONE.replace("private_person", title + name)
    assert new.startswith(title)
    parts, old_parts = new[len(title) :].split(" "), name.split(" ")
    assert len(parts) == len(old_parts)
    for part, old in zip(parts, old_parts, strict=True):
        assert part.casefold() != old.casefold()
        assert part.isupper() == old.isupper()
        assert part[0].isupper() == old[0].isupper()
    assert new == TWO.replace("private_person", title + name)


@settings(max_examples=150, deadline=None)
@given(st.emails())
def test_an_address_becomes_another_one_that_is_the_same_in_every_file(value: str) -> None:
    new = ONE.replace("private_email", value)
    assert re.fullmatch(r"[^@\s]+@example\.(?:com|org|net)", new)
    assert new.casefold() != value.casefold()
    assert new == TWO.replace("private_email", value)
