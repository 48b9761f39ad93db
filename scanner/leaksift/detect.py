"""The detectors and the model joined: each document through all, and one span for each place."""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from leaksift.document import Document
from leaksift.finding import Reading, RuleInfo, Secret, Skipped, Span
from leaksift.notebook import Notebook, Strings, is_notebook, read_notebook

_SURE = 0.9
"""The least score of a rule of high precision."""


class SpanDetector(Protocol):
    """Something that sees spans in documents: the rules."""

    def detect(self, documents: Sequence[Document]) -> list[list[Span]]:
        """The spans of each document, in the documents' order. The same document gives the same
        spans whatever else is in the batch."""
        ...

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """What it did not look at in the documents so far."""
        ...


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
    """The merged spans of each document, and its category where the model tells.

    A notebook is looked at by its cells: the rules see those beside the file, the model sees only
    them. The spans are those of the file.
    """
    notebooks = {
        number: notebook
        for number, document in enumerate(documents)
        if is_notebook(document.path)
        and (notebook := read_notebook(document.path, document.text)) is not None
    }
    if notebooks:
        return _with_notebooks(documents, notebooks, detectors, model)
    found = [detector.detect(documents) for detector in detectors]
    readings = model.read(documents) if model else [Reading() for _ in documents]
    return [
        Reading(
            merge(span for spans in (reading.spans, *of_one) for span in spans), reading.category
        )
        for reading, *of_one in zip(readings, *found, strict=True)
    ]


def _with_notebooks(
    documents: Sequence[Document],
    notebooks: Mapping[int, Notebook],
    detectors: Sequence[SpanDetector],
    model: DocumentReader | None,
) -> list[Reading]:
    cells: list[Document] = []
    places: list[tuple[int, Strings]] = []
    for number, notebook in notebooks.items():
        for document, strings in notebook.documents():
            cells.append(document)
            places.append((number, strings))
    spans: list[list[Span]] = [[] for _ in documents]
    for detector in detectors:
        found = detector.detect([*documents, *cells])
        for number, of_file in enumerate(found[: len(documents)]):
            spans[number] += [s for s in of_file if _counts(s, notebooks.get(number))]
        for (number, strings), of_cells in zip(places, found[len(documents) :], strict=True):
            spans[number] += [_in_file(span, strings) for span in of_cells]
    categories = [Reading().category for _ in documents]
    if model is not None:
        others = [number for number in range(len(documents)) if number not in notebooks]
        readings = model.read([*(documents[number] for number in others), *cells])
        for number, reading in zip(others, readings, strict=False):
            spans[number] += reading.spans
            categories[number] = reading.category
        longest: dict[int, int] = {}
        for (number, strings), reading in zip(places, readings[len(others) :], strict=True):
            spans[number] += [_in_file(span, strings) for span in reading.spans]
            # What a notebook is about: most of its text decides.
            if len(strings.text) > longest.get(number, 0):
                longest[number] = len(strings.text)
                categories[number] = reading.category
    return [
        Reading(merge(of_one), category) for of_one, category in zip(spans, categories, strict=True)
    ]


def _counts(span: Span, notebook: Notebook | None) -> bool:
    """Whether what was seen in a notebook's file counts: not in an image, and what goes by names
    and what stands around only where that is not the text of a cell, which is looked at as such."""
    if notebook is None:
        return True
    if notebook.is_in_image(span.start):
        return False
    return not (span.generic and notebook.is_in_text(span.start))


def _in_file(span: Span, strings: Strings) -> Span:
    """A span of a notebook's text, at its place in the file."""
    start, end = strings.back(span.start, span.end)
    value = span.decoded or Secret(strings.text[span.start : span.end])
    as_written = value == Secret(strings.source[start:end])
    return replace(span, start=start, end=end, decoded=None if as_written else value)


def merge(spans: Iterable[Span]) -> list[Span]:
    """One span for each place: of spans that overlap, the most trustworthy stays.

    A rule comes before the model. Of rules, one for credentials of a form comes first, then one
    for the places that only hold credentials (a URL, a header: generic and of high precision), then
    what has the form of private data (the end of a password and the host after it look like an
    e-mail address), then what goes by a name. Then comes what the text says before what it spells
    (base64, escapes), the higher score, the longer span, the earlier one; the rule's id settles the
    rest, so that the order of the spans does not matter.
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


def _rank(span: Span) -> tuple[bool, int, bool, float, int, int, str]:
    return (
        span.detector == "model",
        _kind(span),
        span.decoded is not None,
        -span.score,
        span.start - span.end,
        span.start,
        span.rule,
    )


def _kind(span: Span) -> int:
    """How much the rule knows: 0 a form of credentials to 3 no more than a name."""
    if span.generic:
        return 1 if span.label == "secret" and span.score >= _SURE else 3
    return 0 if span.label == "secret" else 2
