"""Character spans to a class for every token. Nothing here knows a model or torch."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from leaksift.finding import LABELS
from leaksift.model.tokenize import Tokens
from training.example import Example

CLASSES = ("O", *(f"{boundary}-{label}" for label in sorted(LABELS) for boundary in "BIES"))
"""The classes of the embedded model, in its order."""

CLASS = {name: index for index, name in enumerate(CLASSES)}

IGNORED = -100
"""The class of a token that nobody vouches for: no loss, no count."""


def classes_of(
    example: Example, tokens: Tokens, classes: Mapping[str, int] = CLASS
) -> NDArray[np.int16]:
    """The class of each token. A token that a span covers in part belongs to it, except by its
    leading blank; where two spans meet in a token, it is the first one's.

    `classes` is the index of each class by its name (`O`, `B-secret` ...).
    """
    text, ends = example.text, tokens.ends
    blank = [text[start : start + 1] == " " for start in tokens.starts.tolist()]
    starts = tokens.starts + (np.array(blank, dtype=bool) & (ends > tokens.starts + 1))
    found = np.full(len(tokens), classes["O"], dtype=np.int16)
    free = 0
    for span in example.spans:
        first = max(free, int(np.searchsorted(ends, span.start, "right")))
        last = int(np.searchsorted(starts, span.end, "left")) - 1
        if first > last:
            continue
        if first == last:
            found[first] = classes[f"S-{span.label}"]
        else:
            found[first + 1 : last] = classes[f"I-{span.label}"]
            found[first], found[last] = classes[f"B-{span.label}"], classes[f"E-{span.label}"]
        free = last + 1
    for start, end in example.unknown:
        first, after = np.searchsorted(ends, start, "right"), np.searchsorted(starts, end, "left")
        found[first:after] = IGNORED
    return found
