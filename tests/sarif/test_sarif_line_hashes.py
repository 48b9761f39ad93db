"""The line hashes are the ones that GitHub's upload client computes."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from leaksift.document import Document
from leaksift_sarif.fingerprints import document_line_hashes, line_hashes

VECTORS = json.loads(
    (Path(__file__).parent / "line_hash_vectors.json").read_text(encoding="utf-8")
)["vectors"]


def reference(text: str) -> dict[int, str]:
    """The documented algorithm, one unit at a time, every hash from its definition."""
    raw = text.encode("utf-16-le", "surrogatepass")
    kept: list[int] = []
    after_return = False
    for low, high in zip(raw[::2], raw[1::2], strict=True):
        unit = low | high << 8
        if unit in (0x20, 0x09) or (after_return and unit == 0x0A):
            after_return = False
            continue
        after_return = unit == 0x0D
        kept.append(0x0A if after_return else unit)
    kept.append(0xFFFF)
    starts = [at for at in range(len(kept)) if at == 0 or kept[at - 1] == 0x0A]
    kept += [0] * 100
    hashes: dict[int, str] = {}
    counts: dict[int, int] = {}
    for line, start in enumerate(starts, 1):
        value = sum(kept[start + at] * 37 ** (99 - at) for at in range(100)) % 2**64
        counts[value] = counts.get(value, 0) + 1
        hashes[line] = f"{value:x}:{counts[value]}"
    return hashes


@pytest.mark.parametrize("vector", VECTORS, ids=range(len(VECTORS)))
def test_the_hashes_of_githubs_own_tests_come_out(vector: dict[str, object]) -> None:
    expected = vector["hashes"]
    assert isinstance(expected, list)
    hashes = line_hashes(str(vector["text"]), range(1, 100))
    assert [hashes[line] for line in sorted(hashes)] == expected


# "b@" and "ae" have the same hash: 37 * ord("b") + ord("@") == 37 * ord("a") + ord("e").
texts = st.text(st.sampled_from("ab@e \t\r\n😀é\ufeff\uffff\x00\x0b\u2028"), max_size=400)


@given(texts, st.sets(st.integers(1, 40), max_size=5))
@example("a\r \nb", {1, 2, 3})
@example("ae" + "x" * 98 + "\nb@" + "x" * 98, {2})
@example("😀" * 60 + "\nx", {1, 2})
@example("\ud83d", {1})
def test_any_text_has_the_hashes_of_the_documented_algorithm(text: str, lines: set[int]) -> None:
    expected = reference(text)
    assert line_hashes(text, lines) == {line: expected[line] for line in lines if line in expected}


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=300))
def test_any_characters_have_the_hashes_of_the_documented_algorithm(text: str) -> None:
    expected = reference(text)
    assert line_hashes(text, expected) == expected


def test_a_lone_carriage_return_ends_a_line_as_it_does_for_github() -> None:
    text = "first\rsecond\nthird\n"
    document = Document(path="x", text=text, size=len(text))
    assert document.line_at(text.index("third")) == 2
    # GitHub's client looks for its own line 2, which holds "second".
    assert document_line_hashes(document, [2]) == {2: reference("first\nsecond\nthird\n")[2]}


def test_a_byte_order_mark_counts_because_github_does_not_strip_it() -> None:
    document = Document(path="x", text="key = 1\n", size=11, has_bom=True)
    assert document_line_hashes(document, [1]) == {1: reference("\ufeffkey = 1\n")[1]}


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16", "cp1252", "utf-32-be", "shift_jis"])
def test_a_file_that_github_would_read_as_something_else_has_no_hash(encoding: str) -> None:
    document = Document(path="x", text="key = 1\n", size=16, encoding=encoding)
    assert document_line_hashes(document, [1]) == {}


@pytest.mark.parametrize("encoding", ["utf-8", "UTF-8", "utf8", "ascii", "us-ascii"])
def test_a_file_in_utf_8_has_hashes(encoding: str) -> None:
    document = Document(path="x", text="key = 1\n", size=8, encoding=encoding)
    assert document_line_hashes(document, [1]) == {1: reference("key = 1\n")[1]}


def test_lines_that_are_not_there_have_no_hash() -> None:
    assert line_hashes("a\nb", [0, -1, 3, 99]) == {}
    assert line_hashes("", []) == {}


def test_a_megabyte_takes_well_under_a_second_and_an_early_line_next_to_nothing() -> None:
    text = "some_code = here(1, 'x')\n" * 40_000

    def seconds(line: int) -> float:
        start = time.process_time()
        line_hashes(text, [line])
        return time.process_time() - start

    assert min(seconds(40_000) for _ in range(3)) < 0.6
    assert min(seconds(3) for _ in range(3)) < 0.05
