"""Passwords outside assignments: beside a user's name in a call, in a sentence, on a command line.

The place says nearly everything there, so that the value is only asked not to be something else: a
reference, an option, a word about passwords, the next word of the sentence.
"""

from __future__ import annotations

import base64
import re
from urllib.parse import unquote

from leaksift.rules.validators.candidate import Candidate
from leaksift.rules.validators.evidence import value_class
from leaksift.rules.validators.literal import is_literal
from leaksift.rules.validators.shape import is_address_or_digest, is_sequence, looks_random
from leaksift.rules.validators.token import basic_auth
from leaksift.rules.validators.words import is_plain

_MIXED = frozenset({"random", "hexadecimal", "mixed", "plain words and number"})
_CHOSEN = _MIXED | {"number", "uuid"}
_WORDS = frozenset({"word", "camel", "capitals"})
# What is encoded there is what HTTP Basic sends.
_ENCODES = re.compile(r"(?i)b64encode|base64", re.ASCII)
# A command line, rather than a sentence about one.
_COMMAND = re.compile(
    r"(?i)(?:^|[\s`\"'(>])(?:[$#>%]\s+\w|sudo\s|-u[\s=]?\w|--?user(?:name)?[\s=]|-U\s?\w|--login|-h\s|--host)"
)
_EXAMPLE_HOST = re.compile(r"@(?:[\w.-]*\.)?example(?:\.[a-z]{2,4}){0,2}(?![\w.-])", re.ASCII)
_HEADER = re.compile(r"(?i)authorization", re.ASCII)
_LONG_OPTION = re.compile(r"--[a-z][a-z-]{0,40}[\s\"',]{1,30}\Z", re.ASCII)


def url_password(candidate: Candidate) -> bool:
    """The password in a URL, unless its host is one that only examples have. RFC 6761."""
    value = candidate.value
    if not is_literal(value) or is_plain(unquote(value)):
        return False
    return not _EXAMPLE_HOST.match(candidate.text, candidate.end, candidate.end + 120)


def http_basic(candidate: Candidate) -> bool:
    """The payload of HTTP Basic: `user:password` in base64, in UTF-8 or in another encoding, which
    only the name of the header before it can vouch for."""
    if basic_auth(candidate):
        return True
    value = candidate.value.rstrip("=")
    header = _HEADER.search(candidate.text, max(0, candidate.start - 60), candidate.start)
    return header is not None and looks_random(value) and not _decodes(value)


def _decodes(value: str) -> bool:
    """Whether the value is base64 of a text: then `basic_auth` has judged it."""
    try:
        text = base64.b64decode(value + "=" * (-len(value) % 4), validate=True).decode("utf-8")
    except ValueError:
        return False
    return text.isprintable()


def login_pair(candidate: Candidate) -> bool:
    """The second of two strings in a call that signs in, or what follows `user:` in one string."""
    value = candidate.value
    if not _is_chosen(value) or len(value) < 4:
        return False
    kind = value_class(value)
    if kind in _WORDS:
        return _ENCODES.search(candidate.line_before()) is not None
    return kind in _MIXED and len(value) >= 6


def password_told(candidate: Candidate) -> bool:
    """What a sentence says the password is: no word of the sentence itself."""
    value = candidate.value.rstrip(".!?:")
    if not _is_chosen(value) or not value.isascii() or len(value) < 5:
        return False
    before = candidate.text[max(0, candidate.start - 1) : candidate.start]
    if before in "\"'`" and before and value_class(value) == "word":
        return (
            not is_plain(value)
            and re.search(r"(?i)(?:\bis|\bist|:)\s{0,3}[\"'`]\Z", candidate.line_before(20))
            is not None
        )
    if re.search(r"[A-Za-z]-[A-Za-z]", value) and not any(c.isdigit() for c in value):
        return False  # `case-sensitive`
    if re.fullmatch(r"(?:[A-Z]+[0-9]{1,4}|[a-z]{2,}[0-9]|[0-9]{1,5}|[0-9]+[a-z]{1,2})", value):
        return False  # `SHA256`, `md5`, `8`
    return value_class(value) in _MIXED


def command_line_password(candidate: Candidate) -> bool:
    """What stands after an option for a password on a command line."""
    value = candidate.value
    if value.startswith("-") or not _is_chosen(value):
        return False
    kind = value_class(value)
    if kind in _CHOSEN:
        return True
    if kind not in _WORDS or kind == "capitals":
        return False
    # `--password` also stands in sentences; the short options of a client that is named do not.
    before = candidate.line_before()
    return not _LONG_OPTION.search(before) or bool(_COMMAND.search(before))


def setting(candidate: Candidate) -> bool:
    """What a directive or the default of a variable sets: a word only where the name is a
    password's."""
    value = candidate.value
    if not _is_chosen(value):
        return False
    kind = value_class(value)
    name = candidate.text[max(0, candidate.match_start, candidate.start - 120) : candidate.start]
    return kind in _MIXED or (
        kind in _WORDS | {"number"} and re.search(r"(?i)pass|pwd|auth", name) is not None
    )


def _is_chosen(value: str) -> bool:
    return (
        is_literal(value)
        and not is_plain(value)
        and not is_sequence(value)
        and not is_address_or_digest(value)
    )
