"""Blocks of private keys: whether what stands between the marks can be a key.

A mark alone is none, nor is one with an ellipsis, prose or a public key behind it. A body is taken
for a key where its structure is right, or where it is long and random: what was shortened or
scrambled on its way into a file is still treated as a key.
"""

from __future__ import annotations

import base64
import binascii
import re

from leaksift.rules.validators.candidate import Candidate
from leaksift.rules.validators.shape import entropy

# A block inside a string literal has its line ends escaped, and each line may be a literal of its
# own that is joined to the next.
_BETWEEN_LINES = re.compile(r"""\\[nr]|["']\s{0,40}[+.,&_]?\s{0,40}["']?|\s|\\""", re.ASCII)
_HEADER = re.compile(r"[A-Za-z][A-Za-z0-9-]{1,30}:[^\n\\]{0,200}(?:\\r|\\n|\n|\r)", re.ASCII)

# A random body of fewer characters is not told from text in capitals and small letters.
_LONG = 200


def pem(candidate: Candidate) -> bool:
    """A private key in PEM that opens without a passphrase. RFC 7468, RFC 1421."""
    body = _body(candidate.value)
    return _is_key(body) and not _is_encrypted(candidate.value, body)


def encrypted_pem(candidate: Candidate) -> bool:
    """A private key in PEM that is encrypted: PKCS#8, RFC 1421's `DEK-Info`, OpenSSH's own form."""
    body = _body(candidate.value)
    if "DEK-Info" in candidate.value:
        return len(_decode(body) or b"") >= 32  # a cipher text without any structure
    return _is_encrypted(candidate.value, body) and _is_key(body)


def pgp(candidate: Candidate) -> bool:
    """An armoured OpenPGP block that begins with a secret key packet (tag 5). RFC 9580."""
    # The last line may be a checksum, which begins with an equals sign.
    body = re.sub(r"=[A-Za-z0-9+/]{4}\s{0,8}(?:\\n)?\s{0,8}$", "", _body(candidate.value))
    data = _decode(body)
    return data is not None and len(data) >= 32 and data[0] in (0x94, 0x95, 0x96, 0xC5)


def key_store(candidate: Candidate) -> bool:
    """Base64 of PKCS#12 (RFC 7292), whose outer DER length is that of the data, or of a Java key
    store, whose first number says how many entries follow."""
    data = _decode(candidate.value)
    if data is None or len(data) < 200:
        return False
    return data.startswith(b"\xfe\xed\xfe\xed\0\0\0") or _is_der(data)


def _body(block: str) -> str:
    rest = block.split("-----", 2)[-1]
    return _HEADER.sub("", rest.rpartition("-----END")[0])


def _is_key(body: str) -> bool:
    data = _decode(body)
    if data is None or len(data) < 32:
        return False
    if data.startswith(b"openssh-key-v1\0") or _is_der(data):
        return True
    text = _BETWEEN_LINES.sub("", body)
    # Amazon's documentation writes its word for an example into the keys that it prints.
    return len(text) >= _LONG and entropy(text) > 5.2 and "EXAMPLE" not in text


def _is_encrypted(block: str, body: str) -> bool:
    if "ENCRYPTED" in block[:80] or "DEK-Info" in block:
        return True
    data = _decode(body) or b""
    # The name of the cipher follows as a counted string. https://cvsweb.openbsd.org/src/usr.bin/ssh
    # (PROTOCOL.key)
    return data.startswith(b"openssh-key-v1\0") and data[15:23] != b"\0\0\0\x04none"


def _is_der(data: bytes) -> bool:
    """Whether the data is one DER sequence of about this length: the last group of base64 is cut
    where it has padding, and people cut or retype a few characters."""
    if data[0] != 0x30:
        return False
    if data[1] < 0x80:
        length, head = data[1], 2
    else:
        count = data[1] & 0x7F
        if not 1 <= count <= 3 or len(data) < 2 + count:
            return False
        length, head = int.from_bytes(data[2 : 2 + count], "big"), 2 + count
    return abs(head + length - len(data)) <= 8


def _decode(body: str) -> bytes | None:
    text = _BETWEEN_LINES.sub("", body)
    # Cut to whole groups: a block that was typed into a source may have lost its last characters.
    text = text.rstrip("=")
    try:
        return base64.b64decode(text[: len(text) // 4 * 4], validate=True)
    except (binascii.Error, ValueError):
        return None
