"""One labelled text, the only thing that passes between making data and training on it."""

from __future__ import annotations

from dataclasses import dataclass

from leaksift.finding import Category, Label


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
