"""Other layouts of a labelled text: a patch, a hurried message, a form that was scanned badly.

Each function returns a new example whose spans cover the same values as before; `misread` and
`lowered` change the letters of the values themselves, as the reader or the writer would.
"""

# ruff: noqa: E501
# Tables of values read better on one line.
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


def edited(example: Example, pieces: Sequence[str]) -> Example:
    """The example with each character i replaced by `pieces[i]`.

    White space that a piece puts before its character or after it stays outside of spans that
    begin or end there.
    """
    starts: list[int] = []
    ends: list[int] = []
    length = 0
    for piece in pieces:
        bare = piece.strip()
        before = len(piece) - len(piece.lstrip()) if bare else 0
        starts.append(length + before)
        ends.append(length + before + len(bare) if bare else length + len(piece))
        length += len(piece)
    spans = tuple(
        replace(span, start=starts[span.start], end=ends[span.end - 1]) for span in example.spans
    )
    unknown = tuple((starts[a], ends[b - 1]) for a, b in example.unknown if a < b)
    return replace(example, text="".join(pieces), spans=spans, unknown=unknown)


def covered(example: Example) -> bytearray:
    """For each character 1 where it belongs to a value, else 0."""
    found = bytearray(len(example.text))
    for start, end in (*((s.start, s.end) for s in example.spans), *example.unknown):
        found[start:end] = b"\1" * (end - start)
    return found


def roughened(example: Example, rng: random.Random) -> Example:
    """Sometimes: the spacing of a scanned form, light or heavy, values as they were."""
    if rng.random() > 0.2 or "\n" not in example.text:
        return example
    inside = covered(example)
    wide = rng.choice(("  ", "   ", "\t", " . . . ", "      "))
    strength = rng.choice((0.04, 0.1, 0.1, 0.25))
    colon = rng.choice((" :", ":  ", " :  ", ": ____ ", ".....", ":"))
    pieces = list(example.text)
    for place, char in enumerate(pieces):
        if inside[place]:
            continue
        if char == ":" and rng.random() < 0.5:
            pieces[place] = colon
        elif char == " " and rng.random() < strength:
            pieces[place] = wide
        elif char == "\n" and rng.random() < strength / 2:
            pieces[place] = rng.choice(("\n\n", " \n", "\n  "))
    return edited(example, pieces)


# What text recognition takes for something else (letters and digits that look alike).
CONFUSED = {
    "0": "O", "O": "0", "1": "l", "l": "1", "I": "l", "5": "S", "S": "5", "8": "B", "B": "8", "m": "rn", "e": "c",
    "o": "0", "g": "q", "z": "2", "Z": "2", "6": "b", ",": ".", ".": ",", "h": "li", "ü": "u", "é": "e", "á": "a", "n": "ri",
}  # fmt: skip


def misread(example: Example, rng: random.Random) -> Example:
    """The text as a scanner reads it: some characters taken for others, in values less often."""
    inside = covered(example)
    strength = rng.choice((0.01, 0.03, 0.08))
    pieces = list(example.text)
    for place, char in enumerate(pieces):
        if char in CONFUSED and rng.random() < (strength / 4 if inside[place] else strength):
            pieces[place] = CONFUSED[char]
    return edited(example, pieces)


EMOJI = "😀 😂 😅 😍 🙏 👍 🎉 🔥 💯 😭 🤣 ❤️ 🥳 🙄 😎 👀 ✨ 🤔 💪 📞 📍 🎂 ✅ :) ;) :D xD :( <3 lol haha omg".split()
TAGS = "#throwback #monday #blessed #help #fail #tbt #family #customerservice #scam #love #news #hiring #fyi #lost #birthday".split()  # fmt: skip


def hurried(example: Example, rng: random.Random) -> Example:
    """The text as people type it on a telephone: marks left out, typos, emoji, hashtags.

    The letters of values stay as they are, unless everything becomes lower case.
    """
    inside = covered(example)
    typos = rng.choice((0.0, 0.004, 0.012))
    marks = rng.choice((0.0, 0.3, 1.0))
    fun = rng.choice((0.0, 0.0, 0.3))
    text = example.text
    pieces = list(text)
    for place, char in enumerate(pieces):
        if inside[place]:
            continue
        after = text[place + 1 : place + 2]
        if char in ".,;!?" and (not after or after.isspace()):
            if fun and rng.random() < fun:
                pieces[place] = f"{char} {rng.choice(EMOJI if rng.random() < 0.75 else TAGS)}"
            elif rng.random() < marks:
                pieces[place] = ""
            elif char in "!?" and rng.random() < 0.3:
                pieces[place] = char * rng.randrange(2, 5)
        elif char in "'’" and rng.random() < marks:
            pieces[place] = ""
        elif typos and char.isascii() and char.isalpha() and rng.random() < typos:
            pieces[place] = rng.choice(("", char + char, char + rng.choice("aeiostnr")))
    changed = edited(example, pieces)
    return lowered(changed) if rng.random() < 0.35 else changed
