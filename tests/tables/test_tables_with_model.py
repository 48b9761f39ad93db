"""The embedded model decides about columns that no rule and no name tells anything about."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from leaksift.library.filter import PrivacyFilter
from leaksift.tables import ColumnReport, classify_columns, classify_file, redact_file, redact_table
from tests.library.private_texts import TOKEN

GIVEN = "Agnes Boris Clara Dmitri Elena Felix Greta Hugo Ines Jonas Katja Luis Mara Nils".split()
FAMILY = "Abel Brandt Costa Dahl Eklund Fischer Garcia Hansen Ivanov Jansen Keller Lund".split()
NOTES = (
    "Called {} about the broken lamp",
    "{} wants a refund by Friday",
    "The parcel was left at the door",
    "spoke with {}, will call back",
    "Nothing to add",
    "Please ask {} for the key",
)


def person(number: int) -> str:
    return f"{GIVEN[number % 14]} {FAMILY[number * 7 % 12]}"


ROWS = [
    {
        "c1": str(1000 + n),
        "c2": person(n),
        "c3": NOTES[n % 6].format(person(n * 5)),
        "c4": ("open", "sent", "closed")[n % 3],
        "c5": f"{12 + n} Harbour Street, {('Leeds', 'York', 'Bath')[n % 3]}",
    }
    for n in range(84)
]


@pytest.fixture(scope="module")
def model() -> Iterator[PrivacyFilter]:
    with PrivacyFilter.load() as used:
        if used.notices:
            pytest.skip("no model is embedded")
        yield used


@pytest.fixture(scope="module")
def decided(model: PrivacyFilter) -> dict[str, ColumnReport]:
    return {column.name: column for column in classify_columns(ROWS, filter=model).columns}


def test_a_column_of_names_is_private_without_a_name_that_says_so(decided) -> None:
    assert (decided["c2"].kind, decided["c2"].label) == ("private", "private_person")
    assert decided["c2"].evidence[0].kind == "model"
    assert (decided["c5"].kind, decided["c5"].label) == ("private", "private_address")


def test_a_column_of_notes_is_text_with_people_in_it(decided) -> None:
    notes = decided["c3"]
    assert (notes.kind, notes.label, notes.action) == ("text", "private_person", "spans")
    low, high = notes.confidence
    assert low < notes.share < high
    assert 0.4 < notes.share < 0.9  # four of six have a name


def test_numbers_and_states_are_clean(decided) -> None:
    assert {decided["c1"].kind, decided["c4"].kind} == {"clean"}


def test_a_name_that_says_so_makes_a_column_surer(model: PrivacyFilter) -> None:
    told = [{"first_name": GIVEN[n % 14], "x": GIVEN[n % 14]} for n in range(84)]
    named, bare = classify_columns(told, filter=model).columns
    assert named.kind == "private" and named.share > bare.share
    assert [one.kind for one in named.evidence] == ["model", "header"]


def test_names_go_from_notes_and_the_rest_of_them_stays(model: PrivacyFilter) -> None:
    result = redact_table(ROWS, filter=model)
    assert {row["c2"] for row in result.table} == {"[private_person]"}
    untouched = [n for n in range(84) if "{}" not in NOTES[n % 6]]
    assert all(result.table[n]["c3"] == ROWS[n]["c3"] for n in untouched)
    notes = [row["c3"] for row in result.table]
    given = sum(GIVEN[n * 5 % 14] in notes[n] for n in range(84) if n not in untouched)
    assert given <= 4  # a small model, and 56 names
    assert [row["c4"] for row in result.table] == [row["c4"] for row in ROWS]


def test_rules_look_at_codes_that_the_model_is_spared(model: PrivacyFilter) -> None:
    rows = [{"build": f"b{n:07x}-{n * 7919:06d}"} for n in range(1_200)]
    rows[700] = {"build": TOKEN}
    result = redact_table(rows, filter=model, sample=10)
    assert result.report.columns[0].kind == "clean"
    assert result.report.columns[0].changed == 1
    assert result.table[700] == {"build": "[secret]"}


def test_a_file_is_decided_as_the_rows_are(model: PrivacyFilter, tmp_path: Path, decided) -> None:
    text = io.StringIO()
    writer = csv.DictWriter(text, ROWS[0])
    writer.writeheader()
    writer.writerows(ROWS)
    path = tmp_path / "a.csv"
    path.write_text(text.getvalue(), encoding="utf-8", newline="")
    report = classify_file(path, filter=model, header=True)
    assert [column.kind for column in report.columns] == [one.kind for one in decided.values()]
    assert [column.share for column in report.columns] == [one.share for one in decided.values()]
    redact_file(path, path, filter=model)
    assert not any(family in path.read_text("utf-8") for family in ("Abel,", "Lund,"))
