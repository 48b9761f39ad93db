"""Fingerprints stay the same when lines move and say nothing about the value."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from leaksift.document import Document
from leaksift.finding import Span
from leaksift.policy.fingerprint import fingerprints, masked_context

SALT = b"s" * 32
LINES = st.lists(st.text(alphabet="ab =;\t", max_size=12), max_size=6)
# Upper case and digits, so that a value is never part of a line of LINES.
VALUES = st.text(alphabet="ABCDEFG0123456789", min_size=1, max_size=30)


def document(text: str, path: str = "a.py") -> Document:
    return Document(path, text, len(text))


def spans_of(text: str, values: Sequence[str]) -> list[Span]:
    """The spans of values that stand in the text in this order."""
    spans: list[Span] = []
    at = 0
    for value in values:
        at = text.index(value, at)
        spans.append(Span(at, at + len(value), "secret", "jwt", 0.9, "rule"))
        at += len(value)
    return spans


def names(text: str, values: Sequence[str], salt: bytes | None, path: str = "a.py") -> list[str]:
    return list(fingerprints(document(text, path), spans_of(text, values), salt))


@given(LINES, LINES, VALUES, st.sampled_from([None, SALT]))
def test_moved_lines_keep_the_fingerprint(
    above: list[str], below: list[str], value: str, salt: bytes | None
) -> None:
    line = f"key = {value};"
    moved = "\n".join([*above, line, *below])
    assert names(moved, [value], salt) == names(line, [value], salt)


@given(VALUES, VALUES, VALUES, VALUES)
def test_without_a_salt_it_does_not_depend_on_any_value(a: str, b: str, c: str, d: str) -> None:
    first = names(f"x {a} y {b} z\n", [a, b], None)
    second = names(f"x {c} y {d} z\n", [c, d], None)
    assert first == second


@given(st.lists(VALUES, min_size=1, max_size=8), st.text(alphabet="ab =", max_size=200))
def test_the_context_holds_no_found_value(values: list[str], between: str) -> None:
    text = between + "".join(f"<{value}>{between}" for value in values)
    spans = spans_of(text, values)
    for number in range(len(spans)):
        context = masked_context(document(text), spans, number)
        assert not any(character in context for character in "ABCDEFG0123456789")


def test_a_value_that_is_there_a_second_time_is_masked_too() -> None:
    value = "JANE-ROE-1987"
    text = f"user = {value}  # was {value}\n"
    context = masked_context(document(text), spans_of(text, [value]), 0)
    assert value not in context


def test_indentation_and_line_endings_do_not_matter() -> None:
    assert names("  key = VVVV\r\n", ["VVVV"], None) == names("key =  VVVV\n", ["VVVV"], None)


def test_equal_lines_are_told_apart_by_their_number() -> None:
    for salt in (None, SALT):
        first, second = names("k = VVVV\nk = VVVV\n", ["VVVV", "VVVV"], salt)
        assert first != second
        assert names("k = VVVV\n", ["VVVV"], salt) == [first]


def test_path_rule_and_value_count_with_a_salt() -> None:
    base = names("k = VVVV\n", ["VVVV"], SALT)
    assert names("k = VVVV\n", ["VVVV"], SALT, "b.py") != base
    assert names("k = WWWW\n", ["WWWW"], SALT) != base
    assert names("k = VVVV\n", ["VVVV"], b"t" * 32) != base
    assert names("something else: VVVV\n", ["VVVV"], SALT) == base


def test_without_a_salt_the_text_around_counts() -> None:
    assert names("k = VVVV\n", ["VVVV"], None) != names("l = VVVV\n", ["VVVV"], None)


def test_it_is_the_same_on_every_machine_and_in_every_version() -> None:
    # People's platforms remember these; a change closes and reopens all their alerts.
    assert names("k = VVVV\n", ["VVVV"], None) == [
        "670f53179a4c2f781c1025c8633b483c9544c1f1d898a031c62bb94d93f1a28d"
    ]
    assert names("k = VVVV\n", ["VVVV"], SALT) == [
        "ded274991962862e960c421b549638c453d2d1fdb6a860c62d4dc318acd6f444"
    ]


def test_a_value_over_several_lines_has_a_fingerprint() -> None:
    value = "B1\nB2\nB3"
    assert names(f"x = {value};\n", [value], None) == names("x = Q;\n", ["Q"], None)


def test_a_long_line_with_many_findings_is_quick() -> None:
    values = [f"V{number:05}" for number in range(20_000)]
    text = " ".join(values)
    assert len(set(names(text, values, None))) == len(values)
