"""A model that is open: texts in, spans and categories out. Loaded by `detector.py` when there is
a first text.

Whatever else is read at the same time, a text gives the same spans to the last bit: a window's
shape depends on that window alone, a run uses one thread, and texts share a batch only where the
graph declares that they cannot influence each other (`schedule.py`). Several runs go on in parallel
instead. Imports NumPy.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
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
from leaksift.model.schedule import ROW_TOKENS, Batch, Schedule, Stretches
from leaksift.model.screen import Screen, common, open_screen, stretches
from leaksift.model.session import OnnxSession, Session
from leaksift.model.spans import spans_of
from leaksift.model.tokenize import Tokens, encode, open_tokenizer
from leaksift.model.viterbi import build_grammar, decode
from leaksift.model.windows import Window

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Characters read before anything is decoded: bounds the memory for many documents.
_GROUP_CHARACTERS = 500_000


# Tokens around a wanted stretch whose tags are searched with it: a span that begins outside of it
# is found whole, unless it is longer than this.
_MARGIN = 64

# The same around a token that the screen lets through: of a span, some token nearly always is.
_SCREEN_MARGIN = 32

# A logit that leaves no doubt, and is far from overflowing where it is added up.
_CERTAIN = 1e4


@dataclass(frozen=True)
class _About:
    """What one window is about: the document head's logits, [1, categories]; or those of each of
    its tokens, [tokens, categories], where the graph tells."""

    text: int
    window: Window
    kept: Stretches
    logits: NDArray[np.float32]


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
        self._window_tokens = window_tokens
        self._threads = threads or min(8, _processors())

    @cached_property
    def _session(self) -> Session:
        return self._open() if callable(self._open) else self._open

    @cached_property
    def _schedule(self) -> Schedule:
        return Schedule(self._session, self._directory.receptive_field, self._window_tokens)

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
        results = [self._nothing(len(row)) for row in tokens]
        ids = [row.ids for row in tokens]
        batches = self._schedule.batches([len(row) for row in tokens], runs)
        about = self._each(batches, lambda batch: self._run(batch, ids, results))
        about.sort(key=lambda piece: (piece.text, piece.kept))
        if self._session.packing is None:
            return results, self._categories_by_window(about, len(tokens))
        return results, self._categories_by_token(about, [len(row) for row in tokens])

    def _categories_by_window(
        self, about: Iterable[_About], texts: int
    ) -> list[DocumentCategory | None]:
        """What each text is about: the mean of its windows' logits, each with the weight of the
        tokens that are taken from it. A text of one window has exactly the model's answer, of a
        longer one every token counts once, and none that was not read."""
        names = self._directory.categories
        sums = np.zeros((texts, len(names)))
        weights = np.zeros(texts)
        for piece in about:
            kept = sum(end - start for start, end in piece.kept)
            sums[piece.text] += kept * piece.logits[0].astype(np.float64)
            weights[piece.text] += kept
        return [
            category_of(names, (total / weight).tolist()) if names and weight else None
            for total, weight in zip(sums, weights, strict=True)
        ]

    def _categories_by_token(
        self, about: Sequence[_About], lengths: Sequence[int]
    ) -> list[DocumentCategory | None]:
        """The same where the graph tells it of each token: the mean of all that were read, whether
        wanted or context. Of a token that two windows read, the one counts that keeps it."""
        names = self._directory.categories
        of_texts: list[list[_About]] = [[] for _ in lengths]
        for piece in about:
            of_texts[piece.text].append(piece)
        categories: list[DocumentCategory | None] = []
        for pieces, length in zip(of_texts, lengths, strict=True):
            if not names or not pieces or not length:
                categories.append(None)
                continue
            logits = np.zeros((length, len(names)), dtype=np.float32)
            is_read = np.zeros(length, dtype=np.bool_)
            for piece in pieces:
                logits[piece.window.start : piece.window.end] = piece.logits
                is_read[piece.window.start : piece.window.end] = True
            for piece in pieces:
                for start, end in piece.kept:
                    here = slice(start - piece.window.start, end - piece.window.start)
                    logits[start:end] = piece.logits[here]
            mean = logits[is_read].mean(axis=0, dtype=np.float64)
            categories.append(category_of(names, mean.tolist()))
        return categories

    def _nothing(self, count: int) -> NDArray[np.float32]:
        logits = np.full((count, len(self._directory.tags)), -_CERTAIN, dtype=np.float32)
        logits[:, self._grammar.background] = _CERTAIN
        return logits

    def _each(self, batches: Sequence[Batch], run: Callable[[Batch], list[_About]]) -> list[_About]:
        """What `run` says of every batch, in their order."""
        if self._session.packing is None:
            return self._in_parallel(batches, run, self._threads)
        # A large model's activations take up to 65 KB for each token: every thread has a row's
        # worth of them, and windows, which are longer, share that.
        rows = [batch for batch in batches if batch.tokens <= ROW_TOKENS]
        windows = [batch for batch in batches if batch.tokens > ROW_TOKENS]
        longest = max((batch.tokens for batch in windows), default=ROW_TOKENS)
        return [
            *self._in_parallel(rows, run, self._threads),
            *self._in_parallel(windows, run, self._threads * ROW_TOKENS // longest),
        ]

    def _in_parallel(
        self, batches: Sequence[Batch], run: Callable[[Batch], list[_About]], threads: int
    ) -> list[_About]:
        if threads < 2 or len(batches) < 2:
            return [about for batch in batches for about in run(batch)]
        with ThreadPoolExecutor(min(threads, len(batches))) as pool:
            try:
                # Going through the results raises the first error.
                return [about for of_batch in pool.map(run, batches) for about in of_batch]
            except BaseException:
                # Whoever presses Ctrl-C does not wait for the other batches.
                pool.shutdown(cancel_futures=True)
                raise

    def _run(
        self,
        batch: Batch,
        texts: Sequence[NDArray[np.int64]],
        results: Sequence[NDArray[np.float32]],
    ) -> list[_About]:
        """Reads a batch, puts the logits where they belong in `results`, the texts' own, and says
        what its windows are about."""
        ids, segments, positions = batch.inputs(texts, self._directory.pad_id)
        packed = self._session.packing is not None
        if packed:
            outputs = self._session.run(ids, segments, positions)
        else:
            outputs = self._session.run(ids, segments)
        heads = outputs.document_tokens if packed else outputs.documents
        names = self._directory.categories
        expected = ids.shape if packed else ids.shape[:1]
        if names and (heads is None or heads.shape != (*expected, len(names))):
            raise ModelError(
                f"{self._directory.graph}: config.json names {len(names)} categories, and the "
                "graph has no doc_logits of that size; they are of different models, fetch both "
                "again"
            )
        about = []
        for (text, window, kept), row, at in batch.places:
            logits = np.zeros((1, 0), dtype=np.float32)
            if names and heads is not None:
                logits = heads[row, at : at + window.length] if packed else heads[row : row + 1]
            numbers = True
            for start, end in kept:
                here = outputs.tokens[row, at + start - window.start : at + end - window.start]
                results[text][start:end] = here
                numbers = numbers and not np.isnan(here).any()
            if not numbers or not np.isfinite(logits).all():
                raise ModelError(
                    f"{self._directory.graph}: the model computed a value that is not a number; "
                    "its weights are damaged, fetch it again"
                )
            about.append(_About(text, window, kept, logits))
        return about

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
