"""A row of tags to spans of characters. What a span is worth is decided elsewhere.

Imports NumPy.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from leaksift.finding import Span
from leaksift.model.labels import rule_id
from leaksift.model.tags import BACKGROUND, Tag

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from leaksift.model.tokenize import Tokens

_BLOCK = 8_192


def spans_of(
    text: str,
    tokens: Tokens,
    logits: NDArray[np.float32],
    classes: NDArray[np.intp],
    tags: Sequence[Tag],
) -> list[Span]:
    """The spans of one text, sorted, apart, without blanks at their ends.

    `classes` is a legal row (see `viterbi.decode`), [tokens]; `logits` is [tokens, classes]. The
    score is the mean of the chosen classes' softmax probabilities. Spans that only touch stay two:
    the model says so on purpose. Where two share a character, whose bytes the model divided
    between them, those of one label become one; else the character goes to the first.
    """
    opens = np.array([tag.boundary in "BS" for tag in tags])
    closes = np.array([tag.boundary in "ES" for tag in tags])
    probabilities = _probabilities(logits, classes, tags)
    found: list[Span] = []
    weights: list[int] = []
    for first, last in zip(
        np.flatnonzero(opens[classes]), np.flatnonzero(closes[classes]), strict=True
    ):
        label = tags[classes[first]].label
        assert label is not None  # noqa: S101 - for the type checker: O opens nothing
        start, end = int(tokens.starts[first]), int(tokens.ends[last])
        weight = int(last - first) + 1
        # fsum rounds once, whatever the order.
        score = math.fsum(probabilities[first : last + 1].tolist()) / weight
        if found and start < found[-1].end:
            if found[-1].label == label:
                previous, before = found.pop(), weights.pop()
                start, end = previous.start, max(end, previous.end)
                score = (previous.score * before + score * weight) / (before + weight)
                weight += before
            else:
                start = found[-1].end
        start, end = _trimmed(text, start, end)
        if start < end:
            found.append(Span(start, end, label, rule_id(label), score, "model"))
            weights.append(weight)
    return found


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def _probabilities(
    logits: NDArray[np.float32], classes: NDArray[np.intp], tags: Sequence[Tag]
) -> NDArray[np.float64]:
    """The softmax probability of each token's class; 0 for background, whose is not asked for."""
    result = np.zeros(len(classes))
    in_span = np.array([tag != BACKGROUND for tag in tags])
    tokens = np.flatnonzero(in_span[classes])
    for low in range(0, len(tokens), _BLOCK):
        part = tokens[low : low + _BLOCK]
        # The same cut-off as the decoder's, so that no infinite logit makes it undefined.
        scores = np.clip(logits[part].astype(np.float64), -1e30, 1e30)
        powers = np.exp(scores - scores.max(axis=1, keepdims=True))
        chosen = powers[np.arange(len(part)), classes[part]]
        result[part] = chosen / powers.sum(axis=1)
    return result
