"""CSV: what is private goes, and all else stays to the byte."""

from __future__ import annotations

import csv
import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from leaksift.errors import SourceError, UsageError
from leaksift.library.filter import PrivacyFilter
from leaksift.tables import classify_file, redact_file
from leaksift.tables.delimited import Dialect, records, sniff, value_of, written

KEY = b"a key of 16 byte"
MAIL = [f"anna.meier{n}@firma.de" for n in range(40)]
PHONE = [f"+49 171 555{1000 + n}" for n in range(40)]


@pytest.fixture(scope="module")
def rules():
    with PrivacyFilter.load(model="none") as used:
        yield used


def people(delimiter: str = ",", end: str = "\n") -> str:
    lines = [delimiter.join(("id", "vorname", "e-mail", "notiz"))]
    lines += [
        delimiter.join((str(n), "Anna", MAIL[n], f'"sagt ""ja""{end}ruft {PHONE[n]} an"'))
        for n in range(40)
    ]
    return end.join(lines) + end


def redacted(tmp_path: Path, data: bytes, rules: PrivacyFilter, **options):
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_bytes(data)
    report = redact_file(source, target, filter=rules, key=KEY, **options)
    return target.read_bytes(), report


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_delimiter_line_ends_and_encoding_stay(tmp_path, rules, delimiter, end, codec):
    text = people(delimiter, end).replace("ruft", "müßte")
    data, report = redacted(tmp_path, text.encode(codec), rules)
    assert data.startswith(text.encode(codec)[:4])
    made = data.decode(codec)
    expected = text
    for n in reversed(range(40)):
        expected = expected.replace(PHONE[n], "[private_phone]").replace(MAIL[n], "[private_email]")
    expected = expected.replace(
        f"{delimiter}Anna{delimiter}", f"{delimiter}[private_person]{delimiter}"
    )
    assert made == expected
    assert [column.kind for column in report.columns] == ["clean", "private", "private", "text"]
    assert report.rows == 40


cells = st.text(alphabet=st.sampled_from('abc ",;\n\té'), max_size=8)


@given(
    st.lists(st.lists(cells, min_size=2, max_size=4), min_size=1, max_size=8),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    st.sampled_from(["\n", "\r\n"]),
)
@settings(max_examples=200, deadline=None)
def test_records_together_are_the_file_and_say_what_csv_says(rows, quoting, end):
    file = io.StringIO(newline="")
    csv.writer(file, quoting=quoting, lineterminator=end).writerows(rows)
    text = file.getvalue()
    dialect = Dialect()
    found = list(records(io.StringIO(text, newline=""), dialect))
    assert "".join(",".join(r.cells) + r.end for r in found) == text
    assert [[value_of(c, dialect) for c in r.cells] for r in found] == rows


@given(st.text(alphabet=st.sampled_from('ab",\n\r '), max_size=60))
@example('"never closed\na,b\n')
@settings(max_examples=200, deadline=None)
def test_no_byte_of_a_broken_file_is_lost(text):
    found = records(io.StringIO(text, newline=""), Dialect())
    assert "".join(",".join(r.cells) + r.end for r in found) == text


@given(cells, st.sampled_from(["x", '"x"']))
def test_a_new_value_is_read_as_it_is(value, like):
    dialect = Dialect()
    line = written(value, like, dialect) + ",next"
    assert next(csv.reader(io.StringIO(line, newline=""), strict=True), [""]) == [value, "next"]


def test_an_unclosed_quote_hides_nothing_behind_it(tmp_path, rules):
    text = 'note,mail\n"5 inch, b@c.de\n' + "".join(f"x,{mail}\n" for mail in MAIL)
    data, _ = redacted(tmp_path, text.encode(), rules)
    assert b"anna.meier" not in data and b"b@c.de" not in data


def test_a_table_that_has_nothing_private_stays_to_the_byte(tmp_path, rules):
    text = 'sku, "size";x\r\n1,"a ""b""" ;\r\n\r\n2,\'c\',,,\r\n'
    data, report = redacted(tmp_path, text.encode(), rules)
    assert data == text.encode()
    assert not report.contains_private_data


def test_bytes_that_are_no_text_of_the_encoding_stay(tmp_path, rules):
    text = people().encode().replace(b"sagt", b"sagt \xff", 1)
    data, _ = redacted(tmp_path, text, rules)
    assert b"sagt \xff" in data and b"anna.meier" not in data


