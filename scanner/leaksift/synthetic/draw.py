"""Draws that a keyed hash decides, and texts with other signs in the same places."""

from __future__ import annotations

import random
import string
from dataclasses import dataclass
from typing import TYPE_CHECKING

from leaksift.finding import Secret

if TYPE_CHECKING:
    from leaksift.synthetic.names import Names


@dataclass(frozen=True)
class Draw:
    """What the makers draw with. `attempt` counts the tries for one value."""

    key: bytes
    names: Names
    locale: str
    attempt: int = 0

    def by(self, kind: str, value: str) -> random.Random:
        """The draws for a value, or a part of one: the same for the same part, key and kind."""
        # The hash is what keeps the value secret; the generator only spreads its bits.
        digest = Secret(value).digest(self.key, kind, str(self.attempt))
        return random.Random(int(digest, 16))  # noqa: S311

    @property
    def region(self) -> str:
        """`DE` of `de_DE`."""
        return self.locale.partition("_")[2]


def scrambled(rng: random.Random, value: str) -> str:
    """Other digits for digits and other letters for letters, of the same case; digits of any script
    and all other signs stay what they are. The first digit is 0 only where it was."""
    made = []
    first = True
    for char in value:
        if char in string.digits:
            made.append(rng.choice("123456789" if first and char != "0" else string.digits))
            first = False
        elif char.isdecimal():
            made.append(chr(ord(char) - int(char) + rng.randrange(10)))
        elif char in string.ascii_uppercase:
            made.append(rng.choice(string.ascii_uppercase))
        elif char in string.ascii_lowercase:
            made.append(rng.choice(string.ascii_lowercase))
        elif char.isalpha():
            made.append(_other_letter(rng, char))
        else:
            made.append(char)
    return "".join(made)


def _other_letter(rng: random.Random, char: str) -> str:
    for _ in range(8):
        other = chr(ord(char) + rng.randrange(-10, 11))
        if other.isalpha() and other.isupper() == char.isupper():
            return other
    return "x"


def like(value: str, signs: str) -> str:
    """`signs` in the places of the letters and digits of `value`, in the case that those have."""
    source = iter(signs)
    made = []
    for char in value:
        if not char.isalnum():
            made.append(char)
        elif new := next(source, ""):
            made.append(new.lower() if char.islower() else new)
    return "".join(made) + "".join(source)


def cased(like_this: str, text: str) -> str:
    """`text` in capitals, small letters or as it is, as `like_this` is."""
    if like_this.isupper() and len(like_this) > 1:
        return text.upper()
    return text.lower() if like_this.islower() else text
