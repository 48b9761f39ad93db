"""A reading as bytes, and back: offsets, the numbers of labels, scores. Nothing of the text.

What comes from a file is checked like anybody's input: a reading that could not have been made of
this text is none.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator, Sequence

from leaksift.finding import LABELS, DocumentCategory, Reading, Span
from leaksift.model.labels import rule_id

# Number of spans, number of categories, which of these it is (_NONE where nothing was told).
_HEAD = struct.Struct("<IHH")
_SPAN = struct.Struct("<IIBd")  # start, end, label, score
_PROBABILITY = struct.Struct("<d")
_NONE = 0xFFFF


def encode_reading(reading: Reading, categories: Sequence[str]) -> bytes | None:
    """The bytes of a model's reading; None for one that has no such form."""
    category = reading.category
    if category is not None and tuple(category.probabilities) != tuple(categories):
        return None
    about = _NONE if category is None else categories.index(category.name)
    parts = [_HEAD.pack(len(reading.spans), len(categories), about)]
    for span in reading.spans:
        made = Span(span.start, span.end, span.label, rule_id(span.label), span.score, "model")
        if span != made:
            return None
        parts.append(_SPAN.pack(span.start, span.end, LABELS.index(span.label), span.score))
    if category is not None:
        parts += (_PROBABILITY.pack(value) for value in category.probabilities.values())
    return b"".join(parts)


def decode_reading(data: bytes, length: int, categories: Sequence[str]) -> Reading | None:
    """The reading of a text of so many characters; None where the bytes are not one of it."""
    try:
        spans, names, about = _HEAD.unpack_from(data)
        end = _HEAD.size + spans * _SPAN.size
        told = names if about != _NONE else 0
        if len(data) != end + told * _PROBABILITY.size or names != len(categories):
            return None
        found = list(_spans(data[_HEAD.size : end], length))
        category = None
        if told:
            values = [value for (value,) in _PROBABILITY.iter_unpack(data[end:])]
            if not all(0 <= value <= 1 for value in values):
                return None
            category = DocumentCategory(
                categories[about], dict(zip(categories, values, strict=True))
            )
        return Reading(found, category)
    except (struct.error, ValueError, IndexError):
        return None


def _spans(data: bytes, length: int) -> Iterator[Span]:
    """Raises ValueError and IndexError."""
    before = 0
    for start, end, number, score in _SPAN.iter_unpack(data):
        if not before <= start < end <= length or not math.isfinite(score) or not 0 <= score <= 1:
            raise ValueError("not a span")
        label = LABELS[number]
        yield Span(start, end, label, rule_id(label), score, "model")
        before = end
