"""One labelled text, the only thing that passes between making data and training on it.

As a line of JSON it is an object with `text`, `spans` ([start, end, label] each), `unknown`
([start, end] each), `category` and `origin`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from leaksift.finding import LABELS, Category, Label


@dataclass(frozen=True)
class LabelledSpan:
    """Private data in a text: string indices and what it is."""

    start: int
    end: int
    label: Label


@dataclass(frozen=True)
class Example:
    """A text with all private data in it marked.

    `spans` are sorted and apart. `unknown` are stretches whose labels nobody vouches for (private
    looking data in background text); training and measuring leave them out. `category` is set only
    where it is known. `origin` names the template, the source file or the data set that the text
    comes from: examples are split into training and development sets by it, never within it.
    """

    text: str
    spans: tuple[LabelledSpan, ...]
    origin: str
    unknown: tuple[tuple[int, int], ...] = ()
    category: Category | None = None


def as_json(example: Example) -> str:
    """The example as one line of JSON, without its end."""
    return json.dumps(
        {
            "text": example.text,
            "spans": [[span.start, span.end, span.label] for span in example.spans],
            "unknown": example.unknown,
            "category": example.category,
            "origin": example.origin,
        },
        ensure_ascii=False,
    )


def parse_example(line: str) -> Example:
    """What `as_json` wrote; `unknown`, `category` and `origin` may be missing.

    Raises ValueError that says what is wrong and never what the text holds.
    """
    try:
        entry = json.loads(line)
        text, origin = entry["text"], str(entry.get("origin", ""))
        spans = tuple(LabelledSpan(*span) for span in entry["spans"])
        unknown = tuple((start, end) for start, end in entry.get("unknown", ()))
        category = entry.get("category")
    except (KeyError, TypeError, ValueError, AttributeError):
        raise ValueError("not an object with text and spans of [start, end, label]") from None
    if not isinstance(text, str) or not isinstance(category, str | None):
        raise ValueError("text or category is not a string")
    end = 0
    for span in spans:
        if type(span.start) is not int or type(span.end) is not int or span.label not in LABELS:
            raise ValueError("a span is not two whole numbers and one of the eight labels")
        if not end <= span.start < span.end <= len(text):
            raise ValueError("the spans are not sorted, apart and within the text")
        end = span.end
    return Example(text, spans, origin, unknown, category)
