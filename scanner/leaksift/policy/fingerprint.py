"""A name for a finding that stays the same from scan to scan and gives nothing away.

Reports carry it so that a platform can tell an old finding from a new one. It must survive that
lines move, so it holds no line number; and it is published, so that nobody may be able to try out
values against it. A bare hash of a telephone number is undone in seconds.

With a baseline there is a random salt, and the fingerprint is keyed by it: HMAC over the rule, the
path, the value and the how-manieth equal value of that rule in the file this is. A new value on
the same line is a new fingerprint. Whoever can read the baseline can try out values, just as they
can read the repository.

Without a baseline there is nothing random that every machine would share, so the value stays out:
HMAC with a fixed key, which is no secret, over the rule, the path, the text around the value with
every found value masked, and the how-manieth of equal ones this is. It is therefore not fit for
saying "this one is known": a new value at the same place has the same fingerprint. Baselines do
not use it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from leaksift.document import Document
from leaksift.finding import Secret, Span

# Separates these digests from others; not a secret.
_FIXED_KEY = b"leaksift/fingerprint/v1"
_MASK = "****"
# How much of the line counts, in characters before and after the value. A minified file is one
# line, which would otherwise be hashed once for each of its findings.
_CONTEXT = 120
# Shorter values stand in ordinary words too often to be masked wherever they occur again.
_SHORTEST_REPEAT = 4


def fingerprints(document: Document, spans: Sequence[Span], salt: bytes | None) -> tuple[str, ...]:
    """One fingerprint of 64 hexadecimal digits for each span.

    `spans` are all spans of the document, sorted and apart, also those that will not be reported:
    they are masked too, and the count of equal ones must not depend on what policy lets through.
    """
    names: list[str] = []
    seen: Counter[tuple[str, str]] = Counter()
    for number, span in enumerate(spans):
        value = document.text[span.start : span.end]
        identity = value if salt is not None else masked_context(document, spans, number)
        occurrence = seen[span.rule, identity]
        seen[span.rule, identity] += 1
        names.append(fingerprint(Secret(identity), salt, span.rule, document.path, occurrence))
    return tuple(names)


def fingerprint(identity: Secret, salt: bytes | None, rule: str, path: str, occurrence: int) -> str:
    """The fingerprint of one finding. With a salt `identity` is the value, without one it is the
    value's masked context; `occurrence` counts equal ones in the file from 0."""
    key = _FIXED_KEY if salt is None else salt
    return identity.digest(key, "fingerprint", rule, path, str(occurrence))


def masked_context(document: Document, spans: Sequence[Span], number: int) -> str:
    """The text around a span on its lines, up to 120 characters each way, without any value.

    Blanks are evened out, so that indentation and line endings do not matter.
    """
    span = spans[number]
    first = document.line_at(span.start)
    last = document.line_at(max(span.start, span.end - 1))
    start, end = document.line_bounds(first)[0], document.line_bounds(last)[1]
    before, nearest = _before(document.text, spans, number, start)
    after, furthest = _after(document.text, spans, number, end)
    context = f"{before}{_MASK}{after}"
    values = {document.text[s.start : s.end].strip() for s in spans[nearest : furthest + 1]}
    # The longest first: a value may be part of another one. A value that a detector saw once may
    # stand there a second time where it did not.
    for value in sorted(values, key=lambda value: (-len(value), value)):
        if len(value) >= _SHORTEST_REPEAT and value in context:
            context = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", _MASK, context)
    return " ".join(context.split())


def _before(text: str, spans: Sequence[Span], number: int, start: int) -> tuple[str, int]:
    """The masked text from `start` to the span, and the first span that it met."""
    pieces: list[str] = []
    room, at = _CONTEXT, spans[number].start
    while at > start and room > 0:
        previous = spans[number - 1] if number else None
        edge = max(start, previous.end if previous else start)
        piece = text[max(edge, at - room) : at]
        pieces.append(piece)
        room -= len(piece)
        if room <= 0 or previous is None or previous.end <= start:
            break
        pieces.append(_MASK)
        room -= len(_MASK)
        at = previous.start
        number -= 1
    return "".join(reversed(pieces)), number


def _after(text: str, spans: Sequence[Span], number: int, end: int) -> tuple[str, int]:
    """The masked text from the span to `end`, and the last span that it met."""
    pieces: list[str] = []
    room, at = _CONTEXT, spans[number].end
    while at < end and room > 0:
        following = spans[number + 1] if number + 1 < len(spans) else None
        edge = min(end, following.start if following else end)
        piece = text[at : min(edge, at + room)]
        pieces.append(piece)
        room -= len(piece)
        if room <= 0 or following is None or following.start >= end:
            break
        pieces.append(_MASK)
        room -= len(_MASK)
        at = following.end
        number += 1
    return "".join(pieces), number
