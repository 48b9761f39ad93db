"""Private keys that are one line of text: seeds and wallets' keys with a checksum, phrases."""

from __future__ import annotations

import base64
import binascii
import functools
import hashlib
from pathlib import Path

from leaksift.rules.validators.candidate import Candidate

_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def crc_seed(candidate: Candidate) -> bool:
    """A seed of NATS (NKEY) or Stellar: base32 that ends in a CRC-16 of what stands before it.

    https://docs.nats.io/using-nats/developer/connecting/nkey and
    https://github.com/stellar/stellar-protocol/blob/master/ecosystem/sep-0023.md
    """
    value = candidate.value
    try:
        data = base64.b32decode(value + "=" * (-len(value) % 8))
    except (binascii.Error, ValueError):
        return False
    # CRC-16/XMODEM, which the standard library has, in little-endian order.
    return binascii.crc_hqx(data[:-2], 0).to_bytes(2, "little") == data[-2:]


def base58_key(candidate: Candidate) -> bool:
    """A Bitcoin private key (WIF) or an extended one (BIP 32): Base58 with a double SHA-256."""
    number = 0
    for c in candidate.value:
        digit = _BASE58.find(c)
        if digit == -1:
            return False
        number = number * 58 + digit
    data = number.to_bytes((number.bit_length() + 7) // 8, "big")
    digest = hashlib.sha256(hashlib.sha256(data[:-4]).digest()).digest()
    return len(data) in (37, 38, 82) and digest[:4] == data[-4:]


def mnemonic(candidate: Candidate) -> bool:
    """A phrase of 12, 15, 18, 21 or 24 English words whose checksum is right. BIP 39."""
    words = candidate.value.replace(",", " ").replace('"', " ").replace("'", " ").split()
    places = [_word_places().get(word) for word in words]
    if len(words) not in (12, 15, 18, 21, 24) or None in places or len(set(places)) < 6:
        return False
    bits = "".join(f"{place:011b}" for place in places)
    size = len(bits) * 32 // 33
    entropy = int(bits[:size], 2).to_bytes(size // 8, "big")
    check = f"{hashlib.sha256(entropy).digest()[0]:08b}"
    return bits[size:] == check[: len(bits) - size]


@functools.cache
def _word_places() -> dict[str, int]:
    # The English list of BIP 39, a word a line.
    text = Path(__file__).with_name("bip39-english.txt").read_text(encoding="ascii")
    return {word: place for place, word in enumerate(text.split())}
