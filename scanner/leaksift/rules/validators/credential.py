"""Whether what is assigned to a credential-like name is a credential.

The syntax decides first: a literal, on its own, in a place where configuration or code has one.
Then the value: a password of a person is short and may hold words, a token of a machine is long and
random. Entropy is only one feature; identifiers, words and names of things are no credentials.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from urllib.parse import unquote

from leaksift.rules.validators.candidate import Candidate
from leaksift.rules.validators.literal import is_literal
from leaksift.rules.validators.words import (
    changes_of_kind,
    is_identifier,
    is_plain,
    wordiness,
    words,
)

_PASSWORD_NAME = re.compile(
    r"(?i)(?:pass(?:word|wd|phrase|wort|code)?|pwd|kennwort|contrase[nñ]a|senha|motdepasse)"
    r"(?:[_.-]?[a-z0-9]{0,12})?\Z",
    re.ASCII,
)
# Words that make a credential-like name say something else when they stand before its last word.
_OTHER_BEFORE = frozenset(
    """
    no is has show hide with without use need needs enable disable require requires allow min max
    num n len count total next page continuation continue cursor paging pagination start starting
    end ending stop pad eos bos unk mask sep cls eot special lex lexer parse parser peek cur curr
    current prev previous syntax punct csrf xsrf public pub forgot error invalid missing wrong
    expected by sync idempotency change lock update action input output foreign primary sort
    partition
    """.split()
)
_OTHER_BEFORE_TOKEN = frozenset("client request resume sequence unsubscribe list progress".split())
_CREDENTIAL_WORDS = frozenset(
    """password passwd passphrase passwort passcode pass pwd kennwort motdepasse secret token
    credential credentials key apikey authkey accesskey secretkey privatekey clientsecret""".split()
)
# A UUID under a name that ends in `token` marks a request more often than it opens a door.
_UUID_OPENS = frozenset(
    "auth access api bearer refresh secret deploy bot key password service".split()
)
# What may stand between the beginning of the line, or of a string, and an unquoted assignment.
_CONFIGURATION_START = re.compile(
    r"""(?x)
    \s{0,40}
    (?: (?:export|set|setx|ENV|ARG|declare|readonly|local)\s{1,4} | -\s{1,4} | [#;]\s{0,4}
      | //\s{0,4} )?
    (?: -e\s{1,2} | --env[\s=] )?
    ["']?\Z
    | .*(?:\s|^|["'])(?:-e\s{1,2}|--env[\s=]|-D|-P|/p:|--|export\s{1,2})\Z
    | (?:.*[\s;])?\Z
    """,
    re.ASCII,
)
_LEFT = re.compile(
    r"""(?x)
    (?P<before>.*?)
    (?P<name>(?<![\w$.-])[A-Za-z_$@.-][\w$.-]{0,100})
    (?P<close>\\?["'])?
    (?P<bracket>\]?)
    (?P<middle>\s{0,4}:\s{0,2}[A-Za-z&][\w<>\[\]|.&]{0,30})?
    (?P<gap>\s{0,30})
    (?P<operator>=>|:=|={1,3}|!={1,2}|\?=|:|,|\(|>|["']?\s{1,4}value\s?=)
    (?P<blank>\s{0,30})
    (?:[bBrRuUfFL@$]{0,2}(?P<quote>\\?["'`]))?\Z
    """,
    re.ASCII,
)
_CONFIGURATION_LINE = re.compile(
    r"""(?x)\s*(?:
        [\#;!].* | //.* | \[[^\]]*\] | --- | \.\.\.
      | (?:-\s+|export\s+|set\s+|ENV\s+|ARG\s+)?["']?[A-Za-z_][\w.\-/$]*["']?\s?[:=]\s?[^(){};]*
      | -\s+[^(){};]*
    )?\Z""",
    re.ASCII,
)
_URL_OR_PATH = re.compile(
    r"""(?x)
    [A-Za-z][A-Za-z0-9+.-]{1,20}:// | (?:\.{0,2}|~)/[\w.@-]+(?:/|\Z) | [A-Za-z]:\\
    | .*\.(?:pem|key|crt|cer|json|ya?ml|txt|toml|ini|cfg|conf|env|py|js|ts|go|rb|java|php|html?|xml
        |csv|md|sh|jks|p12|pfx|kdbx|gpg|asc|pub|log|png|svg|jpg|gif|css|sql|db|lock|com|org|net
        |io)\Z
    | [^\s@]+@[\w.-]+\.[a-z]{2,10}\Z
    """,
    re.ASCII,
)
# Base64 has slashes too: the parts of a path are words.
_RELATIVE_PATH = re.compile(r"[\w.-]+/[\w.-]+/", re.ASCII)
_LABELLED_DIGEST = re.compile(r"(?i)(?:sha[0-9]{1,3}|md5|blake2\w?)[-:=_]", re.ASCII)
_DATE_OR_VERSION = re.compile(
    r"v?[0-9]{1,4}(?:[-./:T ][0-9]{1,6}){1,6}[A-Za-z0-9.+-]{0,12}\Z", re.ASCII
)
_UUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\Z", re.ASCII)
_HEX = re.compile(r"[0-9a-f]+\Z|[0-9A-F]+\Z", re.ASCII)
_NUMBER = re.compile(r"[-+]?[0-9][0-9_,.]*\Z", re.ASCII)
_SEPARATORS = re.compile(r"[_\-.:/+=~ ]", re.ASCII)


@dataclass(frozen=True)
class _Assignment:
    """The syntax around a value. `quote` is empty where the value stands bare."""

    before: str
    name: str
    operator: str
    spaced: bool
    quote: str


def assigned_credential(candidate: Candidate) -> bool:
    """A literal that is assigned to a credential-like name and looks like a credential."""
    value = candidate.value
    if not value.isascii() and not any(c.isdigit() for c in value):
        return False  # a translation
    assignment = _assignment(candidate)
    if assignment is None or _says_otherwise(assignment.name, value):
        return False
    if assignment.operator == ":" and assignment.before.endswith("::"):
        return False  # a table by type: `"AWS::IAM::AccessKey": "48205d4f..."`
    if not is_literal(value) or _names_something(value, assignment.name):
        return False
    if assignment.quote:
        if not _stands_alone(candidate, assignment):
            return False
    elif not _is_configuration(candidate, assignment, value):
        return False
    is_password = _PASSWORD_NAME.search(assignment.name) is not None
    if assignment.operator in (",", "("):
        # An argument beside the name is often not the credential: only what leaves no doubt.
        if looks_random(value):
            return True
        return is_password and not is_identifier(value) and looks_like_password(value)
    if is_password:
        return looks_like_password(value) or _is_shouted_password(candidate, assignment, value)
    return looks_random(value)


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


def looks_like_password(value: str) -> bool:
    """Whether a person could have chosen this as a password, rather than it naming something."""
    letters = sum(c.isalpha() for c in value)
    digits = sum(c.isdigit() for c in value)
    others = len(value) - letters - digits
    if letters == 0:
        if _NUMBER.match(value):
            return value.isdigit() and 6 <= digits <= 8 and not _is_sequence(value)
        return digits > 0 and len(value) >= 8 and not _DATE_OR_VERSION.match(value)
    if looks_random(value):
        return True
    separators = sum(c in "_-.:/" for c in value)
    if others > separators:  # a character that no identifier has
        return len(value) >= 6 and not is_plain(value)
    if digits == 0:
        return False
    return not is_plain(value) and not _is_name_with_number(value)


def looks_random(value: str) -> bool:
    """Whether a machine could have made this: long, mixed, without the shape of words."""
    if len(value) < 10 or is_plain(value) or _DATE_OR_VERSION.match(value):
        return False
    if _UUID.match(value):
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


def _assignment(candidate: Candidate) -> _Assignment | None:
    match = _LEFT.match(candidate.line_before(160))
    if match is None:
        return None
    return _Assignment(
        before=match["before"],
        name=match["name"],
        operator=match["operator"],
        spaced=bool(match["gap"] or match["blank"]),
        quote=match["quote"] or "",
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
        return bool(_UUID.match(value) and at and not before & _UUID_OPENS)
    return False


def _stands_alone(candidate: Candidate, assignment: _Assignment) -> bool:
    """Whether the quoted value is the whole of what is assigned, not a part of an expression."""
    after = candidate.line_after(40)
    if not after.startswith(assignment.quote):
        return False
    after = after[len(assignment.quote) :].lstrip()
    return not after.startswith(
        ("+", "%", ".format", ".join", ".replace", ". ", ".$", "..", "&", ":", "in [")
    )


def _is_configuration(candidate: Candidate, assignment: _Assignment, value: str) -> bool:
    """Whether a bare value stands where a configuration file or a command line has one."""
    after = candidate.line_after(40)
    if after[:1] not in ("", " ", "\t", "\r", '"', "'", "&", "\\", "<"):
        return False
    if assignment.operator == ">":
        return after.startswith("</")
    if assignment.operator not in ("=", ":", ":=", "?=", "=>"):
        return False
    if not _CONFIGURATION_START.match(assignment.before):
        return False
    if assignment.operator == ":" and not assignment.spaced:
        return False
    rest = after.lstrip()
    if (
        rest
        and not rest.startswith(("#", "//", ";", "-", '"', "'", "&", "\\"))
        and (
            # More words: prose, unless it is a line of settings (`export A=1 B=2`).
            assignment.operator != "=" or assignment.spaced
        )
    ):
        return False
    if any(c in "()[]{}" for c in value) or value[-1] in ",;:":
        # Code, unless it is a settings file's `NAME=value`.
        return assignment.operator == "=" and not assignment.spaced and assignment.name.isupper()
    if _NUMBER.match(value) or (is_identifier(value) and not looks_random(value)):
        # `token = other_token`: in code a name, in a settings file a value. `TOKEN=x1` and
        # `--token=x1` are how shells and environments write it, wherever they stand.
        in_shell = assignment.name.isupper() or assignment.name.startswith("--")
        if in_shell and assignment.operator == "=" and not assignment.spaced:
            return True
        return _among_settings(candidate)
    return True


def _among_settings(candidate: Candidate) -> bool:
    """Whether the two lines before and after look like those of a settings file."""
    text = candidate.text
    begin = text.rfind("\n", 0, candidate.start) + 1
    end = text.find("\n", candidate.end)
    before = text[max(0, begin - 400) : begin].splitlines()[-2:]
    after = text[end + 1 : end + 400].splitlines()[:2] if end != -1 else []
    return all(_CONFIGURATION_LINE.match(line) for line in before + after)


def _is_shouted_password(candidate: Candidate, assignment: _Assignment, value: str) -> bool:
    """`DB_PASSWORD=sunflower`: a word alone, where the name is an environment variable's."""
    return (
        not assignment.quote
        and assignment.operator in ("=", ":")
        and assignment.name.isupper()
        and len(value) >= 6
        and value.isalpha()
        and value.islower()
        and not is_plain(value)
        and _among_settings(candidate)
    )


def _names_something(value: str, name: str) -> bool:
    """Whether the value is a path, an address, a digest, or the name of the thing itself."""
    if _URL_OR_PATH.match(value) or _LABELLED_DIGEST.match(value):
        return True
    if _RELATIVE_PATH.match(value) and wordiness(value) > 0.5:
        return True
    letters = [c for c in value.lower() if c.isalnum()]
    flat_name = "".join(c for c in name.lower() if c.isalnum())
    flat = "".join(letters)
    if not flat or flat in flat_name or (len(flat_name) > 5 and flat_name in flat):
        return True
    return is_plain(value) or _is_sequence(value)


def _is_name_with_number(value: str) -> bool:
    """`sha256_password`, `user-name-1`: parts of words and numbers, and one word is a plain one."""
    parts = re.split(r"[_\-.:/]", value)
    if len(parts) < 2 or not any(is_plain(part) for part in parts):
        return False
    return all(re.fullmatch(r"[A-Za-z]*[0-9]{0,4}|v?[0-9]{1,4}", part) for part in parts)


def _is_sequence(value: str) -> bool:
    """`123456`, `abcdef`, `0123456789abcdef`: each character follows the one before."""
    steps = {ord(b) - ord(a) for a, b in pairwise(value)}
    return (
        steps <= {1}
        or steps <= {0}
        or steps <= {-1}
        or value.lower() in "0123456789abcdefghijklmnopqrstuvwxyz"
    )
