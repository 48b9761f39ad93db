"""Cuts a text that arrives in chunks into sections, each with the text around it that has a say.

A text is read section by section, whole or in chunks: where a section ends, and how much of what
follows is read with it, is said by the text up to there and by nothing else. So the chunks change
nothing, to the last bit of a score, and what was read can be forgotten. A section ends at a line
end, or else at a blank, in its last quarter; in a line without any, where it is full.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

Reach = Callable[[str, int, int], int]
"""Text, start and end of a section in it: how many characters behind the end must be known."""


@dataclass(frozen=True)
class Around:
    """How many characters are read before and behind a section."""

    before: int
    after: int


@dataclass(frozen=True)
class Section:
    """Characters `start` to `end` of a text. `text`, which begins at `offset` of it, holds these
    and what is around them: `rules` and `model` are the stretches, as indices of the whole text,
    that the two look at. `last` says that the text ends with it."""

    start: int
    end: int
    offset: int
    text: str = field(repr=False)
    rules: tuple[int, int]
    model: tuple[int, int]
    last: bool

    def part(self, start: int, end: int) -> str:
        """Characters `start` to `end` of the whole text, which must be in `text`."""
        return self.text[start - self.offset : end - self.offset]


class Sections:
    """One text on its way: `feed` it, `finish` it, and take what is `ready` in between."""

    def __init__(self, size: int, rules: Around, model: Around, reach: Reach) -> None:
        """`size` is the longest section in characters. `reach` may ask for more text behind a
        section than `rules` says."""
        self._size = size
        self._rules = rules
        self._model = model
        self._reach = reach
        self._before = max(rules.before, model.before)
        # The text from `_offset` on, of which `_chunks` are not joined yet: chunks may be single
        # characters, and what is joined each time is copied each time.
        self._text = ""
        self._offset = 0
        self._chunks: list[str] = []
        self._length = 0
        self._ended = False
        # The section that comes next, as far as it is known.
        self._start = 0
        self._end: int | None = None
        self._after: int | None = None

    @property
    def length(self) -> int:
        """Characters that were fed so far."""
        return self._length

    def feed(self, chunk: str) -> None:
        """Adds what follows."""
        self._chunks.append(chunk)
        self._length += len(chunk)

    def finish(self) -> None:
        """Says that nothing follows."""
        self._ended = True

    def ready(self) -> Iterator[Section]:
        """The sections that can be read now, in their order."""
        while (section := self._next()) is not None:
            yield section

    def _next(self) -> Section | None:
        if self._start == self._length and self._ended:
            return None
        if self._end is None:
            if not self._has(self._start + self._size + 1):
                return None
            self._end = self._cut()
        if self._after is None:
            after = max(self._rules.after, self._model.after)
            if not self._has(self._end + after):
                return None
            self._after = self._rules.after
            if self._end < self._length:
                low, high = self._stretch(self._rules)
                inside = self._text[low - self._offset : high - self._offset]
                wanted = self._reach(inside, self._start - low, self._end - low)
                self._after = max(self._after, wanted)
        if not self._has(self._end + self._after):
            return None
        section = self._section(self._end, self._after)
        self._start, self._end, self._after = self._end, None, None
        self._forget()
        return section

    def _has(self, end: int) -> bool:
        """Whether the text is there up to `end`, or as far as it goes; joins it then."""
        if self._length < end and not self._ended:
            return False
        if self._chunks:
            self._text = "".join((self._text, *self._chunks))
            self._chunks = []
        return True

    def _cut(self) -> int:
        """Where the section ends that begins at `_start`."""
        full = self._start + self._size
        if self._length <= full:
            return self._length
        low, high = full - self._size // 4 - self._offset, full - self._offset
        at = self._text.rfind("\n", low, high)
        while at == -1 and high > low:
            high -= 1
            at = high if self._text[high].isspace() else -1
        return full if at == -1 else at + 1 + self._offset

    def _stretch(self, around: Around, after: int | None = None) -> tuple[int, int]:
        assert self._end is not None  # noqa: S101 - for the type checker
        end = self._end + (around.after if after is None else after)
        return max(0, self._start - around.before), min(self._length, end)

    def _section(self, end: int, after: int) -> Section:
        rules, model = self._stretch(self._rules, after), self._stretch(self._model)
        low, high = min(rules[0], model[0]), max(rules[1], model[1])
        text = self._text[low - self._offset : high - self._offset]
        last = self._ended and end == self._length
        return Section(self._start, end, low, text, rules, model, last)

    def _forget(self) -> None:
        """Lets go of what no section will look at. Not each time: it copies what stays."""
        done = self._start - self._before - self._offset
        if done > len(self._text) // 2:
            self._text = self._text[done:]
            self._offset += done