def test_a_row_without_a_head_is_no_head(tmp_path, rules):
    text = "".join(f"{n},{mail}\n" for n, mail in enumerate(MAIL))
    data, report = redacted(tmp_path, text.encode(), rules)
    assert b"anna.meier" not in data
    assert report.columns[1].name == "column 2"


def test_a_private_value_that_the_sample_did_not_see_goes_too(tmp_path, rules):
    rows = [f"{n},all fine here {n}\n" for n in range(3000)]
    rows[2345] = f"2345,write to {MAIL[0]} now\n"
    data, report = redacted(tmp_path, ("id,remark\n" + "".join(rows)).encode(), rules, sample=10)
    assert b"anna.meier" not in data and b"write to [private_email] now" in data
    assert report.columns[1].kind == "clean" and report.columns[1].changed == 1


def test_cells_beyond_the_head_are_looked_at(tmp_path, rules):
    text = "id,name\n" + "".join(f"{n},x,extra {mail}\n" for n, mail in enumerate(MAIL))
    data, report = redacted(tmp_path, text.encode(), rules, header=True)
    assert b"anna.meier" not in data
    assert any("beyond the last column" in notice for notice in report.notices)


def test_modes_by_label_and_by_column(tmp_path, rules):
    data, report = redacted(
        tmp_path,
        people().encode(),
        rules,
        labels={"private_email": "hash", "private_phone": "keep"},
        columns={"vorname": "drop_column", "id": "redact"},
    )
    rows = list(csv.reader(io.StringIO(data.decode(), newline="")))
    assert rows[0] == ["id", "e-mail", "notiz"]
    assert rows[1][0] == "[account_number]" and PHONE[0] in rows[1][2]
    assert len({row[1] for row in rows[1:]}) == 40
    assert all(row[1].startswith("[private_email#") for row in rows[1:])
    assert [column.action for column in report.columns] == ["redact", "drop_column", "hash", "keep"]


def test_the_same_key_gives_the_same_hashes_in_another_file(tmp_path, rules):
    one, _ = redacted(tmp_path, people().encode(), rules, mode="hash")
    two, _ = redacted(tmp_path, people(";").encode(), rules, mode="hash")
    assert one.replace(b",", b";") == two


def test_synthetic_values_keep_a_table_a_table(tmp_path, rules):
    pytest.importorskip("faker")
    data, _ = redacted(tmp_path, people().encode(), rules, mode="synthetic")
    rows = list(csv.reader(io.StringIO(data.decode(), newline=""), strict=True))
    assert {len(row) for row in rows} == {4}
    assert all("@example." in row[2] and row[2] not in MAIL for row in rows[1:])
    assert all(row[3].startswith('sagt "ja"\nruft +49 171 39200') for row in rows[1:])


def test_the_report_and_errors_hold_no_value(tmp_path, rules):
    _, report = redacted(tmp_path, people().encode(), rules)
    said = repr(report) + repr(report.as_dict())
    assert not any(value in said for value in (*MAIL, *PHONE, "Anna"))
    with pytest.raises(UsageError, match="mode"):
        redact_file(tmp_path / "in.csv", tmp_path / "o.csv", mode="delete")


def test_nothing_is_printed_and_no_file_is_left(tmp_path, rules, capfd):
    redacted(tmp_path, people().encode(), rules)
    assert capfd.readouterr() == ("", "")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.csv", "out.csv"]


def test_a_file_can_be_redacted_in_its_place_and_keeps_its_mode(tmp_path, rules):
    path = tmp_path / "people.csv"
    path.write_bytes(people().encode())
    path.chmod(0o640)
    redact_file(path, path, filter=rules)
    assert b"anna.meier" not in path.read_bytes()
    if sys.platform != "win32":
        assert path.stat().st_mode & 0o777 == 0o640


@pytest.mark.skipif(sys.platform == "win32", reason="modes are POSIX")
@pytest.mark.parametrize(("mask", "mode"), [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664)])
def test_a_new_file_has_the_mode_that_any_new_file_has(tmp_path, rules, mask, mode):
    source, target = tmp_path / "people.csv", tmp_path / "safe.csv"
    source.write_bytes(people().encode())
    before = os.umask(mask)
    try:
        redact_file(source, target, filter=rules)
    finally:
        os.umask(before)
    assert target.stat().st_mode & 0o777 == mode


