"""An edit as a difference for people, in which no value can be read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from leaksift.finding import Span
from leaksift.fix.proposal import Edit
from leaksift.printable import printable

_MASK = "****"
_WIDEST = 80
"""How much of a line is shown before and after an edit, in characters."""
_SHORTEST_REPEAT = 4


def difference(text: str, edit: Edit, spans: Sequence[Span]) -> list[str]:
    """The lines that the edit takes away and puts in, with `-` and `+` before them.

    `spans` are all that the detectors saw in the text, also what is not reported: each is masked,
    and its value wherever else it stands on these lines.
    """
    start = text.rfind("\n", 0, edit.start) + 1
    end = text.find("\n", edit.end)
    end = len(text) if end < 0 else end
    values = {text[span.start : span.end].strip() for span in spans}
    before = _shown(text, start, edit.start, spans, values)
    middle = _shown(text, edit.start, edit.end, spans, values)
    after = _shown(text, edit.end, end, spans, values)
    if len(before) > _WIDEST:
        before = f"...{before[-_WIDEST:]}"
    if len(after) > _WIDEST:
        after = f"{after[:_WIDEST]}..."
    old = f"{before}{middle}{after}".split("\n")
    new = f"{before}{edit.new}{after}".split("\n")
    # Surrogates (bytes that are no text) and control characters become escapes.
    return [f"-{_line(line)}" for line in old] + [f"+{_line(line)}" for line in new]


def _line(line: str) -> str:
    return printable(line.rstrip("\r").replace("\t", "    "))


def _shown(text: str, start: int, end: int, spans: Iterable[Span], values: set[str]) -> str:
    """The text from `start` to `end` without what any span covers."""
    pieces: list[str] = []
    at = start
    for span in sorted(spans, key=lambda span: span.start):
        if span.end <= at or span.start >= end:
            continue
        pieces += [text[at : max(at, span.start)], _MASK]
        at = min(span.end, end)
    pieces.append(text[at:end])
    shown = "".join(pieces)
    for value in sorted(values, key=len, reverse=True):
        if len(value) >= _SHORTEST_REPEAT and value in shown:
            shown = re.sub(re.escape(value), _MASK, shown)
    return shown
