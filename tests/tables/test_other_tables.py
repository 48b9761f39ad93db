"""Lists, frames, Arrow, Parquet and JSON Lines."""

from __future__ import annotations

import copy
import datetime as dt
import json
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leaksift.errors import SourceError, UsageError
from leaksift.library.filter import PrivacyFilter
from leaksift.tables import classify_columns, redact_file, redact_table
from leaksift.tables.jsonlines import scalars
from leaksift.tables.sampling import wilson

KEY = b"a key of 16 byte"
ROWS = [
    {
        "id": n,
        "email": f"anna.meier{n}@firma.de",
        "ssn": 536228726 + n,
        "birthday": dt.date(1984, 3, 1 + n),
        "note": f"call +49 171 555{1000 + n}" if n % 2 else None,
        "price": n / 4,
    }
    for n in range(20)
]


@pytest.fixture(scope="module")
def rules():
    with PrivacyFilter.load(model="none") as used:
        yield used


def test_lists_of_dicts_keep_types_and_nulls_and_stay_as_they_were(rules):
    before = copy.deepcopy(ROWS)
    result = redact_table(ROWS, filter=rules, key=KEY)
    assert before == ROWS
    assert result.table[1] == {
        "id": 1,
        "email": "[private_email]",
        "ssn": None,
        "birthday": None,
        "note": "call [private_phone]",
        "price": 0.25,
    }
    assert result.table[0]["note"] is None
    assert [column.changed for column in result.report.columns] == [0, 20, 20, 20, 10, 0]


def test_lists_of_rows_with_and_without_a_head(rules):
    rows = [[row["id"], row["email"]] for row in ROWS]
    assert redact_table(rows, filter=rules).table[3] == [3, "[private_email]"]
    with_head = redact_table([["id", "mail"], *rows], filter=rules)
    assert with_head.table[0] == ["id", "mail"] and with_head.table[4] == [3, "[private_email]"]
    dropped = redact_table([["id", "mail"], *rows], filter=rules, columns={"mail": "drop_column"})
    assert dropped.table[:2] == [["id"], [0]]


def test_synthetic_numbers_and_dates_keep_type_and_length(rules):
    pytest.importorskip("faker")
    for old, new in zip(
        ROWS, redact_table(ROWS, filter=rules, key=KEY, mode="synthetic").table, strict=True
    ):
        assert isinstance(new["ssn"], int) and len(str(new["ssn"])) == 9 != old["ssn"]
        assert type(new["birthday"]) is dt.date and new["birthday"].year // 10 == 198
        assert new["birthday"] != old["birthday"]


def test_the_sample_is_the_same_for_the_same_seed(rules):
    rows = [{"x": f"a{n}@b.de" if n % 3 else "none here"} for n in range(500)]
    one = classify_columns(rows, filter=rules, sample=50, seed=1)
    assert one == classify_columns(rows, filter=rules, sample=50, seed=1)
    low, high = one.columns[0].confidence
    assert low < 2 / 3 < high


def test_what_is_no_table_is_one_line(rules):
    for wrong in ("people.csv", [1, 2], [{"a": 1}, [1]], 7):
        with pytest.raises(UsageError):
            redact_table(wrong, filter=rules)


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_holds_the_share(pair):
    hits, count = pair
    low, high = wilson(hits, count)
    assert 0 <= low <= round(hits / count, 4) + 1e-4 and round(hits / count, 4) - 1e-4 <= high <= 1


def test_polars_frames(rules):
    pl = pytest.importorskip("polars")
    frame = pl.DataFrame(ROWS)
    made = redact_table(frame, filter=rules, key=KEY).table
    assert made.schema == frame.schema
    assert made["email"].unique().to_list() == ["[private_email]"]
    assert made["ssn"].null_count() == 20
    assert made["note"].null_count() == 10
    assert made.select("id", "price").equals(frame.select("id", "price"))
    with pytest.raises(UsageError, match="collect"):
        redact_table(frame.lazy(), filter=rules)


def test_pandas_frames(rules):
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame(ROWS, index=range(100, 120))
    result = redact_table(frame, filter=rules, key=KEY, columns={"birthday": "keep"})
    made = result.table
    assert list(made.index) == list(frame.index) and list(made.columns) == list(frame.columns)
    assert (made["email"] == "[private_email]").all()
    assert made["email"].dtype == frame["email"].dtype
    assert made[["id", "price"]].equals(frame[["id", "price"]])
    assert made["ssn"].isna().all() and made["note"].isna().sum() == 10
    assert frame["email"].iloc[0] == ROWS[0]["email"]
    assert any("index" in notice for notice in result.report.notices)


def test_arrow_tables_and_what_gives_one(rules):
    pa = pytest.importorskip("pyarrow")
    table = pa.Table.from_pylist(ROWS)
    table = table.append_column("tag", pa.array(["x"] * 20).dictionary_encode())
    made = redact_table(table, filter=rules, key=KEY, mode="hash", columns={"tag": "redact"}).table
    assert made.schema.field("ssn").type == pa.int64()
    assert made.schema.field("birthday").type == pa.string()
    assert made.schema.field("tag").type == table.schema.field("tag").type
    assert made["id"].equals(table["id"])
    assert len(set(made["email"].to_pylist())) == 20

    class Stream:
        def __arrow_c_stream__(self, requested_schema=None):
            return table.__arrow_c_stream__(requested_schema)

    assert redact_table(Stream(), filter=rules).table["email"][0].as_py() == "[private_email]"


