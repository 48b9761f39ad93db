"""The file of readings: bounded, shared, rebuilt where it is damaged, never believed."""

from __future__ import annotations

import os
import random
import sqlite3
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaksift.finding import LABELS, DocumentCategory, Reading, Span
from leaksift.model.labels import rule_id
from leaksift.results import database as database_module
from leaksift.results.database import FILE_NAME, Database, Unusable
from leaksift.results.rows import decode_reading, encode_reading


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "cache" / FILE_NAME


def put(file: Path, *rows: tuple[bytes, bytes], most: int = 1 << 20) -> None:
    with Database(file, most) as database:
        database.put(dict(rows))


def got(file: Path, *keys: bytes) -> dict[bytes, bytes]:
    with Database(file) as database:
        return database.get(keys)


def test_what_was_put_is_there_for_the_next_process(file):
    put(file, (b"one", b"1"), (b"two", b""))
    put(file, (b"one", b"new"))
    assert got(file, b"one", b"two", b"three") == {b"one": b"new", b"two": b""}


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_only_its_owner_can_read_it(file):
    put(file, (b"one", b"1"))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_every_file_has_a_key_of_its_own(tmp_path):
    keys = set()
    for name in "ab":
        with Database(tmp_path / name) as database:
            keys.add(database.secret)
    assert len(keys) == 2


# Damage


