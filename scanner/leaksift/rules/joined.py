"""Many short texts in one pass: what is seen in which of them. Finds nothing itself."""

from __future__ import annotations

import bisect
import re
from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate

from leaksift.rules.compiled import Hits

# Between the texts: no anchor reaches over it, and it is as much the edge of a word as an end.
_BETWEEN = "\n\0\n"

_CLASS = re.compile(r"\[\^?\]?(?:\\.|[^\]\\])*\]", re.DOTALL)
_EDGE = re.compile(r"\\.|[\^$]", re.DOTALL)


def hits_by_text(texts: Sequence[str], scan: Callable[[str], Hits]) -> dict[int, Hits]:
    """What one pass over all texts sees, by the number of the text and at the places in it. Texts
    in which nothing is seen are not there."""
    hits = scan(_BETWEEN.join(texts))
    starts = [0, *accumulate(len(text) + len(_BETWEEN) for text in texts)][:-1]
    of_text: dict[int, Hits] = {}
    for kind in ("anchors", "keywords", "encoded"):
        for name, places in getattr(hits, kind).items():
            for place in places:
                number = bisect.bisect_right(starts, place) - 1
                index = place - starts[number]
                if index <= len(texts[number]):
                    own = of_text.setdefault(number, Hits({}, {}, {}))
                    getattr(own, kind).setdefault(name, []).append(index)
    return of_text


def can_join(anchors: Iterable[str]) -> bool:
    """Whether all anchors are seen among other texts as they are in the text alone: none asks for
    the beginning or the end of the text."""
    return not any(
        found[0] in ("^", "$", r"\A", r"\Z", r"\z")
        for anchor in anchors
        for found in _EDGE.finditer(_CLASS.sub("", anchor))
    )
