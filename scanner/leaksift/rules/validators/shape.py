"""What a value looks like: made by a machine, chosen by a person, or the name of something.

Only the characters of the value count here; where it stands is for `assignment.py`.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from itertools import pairwise

from leaksift.rules.validators.words import changes_of_kind, is_plain, wordiness

_URL_OR_PATH = re.compile(
    r"""(?x)
    [A-Za-z][A-Za-z0-9+.-]{1,20}:// | (?:\.{0,2}|~)/[\w.@-]+(?:/|\Z) | [A-Za-z]:\\
    | .*\.(?:pem|key|crt|cer|json|ya?ml|txt|toml|ini|cfg|conf|env|py|js|ts|go|rb|java|php|html?|xml
        |csv|md|sh|jks|p12|pfx|kdbx|gpg|asc|pub|log|png|svg|jpg|gif|css|sql|db|lock|com|org|net
        |io|creds|nk|jwt|local)\Z
    | [^\s@]+@[\w.-]+\.[a-z]{2,10}\Z
    """,
    re.ASCII,
)
# Base64 has slashes too: the parts of a path are words.
_RELATIVE_PATH = re.compile(r"[\w.-]+/[\w.-]+/", re.ASCII)
_LABELLED_DIGEST = re.compile(
    r"""(?xi)
    (?:sha[0-9]{1,3}|md5|blake2\w?)[-:=_]
    # crypt(3) and what became of it: a digest of a password, which opens nothing as it stands
    | \$(?:2[abxy]?|1|5|6|y|7|sha1|md5|apr1|argon2(?:id|i|d)|pbkdf2[\w-]*|scrypt|bcrypt[\w-]*
        |P|H|S)\$
    | pbkdf2(?:_sha\d+)?\$ | pbkdf2:sha | scrypt: | bcrypt\$ | argon2\$ | \{S?SHA\d*\} | \{MD5\}
    # the public half of a pair
    | (?:ssh-(?:rsa|dss|ed25519)|ecdsa-sha2) | AAAA[BCE]3NzaC | -----BEGIN\ (?:PUBLIC|CERT)
    | MF[kw]wDQYJKo | MIGfMA0GCSq | MIIBIjANBgkq | MIICIjANBgkq | (?:04|0[23])[0-9a-f]{64}\Z
    """,
    re.ASCII,
)
_DATE_OR_VERSION = re.compile(
    r"v?[0-9]{1,4}(?:[-./:T ][0-9]{1,6}){1,6}[A-Za-z0-9.+-]{0,12}\Z", re.ASCII
)
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\Z", re.ASCII)
_HEX = re.compile(r"[0-9a-f]+\Z|[0-9A-F]+\Z", re.ASCII)
_NUMBER = re.compile(r"[-+]?[0-9][0-9_,.]*\Z", re.ASCII)
_SEPARATORS = re.compile(r"[_\-.:/+=~ ]", re.ASCII)


def looks_like_password(value: str) -> bool:
    """Whether a person could have chosen this as a password, rather than it naming something."""
    letters = sum(c.isalpha() for c in value)
    digits = sum(c.isdigit() for c in value)
    others = len(value) - letters - digits
    if letters == 0:
        if is_number(value):
            return value.isdigit() and 6 <= digits <= 8 and not is_sequence(value)
        return digits > 0 and len(value) >= 8 and not _DATE_OR_VERSION.match(value)
    if looks_random(value):
        return True
    separators = sum(c in "_-.:/" for c in value)
    if others > separators:  # a character that no identifier has
        return len(value) >= 6 and not is_plain(value)
    if digits == 0:
        return False
    return not is_plain(value) and not is_name_with_number(value)


def looks_random(value: str) -> bool:
    """Whether a machine could have made this: long, mixed, without the shape of words."""
    if len(value) < 10 or is_plain(value) or _DATE_OR_VERSION.match(value):
        return False
    if is_uuid(value):
        return len(set(value)) > 8
    if entropy(value) < 2.8:
        return False
    core = _SEPARATORS.sub("", value)
    letters = sum(c.isalpha() for c in core)
    digits = sum(c.isdigit() for c in core)
    if _HEX.match(core):
        return len(core) >= 16 and digits > 0 and letters > 0
    others = len(core) - letters - digits
    if others >= 3 and digits >= 2 and changes_of_kind(core) >= 8:
        return True
    if letters < 2 or wordiness(core) > 0.6:
        return False
    if digits == 0:
        return len(core) >= 16
    return changes_of_kind(core) >= 3


def entropy(value: str) -> float:
    """Shannon entropy of the characters, in bits per character."""
    counts, length = Counter(value).values(), len(value)
    return -sum(n / length * math.log2(n / length) for n in counts)


def is_uuid(value: str) -> bool:
    """Whether it has the form of a UUID."""
    return _UUID.match(value) is not None


def is_hexadecimal(value: str) -> bool:
    """Whether it is written with the digits of base 16 alone, in one case."""
    return _HEX.match(value) is not None


def is_number(value: str) -> bool:
    """Whether it is a number as people and programs write one."""
    return _NUMBER.match(value) is not None


def is_address_or_digest(value: str) -> bool:
    """Whether the value is a path, an address, a digest or a public key."""
    if _URL_OR_PATH.match(value) or _LABELLED_DIGEST.match(value):
        return True
    return _RELATIVE_PATH.match(value) is not None and wordiness(value) > 0.5


def is_name_with_number(value: str) -> bool:
    """`sha256_password`, `user-name-1`: parts of words and numbers, and one word is a plain one."""
    parts = re.split(r"[_\-.:/]", value)
    if len(parts) < 2 or not any(is_plain(part) for part in parts):
        return False
    return all(re.fullmatch(r"[A-Za-z]*[0-9]{0,4}|v?[0-9]{1,4}", part) for part in parts)


def is_sequence(value: str) -> bool:
    """`123456`, `abcdef`, `0123456789abcdef`: each character follows the one before."""
    steps = {ord(b) - ord(a) for a, b in pairwise(value)}
    return (
        steps <= {1}
        or steps <= {0}
        or steps <= {-1}
        or value.lower() in "0123456789abcdefghijklmnopqrstuvwxyz"
    )
