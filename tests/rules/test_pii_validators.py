"""Numbers, dates and addresses of people: valid ones pass, others do not, in whatever form."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaksift.detect import merge
from leaksift.document import Document
from leaksift.rules.engine import RuleDetector
from leaksift.rules.presets import load_presets
from leaksift.rules.rule import examples, parse_rules, preset_bytes
from leaksift.rules.validators import VALIDATORS, Candidate, national, table
from leaksift.rules.validators.national import made_up

RULES = parse_rules(preset_bytes("pii"), "pii")
NATIONAL = [rule for rule in RULES if rule.validator in national.VALIDATORS]


@pytest.fixture(scope="module")
def detector() -> RuleDetector:
    return RuleDetector(RULES)


def found(detector: RuleDetector, text: str) -> list[tuple[str, str]]:
    [spans] = detector.detect([Document("example", text, len(text))])
    return [(span.rule, text[span.start : span.end]) for span in merge(spans)]


def says(name: str, value: str, before: str = "", after: str = "") -> bool:
    text = before + value + after
    return VALIDATORS[name](Candidate(text, len(before), len(before) + len(value)))


def test_numbers_of_at_least_forty_countries_are_known():
    countries = {rule.info.id.split("-")[0] for rule in NATIONAL} - {"personal", "national"}
    assert len(countries) >= 40


@pytest.mark.parametrize("name", sorted(national.VALIDATORS))
def test_a_validator_of_a_national_number_answers_to_all_that_its_rule_can_match(name):
    for rule in NATIONAL:
        if rule.validator != name:
            continue
        for one, _, text in examples(preset_bytes("pii")):
            if one == rule.info.id and (match := re.search(rule.pattern, text, re.ASCII)):
                value = match["value"] if "value" in match.re.groupindex else match[0]
                for digit in "0123456789":
                    for at, c in enumerate(value):
                        if c.isdigit():
                            changed = value[:at] + digit + value[at + 1 :]
                            assert says(name, changed) in (True, False)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        # From the articles that describe the numbers, cut into pieces.
        ("germany-pension", "15070649" + "C103"),
        ("germany-health", "A0005" + "00015"),
        ("russia-snils", "112-233-" + "445 95"),
        ("hong-kong-id", "AB987" + "653(5)"),
        ("australia-medicare", "2428 778" + "13 2"),
        ("ethereum-address", "0x5aAeb6053F3E94C9b9A0" + "9f33669435E7Ef1BeAed"),
        ("bitcoin-address", "bc1qw508d6qejxtdg4y5" + "r3zarvary0c5xw7kv8f3t4"),
        ("bitcoin-address", "1A1zP1eP5QGefi2" + "DMPTfTL5SLmv7DivfNa"),
    ],
)
def test_a_published_number_passes_and_fails_with_another_digit(name, value):
    valid = VALIDATORS[name]
    assert valid(Candidate(value, 0, len(value)))
    last = max(at for at, c in enumerate(value) if c.isdigit() and c != "0")
    changed = value[:last] + str((int(value[last]) + 1) % 10) + value[last + 1 :]
    if name != "australia-medicare":  # its last digit counts the cards
        assert not valid(Candidate(changed, 0, len(changed)))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("uruguay-ci", "1.234.56" + "7-2"),
        ("taiwan-id", "A1234" + "56789"),
        ("hong-kong-id", "G1234" + "56(A)"),
        ("singapore-nric", "S1234" + "567D"),
        ("singapore-nric", "F1234" + "567N"),
        ("singapore-nric", "M1234" + "567K"),
    ],
)
def test_a_sequence_is_nobodys_number_though_its_check_is_right(name, value, monkeypatch):
    assert not says(name, value)
    monkeypatch.setattr(national, "made_up", lambda _: False)
    assert says(name, value)


@given(st.integers(100_000_000, 999_999_999).map(str))
def test_a_made_up_number_is_one_of_few_digits_or_a_sequence(digits):
    assert made_up(digits) == (len(set(digits)) < 3 or digits.startswith(national.SEQUENCES))


@pytest.mark.parametrize(
    "value",
    [
        "1984-07-19",
        "19.07.1984",
        "07/19/1984",
        "19840719",
        "19 July 1984",
        "July 19th, 1984",
        "19. März 1984",
        "19 juillet 1984",
        "19 de marzo de 1984",
        "19 luglio 1984",
        "19 lipca 1984",
        "19 июля 1984",
        "1984年7月19日",
        "19/07/84",
    ],
)
def test_a_date_of_birth_is_read_in_the_ways_people_write_it(value):
    assert says("birth-date", value)


@pytest.mark.parametrize(
    "value", ["1970-01-01", "1984-13-40", "1821-03-04", "2999-01-05", "31.02.1984", "12 Foo 1984"]
)
def test_what_nobody_was_born_on_is_no_date_of_birth(value):
    assert not says("birth-date", value)


def test_a_month_is_told_from_one_whose_name_it_begins_with():
    assert says("birth-date", "31. července 1984")  # July
    assert not says("birth-date", "31. června 1984")  # June


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Call +49 (0) 30 22" + "771234 ext. 12 today", "+49 (0) 30 22771234 ext. 12"),
        ("office: (212) 73" + "6-5000 x302", "(212) 736-5000 x302"),
        ("Telefon: 030 22" + "771234 Durchwahl 5", "030 22771234 Durchwahl 5"),
        ("Our shop in Stockholm, phone 08-50" + "6 100 00", "08-506 100 00"),
        ("tel 0141 62" + "1 3472, see www.shop.co.uk", "0141 621 3472"),
    ],
)
def test_a_telephone_number_is_found_with_its_extension_and_by_its_country(detector, text, value):
    assert [one for _, one in found(detector, text)] == [value]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_a_column_of_a_table_names_what_its_cells_hold(detector, delimiter):
    rows = [
        ["id", "Passport No", "Date of birth", "joined"],
        ["1", "5139" + "47286", "1984-07-19", "2019-04-02"],
        ["2", "6027" + "31845", "1991-02-28", "2020-11-30"],
    ]
    text = "\n".join(delimiter.join(row) for row in rows) + "\n"
    assert found(detector, text) == [
        ("personal-number-in-table", "5139" + "47286"),
        ("date-of-birth-in-table", "1984-07-19"),
        ("personal-number-in-table", "6027" + "31845"),
        ("date-of-birth-in-table", "1991-02-28"),
    ]


def test_a_quoted_cell_with_a_comma_does_not_move_the_columns(detector):
    text = 'name,dob,joined\n"Real, Nobody",1984-07-19,2019-04-02\n'
    assert found(detector, text) == [("date-of-birth-in-table", "1984-07-19")]


def test_a_table_ends_where_its_rows_do(detector):
    text = "name,dob\nx,1984-07-19\n\nReleases\n1.0,1984-07-20\n"
    assert found(detector, text) == [("date-of-birth-in-table", "1984-07-19")]


def test_a_table_of_a_hundred_thousand_rows_takes_linear_time(detector):
    def seconds(rows: int) -> float:
        text = "name,dob,city\n" + "x,1984-07-19,y\n" * rows
        table._tables.cache_clear()
        begin = time.process_time()
        detector.detect([Document("big", text, len(text))])
        return time.process_time() - begin

    seconds(100)
    assert any(seconds(40_000) < max(3 * seconds(20_000), 0.2) for _ in range(2))


def test_an_address_is_one_finding_from_the_house_to_the_code(detector):
    address = "2714 Quarry " + "Hill Road, Apt 3B\n  Duluth, MN 55811"
    assert found(detector, f"Ship to:\n  {address}\n") == [
        ("postal-address-north-america", address)
    ]


def test_the_address_in_a_licence_is_nobodys(detector):
    text = "Free Software Foundation, Inc., 51 Franklin Street, Boston, MA 02110-1301, USA"
    assert found(detector, text) == []


def test_an_account_with_a_cloud_is_no_bank_account(detector):
    assert found(detector, "AWS account number: 4471" + "20935518") == []
    assert found(detector, "account number: 4471" + "20935518") != []


@given(st.binary(min_size=20, max_size=20))
def test_an_ethereum_address_without_capitals_has_no_checksum(data):
    assert not says("ethereum-address", "0x" + data.hex())


@pytest.mark.parametrize("odd", ["\r", "\0", '"', "\r\r"])
def test_a_head_with_odd_characters_does_not_stop_the_scan(odd: str) -> None:
    text = f"name,date of birth{odd},ssn\nAda,1961-04-12,x\n"
    RuleDetector(load_presets(["pii"])).detect([Document("a.csv", text, len(text))])
