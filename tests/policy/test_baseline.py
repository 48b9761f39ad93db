"""The baseline hides what was there, wherever it moved, and nothing else."""

from __future__ import annotations

import codecs
import json
import random
import string
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaksift.errors import ConfigError
from leaksift.finding import Secret
from leaksift.policy import baseline
from leaksift.policy.baseline import Baseline, Key

SALT = bytes(range(32))
FILES = ("a.py", "b.py", "lib/c.py", "d.py")


def key(path: str, value: str = "v1", rule: str = "jwt") -> Key:
    return Key(path, rule, baseline.value_hash(Secret(value), SALT, rule))


def knows(*keys: Key) -> Baseline:
    return Baseline(SALT, Counter(keys))


KEYS = st.builds(
    key,
    st.sampled_from(FILES),
    st.sampled_from(["v1", "v2", "v3"]),
    st.sampled_from(["jwt", "pem"]),
)
COUNTS = st.dictionaries(KEYS, st.integers(1, 3), max_size=8)
PATHS = st.sets(st.sampled_from(FILES))


def test_a_known_value_is_hidden_and_one_more_is_not() -> None:
    known = knows(key("a.py"), key("a.py"))
    assert baseline.match(known, {key("a.py"): 2}, lambda _: True).hidden == {key("a.py"): 2}
    assert baseline.match(known, {key("a.py"): 3}, lambda _: True).hidden == {key("a.py"): 2}


def test_another_value_in_the_same_place_is_new() -> None:
    assert not baseline.match(knows(key("a.py")), {key("a.py", "v2"): 1}, lambda _: True).hidden


def test_a_renamed_file_stays_hidden() -> None:
    match = baseline.match(knows(key("a.py")), {key("b.py"): 1}, lambda path: path == "b.py")
    assert match.hidden == {key("b.py"): 1}
    assert not match.unused


def test_a_value_copied_to_a_second_file_is_new() -> None:
    found = {key("a.py"): 1, key("b.py"): 1}
    assert baseline.match(knows(key("a.py")), found, lambda _: True).hidden == {key("a.py"): 1}
    # The old file was not scanned this time; it is still there.
    assert not baseline.match(knows(key("a.py")), {key("b.py"): 1}, lambda _: True).hidden


def test_a_renamed_file_hides_its_value_once_only() -> None:
    found = {key("b.py"): 1, key("d.py"): 1}
    match = baseline.match(knows(key("a.py")), found, lambda path: path != "a.py")
    assert sum(match.hidden.values()) == 1


@given(COUNTS, COUNTS, PATHS, st.randoms())
def test_the_order_of_the_files_does_not_matter(
    known: dict[Key, int], found: dict[Key, int], present: set[str], order: random.Random
) -> None:
    def shuffled(counts: Mapping[Key, int]) -> dict[Key, int]:
        items = list(counts.items())
        order.shuffle(items)
        return dict(items)

    first = baseline.match(Baseline(SALT, known), found, present.__contains__)
    second = baseline.match(Baseline(SALT, shuffled(known)), shuffled(found), present.__contains__)
    assert first == second


@given(COUNTS, COUNTS, PATHS)
def test_no_value_is_hidden_more_often_than_it_is_known(
    known: dict[Key, int], found: dict[Key, int], present: set[str]
) -> None:
    match = baseline.match(Baseline(SALT, known), found, present.__contains__)
    hidden: Counter[tuple[str, str]] = Counter()
    entries: Counter[tuple[str, str]] = Counter()
    for item, count in match.hidden.items():
        assert 0 < count <= found[item]
        hidden[item.rule, item.hash] += count
    for item, count in known.items():
        entries[item.rule, item.hash] += count
    assert hidden <= entries
    assert sum(match.hidden.values()) + sum(match.unused.values()) == sum(known.values())


@given(COUNTS, st.permutations(FILES))
def test_whatever_is_renamed_stays_hidden(found: dict[Key, int], names: list[str]) -> None:
    moved = dict(zip(FILES, (f"new/{name}" for name in names), strict=True))
    renamed = {item._replace(path=moved[item.path]): count for item, count in found.items()}
    match = baseline.match(Baseline(SALT, found), renamed, lambda path: path.startswith("new/"))
    assert match.hidden == renamed
    assert not match.unused


@given(COUNTS, COUNTS, PATHS, PATHS)
def test_after_an_update_the_same_scan_finds_nothing_new_and_nothing_stale(
    known: dict[Key, int], found: dict[Key, int], scanned: set[str], present: set[str]
) -> None:
    scanned |= {item.path for item in found}
    present |= scanned
    rules = {"jwt", "pem"}
    new = baseline.updated(Baseline(SALT, known), found, scanned, present.__contains__, rules)
    assert new.salt == SALT
    match = baseline.match(new, found, present.__contains__)
    assert match.hidden == found
    assert not baseline.stale(match, scanned, present.__contains__, rules)


def test_an_update_of_a_part_keeps_what_it_did_not_see() -> None:
    known = knows(key("a.py"), key("b.py"), key("d.py"))
    found = {key("b.py", "v2"): 1}
    new = baseline.updated(known, found, {"b.py"}, lambda path: path != "d.py", {"jwt"})
    assert set(new.entries) == {key("a.py"), key("b.py", "v2")}


