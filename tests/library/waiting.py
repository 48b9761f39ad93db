"""How long a stream keeps a character back."""

from __future__ import annotations

from collections.abc import Iterator

from leaksift import PrivacyFilter


def longest_wait(used: PrivacyFilter, text: str) -> int:
    """How many characters were fed at most while one waited, fed one by one."""
    fed = given_out = longest = 0

    def characters() -> Iterator[str]:
        nonlocal fed
        for character in text:
            fed += 1
            # Before the next one is asked for, all is out that can be.
            yield character

    # Markers of the same length, so that what is given out can be counted.
    for part in used.redact(characters(), lambda span, value: "x" * len(value)):
        longest = max(longest, fed - given_out)
        given_out += len(part)
    assert given_out == len(text)
    return longest
