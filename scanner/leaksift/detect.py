"""The detectors joined: each document through all of them, and one span for each place."""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Sequence
from typing import Protocol

from leaksift.document import Document
from leaksift.finding import Span


class SpanDetector(Protocol):
    """Something that sees spans in documents: the rules, a model."""

    def detect(self, documents: Sequence[Document]) -> list[list[Span]]:
        """The spans of each document, in the documents' order. The same document gives the same
        spans whatever else is in the batch."""


def detect(documents: Sequence[Document], detectors: Sequence[SpanDetector]) -> list[list[Span]]:
    """The merged spans of each document, sorted by start and apart from each other."""
    found = [detector.detect(documents) for detector in detectors]
    return [
        merge(span for spans in of_one for span in spans) for of_one in zip(*found, strict=True)
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