def test_a_folder_that_is_not_there_is_one_line(tmp_path, rules):
    source = tmp_path / "people.csv"
    source.write_bytes(people().encode())
    with pytest.raises(SourceError, match="cannot be written"):
        redact_file(source, tmp_path / "none" / "safe.csv", filter=rules)


def test_a_failure_leaves_the_old_file(tmp_path, rules):
    path = tmp_path / "people.csv"
    path.write_bytes(people().encode())

    def stop(progress):
        if progress.stage == "redact":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        redact_file(path, path, filter=rules, on_progress=stop)
    assert path.read_bytes() == people().encode()
    assert list(tmp_path.iterdir()) == [path]


def test_a_stream_is_redacted_with_a_notice_about_its_sample(rules):
    big = people() + "".join(f"{n},Anna,{MAIL[n % 40]},x{'y' * 150}\n" for n in range(30_000))
    target = io.BytesIO()
    report = redact_file(io.BytesIO(big.encode()), target, format="csv", filter=rules)
    assert b"anna.meier" not in target.getvalue()
    assert target.getvalue().count(b"\n") == big.count("\n")
    assert any("sampled" in notice for notice in report.notices)


def test_a_head_decides_with_company_and_a_thing_is_no_person(tmp_path, rules):
    text = "name,product name,email\n" + "".join(f"Anna,Blue Chair,{mail}\n" for mail in MAIL)
    path = tmp_path / "t.csv"
    path.write_text(text)
    report = classify_file(path, filter=rules)
    assert [column.label for column in report.columns] == ["private_person", None, "private_email"]
    path.write_text("name,price\n" + "Blue Chair,12\n" * 20)
    assert not classify_file(path, filter=rules).contains_private_data


def test_check_digits_are_the_strongest_evidence(tmp_path, rules):
    path = tmp_path / "t.csv"
    path.write_text("konto\n" + "DE89370400440532013000\n" * 30)
    (column,) = classify_file(path, filter=rules).columns
    assert column.evidence[0].kind == "check digits" and column.label == "account_number"
    assert column.confidence[0] > 0.85 and column.share == 1.0


def test_a_smaller_sample_is_less_sure(tmp_path, rules):
    path = tmp_path / "t.csv"
    path.write_text("mail\n" + "".join(f"{mail}\n" for mail in MAIL))
    (large,) = classify_file(path, filter=rules).columns
    (small,) = classify_file(path, filter=rules, sample=10).columns
    assert small.sampled == 10 and small.confidence[0] < large.confidence[0]


def test_a_file_that_is_not_there_or_no_table_is_one_line(tmp_path, rules):
    with pytest.raises(SourceError, match=r"gone\.csv: cannot be read"):
        classify_file(tmp_path / "gone.csv", filter=rules)
    with pytest.raises(UsageError, match="format="):
        classify_file(tmp_path / "x.docx", filter=rules)


@pytest.mark.parametrize(
    ("text", "dialect"),
    [
        ("a;b\n1,5;2\n", Dialect(";")),
        ("a\tb\n1\t2,3\n", Dialect("\t")),
        ("'a','b'\n'1','2'\n", Dialect(",", "'")),
        ('a, "b"\n1, "2, 3"\n', Dialect(",", '"', True)),
    ],
)
def test_a_dialect_is_seen(text, dialect):
    assert sniff(text) == dialect


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="the peak is read from /proc")
def test_a_large_file_takes_no_more_memory_than_a_small_one(tmp_path):
    # The peak of a process of its own, for 30 MB.
    code = (
        "import re, sys, pathlib\n"
        "from leaksift.library.filter import PrivacyFilter\n"
        "from leaksift.tables import redact_file\n"
        "path = pathlib.Path(sys.argv[1])\n"
        "with path.open('w') as f:\n"
        "    f.write('id,email,status,amount\\n')\n"
        "    for n in range(600_000):\n"
        "        f.write(f'{n},anna.meier{n}@firma.de,active,{n / 7:.2f} EUR\\n')\n"
        "used = PrivacyFilter.load(model='none')\n"
        "redact_file(path, path, filter=used)\n"
        # Not getrusage: its peak is also that of whoever started the process.
        "status = pathlib.Path('/proc/self/status').read_text()\n"
        "print(int(re.search(r'VmHWM:\\s*(\\d+)', status)[1]) // 1024)\n"
    )
    out = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "big.csv")],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert int(out.stdout) < 250
