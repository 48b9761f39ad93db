"""A model that is open: texts in, spans and categories out. Loaded by `detector.py` when there is
a first text.

Whatever else is read at the same time, a text gives the same spans to the last bit: a window's
shape depends on that window alone, a run uses one thread, and rows share a batch only where the
graph declares that they cannot influence each other. Several runs go on in parallel instead.
Imports NumPy.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from leaksift.errors import ModelError
from leaksift.finding import DocumentCategory, Reading, Span
from leaksift.model.calibration import OperatingPoint, calibrated
from leaksift.model.categories import category_of
from leaksift.model.directory import ModelDirectory
from leaksift.model.screen import Screen, common, open_screen, stretches
from leaksift.model.session import OnnxSession, Session
from leaksift.model.spans import spans_of
from leaksift.model.tokenize import Tokens, encode, open_tokenizer
from leaksift.model.viterbi import build_grammar, decode
from leaksift.model.windows import (
    Window,
    canonical_length,
    plan_batches,
    plan_windows,
    window_length,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Tokens in one run of rows that may share it: enough to make the cost of a call small.
_BATCH_TOKENS = 2_048

# Characters read before anything is decoded: bounds the memory for many documents.
_GROUP_CHARACTERS = 500_000


# Tokens around a wanted stretch whose tags are searched with it: a span that begins outside of it
# is found whole, unless it is longer than this.
_MARGIN = 64

# The same around a token that the screen lets through: of a span, some token nearly always is.
_SCREEN_MARGIN = 32

# A logit that leaves no doubt, and is far from overflowing where it is added up.
_CERTAIN = 1e4

Stretches = tuple[tuple[int, int], ...]
"""Starts and ends, sorted."""


@dataclass(frozen=True)
class _Piece:
    """One window of one text on its way through the model. What comes out is written into
    `logits`, the text's own, and `category`, this window's."""

    text: int
    tokens: Tokens
    window: Window
    logits: NDArray[np.float32]
    category: NDArray[np.float64]


class ModelReader:
    """A tokenizer, a session and a grammar. May be used by one thread at a time."""

    def __init__(
        self,
        directory: ModelDirectory,
        point: OperatingPoint,
        *,
        session: Session | Callable[[], Session] | None = None,
        screened: bool = False,
        window_tokens: int | None = None,
        threads: int | None = None,
    ) -> None:
        """Opens the model's files; raises ModelError.

        `session` replaces onnxruntime; a function that opens one is called when there is something
        to read. With `screened`, tokens that the model's screen takes for harmless are not read.
        `window_tokens` is the length of windows and `threads` the number of runs that go on at the
        same time (all processors, at most 8): these change no result beyond the rounding of sums,
        and `threads` none at all.
        """
        self._directory = directory
        self._tokenizer = open_tokenizer(directory.tokenizer, directory.vocabulary)
        self._open = session or (lambda: OnnxSession(directory.graph, len(directory.tags)))
        self._screen: Screen | None = open_screen(directory.path) if screened else None
        self._point = point
        self._grammar = build_grammar(directory.tags, point.biases)
        self._window_tokens = window_tokens or window_length(directory.receptive_field)
        self._threads = threads or min(8, _processors())

    @cached_property
    def _session(self) -> Session:
        return self._open() if callable(self._open) else self._open

    def read(
        self, texts: Sequence[str], places: Sequence[Stretches | None] | None = None
    ) -> list[list[Span]]:
        """The spans of `readings` alone."""
        return [reading.spans for reading in self.readings(texts, places)]

    def readings(
        self,
        texts: Sequence[str],
        places: Sequence[Stretches | None] | None = None,
        code: Sequence[bool] | None = None,
    ) -> list[Reading]:
        """The spans of each text and what it is about, in the same order. Raises ModelError when
        the graph fails.

        `places` names the stretches of each text, as string indices, whose spans are wanted; None
        stands for all of it. The rest is read only as far as it has a say in them. `code` says
        which texts are code, where spans must be surer; none is without it.
        """
        readings: list[Reading] = []
        done = 0
        for group in _groups(texts):
            wanted = places[done : done + len(group)] if places else [None] * len(group)
            kinds = code[done : done + len(group)] if code else [False] * len(group)
            done += len(group)
            tokens = [encode(self._tokenizer, text) for text in group]
            runs = [self._screened(*pair) for pair in zip(tokens, wanted, strict=True)]
            logits, categories = self._outputs(tokens, runs)
            spans = map(self._spans, group, tokens, logits, kinds)
            readings.extend(map(Reading, spans, categories))
        return readings

    def _screened(self, tokens: Tokens, wanted: Stretches | None) -> Stretches:
        runs = _runs(tokens, wanted)
        if self._screen is None or not runs:
            return runs
        return common(runs, stretches(self._screen.worth(tokens.ids), _SCREEN_MARGIN))

    def logits(
        self, tokens: Sequence[Tokens], runs: Sequence[Stretches] | None = None
    ) -> list[NDArray[np.float32]]:
        """The logits of each row of tokens, [tokens, classes], as if it had been read whole.

        With `runs`, those of these tokens; all others are background beyond doubt.
        """
        runs = runs if runs is not None else [((0, len(row)),) for row in tokens]
        return self._outputs(tokens, runs)[0]

    def _outputs(
        self, tokens: Sequence[Tokens], runs: Sequence[Stretches]
    ) -> tuple[list[NDArray[np.float32]], list[DocumentCategory | None]]:
        if not any(runs):
            return [self._nothing(len(row)) for row in tokens], [None] * len(tokens)
        context = self._directory.receptive_field
        results = [self._nothing(len(row)) for row in tokens]
        pieces = [
            _Piece(number, row, window, results[number], np.zeros(len(self._directory.categories)))
            for number, (row, of_row) in enumerate(zip(tokens, runs, strict=True))
            for first, last in of_row
            for window in plan_windows(len(row), self._window_tokens, context, first, last)
        ]
        lengths = [canonical_length(piece.window.length) for piece in pieces]
        budget = _BATCH_TOKENS if self._session.rows_independent else 0
        batches = [
            ([pieces[index] for index in batch], lengths[batch[0]])
            for batch in plan_batches(lengths, budget)
        ]
        self._each(batches)
        return results, self._categories(pieces, len(tokens))

    def _categories(self, pieces: Sequence[_Piece], texts: int) -> list[DocumentCategory | None]:
        """What each text is about: the mean of its windows' logits, each with the weight of the
        tokens that are taken from it. A text of one window has exactly the model's answer, of a
        longer one every token counts once, and none that was not read."""
        names = self._directory.categories
        sums = np.zeros((texts, len(names)))
        weights = np.zeros(texts)
        for piece in pieces:
            kept = piece.window.keep_end - piece.window.keep_start
            sums[piece.text] += kept * piece.category
            weights[piece.text] += kept
        return [
            category_of(names, (total / weight).tolist()) if names and weight else None
            for total, weight in zip(sums, weights, strict=True)
        ]

    def _nothing(self, count: int) -> NDArray[np.float32]:
        logits = np.full((count, len(self._directory.tags)), -_CERTAIN, dtype=np.float32)
        logits[:, self._grammar.background] = _CERTAIN
        return logits

    def _each(self, batches: list[tuple[list[_Piece], int]]) -> None:
        if self._threads == 1 or len(batches) < 2:
            for pieces, length in batches:
                self._run(pieces, length)
            return
        with ThreadPoolExecutor(min(self._threads, len(batches))) as pool:
            try:
                # Going through the results raises the first error.
                for _ in pool.map(lambda batch: self._run(*batch), batches):
                    pass
            except BaseException:
                # Whoever presses Ctrl-C does not wait for the other batches.
                pool.shutdown(cancel_futures=True)
                raise

    def _run(self, pieces: list[_Piece], length: int) -> None:
        """Reads windows of one canonical length, and puts their logits where they belong."""
        ids = np.full((len(pieces), length), self._directory.pad_id, dtype=np.int64)
        mask = np.zeros((len(pieces), length), dtype=np.int64)
        for row, piece in enumerate(pieces):
            ids[row, : piece.window.length] = piece.tokens.ids[
                piece.window.start : piece.window.end
            ]
            mask[row, : piece.window.length] = 1
        logits, documents = self._session.run(ids, mask)
        names = self._directory.categories
        if names and (documents is None or documents.shape != (len(pieces), len(names))):
            raise ModelError(
                f"{self._directory.graph}: config.json names {len(names)} categories, and the "
                "graph has no doc_logits of that size; they are of different models, fetch both "
                "again"
            )
        for row, piece in enumerate(pieces):
            window = piece.window
            kept = logits[row, window.keep_start - window.start : window.keep_end - window.start]
            if names and documents is not None:
                piece.category[:] = documents[row]
            if np.isnan(kept).any() or not np.isfinite(piece.category).all():
                raise ModelError(
                    f"{self._directory.graph}: the model computed a value that is not a number; "
                    "its weights are damaged, fetch it again"
                )
            piece.logits[window.keep_start : window.keep_end] = kept

    def _spans(
        self, text: str, tokens: Tokens, logits: NDArray[np.float32], code: bool
    ) -> list[Span]:
        classes = decode(logits, self._grammar)
        spans = spans_of(text, tokens, logits, classes, self._directory.tags)
        return calibrated(spans, self._point, code=code)


def _runs(tokens: Tokens, wanted: Stretches | None) -> Stretches:
    """The tokens to read for these stretches of the text: theirs and a margin, joined where they
    touch."""
    if wanted is None:
        return ((0, len(tokens)),)
    runs: list[tuple[int, int]] = []
    for start, end in wanted:
        first = max(0, int(np.searchsorted(tokens.ends, start, "right")) - _MARGIN)
        last = min(len(tokens), int(np.searchsorted(tokens.starts, end, "left")) + _MARGIN)
        if runs and first <= runs[-1][1]:
            runs[-1] = (runs[-1][0], max(last, runs[-1][1]))
        elif first < last:
            runs.append((first, last))
    return tuple(runs)


def _groups(texts: Sequence[str]) -> Iterator[list[str]]:
    group: list[str] = []
    size = 0
    for text in texts:
        if group and size + len(text) > _GROUP_CHARACTERS:
            yield group
            group, size = [], 0
        group.append(text)
        size += len(text)
    if group:
        yield group


def _processors() -> int:
    # The number this process may use, where the system tells.
    affinity: Callable[[int], set[int]] | None = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1
