"""Standard input."""

from __future__ import annotations

import io

from leaksift.document import Document
from leaksift.finding import Skipped
from leaksift.sources import stdin
from leaksift.sources.content import Limits

LIMITS = Limits(1000)


def test_what_comes_in_is_one_document():
    assert stdin.document(LIMITS, stream=io.BytesIO(b"one\ntwo\n")) == Document(
        "stdin", "one\ntwo\n", 8
    )


def test_it_can_have_a_name_which_may_be_excluded():
    limits = Limits(1000, ("*.md",))
    assert stdin.document(limits, "src/a.py", io.BytesIO(b"1")) == Document("src/a.py", "1", 1)
    assert stdin.document(limits, "README.md", io.BytesIO(b"1")) == Skipped("README.md", "excluded")


def test_too_much_is_read_to_its_end_and_skipped_with_its_size():
    stream = io.BytesIO(b"x" * 3_000_000)
    assert stdin.document(LIMITS, stream=stream) == Skipped(
        "stdin", "too large", "3,000,000 bytes, the limit is 1,000"
    )
    assert stream.read() == b""


def test_utf_16_as_powershell_writes_it_is_read():
    document = stdin.document(LIMITS, stream=io.BytesIO("café\r\n".encode("utf-16")))
    assert (document.text, document.encoding, document.has_bom) == ("café\r\n", "utf-16-le", True)


def test_bytes_that_are_no_text_are_skipped():
    stream = io.BytesIO(b"\x7fELF\x02\x01\x01" + bytes(range(256)))
    assert stdin.document(LIMITS, stream=stream) == Skipped("stdin", "binary")
