"""`leaksift columns` and `leaksift table`, as somebody types them."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

PHONE = "+44 20 7946 " + "0958"
HEAD = "id;e-mail;note"

Done = subprocess.CompletedProcess[bytes]
Run = Callable[..., Done]


@pytest.fixture
def people(tmp_path: Path) -> Path:
    """A table of 40 people: semicolons, a quoted cell with a line feed, a number in free text."""
    rows = [f'{n};u{n}@acme.io;"fine,\nthanks"' for n in range(39)]
    file = tmp_path / "people.csv"
    file.write_bytes("\r\n".join([HEAD, *rows, f"39;u39@acme.io;call {PHONE}", ""]).encode())
    return file


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs the command in `tmp_path`, by rules alone."""

    def run(name: str, *arguments: str, stdin: bytes = b"") -> Done:
        done = subprocess.run(
            [sys.executable, "-m", "leaksift", name, *arguments, "--model", "none"],
            cwd=tmp_path,
            input=stdin,
            capture_output=True,
            check=False,
            timeout=120,
        )
        assert b"u7@acme.io" not in done.stderr
        assert b"Traceback" not in done.stderr
        return done

    return run


def test_columns_says_what_each_column_holds_and_why(run, people) -> None:
    done = run("columns", "--jsonl", "people.csv")
    assert done.returncode == 1
    number, mail, note = (json.loads(line) for line in done.stdout.splitlines())
    assert (number["name"], number["kind"]) == ("id", "clean")
    assert (mail["kind"], mail["label"], mail["share"]) == ("private", "private_email", 1.0)
    assert mail["evidence"][0]["source"] == "email-address"
    assert (note["kind"], note["action"]) == ("text", "spans")
    text = run("columns", "people.csv").stdout.decode()
    assert "judged by 40 of 40 rows" in text
    assert "acme.io" not in text
    assert PHONE not in text


def test_a_table_without_private_data_is_exit_code_0(run) -> None:
    done = run("columns", "--format", "csv", stdin=b"a,b\n1,2\n3,4\n")
    assert done.returncode == 0, done


def test_a_table_is_written_without_what_is_private(run, people, tmp_path) -> None:
    chosen = ["--column", "id=hash", "--report", "report.json", "-o", "safe.csv"]
    done = run("table", "people.csv", *chosen)
    assert done.returncode == 0, done
    assert done.stdout == b""
    with (tmp_path / "safe.csv").open(encoding="utf-8", newline="") as file:
        head, *rows = csv.reader(file, delimiter=";")
    assert head == HEAD.split(";")
    assert {row[1] for row in rows} == {"[private_email]"}
    assert len({row[0] for row in rows}) == 40
    assert not {row[0] for row in rows} & {str(n) for n in range(40)}
    assert [row[2] for row in rows[-2:]] == ["fine,\nthanks", "call [private_phone]"]
    (report,) = json.loads((tmp_path / "report.json").read_text("utf-8"))["tables"]
    assert report["path"] == "people.csv"
    assert [column["changed"] for column in report["columns"]] == [40, 40, 1]
    assert b"hash (40 cells)" in done.stderr


def test_json_lines_go_from_standard_input_to_standard_output(run) -> None:
    lines = [{"id": n, "mail": f"u{n}@acme.io"} for n in range(20)]
    data = "".join(json.dumps(line) + "\n" for line in lines).encode()
    done = run(
        "table", "--format", "jsonl", "--label", "private_email=drop_column", "-q", stdin=data
    )
    assert [json.loads(line) for line in done.stdout.splitlines()] == [
        {"id": line["id"]} for line in lines
    ]


def test_several_tables_go_into_a_folder_and_one_that_is_none_is_named(
    run, people, tmp_path
) -> None:
    (tmp_path / "logo.csv").write_bytes(bytes(range(256)) * 40)
    done = run("table", "*.csv", "-o", "safe", "-q")
    assert done.returncode == 3
    assert b"left out: logo.csv" in done.stderr
    assert os.listdir(tmp_path / "safe") == ["people.csv"]


def test_parquet_keeps_its_form(run, tmp_path) -> None:
    arrow = pytest.importorskip("pyarrow")
    parquet: Any = pytest.importorskip("pyarrow.parquet")
    mails = [f"u{n}@acme.io" for n in range(20)]
    parquet.write_table(arrow.table({"n": range(20), "mail": mails}), tmp_path / "a.parquet")
    assert run("table", "a.parquet", "-o", "b.parquet", "-q").returncode == 0
    made = parquet.read_table(tmp_path / "b.parquet").to_pydict()
    assert made == {"n": list(range(20)), "mail": ["[private_email]"] * 20}


def test_synthetic_values_are_the_same_with_the_same_key(run, people, tmp_path) -> None:
    pytest.importorskip("faker")
    first = ["table", "people.csv", "--mode", "synthetic", "--key-file", "k", "-q"]
    made = run(*first, "--new-key")
    assert made.returncode == 0, made
    assert made.stdout == run(*first).stdout
    assert b"@acme.io" not in made.stdout


def test_a_column_that_is_not_there_is_no_success(run, people, tmp_path) -> None:
    done = run("table", "people.csv", "-o", "safe.csv", "--column", "idd=hash", "-q")
    assert done.returncode == 3
    assert b"people.csv: no column is called 'idd'" in done.stderr
    # The rest was done.
    assert b"acme.io" not in (tmp_path / "safe.csv").read_bytes()


def test_a_first_line_without_an_end_is_not_shown_as_a_name(run) -> None:
    done = run("columns", "--format", "csv", stdin=b"x" * 10_000 + b",b\n1,2\n")
    assert b"xxx" not in done.stdout + done.stderr
    assert b"column 1" in done.stdout


def test_parquet_goes_through_every_mode(run, tmp_path) -> None:
    arrow = pytest.importorskip("pyarrow")
    parquet: Any = pytest.importorskip("pyarrow.parquet")
    pytest.importorskip("faker")
    mails = [f"u{n}@acme.io" for n in range(20)]
    parquet.write_table(
        arrow.table({"n": range(20), "mail": mails}), tmp_path / "a.parquet", row_group_size=7
    )
    listed = run("columns", "--jsonl", "a.parquet")
    assert listed.returncode == 1
    number, mail = map(json.loads, listed.stdout.splitlines())
    assert (number["kind"], mail["kind"], mail["confidence"][1]) == ("clean", "private", 1.0)
    for mode in ("redact", "hash", "synthetic", "drop_column"):
        assert run("table", "a.parquet", "-o", f"{mode}.parquet", "--mode", mode).returncode == 0
        made = parquet.read_table(tmp_path / f"{mode}.parquet")
        assert made["n"].to_pylist() == list(range(20))
        assert made.column_names == (["n"] if mode == "drop_column" else ["n", "mail"])
        if "mail" in made.column_names:
            assert not set(made["mail"].to_pylist()) & set(mails)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["people.txt2", "-o", "x"], "does not exist"),
        (["people.csv", "-o", "x.parquet"], "has the form of the source"),
        (["people.csv", "-o", "people.csv"], "is the file itself"),
        (["people.csv", "--column", "id=burn"], "--column takes NAME="),
        (["people.csv", "--label", "mail=hash"], "no label is called 'mail'"),
        (["-"], "--format csv"),
        (["people.csv", "--markers", "sealed"], "use `leaksift redact`"),
    ],
)
def test_wrong_usage_is_one_clear_line(run, people, arguments: list[str], words: str) -> None:
    done = run("table", *arguments)
    assert done.returncode == 2, done
    assert done.stdout == b""
    assert words in done.stderr.decode()
