"""What the library returns. Nothing here can be printed that was found: values are in no field, and
`repr` leaves out every text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from leaksift.finding import Detector, DocumentCategory, Label, Severity


@dataclass(frozen=True)
class FoundSpan:
    """Where something private is in a text.

    `start` and `end` are string indices (code points) into the input: `text[start:end]` is the
    value. Spans are sorted, apart from each other, and neither begin nor end with a blank. `rule`
    is the id of the rule, or of the model's label (`private-person`). `marker` is what stands for
    the value: from `detect` the usual marker (`[private_person]`, or the rule's own), from `redact`
    what was put there, None where the value was left. It is not in the `repr`, because a callable
    may return anything.
    """

    label: Label
    start: int
    end: int
    score: float
    source: Detector
    severity: Severity
    rule: str
    marker: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class TextSummary:
    """What was found in a text, in numbers. `characters` is the length of the input; `labels` and
    `severities` count the spans, `left` counts those of them that a marker left as they were.
    `category` is what the text is about, None where the model does not tell."""

    characters: int
    labels: Mapping[Label, int]
    severities: Mapping[Severity, int]
    left: int = 0
    category: DocumentCategory | None = None

    @property
    def spans(self) -> int:
        """How many spans there are."""
        return sum(self.labels.values())

    @property
    def contains_private_data(self) -> bool:
        """Whether anything was found."""
        return bool(self.labels)


@dataclass(frozen=True)
class Detection:
    """What `PrivacyFilter.detect` saw in one text."""

    spans: tuple[FoundSpan, ...]
    category: DocumentCategory | None = None

    @property
    def contains_private_data(self) -> bool:
        """Whether anything was found."""
        return bool(self.spans)

    def in_bytes(self, text: str) -> tuple[tuple[int, int], ...]:
        """Start and end of each span as offsets into the UTF-8 form of `text`, which is the text
        that was looked at. A lone surrogate counts three bytes."""
        return tuple(byte_offsets(text, self.spans))


@dataclass(frozen=True)
class Redaction:
    """What `PrivacyFilter.redact` made of one text. The spans are those of the input."""

    text: str = field(repr=False)
    spans: tuple[FoundSpan, ...]
    summary: TextSummary

    @property
    def category(self) -> DocumentCategory | None:
        """What the text is about, where the model tells."""
        return self.summary.category

    @property
    def contains_private_data(self) -> bool:
        """Whether anything was found."""
        return bool(self.spans)


@dataclass(frozen=True)
class Progress:
    """How far something is that takes long: `done` of `total`, which is None where nobody knows.
    Characters for `read`, bytes for `download`."""

    stage: Literal["download", "read"]
    done: int
    total: int | None


def byte_offsets(text: str, spans: Iterable[FoundSpan]) -> Iterator[tuple[int, int]]:
    """Start and end of each span, which are sorted, in the UTF-8 form of the text."""
    if text.isascii():
        yield from ((span.start, span.end) for span in spans)
        return
    at = offset = 0
    for span in spans:
        start = offset + len(text[at : span.start].encode("utf-8", "surrogatepass"))
        offset = start + len(text[span.start : span.end].encode("utf-8", "surrogatepass"))
        at = span.end
        yield start, offset


class Tally:
    """Counts spans as they come; holds numbers only, so that a stream may be endless."""

    def __init__(self) -> None:
        self._labels: Counter[Label] = Counter()
        self._severities: Counter[Severity] = Counter()
        self._left = 0

    def add(self, span: FoundSpan) -> None:
        """Counts one span; one without a marker as left."""
        self._labels[span.label] += 1
        self._severities[span.severity] += 1
        self._left += span.marker is None

    def summary(self, characters: int, category: DocumentCategory | None) -> TextSummary:
        """The numbers so far."""
        return TextSummary(
            characters, dict(self._labels), dict(self._severities), self._left, category
        )
