"""From bytes to text."""

from __future__ import annotations

import codecs
import contextlib
import random
import struct
import sys
import time
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaksift.decoding import NotText, decode

TEXT = "key = value\npassword = hunter2\nzażółć gęślą jaźń\n"
CYRILLIC = "Привет мир, это тестовый текст для проверки кодировки.\nПароль секрет.\n"
CHINESE = "这是一个测试文本，密码是秘密的。\n令牌 = 123456\n"
JAPANESE = "日本語のテキストです。\n秘密のパスワード = 123\n"

# What people write: no control characters but blanks, nothing unassigned.
written = st.text(
    st.one_of(
        st.characters(exclude_categories=("Cc", "Cs", "Cn", "Co")), st.sampled_from("\t\r\n aZ09=")
    )
)


def reason(data):
    with pytest.raises(NotText) as error:
        decode(data)
    return error.value.reason


@given(written)
def test_utf_8_is_read_as_it_is(text):
    decoded = decode(text.encode("utf-8"))
    if text.startswith("\ufeff"):
        text = text[1:]
    assert (decoded.text, decoded.encoding) == (text, "utf-8")


@given(st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0")))
def test_utf_8_without_nul_is_read_whatever_characters_it_has(text):
    assert decode(b"\xef\xbb\xbf" + text.encode()).text == text


@given(written, st.sampled_from(["utf-8-sig", "utf-16", "utf-32"]))
def test_a_byte_order_mark_names_the_encoding(text, encoding):
    decoded = decode(text.encode(encoding))
    assert (decoded.text, decoded.has_bom) == (text, True)


@given(written, st.sampled_from(["utf-16", "utf-32"]))
def test_the_other_byte_order_is_read_as_well(text, encoding):
    mark = {"utf-16": codecs.BOM_UTF16_BE, "utf-32": codecs.BOM_UTF32_BE}[encoding]
    decoded = decode(mark + text.encode(f"{encoding}-be"))
    assert (decoded.text, decoded.encoding, decoded.has_bom) == (text, f"{encoding}-be", True)


@given(st.binary(max_size=2000))
def test_any_bytes_are_text_or_a_reason(data):
    try:
        decoded = decode(data)
    except NotText as error:
        assert error.reason in ("binary", "undecodable")
    else:
        assert codecs.lookup(decoded.encoding)
        assert decoded.text.isascii() or decoded.text.encode("utf-8")


@given(st.text("abc= \n\t日é", min_size=1), st.integers(0, 20), st.randoms())
def test_a_few_nul_bytes_do_not_hide_a_text(text, count, random):
    data = bytearray(("token = abcdefghij\n" * 3 + text).encode())
    for _ in range(count):
        data.insert(random.randrange(len(data) + 1), 0)
    assert decode(bytes(data)).text.replace("\0", "").replace("\ufffd", "")[:2] != ""
    assert decode(b"token = abcdefghij\n" + b"\0" * count).text == "token = abcdefghij\n" + (
        "\0" * count
    )


def test_a_text_padded_with_zeros_is_read():
    assert decode(b"token = abc\n" + b"\0" * 100_000).text.startswith("token = abc\n")
    assert decode(b"\0" * 100_000 + b"token = abc\n").text.endswith("token = abc\n")


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize(
    "text", ["k=v\n", "ab", "\r\n", TEXT, CYRILLIC, CHINESE, JAPANESE, "a😀" * 100, TEXT * 5000]
)
def test_utf_16_and_32_without_a_mark_are_told_by_their_shape(text, encoding):
    decoded = decode(text.encode(encoding))
    assert (decoded.text, decoded.encoding, decoded.has_bom) == (text, encoding, False)


def test_utf_16_that_lacks_its_last_byte_is_read():
    assert decode(TEXT.encode("utf-16")[:-1]).text == TEXT[:-1] + "\ufffd"
    assert decode(TEXT.encode("utf-16-le")[:-1]).text == TEXT[:-1] + "\ufffd"


def test_utf_16_with_a_lone_surrogate_is_read():
    data = codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le") + b"\x00\xd8b\0"
    assert decode(data).text == TEXT + "\ufffdb"


def test_utf_32_with_numbers_that_are_no_characters_is_undecodable():
    wrong = struct.pack("<I", 0x110000)
    assert reason(codecs.BOM_UTF32_LE + "key".encode("utf-32-le") * 9 + wrong) == "undecodable"
    assert reason(codecs.BOM_UTF32_BE + b"\1\2\3\4" * 9) == "undecodable"
    assert reason("key = value".encode("utf-32-le") * 9 + wrong) == "undecodable"


def test_utf_32_that_lacks_its_last_bytes_is_read():
    assert decode(TEXT.encode("utf-32")[:-2]).text == TEXT[:-1] + "\ufffd"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Müller wohnt in der Straße 5, café déjà vu\n", "cp1252"),
        ("“curly” quotes — and a dash\n", "cp1252"),
        (CYRILLIC * 3, "cp1251"),
        (CYRILLIC * 3, "koi8-r"),
        (JAPANESE * 3, "shift_jis"),
        (CHINESE * 3, "gb18030"),
        ("한국어 텍스트입니다. 비밀번호는 비밀입니다.\n" * 3, "euc-kr"),
    ],
)
def test_a_legacy_charset_is_recognised(text, encoding):
    assert decode(text.encode(encoding)).text == text


