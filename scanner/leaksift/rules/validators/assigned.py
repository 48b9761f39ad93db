"""Values that a provider's name and a credential-like one stand beside: is it what they say?"""

from __future__ import annotations

import re
from itertools import pairwise

from leaksift.rules.validators.candidate import Candidate
from leaksift.rules.validators.credential import mixed_characters

# Names that say what is made to be published, or what only points to a credential.
_OTHER_NAME = re.compile(
    r"(?i)(?:public(?!ation)|publishable|anonymous|hash|digest|sha[0-9]|md5|checksum|fingerprint|etag"
    r"|revision|commit|integrity|csrf|xsrf|encrypted|sealed|key_?id)",
    re.ASCII,
)
_NAME_PART = re.compile(r"[A-Za-z0-9_.-]+", re.ASCII)
# What may stand between a name and its value: a type, a prefix of the text.
_BETWEEN = frozenset("value string str text const b r u f l".split())


def assigned_value(candidate: Candidate) -> bool:
    """A random value under a name that does not say that it is public or a digest of something."""
    value = candidate.value
    if not mixed_characters(candidate) or _counts_up(value):
        return False
    if candidate.line_after(1) in ("(", "[") or _OTHER_NAME.search(_name(candidate)):
        return False
    return len(set(value)) >= min(8, len(value) // 2)


def _name(candidate: Candidate) -> str:
    """The name that the value is assigned to."""
    parts = _NAME_PART.findall(candidate.line_before(120))
    while parts and parts[-1].lower() in _BETWEEN:
        parts.pop()
    return parts[-1] if parts else ""


def _counts_up(value: str) -> bool:
    """Whether half of the characters follow the one before: `0123456789abcdef...`."""
    steps = sum(ord(b) - ord(a) == 1 for a, b in pairwise(value))
    return steps * 2 > len(value)
