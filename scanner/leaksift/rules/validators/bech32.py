"""The checksum of Bech32 texts: crypto wallets and age keys end in six characters of it."""

from __future__ import annotations

import re

BECH32 = 1
"""What `bech32_checksum` gives for a right text of BIP 173, to which age keys belong too."""

BECH32M = 0x2BC830A3
"""The same for BIP 350."""

_CHARACTERS = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATORS = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)


def bech32_checksum(text: str) -> int:
    """The checksum of a text in small letters, prefix included; 0, which is never right, for one
    with other characters. https://github.com/bitcoin/bips/blob/master/bip-0173.mediawiki
    """
    prefix, _, data = text.rpartition("1")
    if not re.fullmatch(f"[{_CHARACTERS}]+", data):
        return 0
    values = [ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix]
    values += [_CHARACTERS.index(c) for c in data]
    checksum = 1
    for value in values:
        top = checksum >> 25
        checksum = (checksum & 0x1FFFFFF) << 5 ^ value
        for bit, generator in enumerate(_GENERATORS):
            if top >> bit & 1:
                checksum ^= generator
    return checksum
