"""Whether what is assigned to a credential-like name is a credential.

The syntax decides first: a literal, on its own, in a place where configuration or code has one.
Then what is seen of name, value and place is weighed: see `evidence.py`. Entropy is only one
feature of the value; identifiers, words about secrets and names of things are no credentials.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

from leaksift.rules.validators.assignment import (
    Assignment,
    is_bare_in_code,
    is_configuration,
    read_assignment,
    stands_alone,
)
from leaksift.rules.validators.candidate import Candidate
from leaksift.rules.validators.evidence import (
    WEAK_CLASSES,
    flat,
    is_credential_word,
    name_kind,
    observe,
    score,
    value_class,
)
from leaksift.rules.validators.literal import is_literal
from leaksift.rules.validators.shape import (
    is_address_or_digest,
    is_sequence,
    is_uuid,
    looks_random,
)
from leaksift.rules.validators.words import is_plain, words

__all__ = [
    "assigned_credential",
    "looks_random",
    "mixed_characters",
    "spelled_out_credential",
]

# Words that make a credential-like name say something else when they stand before its last word.
_OTHER_BEFORE = frozenset(
    """
    no is has show hide with without use need needs enable disable require requires allow min max
    num n len count total next page continuation continue cursor paging pagination start starting
    end ending stop pad eos bos unk mask sep cls eot special lex lexer parse parser peek cur curr
    current prev previous syntax punct csrf xsrf public pub forgot error invalid missing wrong
    expected by sync idempotency change lock update action input output foreign primary sort
    partition hashed hash checksum sha md site publishable gpg pgp fingerprint host known
    """.split()
)
_OTHER_BEFORE_TOKEN = frozenset("client request resume sequence unsubscribe list progress".split())
_CREDENTIAL_WORDS = frozenset(
    """password passwd passphrase passwort passcode pass pwd kennwort motdepasse secret token
    credential credentials key auth apikey authkey accesskey secretkey privatekey
    clientsecret""".split()
)
# A `key` opens something only where a machine made it.
_WEAK_KINDS = ("auth", "other")
_MACHINE_MADE = ("random", "hexadecimal", "uuid")
_EXPRESSION = re.compile(r"[a0A]-[z9Z]|\\[dwsb]|\[\^|\(\?[:=!P]", re.ASCII)
# A UUID under a name that ends in `token` marks a request more often than it opens a door.
_UUID_OPENS = frozenset(
    "auth access api bearer refresh secret deploy bot key password service".split()
)


def assigned_credential(candidate: Candidate) -> bool:
    """A literal that is assigned to a credential-like name and looks like a credential."""
    return not is_bare_in_code(candidate) and (
        value_class(candidate.value) not in WEAK_CLASSES and _is_convincing(candidate)
    )


def weak_credential(candidate: Candidate) -> bool:
    """The same for what a person can guess: a word, a few words, a number."""
    return not is_bare_in_code(candidate) and (
        value_class(candidate.value) in WEAK_CLASSES and _is_convincing(candidate)
    )


def _is_convincing(candidate: Candidate) -> bool:
    observed = evidence_of(candidate)
    return observed is not None and score(observed) > 0


def evidence_of(candidate: Candidate) -> frozenset[str] | None:
    """What was observed of a value at a place that can hold a credential; None for others."""
    if is_bare_in_code(candidate):
        return None
    value = candidate.value
    if not value.isascii() and not any(c.isdigit() for c in value):
        return None  # a translation
    assignment = read_assignment(candidate)
    if assignment is None:
        return None
    kind = name_kind(assignment.name)
    if kind is None or _says_otherwise(assignment.name, value):
        return None
    if kind in _WEAK_KINDS and not (
        value_class(value) in _MACHINE_MADE and any(c.isdigit() for c in value)
    ):
        return None
    if assignment.operator == ":" and assignment.before.endswith("::"):
        return None  # a table by type: `"AWS::IAM::AccessKey": "48205d4f..."`
    if "f" in assignment.prefix.lower() and "{" in value:
        return None
    if not is_literal(value) or _names_something(value, assignment.name):
        return None
    if _EXPRESSION.search(value):
        return None  # of regular expressions, in a lexer
    if assignment.quote:
        if not stands_alone(candidate, assignment) or not _fits_blank(assignment):
            return None
        if any(c.isspace() for c in value):
            return None
    elif not is_configuration(candidate, assignment):
        return None
    return observe(candidate, assignment, kind)


def spelled_out_credential(candidate: Candidate) -> bool:
    """A credential in a place that holds nothing else (a URL, a header, a connection string)."""
    value = candidate.value
    if not is_literal(value):
        return False
    # Not one of the words that only say what would stand here: `user:password@host`.
    return not is_plain(unquote(value))


def mixed_characters(candidate: Candidate) -> bool:
    """A random value: for formats that are told by their context only."""
    return is_literal(candidate.value) and looks_random(candidate.value)


def _fits_blank(assignment: Assignment) -> bool:
    """Whether only a blank stands between name and value where a language has it so."""
    if assignment.operator:
        return True
    before = assignment.before.strip()
    return (
        not before
        or re.search(r"(?:#\s?define|ENV|ARG|set|constant|const|:)\Z", before) is not None
    )


def _says_otherwise(name: str, value: str) -> bool:
    """Whether a name holds a credential word and means no credential: `next_page_token`."""
    parts = words(name)
    at = next((i for i in reversed(range(len(parts))) if parts[i] in _CREDENTIAL_WORDS), 0)
    before = set(parts[max(0, at - 2) : at])
    if before & _OTHER_BEFORE or "tokeniz" in name.lower():
        return True
    if parts and parts[at] == "token":
        if parts[at - 1] in _OTHER_BEFORE_TOKEN and at:
            return True
        return bool(is_uuid(value) and at and not before & _UUID_OPENS)
    return False


def _names_something(value: str, name: str) -> bool:
    """Whether the value is a path, an address, a digest, or the name of the thing itself."""
    if is_address_or_digest(value) or is_credential_word(value):
        return True
    compact, of_name = flat(value), flat(name)
    if not compact or (len(of_name) > 5 and of_name in compact):
        return True
    if compact in of_name and (is_plain(value) or not _is_password(name)):
        return True  # `CASSANDRA_PASSWORD=cassandra` may be one
    if is_plain(value) and not (_is_password(name) and sum(c.isdigit() for c in value) >= 2):
        return True
    return is_sequence(value)


def _is_password(name: str) -> bool:
    return name_kind(name) == "password"