def test_an_update_without_the_model_keeps_what_the_model_found() -> None:
    known = knows(key("a.py", rule="private-person"))
    new = baseline.updated(known, {}, {"a.py"}, lambda _: True, {"jwt"})
    assert new == known
    match = baseline.match(known, {}, lambda _: True)
    assert not baseline.stale(match, {"a.py"}, lambda _: True, {"jwt"})


def test_stale_entries_are_named_without_their_value() -> None:
    known = knows(key("a.py"), key("b.py"), key("d.py"))
    match = baseline.match(known, {}, lambda _: True)
    lines = baseline.stale(match, {"a.py"}, lambda path: path != "d.py", {"jwt"})
    assert lines == ("jwt in a.py", "jwt in d.py")


def test_a_new_baseline_has_its_own_random_salt() -> None:
    first, second = Baseline.new(), Baseline.new()
    assert len(first.salt) == 32
    assert first.salt != second.salt
    assert first.salt.hex() not in repr(first)


# The file.


@given(
    st.dictionaries(
        st.builds(
            Key,
            st.text(st.characters(), min_size=1, max_size=20),
            st.sampled_from(["jwt", "private-person"]),
            st.text(alphabet=string.hexdigits[:16], min_size=64, max_size=64),
        ),
        st.integers(1, 1000),
        max_size=6,
    )
)
def test_every_baseline_is_read_back_as_it_was_written(entries: dict[Key, int]) -> None:
    text = baseline.to_json(Baseline(SALT, entries))
    text.encode("utf-8")
    assert baseline._parse(json.loads(text), "x") == Baseline(SALT, entries)


def test_the_file_is_sorted_with_one_entry_a_line_and_nothing_that_changes_by_itself() -> None:
    text = baseline.to_json(knows(key("b.py"), key("a.py"), key("a.py"), key("straße.py")))
    lines = text.splitlines()
    assert [json.loads(line.strip(" ,"))["path"] for line in lines[4:-2]] == [
        "a.py",
        "b.py",
        "straße.py",
    ]
    assert text.endswith("}\n")
    assert set(json.loads(text)) == {"format", "salt", "entries"}
    assert set(json.loads(text)["entries"][0]) == {"path", "rule", "hash", "count"}
    assert baseline.to_json(Baseline(SALT)) == (
        f'{{\n  "format": 1,\n  "salt": "{SALT.hex()}",\n  "entries": []\n}}\n'
    )


def test_the_file_does_not_hold_the_value() -> None:
    value = "kD93kd02kfK2" * 2
    assert value not in baseline.to_json(knows(key("a.py", value)))


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (b"", "utf-8"),
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
    ],
)
def test_a_file_that_a_windows_shell_wrote_is_read(
    tmp_path: Path, mark: bytes, encoding: str
) -> None:
    known = knows(key("straße.py"))
    path = tmp_path / "baseline.json"
    path.write_bytes(mark + baseline.to_json(known).replace("\n", "\r\n").encode(encoding))
    assert baseline.load(path) == known


def test_an_entry_that_a_merge_doubled_counts_once(tmp_path: Path) -> None:
    path = tmp_path / "baseline.json"
    text = baseline.to_json(knows(key("a.py")))
    line = text.splitlines()[4]
    path.write_text(text.replace(line, f"{line},\n{line}"), encoding="utf-8")
    assert baseline.load(path) == knows(key("a.py"))


GOOD = json.loads(baseline.to_json(knows(key("a.py"))))
ENTRY = GOOD["entries"][0]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "not valid JSON"),
        (b"<<<<<<< ours\n{}", "merge conflict"),
        (b"\xff\xfe\x00", "not JSON in UTF-8"),
        (b"\x80", "not JSON in UTF-8"),
        (b"[" * 100_000, "not JSON in UTF-8"),
        (b"[]", "not a baseline"),
        (b"{}", "not a baseline"),
        (b'{"version": "1.5.0", "results": {}}', "not a baseline"),
        ({**GOOD, "format": 2}, "format 1"),
        ({**GOOD, "salt": "00"}, "64 hexadecimal"),
        ({**GOOD, "salt": None}, "64 hexadecimal"),
        ({**GOOD, "entries": {}}, "no list of entries"),
        ({**GOOD, "entries": ["x"]}, "entry 1"),
        ({**GOOD, "entries": [ENTRY, {**ENTRY, "line": 3}]}, "entry 2"),
        ({**GOOD, "entries": [{**ENTRY, "count": 0}]}, "count"),
        ({**GOOD, "entries": [{**ENTRY, "count": True}]}, "count"),
        ({**GOOD, "entries": [{**ENTRY, "hash": "XYZ"}]}, "hash"),
        ({**GOOD, "entries": [{**ENTRY, "path": 1}]}, "must be texts"),
    ],
)
def test_a_damaged_file_is_one_clear_line(tmp_path: Path, content: object, says: str) -> None:
    path = tmp_path / "baseline.json"
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    with pytest.raises(ConfigError) as caught:
        baseline.load(path)
    message = str(caught.value)
    assert says in message
    assert str(path) in message
    assert "\n" not in message


def test_a_missing_file_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="leaksift baseline create"):
        baseline.load(tmp_path / "none.json")
    with pytest.raises(ConfigError, match="baseline"):
        baseline.load(tmp_path)
