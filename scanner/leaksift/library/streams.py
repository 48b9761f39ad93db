"""Texts that come in chunks: spans, or safe text, as soon as nothing that follows can change them.

A stream gives exactly what the whole text would have given, whatever the chunks are. It keeps a
section of the text and what is around it, and forgets the rest: an endless stream takes no more
memory than a short one. How many characters it may be behind is `PrivacyFilter.longest_delay`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Iterator
from functools import partial
from itertools import islice
from types import TracebackType
from typing import Generic, Protocol, TypeVar

from leaksift.errors import UsageError
from leaksift.library.reading import Detectors, Join
from leaksift.library.redactor import Redactor
from leaksift.library.result import FoundSpan, Tally, TextSummary
from leaksift.library.sections import Section

# Sections of one chunk that a model reads together.
_TOGETHER = 32

Item = TypeVar("Item")
Item_co = TypeVar("Item_co", covariant=True)


class Take(Protocol[Item_co]):
    """What becomes of a section and its spans: what is given out, and the spans as marked."""

    def __call__(
        self, section: Section, spans: list[FoundSpan]
    ) -> tuple[Iterable[Item_co], list[FoundSpan]]: ...


class Text(Generic[Item]):
    """One text on its way through a filter."""

    def __init__(self, detectors: Callable[[], Detectors], path: str, take: Take[Item]) -> None:
        """`detectors` is asked before each reading, and may raise."""
        self._detectors = detectors
        self._path = path
        self._take = take
        self._sections = detectors().sections(path)
        self._join = Join()
        self._tally = Tally()

    def feed(self, chunk: str) -> list[Item]:
        """What can be given out now that `chunk` is known. Raises UsageError for what is no
        text."""
        if not isinstance(chunk, str):
            raise UsageError(f"a chunk is a str, not {type(chunk).__name__}: decode it first")
        self._sections.feed(chunk)
        return self._ready()

    def finish(self) -> list[Item]:
        """The rest."""
        self._sections.finish()
        return self._ready()

    @property
    def summary(self) -> TextSummary:
        """What was found so far."""
        return self._tally.summary(self._sections.length, self._join.category)

    def _ready(self) -> list[Item]:
        items: list[Item] = []
        ready = self._sections.ready()
        while group := list(islice(ready, _TOGETHER)):
            detectors = self._detectors()
            for read in detectors.read(group, self._path):
                found = [detectors.found(span) for span in self._join.add(read)]
                spans = [span for span in found if span is not None]
                given, marked = self._take(read.section, spans)
                items += given
                for span in marked:
                    self._tally.add(span)
        return items


class _Common(Generic[Item]):
    """What both kinds of stream have."""

    def __init__(self, text: Text[Item]) -> None:
        self._text = text
        self._waiting: deque[Item] = deque()
        self._ended = False
        self._aborted = False

    @property
    def complete(self) -> bool:
        """Whether all of the text went through."""
        return self._ended and not self._aborted and not self._waiting

    @property
    def summary(self) -> TextSummary:
        """What was found. Raises UsageError before the end, where it is not known yet."""
        if not self.complete:
            raise UsageError("the stream is not at its end: there is no summary yet")
        return self._text.summary

    def abort(self) -> None:
        """Ends the stream where it is: what was held back is never given out. May be called from
        any thread."""
        self._aborted = True
        self._waiting.clear()


class Stream(_Common[Item], Iterator[Item]):
    """An iterator over spans or over safe text, for chunks that are iterated."""

    def __init__(self, text: Text[Item], chunks: Iterable[str]) -> None:
        super().__init__(text)
        self._chunks = iter(chunks)

    def __iter__(self) -> Stream[Item]:
        return self

    def __next__(self) -> Item:
        while not self._aborted:
            if self._waiting:
                return self._waiting.popleft()
            if self._ended:
                break
            try:
                chunk = next(self._chunks)
            except StopIteration:
                self._waiting.extend(self._text.finish())
                self._ended = True
            else:
                self._waiting.extend(self._text.feed(chunk))
        raise StopIteration

    def __enter__(self) -> Stream[Item]:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if not self.complete:
            self.abort()


class AsyncStream(_Common[Item], AsyncIterator[Item]):
    """The same for chunks that are awaited. The model computes in a thread of asyncio, so that the
    event loop goes on."""

    def __init__(self, text: Text[Item], chunks: AsyncIterable[str]) -> None:
        super().__init__(text)
        self._chunks = aiter(chunks)

    def __aiter__(self) -> AsyncStream[Item]:
        return self

    async def __anext__(self) -> Item:
        while not self._aborted:
            if self._waiting:
                return self._waiting.popleft()
            if self._ended:
                break
            try:
                chunk = await anext(self._chunks)
            except StopAsyncIteration:
                await self._read(self._text.finish)
                self._ended = True
            else:
                await self._read(partial(self._text.feed, chunk))
        raise StopAsyncIteration

    async def __aenter__(self) -> AsyncStream[Item]:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if not self.complete:
            self.abort()

    async def _read(self, step: Callable[[], list[Item]]) -> None:
        import asyncio  # 40 ms that nobody else need wait

        try:
            items = await asyncio.to_thread(step)
        except asyncio.CancelledError:
            # The thread goes on for a moment; nothing more may come of what it reads.
            self.abort()
            raise
        self._waiting.extend(items)


def spans_taken(
    section: Section, spans: list[FoundSpan]
) -> tuple[list[FoundSpan], list[FoundSpan]]:
    """Gives out the spans themselves."""
    return spans, spans


def text_taken(redactor: Redactor) -> Take[str]:
    """Gives out the redacted text."""

    def take(section: Section, spans: list[FoundSpan]) -> tuple[list[str], list[FoundSpan]]:
        text, marked = redactor.add(section, spans)
        return [text] if text else [], marked

    return take