@given(st.binary(min_size=1, max_size=50), st.integers(0, 200))
def test_ascii_in_a_legacy_text_is_never_lost(extra, at):
    text = b"the key is AKIAXXXXXXXXXXXXXXXX and so on, in plain words.\n" * 5
    extra = bytes(byte | 0x80 for byte in extra)
    data = text[:at] + extra + text[at:] + b"\n  AKIAYYYYYYYYYYYYYYYY\n"
    assert "AKIAYYYYYYYYYYYYYYYY" in decode(data).text


def test_one_wrong_byte_does_not_turn_utf_8_into_something_else():
    data = (JAPANESE * 20).encode() + b"\xff\n" + JAPANESE.encode()
    decoded = decode(data)
    assert (decoded.text, decoded.encoding) == (JAPANESE * 20 + "\ufffd\n" + JAPANESE, "utf-8")


def test_what_no_charset_fits_is_read_as_latin_1():
    data = b"token = abc\n" * 5000 + b"\x81 \x8d \xff \xfe\n" * 3
    assert decode(data).text.startswith("token = abc\n")


def test_a_script_with_an_archive_at_its_end_is_read():
    archive = random.Random(1).randbytes(200_000)
    assert decode(b"#!/bin/sh\nexport TOKEN=abc\n" * 400 + archive).text.startswith("#!/bin/sh")


@pytest.mark.parametrize(
    "data",
    [
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\x08\2\0\0\0\x90wS\xde",
        random.Random(1).randbytes(5000),
        zlib.compress(random.Random(2).randbytes(5000)),
        Path(sys.executable).read_bytes()[:500_000],
        struct.pack("<2000h", *(n % 300 - 20 for n in range(2000))),
        struct.pack("<500d", *(n * 0.37 for n in range(500))),
        b"\0" * 1000,
        b"\0",
        b"\xff\xfe" + random.Random(3).randbytes(3000),
    ],
    ids=["png", "random", "zlib", "program", "int16", "float64", "zeros", "zero", "marked random"],
)
def test_what_is_no_text_is_binary(data):
    assert reason(data) == "binary"


def test_nothing_is_an_empty_text():
    assert decode(b"").text == ""
    assert decode(b"\xef\xbb\xbf").text == ""


def test_a_not_text_error_does_not_hold_the_content():
    with pytest.raises(NotText) as error:
        decode(b"hunter2" + random.Random(1).randbytes(500))
    assert str(error.value) == "binary"
    assert error.value.__cause__ is None


@pytest.mark.parametrize(
    "data",
    [
        b"a" * 4_000_000,
        b"ab\0" * 1_300_000,
        b"\xe9" * 4_000_000,
        b"a\xe9\n" * 1_300_000,
        "é".encode() * 2_000_000 + b"\xff",
        b"\0a" * 2_000_000,
        b"\xff\xfe" + b"\0\xd8" * 2_000_000,
        b"\n\0\0\0" * 1_000_000,
        b"\xff" * 3_999_999 + b"\0",
    ],
)
def test_four_megabytes_of_anything_take_less_than_seconds(data):
    start = time.process_time()
    with contextlib.suppress(NotText):
        decode(data)
    assert time.process_time() - start < 3
