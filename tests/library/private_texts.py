"""Texts with something in them, and the same texts in chunks."""

from __future__ import annotations

import string
import zlib

from hypothesis import strategies as st


def _github_token(body: str) -> str:
    """A token of GitHub's form: its end is a checksum of the rest, in base 62."""
    digits = string.digits + string.ascii_uppercase + string.ascii_lowercase
    number, check = zlib.crc32(body.encode()), ""
    for _ in range(6):
        number, digit = divmod(number, 62)
        check = digits[digit] + check
    return f"ghp_{body}{check}"


TOKEN = _github_token("R7kQ2mVx9LbT4cWz8YhN5pJd3sFg6a")
KEY_BLOCK = (
    "-----BEGIN " + "RSA PRIVATE KEY-----\n"
    "MIICXAIBAAKBgQCqGKukO1De7zhZj6+H0qtjTkVxwTCpvKe4eCZ0FPqri0cb2JZfXJ/DgYSF6vUp\n"
    "wmJG8wVQZKjeGcjDOL5UlsuusFncCzWBQ7RKNUSesmQRMSGkVb1/3j+skZ6UtW+5u09lHNsj6tQ5\n"
    "1s1SPrCBkedbNf0Tp0GbMJDyR4e9T04ZZwIDAQABAoGAFijko56+qGyN8M0RVyaRAXz++xTqHBLh\n"
    "-----END " + "RSA PRIVATE KEY-----\n"
)
PIECES = (
    TOKEN,
    "jane.doe@acme.io",
    "+44 20 7946 0958",
    "4532 0151 1283 0366",
    "postgres://app:" + "s3cr3t-Horse-9x" + "@db.internal.acme.io:5432/x",
    "password = '" + "k8Jq-2Lm9-Zx4T" + "'",
    "Dear Ada Lind, your card was sent to 12 Sand Street.",
    KEY_BLOCK,
    "é日\U0001f600",
    "a" * 90,
    " ",
    "\n",
    "\r\n",
    "\t",
    ",",
    '"',
    "The quick brown fox went home. ",
    ":sealed:",
    "[secret:sea",
    "led:AAAA]",
)


def texts(most: int = 40) -> st.SearchStrategy[str]:
    """Texts that have something in them, with and without blanks and line ends."""
    piece = st.one_of(st.sampled_from(PIECES), st.text(max_size=20))
    return st.lists(piece, max_size=most).map("".join)


@st.composite
def chunked(draw: st.DrawFn, most: int = 40) -> tuple[str, list[str]]:
    """A text, and the same cut anywhere; some chunks are empty."""
    text = draw(texts(most))
    places = sorted(draw(st.lists(st.integers(0, len(text)), max_size=12)))
    return text, [
        text[start:end] for start, end in zip([0, *places], [*places, len(text)], strict=True)
    ]
