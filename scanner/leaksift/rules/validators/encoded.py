"""Passwords that a file keeps in another form: encoded, or as a hash."""

from __future__ import annotations

import base64
import binascii
import re

from leaksift.rules.validators.candidate import Candidate
from leaksift.rules.validators.literal import is_literal
from leaksift.rules.validators.words import is_plain

# crypt(5), the formats of Apache's htpasswd, of mosquitto, PHPass and Drupal, and LDAP's schemes.
_HASH = re.compile(
    r"""(?x)
    \$(?:1|apr1|md5|sha1|5|6|7|y|gy|argon2(?:i|d|id)|scrypt)\$[^\s:]{12,240}
    | \$2[abxy]?\$[0-9]{2}\$[./A-Za-z0-9]{53}
    | \$[PH]\$[./A-Za-z0-9]{31} | \$S\$[./A-Za-z0-9]{52}
    | \{(?i:S?SHA[0-9]{0,3}|S?MD5|CRYPT|PBKDF2[\w-]{0,10}|ARGON2)\}[^\s:]{10,240}
    | (?=[./A-Za-z0-9]{0,12}[0-9A-Z./])[./A-Za-z0-9]{13}
    | _[./A-Za-z0-9]{19}
    | [0-9a-fA-F]{32} | [0-9a-fA-F]{40} | [0-9a-fA-F]{64} | [0-9a-fA-F]{128}
    | \*[0-9A-F]{40}
    | \{AQAAA[A-Za-z0-9+/=]{20,8000}\}  # Jenkins: a cipher text, not a hash
    """,
    re.ASCII,
)


def password_hash(candidate: Candidate) -> bool:
    """The hash of a password in a form that login programs use. One that is all of one character
    is an example."""
    return _HASH.fullmatch(candidate.value) is not None and len(set(candidate.value)) > 5


def ldap_password(candidate: Candidate) -> bool:
    """A password of a directory: a hash with its scheme, or the plain text. RFC 2307."""
    if candidate.value.startswith("{"):
        return password_hash(candidate)
    return is_literal(candidate.value)


def user_and_password(candidate: Candidate) -> bool:
    """Base64 of `user:password`, as Docker and npm keep them."""
    try:
        text = base64.b64decode(candidate.value, validate=True).decode()
    except (binascii.Error, ValueError):
        return False
    user, colon, password = text.partition(":")
    if not (user and colon and password and text.isprintable()):
        return False
    return is_literal(password) and (not is_plain(password) or any(map(str.isdigit, password)))


def long_key(candidate: Candidate) -> bool:
    """A key that a site generated from all characters, 32 or more of them: no sentence."""
    value = candidate.value
    return len(value) >= 32 and len(set(value)) >= 12 and not re.fullmatch(r"[A-Za-z ,.']+", value)
