"""How a text is cut: everything once, in order, and by its own content alone."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from leaksift.library.sections import Around, Section, Sections

AROUND = Around(before=20, after=12)
MODEL = Around(before=7, after=30)


def reach(text: str, start: int, end: int) -> int:
    return 50 if "{" in text[start:end] else 0


def sections(chunks: list[str], size: int = 40) -> list[Section]:
    text = Sections(size, AROUND, MODEL, reach)
    found = []
    for chunk in chunks:
        text.feed(chunk)
        found += text.ready()
    text.finish()
    return [*found, *text.ready()]


@given(st.lists(st.text(alphabet="ab{ \n", max_size=60), max_size=12))
def test_the_chunks_have_no_say_in_what_the_sections_are(chunks: list[str]) -> None:
    assert sections(chunks) == sections(["".join(chunks)]) == sections(list("".join(chunks)))


@given(st.text(alphabet="ab{ \n", max_size=400))
def test_every_character_is_in_one_section_with_what_is_around_it(text: str) -> None:
    found = sections([text])
    assert "".join(one.part(one.start, one.end) for one in found) == text
    for one in found:
        assert 0 < one.end - one.start <= 40
        assert one.part(*one.rules) == text[max(0, one.start - 20) : one.rules[1]]
        after = 50 if "{" in text[one.start : one.end] else 12
        assert one.rules[1] >= min(len(text), one.end + 12)
        assert one.rules[1] == min(len(text), one.end + after) or one.end == len(text)
        assert one.model == (max(0, one.start - 7), min(len(text), one.end + 30))
    assert [one.last for one in found] == [False] * (len(found) - 1) + [True] * bool(found)


def test_a_section_ends_where_a_line_does_or_a_word() -> None:
    assert sections(["x" * 33 + "\n" + "y" * 33])[0].end == 34
    assert sections(["x" * 33 + " " + "y" * 33])[0].end == 34
    assert sections(["x" * 99])[0].end == 40


def test_a_short_text_is_one_section() -> None:
    assert [(one.start, one.end, one.last) for one in sections(["a " * 20])] == [(0, 40, True)]


def test_what_was_read_is_forgotten() -> None:
    text = Sections(40, AROUND, MODEL, reach)
    for _ in range(2_000):
        text.feed("word " * 20)
        list(text.ready())
    assert len(text._text) < 1_000