@pytest.mark.parametrize("ending", ["parquet", "arrow"])
def test_parquet_and_arrow_files(tmp_path, rules, ending):
    pa = pytest.importorskip("pyarrow")
    pq = pytest.importorskip("pyarrow.parquet")
    table = pa.Table.from_pylist(ROWS)
    source, target = tmp_path / f"in.{ending}", tmp_path / f"out.{ending}"
    if ending == "parquet":
        pq.write_table(table, source, compression="zstd", row_group_size=7)
    else:
        with pa.OSFile(str(source), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
            writer.write_table(table)
    report = redact_file(source, target, filter=rules, columns={"price": "drop_column"})
    if ending == "parquet":
        made = pq.read_table(target)
        assert pq.ParquetFile(target).metadata.row_group(0).column(0).compression == "ZSTD"
    else:
        with pa.OSFile(str(target), "rb") as file:
            made = pa.ipc.open_file(file).read_all()
    assert made.column_names == ["id", "email", "ssn", "birthday", "note"]
    assert made["email"].to_pylist() == ["[private_email]"] * 20
    assert made["id"].to_pylist() == table["id"].to_pylist()
    assert report.rows == 20
    assert b"anna.meier" not in target.read_bytes()


def test_a_damaged_parquet_file_is_one_line(tmp_path, rules):
    pytest.importorskip("pyarrow")
    path = tmp_path / "x.parquet"
    path.write_bytes(b"PAR1 anna@firma.de")
    with pytest.raises(SourceError, match="no parquet file") as error:
        redact_file(path, tmp_path / "y.parquet", filter=rules)
    assert "anna" not in str(error.value)
    assert not (tmp_path / "y.parquet").exists()


def test_json_lines_change_only_what_is_private(tmp_path, rules):
    lines = [
        f'{{ "id":{n}, "who" : {{"email":"anna{n}@firma.de", "x": 1.50e2}},'
        f' "tags":["something longer \\u00e9", "+49 171 555{1000 + n}"],'
        ' "ok": true, "none":null }\r\n'
        for n in range(20)
    ]
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_bytes("".join(lines).encode())
    report = redact_file(source, target, filter=rules)
    expected = [
        line.replace(f"anna{n}@firma.de", "[private_email]").replace(
            f"+49 171 555{1000 + n}", "[private_phone]"
        )
        for n, line in enumerate(lines)
    ]
    assert target.read_bytes().decode() == "".join(expected)
    assert {c.name for c in report.private_columns} == {"who.email", "tags[]"}


def test_json_lines_without_a_column_keep_numbers_as_written(tmp_path, rules):
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text('{"a": {"b": 1.50, "c": 1e400}, "d": [12345678901234567890123]}\n' * 3)
    redact_file(source, target, filter=rules, columns={"a.b": "drop_column"})
    assert target.read_text() == '{"a": {"c": 1e400}, "d": [12345678901234567890123]}\n' * 3


def test_a_line_that_is_no_json_is_looked_at(tmp_path, rules):
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text('{"a": 1}\n{"b": "anna@firma.de"\n')
    report = redact_file(source, target, filter=rules)
    assert target.read_text() == '{"a": 1}\n{"b": "[private_email]"\n'
    assert any("no JSON" in notice for notice in report.notices)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(values, st.booleans())
@settings(max_examples=200, deadline=None)
def test_the_values_of_a_line_are_found_where_they_stand(value, ascii_only):
    line = json.dumps(value, ensure_ascii=ascii_only)

    def leaves(one):
        if isinstance(one, dict):
            return [leaf for inner in one.values() for leaf in leaves(inner)]
        if isinstance(one, list):
            return [leaf for inner in one for leaf in leaves(inner)]
        return [one]

    found = scalars(line)
    assert [scalar.value for scalar in found] == leaves(value)
    assert all(json.loads(line[s.start : s.end]) == s.value for s in found)


def test_without_the_extra_one_line_says_what_to_install(tmp_path):
    (tmp_path / "x.parquet").write_bytes(b"PAR1")
    code = (
        "import sys, pathlib; sys.modules['pyarrow'] = None\n"
        "from leaksift.library.filter import PrivacyFilter\n"
        "from leaksift.tables import classify_file\n"
        "from leaksift.errors import UsageError\n"
        "used = PrivacyFilter.load(model='none')\n"
        "try: classify_file(pathlib.Path(sys.argv[1]), filter=used)\n"
        "except UsageError as error: print(error)\n"
    )
    out = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "x.parquet")],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert out.stdout.strip().endswith("pip install 'leaksift[table]'")


def test_importing_the_room_loads_nothing_heavy():
    code = (
        "import sys, leaksift.tables, leaksift.synthetic;"
        "print([m for m in"
        " ('numpy','pyarrow','narwhals','faker','onnxruntime','phonenumbers','stdnum')"
        " if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
