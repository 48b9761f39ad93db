"""Lines and columns point at the character that they are said to point at."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from leaksift.document import Document, LineRange, merge_lines

TEXTS = st.text(alphabet=st.sampled_from("ab\n\r\t é\u2028\f\U0001f600"), max_size=60)


def document(text: str, *changed: tuple[int, int]) -> Document:
    ranges = tuple(LineRange(*pair) for pair in changed) if changed else None
    return Document("a.txt", text, len(text.encode()), changed=ranges)


@given(TEXTS, st.data())
def test_line_and_column_lead_back_to_the_index(text: str, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(text)))
    position = document(text).position(index)
    lines = text.split("\n")
    if index == len(text) and text.endswith("\n"):
        return  # behind the last line feed there is no line of its own
    assert lines[position.line - 1][: position.column - 1] == text[:index].split("\n")[-1]
    utf16 = text[:index].split("\n")[-1].encode("utf-16-le")
    assert position.column_utf16 == len(utf16) // 2 + 1


def test_only_a_line_feed_ends_a_line() -> None:
    assert document("a\rb\x0cc\u2028d\r\ne").line_count == 2
    assert document("").line_count == 0
    assert document("a\n").line_count == 1


def test_the_bounds_of_a_line_leave_out_its_line_feed() -> None:
    text = "one\ntwo\n"
    assert [text[slice(*document(text).line_bounds(line))] for line in (1, 2)] == ["one", "two"]


def test_a_span_touches_a_change_when_one_of_its_lines_changed() -> None:
    text = "one\ntwo\nthree\nfour\n"
    changed = document(text, (2, 2), (4, 4))
    assert not changed.touches_change(0, 3)
    assert changed.touches_change(0, 5)
    assert not changed.touches_change(8, 13)
    assert changed.touches_change(14, 18)
    assert document(text).touches_change(0, 3)


@given(st.lists(st.tuples(st.integers(1, 30), st.integers(0, 5))))
def test_merged_lines_are_the_same_lines_sorted_and_apart(pairs: list[tuple[int, int]]) -> None:
    ranges = [LineRange(first, first + more) for first, more in pairs]
    merged = merge_lines(ranges)
    lines = {n for lines in ranges for n in range(lines.first, lines.last + 1)}
    assert [n for lines in merged for n in range(lines.first, lines.last + 1)] == sorted(lines)
    assert all(a.last + 1 < b.first for a, b in itertools.pairwise(merged))
