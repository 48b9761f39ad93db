"""Every mode keeps its promise in every kind of table."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from leaksift.library.filter import PrivacyFilter
from leaksift.tables import redact_file, redact_table

pytest.importorskip("faker")

Rows = list[dict[str, str]]
MAILS = [f"anna.meier{n % 30}@acme.io" for n in range(60)]
ROWS: Rows = [
    {"id": f"K{n}", "mail": MAILS[n], "note": f"ask {MAILS[n]} again", "status": "open"}
    for n in range(60)
]
KEY = b"a key of 16 byte"
KINDS = (
    "dicts",
    "lists",
    "polars",
    "pandas",
    "arrow",
    ".csv",
    ".tsv",
    ".jsonl",
    ".parquet",
    ".ipc",
)


@pytest.fixture(scope="module")
def rules() -> Iterator[PrivacyFilter]:
    with PrivacyFilter.load(model="none") as used:
        yield used


@pytest.fixture(params=KINDS)
def redacted(request, rules: PrivacyFilter, tmp_path: Path) -> Callable[..., Rows]:
    """Redacts `ROWS` in a table of one kind, and gives the rows of the result."""
    kind = request.param

    def run(**options: Any) -> Rows:
        options |= {"filter": rules, "key": KEY}
        if kind.startswith("."):
            source, target = tmp_path / f"in{kind}", tmp_path / f"out{kind}"
            _write(source)
            report = redact_file(source, target, **options)
            made = _read(target)
        else:
            result = redact_table(_table(kind), **options)
            report, made = result.report, _rows(result.table)
        assert report.rows == len(made) == 60
        assert [column.name for column in report.columns] == list(ROWS[0])
        return made

    return run


def test_redact_puts_markers(redacted: Callable[..., Rows]) -> None:
    assert redacted() == [
        row | {"mail": "[private_email]", "note": "ask [private_email] again"} for row in ROWS
    ]


def test_hash_keeps_equal_values_equal(redacted: Callable[..., Rows]) -> None:
    made = redacted(mode="hash")
    hashes = [row["mail"] for row in made]
    assert len(set(hashes)) == 30 and hashes[:30] == hashes[30:]
    assert all(re.fullmatch(r"\[private_email#[0-9a-f]{16}\]", one) for one in hashes)
    assert [row["note"] for row in made] == [f"ask {one} again" for one in hashes]
    assert [row["status"] for row in made] == ["open"] * 60


def test_synthetic_values_are_addresses_and_none_of_the_old_ones(
    redacted: Callable[..., Rows],
) -> None:
    made = redacted(mode="synthetic")
    mails = [row["mail"] for row in made]
    assert mails[:30] == mails[30:]
    assert not set(mails) & set(MAILS)
    assert all(re.fullmatch(r"[^@ ]+@example\.(?:com|org|net)", mail) for mail in mails)
    assert [row["id"] for row in made] == [row["id"] for row in ROWS]


def test_drop_column_drops_it_and_redacts_what_is_in_texts(redacted: Callable[..., Rows]) -> None:
    assert redacted(mode="drop_column") == [
        {"id": row["id"], "note": "ask [private_email] again", "status": "open"} for row in ROWS
    ]


def test_modes_are_chosen_by_label_and_by_column(redacted: Callable[..., Rows]) -> None:
    made = redacted(labels={"private_email": "keep"}, columns={"status": "redact"})
    assert [row["mail"] for row in made] == MAILS
    assert not {row["status"] for row in made} & {"open"}


def _table(kind: str) -> Any:
    if kind == "dicts":
        return ROWS
    if kind == "lists":
        return [list(ROWS[0]), *(list(row.values()) for row in ROWS)]
    if kind == "arrow":
        return pytest.importorskip("pyarrow").Table.from_pylist(ROWS)
    return pytest.importorskip(kind).DataFrame(ROWS)


def _rows(table: Any) -> Rows:
    if isinstance(table, list):
        if isinstance(table[0], dict):
            return table
        return [dict(zip(table[0], row, strict=True)) for row in table[1:]]
    if hasattr(table, "to_pylist"):
        return list(table.to_pylist())
    return list(table.to_dicts() if hasattr(table, "to_dicts") else table.to_dict("records"))


def _write(path: Path) -> None:
    if path.suffix in (".csv", ".tsv"):
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, ROWS[0], delimiter="\t" if path.suffix == ".tsv" else ",")
            writer.writeheader()
            writer.writerows(ROWS)
    elif path.suffix == ".jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in ROWS), encoding="utf-8")
    elif path.suffix == ".parquet":
        pytest.importorskip("pyarrow.parquet").write_table(_table("arrow"), path)
    else:
        ipc = pytest.importorskip("pyarrow.ipc")
        table = _table("arrow")
        with path.open("wb") as file, ipc.new_file(file, table.schema) as writer:
            writer.write_table(table)


def _read(path: Path) -> Rows:
    if path.suffix in (".csv", ".tsv"):
        with path.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file, delimiter="\t" if path.suffix == ".tsv" else ","))
    if path.suffix == ".jsonl":
        return [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    if path.suffix == ".parquet":
        return list(pytest.importorskip("pyarrow.parquet").read_table(path).to_pylist())
    with path.open("rb") as file:
        return list(pytest.importorskip("pyarrow.ipc").open_file(file).read_all().to_pylist())
