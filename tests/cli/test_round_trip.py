"""What was sealed comes back to the byte, in every charset and with every kind of line end."""

from __future__ import annotations

import codecs
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from leaksift import CustomRule, PrivacyFilter
from leaksift.cli.redact import _pieces, _Work
from leaksift.decoding import NotText
from leaksift.library.sealing import Sealed

pytest.importorskip("cryptography")

KEY = bytes(range(64))
MARKS = {
    "utf-8-sig": codecs.BOM_UTF8,
    "utf-16-le": codecs.BOM_UTF16_LE,
    "utf-16-be": codecs.BOM_UTF16_BE,
    "utf-32-le": codecs.BOM_UTF32_LE,
    "utf-32-be": codecs.BOM_UTF32_BE,
}
CODECS = (*MARKS, "utf-8", "cp1252", "iso8859-2", "cp1251", "shift_jis", "gb18030", "big5")
NAMES = ("Jürgen Groß", "Łukasz Żak", "Иван Петров", "山田太郎", "Ann Lee", "José Núñez")
PIECES = st.sampled_from(
    [
        *(f"name: {name}" for name in NAMES),
        "mail jane.doe@acme.io now",
        "Grüße aus München",
        "Всем привет и добрый день",
        "今日はとても良い天気ですね",
        "plain words",
        ":sealed:",
        "[secret:sealed:AAAA]",
    ]
)
ENDS = st.sampled_from(["\n", "\r\n", "\r", "\u2028", ""])


@pytest.fixture(scope="module")
def named() -> Iterator[PrivacyFilter]:
    rule = CustomRule("name", r"name: (?P<value>[^\r\n]{3,30})", label="private_person")
    with PrivacyFilter.load(model="none", rules=[rule]) as used:
        yield used


@st.composite
def files(draw: st.DrawFn) -> bytes:
    """The bytes of a text file."""
    codec = draw(st.sampled_from(CODECS))
    lines = draw(st.lists(st.tuples(PIECES, ENDS), max_size=8))
    mark = draw(st.booleans()) or codec == "utf-8-sig"
    text = "".join(line + end for line, end in lines)
    data = text.encode(codec.removesuffix("-sig"), "ignore")
    damage = draw(st.sampled_from([b"", b"", b"\xff\xfe", b"\x80"])) if codec == "utf-8" else b""
    return (MARKS.get(codec, b"") if mark else b"") + data + damage


def sealed(used: PrivacyFilter, data: bytes, size: int = 1 << 20) -> bytes:
    """What `leaksift redact --markers sealed` writes. Raises NotText for what it leaves out."""
    work = _Work(used, Sealed(KEY), jsonl=False, show=None)
    chunks = (data[at : at + size] for at in range(0, len(data), size))
    return b"".join(_pieces(work, chunks, "a.txt", is_file=True))


@settings(max_examples=300, deadline=None)
@given(files())
@example("name: Jürgen Groß\r\nand nothing else that is no ASCII".encode("cp1252"))
@example(codecs.BOM_UTF16_LE + "name: 山田太郎\r\n".encode("utf-16-le"))
def test_what_was_sealed_is_restored_to_the_byte(named: PrivacyFilter, data: bytes) -> None:
    try:
        made = sealed(named, data)
    except (NotText, UnicodeEncodeError):
        return  # left out, with a line that says so
    assert Sealed(KEY).restore_bytes(made) == data


def test_nothing_of_a_name_in_an_old_charset_is_left(named: PrivacyFilter) -> None:
    data = "Grüße von name: Jürgen Groß\r\n".encode("cp1252")
    made = sealed(named, data)
    assert b"rgen" not in made and b":sealed:" in made
    # The library's own way, from text to text, reads such a token too.
    assert "Jürgen Groß" in Sealed(KEY).restore(made.decode("cp1252"))


@pytest.mark.parametrize("codec", ["utf-16", "cp1252", "utf-8-sig"])
def test_the_two_commands_give_back_a_file(tmp_path: Path, codec: str) -> None:
    text = "Grüße an jane.doe@acme.io\r\npassword = 'Grün-7x!Kq92'\r\n"
    file = tmp_path / "a.txt"
    file.write_bytes(text.encode(codec))
    command = [sys.executable, "-m", "leaksift"]
    options = ["--markers", "sealed", "--key-file", "k", "--new-key", "--model", "none", "-q"]
    subprocess.run([*command, "redact", "-i", "a.txt", *options], cwd=tmp_path, check=True)
    assert "jane.doe" not in file.read_bytes().decode(codec)
    restore = [*command, "restore", "--key-file", "k", "-o", "b.txt", "a.txt"]
    subprocess.run(restore, cwd=tmp_path, check=True)
    assert (tmp_path / "b.txt").read_bytes() == text.encode(codec)
