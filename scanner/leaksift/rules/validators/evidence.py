"""How much speaks for a literal being a credential: what is observed, and what each thing weighs.

`observe` names what is seen in the name, the syntax, the value and the lines around it. The sum of
the weights of what is seen is a logit: above zero, more places like this one hold a credential than
do not. The weights come from `python -m training.evidence`, which fits them on places in public
repositories that people have judged; a name that is not in the table weighs nothing.
"""

from __future__ import annotations

import math
import re

from leaksift.rules.validators.assignment import (
    Assignment,
    among_settings,
    kind_of_file,
)
from leaksift.rules.validators.candidate import Candidate
from leaksift.rules.validators.shape import (
    is_hexadecimal,
    is_number,
    is_uuid,
    looks_like_password,
    looks_random,
)
from leaksift.rules.validators.words import is_plain, wordiness

WEIGHTS: dict[str, float] = {
    "always": -1.3,
    "auth: random": 0.2,
    "bare": 0.2,
    "bare after :": 0.8,
    "bare among other lines": 0.4,
    "bare among settings": 0.6,
    "beside a user or host": 1.1,
    "compared": 0.4,
    "in a comment": -0.5,
    "in settings": 1.7,
    "key: random": 0.7,
    "long": 1.4,
    "name auth": 0.2,
    "name other": -0.5,
    "name pass": -0.6,
    "name password": 1.2,
    "name secret": -0.7,
    "name token": -0.8,
    "other: random": -0.6,
    "pass: camel": 0.2,
    "pass: random": 0.3,
    "pass: words": -0.7,
    "password: camel": -1.1,
    "password: mixed": 0.6,
    "password: number": 0.8,
    "password: random": -0.8,
    "password: word": 1.0,
    "password: words": 0.4,
    "quoted": 1.1,
    "quoted after (": -0.6,
    "quoted after ,": -2.6,
    "quoted in a call with the name": -0.4,
    "secret: random": 0.4,
    "secret: word": 0.7,
    "secret: words": -1.6,
    "short": -0.7,
    "token: camel": -0.8,
    "token: capitals": -0.7,
    "token: hexadecimal": 1.9,
    "token: mixed": -0.2,
    "token: name": -0.2,
    "token: number": -0.7,
    "token: random": 0.6,
    "token: uuid": 0.8,
    "token: word": -1.6,
    "value camel": -1.7,
    "value capitals": -0.6,
    "value hexadecimal": 2.1,
    "value mixed": 0.4,
    "value name": -0.9,
    "value number": 0.2,
    "value random": 0.9,
    "value title": -0.5,
    "value uuid": 0.8,
    "value word": -0.3,
    "value words": -1.7,
    "wordy": -1.5,
}

WEAK_CLASSES = frozenset({"word", "words", "capitals", "title", "camel", "number"})
"""The classes of values that can be guessed."""

_KIND = re.compile(
    r"""(?xi)
    (?: (?P<password> pass(?:word|wd|phrase|wort|code|wrd)|pwd|kennwort|mot_?de_?passe|contrase[nñ]a
        |senha|has[lł]o|парол[ья]|密码|密碼|口令|비밀번호|パスワード|wachtwoord|requirepass|salasana|lösenord|heslo)
      | (?P<pass> pass)
      | (?P<secret> secret)
      | (?P<token> token)
      | (?P<key> (?:api|access|account|auth|client|crypt|encryption|hmac|jwt|license|master|private
          |secret|service|session|shared|signing|storage|consumer|app|encrypt)[_.-]?key)
      | (?P<auth> auth|credentials?) | (?P<other> key) )
    s?
    (?:[_.-]?(?:value|val|string|str|plain|raw|b64|base64|prod|production|dev|test|staging|live
       |default|old|new|confirm(?:ation)?|again|repeat|[0-9]{1,3}))?
    (?:\[\])?\Z
    """
)
_USER = re.compile(
    r"(?i)(?:user(?:_?name)?|login|e?mail|account|uid|user_?id|client_?id|access_?key(?:_?id)?|host"
    r"|server|database|db_?name|url)[\"']?\]?\s{0,3}(?:=>|:=|[=:,(])"
)


