"""What looks like a credential to a broad rule and is none: the vetoes, in one place.

Only rules that go by a name or by what stands near ask here. What a provider gave a form, and what
stands in a place that only holds credentials, is not in doubt. Each table says what it is for;
`lookalike` tells which of them speaks against a candidate. Python and not TOML, because a reader
of TOML would be loaded by a hook for nothing else.
"""

from __future__ import annotations

import binascii
import re

from leaksift.rules.validators.candidate import Candidate
from leaksift.rules.validators.words import is_plain, wordiness

# Files that programs write and that hold digests of what they name: by name, by ending.
LOCK_FILES = frozenset(
    """
    package-lock.json npm-shrinkwrap.json yarn.lock pnpm-lock.yaml bun.lock deno.lock
    poetry.lock pdm.lock uv.lock pipfile.lock pylock.toml conda-lock.yml cargo.lock composer.lock
    gemfile.lock mix.lock pubspec.lock podfile.lock package.resolved packages.lock.json go.sum
    go.work.sum flake.lock gradle.lockfile verification-metadata.xml paket.lock .terraform.lock.hcl
    cartfile.resolved rebar.lock stack.yaml.lock requirements.lock module.bazel.lock
    """.split()
)
GENERATED_ENDINGS = (".map", ".svg", ".css", ".scss", ".less", ".sass", ".snap", ".woff", ".lcov")

# Names of digests and of other values that only say which thing is meant, as parts of words.
DIGEST_NAMES = frozenset(
    """
    sha sha1 sha224 sha256 sha384 sha512 md5 crc crc32 blake2 blake2b blake2s blake3 integrity
    checksum checksums etag commit rev revision digest digests hash hashes fingerprint fingerprints
    thumbprint oid blob tree ref head changeset subresource sri
    """.split()
)
_DIGEST_LENGTHS = frozenset((7, 8, 12, 32, 40, 48, 56, 64, 96, 128))
IDENTITY_NAMES = frozenset(
    "id ids uuid guid urn identifier trace span correlation instance device tenant".split()
)

# How content begins that base64 is used for: images, fonts, archives, documents, certificates,
# public keys, source maps.
CONTENT_BEGINNINGS = (
    "iVBORw0KGgo", "/9j/", "R0lGOD", "UklGR", "Qk0", "AAABAA", "PHN2Zy", "PD94bWwg", "PCFET0NUWVBF",
    "d09GRg", "d09GMg", "AAEAAAA", "T1RUTw", "JVBERi0", "UEsDB", "H4sI", "QlpoO", "/Td6WFo", "N3q8",
    "MIIBIjANBgkq", "MIICIjANBgkq", "MIGfMA0GCSq", "MFkwEwYHKoZI", "MCowBQYDK2V", "AAAAB3NzaC1",
    "AAAAC3NzaC1", "AAAAE2VjZHNh", "LS0tLS1CRUdJTiBDRVJU", "LS0tLS1CRUdJTiBQVUJM",
    "eyJ2ZXJzaW9uIjoz", "AGFzbQ",
)  # fmt: skip
# What stands before such content.
_CONTENT_BEFORE = re.compile(
    r"""(?ix)
    data:[\w.+-]{1,40}/[\w.+-]{1,60}(?:;[\w=-]{1,40}){0,4},\s?\Z | ;base64,\s?\Z
    | -----BEGIN\ (?:CERTIFICATE|PUBLIC\ KEY|RSA\ PUBLIC\ KEY)[^\n]{0,20}\s{0,4}\Z
    | \b(?:sha1|sha256|sha384|sha512)-\Z | \bindex\ [0-9a-f]{7,40}\.\.\Z
    """
)

# Characters in the order in which people and programs write them down.
ROWS = (
    "abcdefghijklmnopqrstuvwxyz", "0123456789", "1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm",
    "qwertzuiop", "azertyuiop", "zyxwvutsrqponmlkjihgfedcba", "9876543210",
)  # fmt: skip
_LONGEST_ROW = 9
_MOST_REPEATED = 6

