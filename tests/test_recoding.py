"""Bytes to text and back: the same bytes, wherever they were cut."""

from __future__ import annotations

import codecs
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaksift.decoding import NotText
from leaksift.recoding import charset_of

TEXTS = {
    "utf-8": "Grüße, 漢字\r\n🙂",
    "utf-16-le": "Grüße an alle\r\n",
    "utf-16-be": "Grüße an alle\r\n",
    "cp1252": "Die Straße führt über die Brücke, wo früher Bäume waren\n",
}
MARKS = {
    "utf-8": codecs.BOM_UTF8,
    "utf-16-le": codecs.BOM_UTF16_LE,
    "utf-16-be": codecs.BOM_UTF16_BE,
    "cp1252": b"",
}


def there_and_back(data: bytes, cuts: list[int]) -> tuple[str, bytes]:
    charset = charset_of(data, is_whole=True)
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    chunks = [data[start:end] for start, end in itertools.pairwise(edges)]
    text = "".join(charset.texts(chunks))
    return text, charset.mark + charset.encode(text)


@pytest.mark.parametrize("codec", TEXTS)
def test_text_is_read_in_its_charset_and_written_as_it_was(codec: str) -> None:
    data = MARKS[codec] + TEXTS[codec].encode(codec)
    for cut in range(len(data)):
        assert there_and_back(data, [cut]) == (TEXTS[codec], data)


@given(st.binary(max_size=80), st.lists(st.integers(0, 80), max_size=4))
def test_any_bytes_come_back_as_they_were_or_are_refused(data: bytes, cuts: list[int]) -> None:
    try:
        _, made = there_and_back(data, cuts)
    except NotText:
        return
    assert made == data


def test_a_wrong_byte_in_utf_8_goes_through() -> None:
    data = "Grüße, ".encode() * 3 + b"\xff end\n"
    assert there_and_back(data, [4])[1] == data


def test_a_character_that_is_cut_at_the_end_of_the_head_does_not_change_the_charset() -> None:
    data = "plain words and one é".encode()
    assert charset_of(data[:-1], is_whole=False).codec == "utf-8"
