"""Made-up values: the kind, the form and the check digits of the old one, by a key."""

from __future__ import annotations

import re
import subprocess
import sys

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum import iban, luhn
from stdnum.cz import rc
from stdnum.es import dni
from stdnum.it import codicefiscale
from stdnum.pl import pesel

pytest.importorskip("faker")

from leaksift.errors import UsageError
from leaksift.finding import LABELS
from leaksift.library.filter import PrivacyFilter
from leaksift.synthetic import Synthesizer
from leaksift.synthetic.phones import _AREAS

KEY = b"a key of 16 byte"

# Two with the same key, that see values in different orders.
ONE, TWO = Synthesizer(KEY), Synthesizer(KEY)


@pytest.fixture(scope="module")
def made() -> Synthesizer:
    return Synthesizer(KEY)


def form(text: str) -> str:
    return re.sub("[0-9]", "9", re.sub("[a-zà-ÿ]", "a", re.sub("[A-Z]", "A", text)))


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(LABELS), st.text(min_size=1, max_size=60))
def test_any_value_gets_another_one_that_only_the_key_decides(label, value):
    new = ONE.replace(label, value)
    TWO.replace(label, f"{value} and more")
    assert new == TWO.replace(label, value)
    assert new != value and new.strip()


def test_another_key_gives_other_values(made):
    values = [f"anna.meier{n}@firma.de" for n in range(20)]
    other = Synthesizer(b"another key of 24 bytes.")
    new = [made.replace("private_email", value) for value in values]
    assert new != [other.replace("private_email", value) for value in values]


def test_another_process_gives_the_same_values(made):
    code = (
        "from leaksift.synthetic import Synthesizer;"
        f"print(Synthesizer({KEY!r}).replace('private_person', 'Anna Meier'))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == made.replace("private_person", "Anna Meier")


@pytest.mark.parametrize(
    "number",
    ["4929123456789018", "5287 4631 0927 7148", "3714-496353-98431", "6221 2612 3456 7894"],
)
def test_a_card_keeps_its_brand_its_groups_and_its_check_digit(made, number):
    new = made.replace("account_number", number, "payment-card-number")
    assert form(new) == form(number)
    assert new[0] == number[0] and luhn.is_valid(re.sub(r"\D", "", new))


@pytest.mark.parametrize(
    "number",
    [
        "DE89 3704 0044 0532 0130 00",
        "be71 0961 2345 6769",
        "ES9121000418450200051332",
        "FR1420041010050500013M02606",
        "IT60X0542811101000000123456",
        "GB29 NWBK 6016 1331 9268 19",
    ],
)
def test_an_iban_keeps_its_country_and_is_right(made, number):
    new = made.replace("account_number", number, "iban")
    assert form(new) == form(number) and iban.is_valid(new)
    assert new[:2] == number[:2]


@given(number=st.integers(1, 99_999_999))
@settings(max_examples=50, deadline=None)
def test_a_spanish_number_has_the_right_letter(number):
    old = f"{number:08}"
    old += dni.calc_check_digit(old)
    new = ONE.replace("account_number", old, "spain-dni-nie")
    # What a person would write as an example is none that the rule takes.
    assert new != old and form(new) == form(old)
    if len(set(old[:8])) > 3 and not old.startswith(("0123", "1234", "2345", "9876", "8765")):
        assert dni.is_valid(new)


@pytest.mark.parametrize(
    ("number", "context", "module"),
    [
        ("44051401359", "pesel", pesel),
        ("736028/5163", "czech-slovak-birth-number", rc),
        ("MRTMTT91D08F205J", "codice_fiscale", codicefiscale),
    ],
)
def test_a_number_of_a_person_is_valid_and_of_the_same_decade(made, number, context, module):
    new = made.replace("account_number", number, context)
    assert new != number and module.is_valid(new)
    if module is not codicefiscale:
        old_year = module.get_birth_date(number).year
        assert module.get_birth_date(new).year // 10 == old_year // 10


def test_an_american_insurance_number_is_one_that_nobody_gets(made):
    new = made.replace("account_number", "536-22-8726", "us-social-security-number")
    assert re.fullmatch(r"9\d\d-[0-4]\d-\d{4}", new)


@pytest.mark.parametrize(
    ("number", "fiction"),
    [
        ("+1 (415) 867-5309", r"\+1 \(\d{3}\) 555-01\d\d"),
        ("212.867.5309", r"\d{3}\.555\.01\d\d"),
        ("020 7183 8750", r"020 7946 0\d{3}"),
        ("+44 7911 123456", r"\+44 7700 900\d{3}"),
        ("+33 6 12 34 56 78", r"\+33 6 39 98 \d\d \d\d"),
        ("+61 2 9374 4000", r"\+61 [2378] 5550 \d{4}"),
        ("+46 70 123 45 67", r"\+46 70 174 06 \d\d"),
        ("+49 171 5551234", r"\+49 171 39200\d\d"),
    ],
)
def test_a_telephone_number_is_of_the_range_for_films(made, number, fiction):
    new = made.replace("private_phone", number)
    assert re.fullmatch(fiction, new), form(new)


def test_the_american_area_codes_are_in_use():
    for area in _AREAS:
        assert phonenumbers.is_possible_number(phonenumbers.parse(f"+1{area}5550123"))


@pytest.mark.parametrize("number", ["+81 3-3224-9999", "+39 06 6982 0000", "+55 11 91234-5678"])
def test_a_number_of_a_country_without_such_a_range_keeps_country_and_form(made, number):
    new = made.replace("private_phone", number)
    assert new != number and form(new) == form(number)
    assert new[:3] == number[:3]


@given(st.emails())
@settings(max_examples=100, deadline=None)
def test_an_address_is_at_a_domain_for_examples(value):
    new = ONE.replace("private_email", value)
    assert re.search(r"@example\.(com|org|net)\Z", new)
    assert new.casefold() != value.casefold()


def test_a_persons_name_and_address_stay_together(made):
    first, last = made.replace("private_person", "Anna Meier").split()
    address = made.replace("private_email", "anna.meier@firma.example")
    assert address.split("@")[0] == f"{first}.{last}".lower()


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("Dr. Anna Meier", r"Dr\. \w+ [\w'-]+"),
        ("MÜLLER, Hans", r"[A-ZÄÖÜß'-]+, [\w'-]+"),
        ("J. van der Berg", r"[A-Z]\. van der [\w'-]+"),
        ("anna meier", r"[a-zäöüß'-]+ [a-zäöüß'-]+"),
        ("Иван Петров", r"[А-Яа-яё]+ [А-Яа-яё]+"),
        ("김민준", r"[가-힣]{3}"),
    ],
)
def test_a_name_keeps_its_titles_its_order_its_case_and_its_script(made, name, kept):
    assert re.fullmatch(kept, made.replace("private_person", name))


