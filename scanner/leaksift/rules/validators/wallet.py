"""Addresses of crypto wallets: the checksum that each of them carries."""

from __future__ import annotations

import hashlib
from functools import lru_cache

from leaksift.rules.validators.bech32 import BECH32, BECH32M, bech32_checksum
from leaksift.rules.validators.candidate import Candidate

_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def bitcoin_address(candidate: Candidate) -> bool:
    """A Bitcoin address: Base58Check, or Bech32 in one of its two forms (BIP 173, BIP 350)."""
    value = candidate.value
    if value[:3].lower() == "bc1":
        return bech32_checksum(value.lower()) in (BECH32, BECH32M)
    number = 0
    for c in value:
        digit = _BASE58.find(c)
        if digit == -1:
            return False
        number = number * 58 + digit
    if number >= 1 << 200:
        return False
    data = number.to_bytes(25, "big")
    check = hashlib.sha256(hashlib.sha256(data[:21]).digest()).digest()[:4]
    return data[0] in (0, 5) and any(data[1:21]) and check == data[21:]


def ethereum_address(candidate: Candidate) -> bool:
    """An Ethereum address whose capitals are the checksum of EIP-55.

    One without capitals has no checksum, and could be anything of 20 bytes.
    """
    digits = candidate.value[2:]
    if digits in (digits.lower(), digits.upper()) or len(set(digits.lower())) < 6:
        return False
    digest = _keccak256(digits.lower().encode()).hex()
    return all(
        not c.isalpha() or c.isupper() == (int(check, 16) >= 8)
        for c, check in zip(digits, digest, strict=False)
    )


# Keccak-f[1600]: the steps of lane (x, y), which is number x + 5 * y, in the order of the
# permutation, and the round constants. https://keccak.team/keccak_specs_summary.html
_MASK = (1 << 64) - 1
_TARGETS_AND_SHIFTS = (
    (0, 0), (10, 1), (20, 62), (5, 28), (15, 27), (16, 36), (1, 44), (11, 6), (21, 55), (6, 20),
    (7, 3), (17, 10), (2, 43), (12, 25), (22, 39), (23, 41), (8, 45), (18, 15), (3, 21), (13, 8),
    (14, 18), (24, 2), (9, 61), (19, 56), (4, 14),
)  # fmt: skip
_ROUND_CONSTANTS = (
    0x0000000000000001, 0x0000000000008082, 0x800000000000808A, 0x8000000080008000,
    0x000000000000808B, 0x0000000080000001, 0x8000000080008081, 0x8000000000008009,
    0x000000000000008A, 0x0000000000000088, 0x0000000080008009, 0x000000008000000A,
    0x000000008000808B, 0x800000000000008B, 0x8000000000008089, 0x8000000000008003,
    0x8000000000008002, 0x8000000000000080, 0x000000000000800A, 0x800000008000000A,
    0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008,
)  # fmt: skip


@lru_cache(maxsize=4096)  # the same few addresses stand all over a project
def _keccak256(data: bytes) -> bytes:
    """Keccak-256 of at most 135 bytes: the hash before it became SHA-3, which pads otherwise.

    hashlib has it only where OpenSSL is 3.2 or newer.
    """
    block = bytearray(136)
    block[: len(data)] = data
    block[len(data)] ^= 0x01
    block[135] ^= 0x80
    lanes = [int.from_bytes(block[i : i + 8], "little") for i in range(0, 136, 8)] + [0] * 8
    for constant in _ROUND_CONSTANTS:
        columns = [
            lanes[x] ^ lanes[x + 5] ^ lanes[x + 10] ^ lanes[x + 15] ^ lanes[x + 20]
            for x in range(5)
        ]
        change = [
            columns[x - 1] ^ (columns[x - 4] << 1 | columns[x - 4] >> 63) & _MASK for x in range(5)
        ]
        moved = [0] * 25
        for number, (target, shift) in enumerate(_TARGETS_AND_SHIFTS):
            lane = lanes[number] ^ change[number % 5]
            moved[target] = (lane << shift | lane >> (64 - shift)) & _MASK
        for row in range(0, 25, 5):
            a, b, c, d, e = moved[row : row + 5]
            lanes[row : row + 5] = (a ^ ~b & c, b ^ ~c & d, c ^ ~d & e, d ^ ~e & a, e ^ ~a & b)
        lanes[0] ^= constant
    return b"".join((lane & _MASK).to_bytes(8, "little") for lane in lanes[:4])
