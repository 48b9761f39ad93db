"""What encoded text looks like to the one pass over a document: expressions for hyperscan.

Bytes of ASCII text have a zero in their highest bit, which shows in base64 and in hexadecimal
digits: only some characters can stand in each place. So words, identifiers, digests and random
values, which are everywhere, hardly ever look like encoded text, and what does is worth decoding.
"""

from __future__ import annotations

# Four characters of base64 are three bytes. The first one holds the upper six bits of a printable
# character (or of a line end), the second the lower two and four more, ...
_GROUP = "[CDI-Za-f][A-HQ-Xg-nw-z0-3][ABEFIJMNQRUVYZcdghklopstwx014589][A-Za-z0-9+/_-]"
# UTF-16 (little endian), as PowerShell takes it: every second byte is zero.
_WIDE_GROUPS = "[CDI-Za-f][AQgw][AB][A-Za-z0-9+/]A[A-H][AEIMQUYcgkosw048]A"

BASE64_GROUPS = 4
"""How many groups of four characters must look like text: a group does so by chance once in ten
times, an English word much less often."""

WIDE_GROUPS = 3

_BEFORE_BASE64 = r"(?:^|[^A-Za-z0-9+/_-]|\\[nrt])"

HEX_PAIRS = 10
"""How many pairs of hexadecimal digits must look like text: a third of all pairs do."""

_TOKEN = "[A-Za-z0-9_+/=-]"  # noqa: S105

TRIGGERS: tuple[tuple[str, str], ...] = (
    ("base64", f"{_BEFORE_BASE64}(?:{_GROUP}){{{BASE64_GROUPS}}}"),
    ("base64-utf-16", f"{_BEFORE_BASE64}(?:{_WIDE_GROUPS}){{{WIDE_GROUPS}}}"),
    ("hex", f"(?:^|[^0-9A-Fa-f]|0x|\\\\[nrt])(?:[2-7][0-9A-Fa-f]){{{HEX_PAIRS}}}"),
    # Of the escapes only those of characters that tokens and addresses are made of: quotes, angle
    # brackets and blanks are escaped everywhere, and nothing that is looked for contains them.
    ("escape", r"\\(?:u00|x|U000000|u\{)(?:2[5-9A-Fa-f]|3[0-9ADad]|[4-7][0-9A-Fa-f])"),
    ("escape", r"%(?:2[5BDEFbdef]|3[0-9ADad]|4[0-9A-Fa-f]|5[0-9AFaf]|6[0-9A-Fa-f]|7[0-9AEae])"),
    (
        "escape",
        r"&#(?:[xX]0{0,4}(?:2[BDFbdf]|3[0-9ADad]|[4-7][0-9A-Fa-f])|0{0,4}[4-9][0-9]|1[0-2][0-9]);",
    ),
    ("escape", r"&amp;[A-Za-z_-]{3,30}="),
    ("escape", r"&quot;[A-Za-z0-9_.+/=~-]{20}"),
    # A token that is cut: by the end of one literal and the beginning of the next, by a backslash
    # at the end of a line.
    ("escape", rf"{_TOKEN}[\"'][ \t\r\n+.&\\]+[\"']{_TOKEN}"),
    ("escape", rf"{_TOKEN}\\\r?\n[ \t]*{_TOKEN}"),
)
"""Name of the decoder, and where something for it begins or ends. The same name may come twice."""