@pytest.mark.parametrize(
    ("value", "shape"),
    [
        ("1984-03-05", r"198\d-(0[1-9]|1[0-2])-\d\d"),
        ("03/05/1984", r"(0[1-9]|1[0-2])/(0[1-9]|1[0-2])/198\d"),
        ("23.11.84", r"\d\d\.(0[1-9]|1[0-2])\.8\d"),
        ("5. März 1984", r"\d\. [A-ZÄÖÜ][a-zä]+ 198\d"),
        ("March 3rd, 1990", r"[A-Z][a-z]+ \d(st|nd|rd|th), 199\d"),
        ("1990年5月3日", r"199\d年\d月\d日"),
        ("19840305", r"198\d(0[1-9]|1[0-2])\d\d"),
    ],
)
def test_a_date_keeps_its_form_and_its_decade(made, value, shape):
    new = made.replace("private_date", value)
    assert re.fullmatch(shape, new) and new != value


def test_an_address_keeps_its_layout(made):
    new = made.replace("private_address", "Hauptstraße 12a, 10115 Berlin")
    assert re.fullmatch(r"[\w' -]+straße \d\d[a-z], \d{5} [\w'(). -]+", new)
    assert "Haupt" not in new and "Berlin" not in new and "10115" not in new


@given(st.text(min_size=1, max_size=200))
@settings(max_examples=50, deadline=None)
def test_a_secret_becomes_a_text_that_is_plainly_none(value):
    new = ONE.replace("secret", value)
    assert new.startswith("EXAMPLE") and new != value and len(new) <= 72


def test_what_was_made_up_for_a_secret_is_not_found_again(made):
    secret = made.replace("secret", "ghp_" + "x1Y2" * 9)
    with PrivacyFilter.load(model="none") as rules:
        found = rules.detect(f'api_key = "{secret}"\n')
    assert not found.spans


def test_a_locale_is_kept_to(made):
    danish = Synthesizer(KEY, locale="da_DK")
    names = {
        danish.replace("private_person", f"Karen{'abc'[n]} Hansen{'abc'[n]}") for n in range(3)
    }
    assert names == {
        Synthesizer(KEY, locale="da_DK").replace(
            "private_person", f"Karen{'abc'[n]} Hansen{'abc'[n]}"
        )
        for n in range(3)
    }
    with pytest.raises(UsageError, match="xx_XX"):
        Synthesizer(KEY, locale="xx_XX")


def test_a_short_key_is_refused():
    with pytest.raises(UsageError, match="16 bytes"):
        Synthesizer(b"short")


def test_without_the_extra_one_line_says_what_to_install():
    code = (
        "import sys; sys.modules['faker'] = None\n"
        "from leaksift.synthetic import Synthesizer\n"
        "from leaksift.errors import UsageError\n"
        "try: Synthesizer(b'k' * 16)\n"
        "except UsageError as error: print(error)\n"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "synthetic values need Faker: pip install 'leaksift[synthetic]'"