def damaged(file: Path, kind: str) -> None:
    content = file.read_bytes()
    if kind == "empty":
        file.write_bytes(b"")
    elif kind == "text":
        file.write_text("nothing of ours\n" * 500, encoding="utf-8")
    elif kind == "cut":
        file.write_bytes(content[: len(content) // 2])
    elif kind == "cut in the head":
        file.write_bytes(content[:50])
    elif kind == "zeros":
        file.write_bytes(content[:4096] + bytes(len(content) - 4096))
    elif kind == "zeros at the beginning":
        file.write_bytes(bytes(4096) + content[4096:])
    else:
        with sqlite3.connect(file) as connection:
            connection.executescript(kind)
        connection.close()


@pytest.mark.parametrize(
    "kind",
    [
        "empty",
        "text",
        "cut",
        "cut in the head",
        "zeros",
        "zeros at the beginning",
        "PRAGMA user_version = 0",
        "PRAGMA user_version = 7",
        "PRAGMA application_id = 3",
        "DROP TABLE rows",
        "DROP TABLE secret",
        "DELETE FROM secret",
        "UPDATE secret SET value = 'text'",
        "UPDATE secret SET value = x'00'",
        "DROP TABLE rows; CREATE TABLE rows (other TEXT)",
    ],
)
def test_a_damaged_or_foreign_file_is_made_anew(file, kind):
    put(file, *((bytes([number]) * 16, bytes(300)) for number in range(100)))
    damaged(file, kind)
    for _ in range(2):  # what is damaged inside is found out when it is read
        assert set(got(file, bytes(16), bytes([9]) * 16).values()) <= {bytes(300)}
        put(file, (b"one", b"1"))
    assert got(file, b"one") == {b"one": b"1"}


def test_a_row_whose_bits_flipped_is_a_miss(file):
    put(file, (b"one", b"content"), (b"two", b"content"))
    with sqlite3.connect(file) as connection:
        (value,) = connection.execute("SELECT value FROM rows WHERE key = 'one'").fetchone() or (
            connection.execute("SELECT value FROM rows WHERE key = ?", (b"one",)).fetchone()
        )
        for changed in (value[:-1] + b"x", b"", value[:10], "text", 7, None):
            if changed is None:  # the row of another key
                (changed,) = connection.execute(
                    "SELECT value FROM rows WHERE key = ?", (b"two",)
                ).fetchone()
            connection.execute("UPDATE rows SET value = ? WHERE key = ?", (changed, b"one"))
            connection.commit()
            assert got(file, b"one", b"two") == {b"two": b"content"}
    connection.close()


def test_any_bytes_in_its_place_are_never_an_error_and_never_believed(file):
    rows = [(bytes([number]) * 16, bytes([number]) * 200) for number in range(60)]
    put(file, *rows)
    whole = file.read_bytes()
    own = random.Random(5)
    for _ in range(60):
        content = bytearray(whole)
        for _ in range(own.choice([1, 5, 200])):
            content[own.randrange(len(content))] = own.randrange(256)
        file.write_bytes(content)
        found = got(file, *(key for key, _ in rows))
        assert found.items() <= dict(rows).items()
        put(file, (b"one", b"1"))
        assert got(file, b"one").get(b"one", b"1") == b"1"


def test_a_journal_of_a_file_that_was_damaged_is_not_played_into_the_new_one(file):
    put(file, (b"one", b"1"))
    for suffix in ("-journal", "-wal", "-shm"):
        file.with_name(file.name + suffix).write_bytes(random.Random(1).randbytes(8_192))
    damaged(file, "text")
    put(file, (b"two", b"2"))
    assert got(file, b"two") == {b"two": b"2"}


def unusable(file: Path) -> bool:
    try:
        put(file, (b"one", b"1"))
        return not got(file, b"one")
    except Unusable:
        return True


def test_what_is_no_file_is_left_alone(file):
    file.mkdir(parents=True)
    assert unusable(file)
    assert file.is_dir()


def test_a_folder_that_cannot_be_made_is_no_error(tmp_path):
    (tmp_path / "file").write_text("x", encoding="utf-8")
    assert unusable(tmp_path / "file" / "below" / FILE_NAME)


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_a_link_is_not_followed(file, tmp_path):
    put(tmp_path / "other", (b"one", b"1"))
    file.parent.mkdir()
    file.symlink_to(tmp_path / "other")
    assert unusable(file)
    assert file.is_symlink()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_a_file_that_others_can_write_to_is_left_alone(file):
    put(file, (b"one", b"1"))
    file.chmod(0o666)
    assert unusable(file)
    assert file.exists()


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="needs rights that can be taken away"
)
def test_a_file_that_can_only_be_read_is_read(file):
    put(file, (b"one", b"1"))
    file.chmod(0o400)
    file.parent.chmod(0o500)
    try:
        assert got(file, b"one") == {b"one": b"1"}
        put(file, (b"two", b"2"))
        assert got(file, b"two") == {}
    finally:
        file.parent.chmod(0o700)


# Size


def test_the_file_never_grows_beyond_its_bound_and_keeps_the_newest(file):
    most = 256 * 1_024
    for number in range(300):
        put(file, (number.to_bytes(16, "big"), random.Random(number).randbytes(4_000)), most=most)
        assert file.stat().st_size <= most
    assert got(file, (299).to_bytes(16, "big"))
    assert not got(file, (0).to_bytes(16, "big"))


def test_what_is_asked_for_stays_longest(file, monkeypatch):
    hours = iter(range(10_000))
    monkeypatch.setattr(database_module.time, "time", lambda: 1e9 + 7_200 * next(hours))
    most = 256 * 1_024
    for number in range(200):
        put(file, (number.to_bytes(16, "big"), bytes(4_000)), most=most)
        assert got(file, bytes(16)), "the first one is asked for each time"


def test_a_row_too_large_for_the_file_is_not_kept(file):
    put(file, (b"one", b"1"), most=256 * 1_024)
    put(file, (b"two", bytes(200_000)), most=256 * 1_024)
    assert got(file, b"one", b"two") == {b"one": b"1"}


# Several processes

WRITER = """
import random, sys
from pathlib import Path
from leaksift.results.database import Database
file, own = Path(sys.argv[1]), random.Random(sys.argv[2])
print("ready", flush=True)
for round in range(int(sys.argv[3])):
    keys = [own.randrange(500).to_bytes(16, "big") for _ in range(20)]
    with Database(file) as database:
        for key, content in database.get(keys).items():
            assert content == key * 30, "a row of another key"
        database.put({key: key * 30 for key in keys})
"""


def writers(file: Path, count: int, rounds: int) -> list[subprocess.Popen[str]]:
    return [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(file), str(number), str(rounds)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(count)
    ]


def integrity(file: Path) -> str:
    connection = sqlite3.connect(file)
    try:
        return str(connection.execute("PRAGMA integrity_check").fetchone()[0])
    finally:
        connection.close()


def test_processes_that_write_at_the_same_time_from_the_beginning(file):
    for process in writers(file, 5, 60):
        _, errors = process.communicate(timeout=120)
        assert (process.returncode, errors) == (0, "")
    assert integrity(file) == "ok"
    everything = [number.to_bytes(16, "big") for number in range(500)]
    assert len(got(file, *everything)) > 450


def test_a_process_that_is_killed_while_it_writes_damages_nothing(file):
    put(file, (b"one", b"1"))
    for pause in (0.01, 0.05, 0.1, 0.15):
        processes = writers(file, 2, 100_000)
        for process in processes:
            assert process.stdout
            process.stdout.readline()
        time.sleep(pause)
        for process in processes:
            process.kill()
            process.communicate()
        assert got(file, b"one") == {b"one": b"1"}
        assert integrity(file) == "ok"


def test_a_reader_does_not_wait_for_ever_for_somebody_who_writes(file, monkeypatch):
    monkeypatch.setattr(database_module, "_SECONDS_TO_WAIT", 0.1)
    put(file, (b"one", b"1"))
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    begun = time.monotonic()
    assert unusable(file)
    assert time.monotonic() - begun < 5
    other.execute("ROLLBACK")
    other.close()
    assert got(file, b"one") == {b"one": b"1"}


# Readings as rows

scores = st.floats(0, 1)


@st.composite
def readings(draw: st.DrawFn) -> tuple[Reading, int, tuple[str, ...]]:
    edges = sorted(draw(st.sets(st.integers(0, 5_000), max_size=12)))
    spans = [
        Span(start, end, label, rule_id(label), draw(scores), "model")
        for start, end in zip(edges[::2], edges[1::2], strict=False)
        for label in [draw(st.sampled_from(LABELS))]
    ]
    names = tuple(draw(st.lists(st.text(max_size=5), max_size=10, unique=True)))
    category = None
    if names and draw(st.booleans()):
        probabilities = {name: draw(scores) for name in names}
        category = DocumentCategory(draw(st.sampled_from(names)), probabilities)
    return Reading(spans, category), edges[-1] if edges else 0, names


@given(readings())
def test_a_reading_comes_back_to_the_last_bit(made):
    reading, length, names = made
    data = encode_reading(reading, names)
    assert data is not None
    assert decode_reading(data, length, names) == reading


@given(readings(), st.data())
def test_what_does_not_fit_the_text_is_no_reading(made, data):
    reading, length, names = made
    row = bytearray(encode_reading(reading, names) or b"")
    for _ in range(data.draw(st.integers(0, 4))):
        row[data.draw(st.integers(0, len(row) - 1))] = data.draw(st.integers(0, 255))
    end = data.draw(st.sampled_from([len(row), len(row) - 1, 3, 0]))
    shorter = max(0, length - data.draw(st.integers(0, 3)))
    found = decode_reading(bytes(row[:end]), shorter, names)
    if found is None:
        return
    before = 0
    for span in found.spans:
        assert before <= span.start < span.end <= shorter
        assert span.label in LABELS
        assert 0 <= span.score <= 1
        before = span.end
    if found.category:
        assert found.category.name in names


@given(st.binary(max_size=200))
def test_any_bytes_are_a_reading_or_none(data):
    decode_reading(data, 100, ("a", "b"))


def test_a_reading_of_other_spans_than_a_models_is_not_kept():
    label = LABELS[0]
    rule = Span(0, 5, label, "some-rule", 1.0, "rule")
    assert encode_reading(Reading([rule]), ()) is None
    category = DocumentCategory("a", {"a": 1.0})
    assert encode_reading(Reading([], category), ("b",)) is None
