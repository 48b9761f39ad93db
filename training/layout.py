"""Other layouts of a labelled text: a patch, lower case, the spacing of a scanned form.

Each function returns a new example whose spans hold the same values as before.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

from training.example import Example


def moved(example: Example, text: str, places: Sequence[int]) -> Example:
    """The example with another text; `places[i]` is where character i went."""
    spans = tuple(
        replace(span, start=places[span.start], end=places[span.end - 1] + 1)
        for span in example.spans
    )
    unknown = tuple((places[a], places[b - 1] + 1) for a, b in example.unknown)
    return replace(example, text=text, spans=spans, unknown=unknown)


def as_patch(example: Example, rng: random.Random) -> Example:
    """The text as the lines of a hunk, each with its sign."""
    signs = rng.choice(("+", "+", "-", " +"))
    out: list[str] = []
    places: list[int] = []
    length = 0
    for line in example.text.split("\n"):
        sign = rng.choice(signs)
        places.extend(range(length + 1, length + 2 + len(line)))
        out.append(sign + line)
        length += len(line) + 2
    return moved(example, "\n".join(out), places)


def lowered(example: Example) -> Example:
    """The text in lower case, as people type in a hurry."""
    text = example.text.lower()
    return replace(example, text=text) if len(text) == len(example.text) else example


def roughened(example: Example, rng: random.Random) -> Example:
    """Sometimes: the spacing of a scanned form, with blanks doubled and colons set apart."""
    if rng.random() > 0.12 or "\n" not in example.text:
        return example
    out: list[str] = []
    places: list[int] = []
    length = 0
    wide = rng.choice(("  ", "   ", "\t", " . . . "))
    for char in example.text:
        # A blank becomes wider between words of the form, never at the place of a line end.
        piece = char
        if char == ":" and rng.random() < 0.5:
            piece = rng.choice((" :", ":  ", " :  "))
        elif (
            char == " "
            and rng.random() < 0.1
            and not _inside(length_at=len(places), example=example)
        ):
            piece = wide
        places.append(length + (len(piece) - 1 if piece.endswith(":") else 0))
        out.append(piece)
        length += len(piece)
    if any(":" in example.text[s.start : s.end] for s in example.spans):
        return example
    return moved(example, "".join(out), places)


def _inside(length_at: int, example: Example) -> bool:
    return any(span.start <= length_at < span.end for span in example.spans)
