"""Blocks of private keys: whether what stands between the marks can be a key."""

from __future__ import annotations

import base64
import binascii
import re

from leaksift.rules.validators.candidate import Candidate

# A block inside a string literal has its line ends escaped, and each line may be a literal of its
# own that is joined to the next.
_BETWEEN_LINES = re.compile(r"""\\[nr]|["']\s{0,40}[+.,&_]?\s{0,40}["']?|\s|\\""", re.ASCII)
_HEADER = re.compile(r"[A-Za-z][A-Za-z0-9-]{1,30}:[^\n\\]{0,200}(?:\\r|\\n|\n|\r)", re.ASCII)


def pem(candidate: Candidate) -> bool:
    """A private key in PEM: a DER sequence, the OpenSSH form, or an encrypted body. RFC 7468."""
    mark, body = _mark_and_body(candidate.value)
    data = _decode(_HEADER.sub("", body))
    if data is None or len(data) < 32:
        return False
    if "OPENSSH" in mark:
        return data.startswith(b"openssh-key-v1\0")
    # With a header for encryption (RFC 1421) the body is a cipher text without any structure.
    return data[0] == 0x30 or "DEK-Info" in body


def pgp(candidate: Candidate) -> bool:
    """An armoured OpenPGP block that begins with a secret key packet (tag 5). RFC 9580."""
    _, body = _mark_and_body(candidate.value)
    # The last line may be a checksum, which begins with an equals sign.
    data = _decode(re.sub(r"=[A-Za-z0-9+/]{4}\s{0,8}(?:\\n)?\s{0,8}$", "", _HEADER.sub("", body)))
    return data is not None and len(data) >= 32 and data[0] in (0x94, 0x95, 0x96, 0xC5)


def _mark_and_body(block: str) -> tuple[str, str]:
    _, mark, rest = block.split("-----", 2)
    return mark, rest.rpartition("-----END")[0]


def _decode(body: str) -> bytes | None:
    text = _BETWEEN_LINES.sub("", body)
    # Cut to whole groups: a block that was typed into a source may have lost its last characters.
    text = text.rstrip("=")
    try:
        return base64.b64decode(text[: len(text) // 4 * 4], validate=True)
    except (binascii.Error, ValueError):
        return None