LOREM_IPSUM = frozenset(
    """
    lorem ipsum dolor sit amet consectetur adipiscing elit eiusmod tempor incididunt labore dolore
    magna aliqua enim veniam quis nostrud exercitation ullamco laboris nisi aliquip commodo
    """.split()
)

_UUID = re.compile(r"\{?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\}?\Z", re.IGNORECASE)
_HEX = re.compile(r"(?:0x)?[0-9a-f]+\Z|(?:0x)?[0-9A-F]+\Z")
_DIGEST_IN_BASE64 = re.compile(r"(?:[A-Za-z0-9+/]{27}=|[A-Za-z0-9+/]{43}=|[A-Za-z0-9+/]{86}==)\Z")
_DRAWN = re.compile(r"[MmLlHhVvCcSsQqTtAaZz0-9., -]+\Z")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{8,}={0,2}\Z")
_NAME_BEFORE = re.compile(
    r"([A-Za-z_$][\w$.-]{0,80})[\"'`\]]{0,2}\s{0,8}(?::=|=>|[:=(,])[^=:\n]{0,24}\Z"
)
_CAMEL = re.compile(r"[a-z]+(?:[A-Z][a-z]{2,}){1,8}\Z|(?:[A-Z][a-z]{2,}){2,8}\Z")
_WORD = re.compile(r"[A-Z]?[a-z0-9]+|[A-Z0-9]+(?![a-z])")


def lookalike(candidate: Candidate) -> str | None:
    """What the value of a candidate more likely is than a credential, in words; None for a
    candidate that stays one."""
    value = candidate.value
    name = candidate.path.rpartition("/")[2].lower()
    if name in LOCK_FILES:
        return "an entry of a lock file"
    if name.endswith(GENERATED_ENDINGS):
        return "a part of a style sheet, a drawing or a source map"
    before = candidate.line_before()
    if value.startswith(CONTENT_BEGINNINGS) or _CONTENT_BEFORE.search(before):
        return "encoded content, a certificate or a public key"
    parts = _name_parts(before)
    if _is_digest(value) and parts & DIGEST_NAMES:
        return "a digest"
    if _UUID.match(value) and parts & IDENTITY_NAMES:
        return "an identifier"
    return _by_value(value)


def _by_value(value: str) -> str | None:
    lowered = value.lower()
    if _has_row(lowered) or _has_repeat(value):
        return "a row or a repetition of characters"
    if len(value) > 16 and _DRAWN.match(value) and any(c in " ,-." for c in value):
        return "a drawing"
    found = _WORD.findall(value)
    if sum(word.lower() in LOREM_IPSUM for word in found) >= 2:
        return "filler text"
    if _CAMEL.match(value) and len(value) >= 12 and wordiness(value) > 0.75:
        return "the name of something"
    if _says_words(value):
        return "words in base64"
    return None


def _is_digest(value: str) -> bool:
    if _HEX.match(value):
        return len(value.removeprefix("0x")) in _DIGEST_LENGTHS
    return _DIGEST_IN_BASE64.match(value) is not None


def _name_parts(before: str) -> frozenset[str]:
    """The words of the name that the value is given to, in small letters."""
    match = _NAME_BEFORE.search(before)
    words = _WORD.findall(match[1]) if match else []
    return frozenset(word.lower() for word in words)


def _has_row(lowered: str) -> bool:
    """Whether most of the value is one of the rows, or a long part of one stands in it."""
    for row in ROWS:
        for start in range(len(row) - _LONGEST_ROW + 1):
            if row[start : start + _LONGEST_ROW] in lowered:
                return True
    return False


def _has_repeat(value: str) -> bool:
    return any(char * _MOST_REPEATED in value for char in set(value))


def _says_words(value: str) -> bool:
    """Whether the value is base64 of plain words, such as a title or a placeholder."""
    if not _BASE64.match(value):
        return False
    bare = value.rstrip("=").replace("-", "+").replace("_", "/")
    if len(bare) % 4 == 1:
        return False
    try:
        text = binascii.a2b_base64(bare + "=" * (-len(bare) % 4)).decode("ascii")
    except (binascii.Error, ValueError):
        return False
    return text.isprintable() and is_plain(text)
