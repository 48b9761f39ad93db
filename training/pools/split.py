"""Which part a value, a template file or a package belongs to: training or development.

The answer depends on the text alone, so it is the same on every machine and in every year.
"""

from __future__ import annotations

import hashlib
from typing import Literal

Split = Literal["train", "dev"]


def part_of(text: str, *, dev_share: float = 0.1, salt: str = "value") -> Split:
    """The part of `text`, whatever its letter case: about `dev_share` of all texts are "dev"."""
    digest = hashlib.blake2b(f"{salt}\0{text.casefold()}".encode(), digest_size=8).digest()
    return "dev" if int.from_bytes(digest, "big") < dev_share * 2**64 else "train"
