"""The pattern of a value that is assigned to a name which begins with a provider and ends in what
the value is: `MIXPANEL_API_SECRET=...`, `mixpanel: {secret: "..."}`.

Many credentials have no form of their own. Their rules say, instead of a pattern, which words the
name holds and which characters the value has, in a table called `assigned`:

    to      words that the name begins with: the provider or the product
    named   words that the name ends in
    value   regular expression of the value

In a word `_` stands for `_`, `-`, `.`, a space or nothing; at its end it says that no small letter
follows. Upper and lower case are the same. A word of up to four letters is not looked for inside of
another.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

VALIDATOR = "assigned-value"
"""What has the last word on such a value where the rule names no validator."""

_KEYS = {"to", "named", "value"}

# What the name may hold between its two words. Where the value stands deeper (`mixpanel:` and on
# the next line `api_secret:`), the inner name holds nothing but such words.
_MIDDLE = r"[A-Za-z0-9_.-]{0,24}?"
_INNER = (
    r"""(?:["'`)\]]{0,2}[\s:=>({\[,/_]{1,16}["']?"""
    r"(?i:(?:api|app|application|auth|access|account|admin|bot|client|default|dev|integration"
    r"|master|oauth2?|personal|private|prod|project|rest|root|server|service|test|user|web"
    r"|webhook)[_.-]?){0,3})?"
)
_ASSIGNS = (
    r"""(?i:[_. -]?(?:value|prod|production|dev|staging|test|live|default|[0-9]))?"""
    r"""\\?["'`]?[\])]?(?:\s?:\s?[A-Za-z&]{1,16})?"""
    r"""(?:\s{0,4}(?:=>|:=|={1,3}|[:,(>])|[,"']{0,2}\s{1,12}["']?[Vv]alue["']?\s?[:=]|\s)"""
    r"""\s{0,4}(?:[bBrRuUfFL@$]?\\?["'`])?"""
)
_END = r"(?!\.?[A-Za-z0-9_+/=~-])"


def with_pattern(table: Mapping[str, Any]) -> dict[str, Any]:
    """The table of a rule in which `assigned` is replaced by the keys that it stands for.

    Raises ValueError where `assigned` is not of the form that this module's text describes.
    """
    rest = dict(table)
    assigned = rest.pop("assigned")
    if not isinstance(assigned, Mapping) or assigned.keys() != _KEYS or "pattern" in rest:
        raise ValueError("assigned has the keys to, named and value, and stands for a pattern")
    to = _words(assigned["to"], inside=True)
    pattern = (
        f"{to}{_MIDDLE}{_INNER}(?i:{_words(assigned['named'])}){_ASSIGNS}"
        f"(?P<value>{assigned['value']}){_END}"
    )
    implied = {
        "pattern": pattern,
        "anchor": _words(assigned["to"], alone=False, inside=True),
        "anchor-at-start": True,
        "validator": VALIDATOR,
    }
    return implied | rest


def _words(words: Sequence[str], *, inside: bool = False, alone: bool = True) -> str:
    """The words as one expression: those that begin a name (`inside`), short ones `alone`."""
    found = []
    for word in words:
        stem = word.rstrip("_")
        expression = re.escape(stem).replace("_", "[_. -]?")
        if inside:
            short = sum(c.isalpha() for c in stem) <= 4
            expression = f"{'(?<![A-Za-z])' if short and alone else ''}(?i:{expression})"
            if word != stem:
                # An anchor looks at nothing around it: it takes the next character.
                expression += "(?![a-z])" if alone else "[^a-z]"
        found.append(expression)
    return f"(?:{'|'.join(found)})" if inside else "|".join(found)
