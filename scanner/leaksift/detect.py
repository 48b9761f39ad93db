"""The detectors and the model joined: each document through all, and one span for each place."""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Sequence
from typing import Protocol

from leaksift.document import Document
from leaksift.finding import Reading, RuleInfo, Span


class SpanDetector(Protocol):
    """Something that sees spans in documents: the rules."""

    def detect(self, documents: Sequence[Document]) -> list[list[Span]]:
        """The spans of each document, in the documents' order. The same document gives the same
        spans whatever else is in the batch."""


class DocumentReader(Protocol):
    """Something that sees spans and, in the same reading, what a document is about: a model."""

    @property
    def rules(self) -> tuple[RuleInfo, ...]:
        """What reports say about its spans."""
        ...

    @property
    def notices(self) -> tuple[str, ...]:
        """Lines for the reader of the report, known after the last document."""
        ...

    def read(self, documents: Sequence[Document]) -> list[Reading]:
        """What it sees in each document, in the documents' order, whatever else is there."""
        ...


def detect(
    documents: Sequence[Document],
    detectors: Sequence[SpanDetector],
    model: DocumentReader | None = None,
) -> list[Reading]:
    """The merged spans of each document, and its category where the model tells."""
    found = [detector.detect(documents) for detector in detectors]
    readings = model.read(documents) if model else [Reading() for _ in documents]
    return [
        Reading(
            merge(span for spans in (reading.spans, *of_one) for span in spans), reading.category
        )
        for reading, *of_one in zip(readings, *found, strict=True)
    ]


def merge(spans: Iterable[Span]) -> list[Span]:
    """One span for each place: of spans that overlap, the most trustworthy stays.

    A specific rule comes before a generic one, a rule before the model, then the higher score, the
    longer span, the earlier one; the rule's id settles the rest, so that the order of the spans
    does not matter.
    """
    kept: list[Span] = []
    starts: list[int] = []
    for span in sorted(spans, key=_rank):
        at = bisect.bisect_right(starts, span.start)
        if at and kept[at - 1].end > span.start:
            continue
        if at < len(kept) and kept[at].start < span.end:
            continue
        starts.insert(at, span.start)
        kept.insert(at, span)
    return kept


def _rank(span: Span) -> tuple[bool, bool, float, int, int, str]:
    length = span.end - span.start
    return (span.detector == "model", span.generic, -span.score, -length, span.start, span.rule)