def score(observed: frozenset[str]) -> float:
    """The logit of what was observed."""
    # Exact: a set has another order in each process, and a plain sum other last bits in each.
    return math.fsum(WEIGHTS.get(name, 0.0) for name in observed)


def name_kind(name: str) -> str | None:
    """What kind of credential the name promises, the strongest first: password, secret, token,
    key, other."""
    match = _KIND.search(name)
    return match.lastgroup if match else None


def is_credential_word(value: str) -> bool:
    """Whether the value is nothing but a word for a credential, in any of the languages known."""
    return _KIND.fullmatch(value) is not None


def observe(candidate: Candidate, assignment: Assignment, kind: str) -> frozenset[str]:
    """What is seen at a place, by the names that WEIGHTS has."""
    value = candidate.value
    seen = {"always", f"name {kind}"}
    looks = value_class(value)
    seen.add(f"value {looks}")
    seen.add(f"{kind}: {looks}")
    seen.add(_syntax(candidate, assignment))
    if kind_of_file(candidate.path) == "settings":
        seen.add("in settings")
    if len(value) < 6:
        seen.add("short")
    if len(value) >= 20:
        seen.add("long")
    if kind not in ("password", "pass") and wordiness(value) > 0.8:
        seen.add("wordy")
    if _beside_user(candidate):
        seen.add("beside a user or host")
    if _in_comment(candidate):
        seen.add("in a comment")
    if assignment.name.isupper():
        seen.add("name in capitals")
    if not assignment.quote and assignment.operator != ">":
        seen.add("bare among settings" if among_settings(candidate) else "bare among other lines")
    if flat(value) in flat(assignment.name):
        seen.add("part of the name")
    return frozenset(seen)


def value_class(value: str) -> str:
    """The class of a value by its characters, the most telling first."""
    if is_uuid(value):
        return "uuid"
    if looks_random(value):
        return "hexadecimal" if is_hexadecimal(value) else "random"
    if is_number(value):
        return "number" if value.isdigit() and len(value) <= 10 else "name"
    if value.isalpha():
        if value.islower():
            return "word"
        return "capitals" if value.isupper() else "title" if value.istitle() else "camel"
    if is_plain(value):
        return "plain words and number"
    if not any(c.isdigit() for c in value) and re.fullmatch(r"[\w.:/-]+", value):
        return "words"
    return "mixed" if looks_like_password(value) else "name"


def flat(text: str) -> str:
    """The letters and digits of a text in lower case."""
    return "".join(c for c in text.lower() if c.isalnum())


def _syntax(candidate: Candidate, assignment: Assignment) -> str:
    if assignment.quote:
        if assignment.operator == ",":
            # `put("password", "x")` has two arguments, a list of words has more.
            after = candidate.text[candidate.end + len(assignment.quote) :][:8].lstrip()
            is_pair = re.search(r"\(\s{0,3}[\"'`]\Z", assignment.before) and after[:1] == ")"
            return "quoted in a call with the name" if is_pair else "quoted after ,"
        if assignment.operator in ("(", ""):
            return f"quoted after {assignment.operator or 'a blank'}"
        if assignment.operator in ("==", "===", "!=", "!=="):
            return "compared"
        return "quoted"
    if assignment.operator == ">":
        return "element"
    return "bare after :" if assignment.operator == ":" else "bare"


def _beside_user(candidate: Candidate) -> bool:
    """Whether a user, a host or the like is set within two lines."""
    text = candidate.text
    begin = end = candidate.start
    for _ in range(3):
        begin = max(text.rfind("\n", 0, max(begin, 0)), candidate.start - 240, 0)
    end = candidate.end
    for _ in range(3):
        end = text.find("\n", end + 1, candidate.end + 240)
        if end == -1:
            end = candidate.end + 240
            break
    return _USER.search(text, begin, end) is not None


def _in_comment(candidate: Candidate) -> bool:
    return (
        candidate.line_before()
        .lstrip()
        .startswith(("#", "//", "*", "--", ";", "/*", "<!--", ">>>"))
    )
