"""JSON Lines as texts: each value of a line is redacted by itself, all else stays as it is written.

Unlike those of a table (`leaksift.tables`) the lines need nothing in common, and each one goes out
as soon as it is known.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from leaksift.library.filter import PrivacyFilter
from leaksift.library.markers import Marker
from leaksift.library.result import FoundSpan, Tally
from leaksift.tables.jsonlines import Scalar, dumped, scalars


@dataclass(frozen=True)
class _Value:
    """Characters `start` to `end` of a line, the text that they say, and what stands before it."""

    start: int
    end: int
    head: str
    text: str
    is_json: bool = True


class RedactedLines:
    """Redacts the lines of one text. `tally` counts what was found, `broken` the lines that are no
    JSON, which are redacted as texts."""

    def __init__(self, used: PrivacyFilter, marker: Marker, path: str) -> None:
        self._used, self._marker, self._path = used, marker, path
        self.tally = Tally()
        self.broken = 0

    def redact(self, chunks: Iterable[str]) -> Iterator[str]:
        """The lines of a text in chunks; those of a chunk are read together."""
        rest: list[str] = []
        for chunk in chunks:
            whole, separator, behind = chunk.rpartition("\n")
            if separator:
                lines = "".join((*rest, whole)).split("\n")
                rest = []
                yield "".join(self._lines([f"{line}\n" for line in lines]))
            if behind:
                rest.append(behind)
        if rest:
            yield "".join(self._lines(["".join(rest)]))

    def _lines(self, lines: list[str]) -> Iterator[str]:
        values = [self._values(line) for line in lines]
        # A value is seen behind its key: `"password": "..."` says what it is.
        texts = [value.head + value.text for of_line in values for value in of_line]
        detections = iter(self._used.detect_batch(texts, path=self._path))
        for line, of_line in zip(lines, values, strict=True):
            at = 0
            for value in of_line:
                text = self._marked(value, next(detections).spans)
                if text != value.text:
                    yield line[at : value.start]
                    yield dumped(text, line) if value.is_json else text
                    at = value.end
            yield line[at:]

    def _values(self, line: str) -> list[_Value]:
        body = line.rstrip("\r\n")
        if not body.strip():
            return []
        try:
            found = scalars(body)
        except (ValueError, RecursionError):
            self.broken += 1
            return [_Value(0, len(body), "", body, is_json=False)]
        return [
            _Value(one.start, one.end, _head(one.path), _text(one, body))
            for one in found
            if one.value is not None and not isinstance(one.value, bool)
        ]

    def _marked(self, value: _Value, spans: Iterable[FoundSpan]) -> str:
        pieces: list[str] = []
        at = 0
        for span in spans:
            start, end = max(span.start - len(value.head), 0), span.end - len(value.head)
            if end <= 0:  # the key alone
                continue
            here = replace(span, start=start, end=end)
            marker = self._marker.mark(here, value.text[start:end])
            self.tally.add(replace(here, marker=marker))
            if marker is not None:
                pieces += (value.text[at:start], marker)
                at = end
        return "".join((*pieces, value.text[at:]))


def _head(path: str) -> str:
    key = path.rpartition(".")[2].removesuffix("[]")
    return f"{key}: " if key else ""


def _text(value: Scalar, line: str) -> str:
    # Numbers too: that of a card may stand without quotes. Then the marker gets them.
    return value.value if isinstance(value.value, str) else line[value.start : value.end]
