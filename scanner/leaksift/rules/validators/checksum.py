"""Tokens that carry a checksum of themselves."""

from __future__ import annotations

import zlib

from leaksift.rules.validators.bech32 import BECH32, bech32_checksum
from leaksift.rules.validators.candidate import Candidate

_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def github_token(candidate: Candidate) -> bool:
    """`ghX_`, 30 characters and their CRC-32 in base 62.

    https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/
    """
    return _ends_with_crc32(candidate.value.rpartition("_")[2])


def npm_token(candidate: Candidate) -> bool:
    """`npm_`, 30 characters and their CRC-32 in base 62, the form that npm shares with GitHub.

    https://github.blog/changelog/2021-09-23-npm-has-a-new-access-token-format/
    """
    return _ends_with_crc32(candidate.value.rpartition("_")[2])


def gitlab_routable(candidate: Candidate) -> bool:
    """A routable GitLab token ends in the CRC-32 of all before it, seven digits of base 36.

    An older token has no full stop and no checksum, and passes.
    https://docs.gitlab.com/security/tokens/
    """
    body, separator, tail = candidate.value.rpartition(".")
    if not separator:
        return True
    covered, checksum = f"{body}.{tail[:-7]}", tail[-7:]
    return int(checksum, 36) == zlib.crc32(covered.encode())


def grafana_token(candidate: Candidate) -> bool:
    """A Grafana service account token ends in the CRC-32 of all before it, last byte first.

    https://github.com/grafana/grafana/blob/main/pkg/components/satokengen/satokengen.go
    """
    body, _, checksum = candidate.value.rpartition("_")
    return zlib.crc32(body.encode()).to_bytes(4, "little").hex() == checksum


def age_key(candidate: Candidate) -> bool:
    """An age identity: Bech32 with its six check characters.

    https://github.com/C2SP/C2SP/blob/main/age.md and BIP 173.
    """
    return bech32_checksum(candidate.value.lower()) == BECH32


def base62_crc32(text: str) -> str:
    """The CRC-32 of an ASCII text as six digits of base 62, most significant first."""
    number, digits = zlib.crc32(text.encode()), ""
    for _ in range(6):
        number, digit = divmod(number, 62)
        digits = _BASE62[digit] + digits
    return digits


def _ends_with_crc32(text: str) -> bool:
    return base62_crc32(text[:-6]) == text[-6:]
