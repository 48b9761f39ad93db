"""CSV and its kin, read and written so that what is not replaced stays to the byte.

Python's `csv` and the other readers give the values and forget how they were written: which cells
had quotes, which line ends there were. Here a record is its cells as they stand in the file.
"""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from leaksift.library.filter import PrivacyFilter
from leaksift.tables.deciding import Column, looks_like_names
from leaksift.tables.inputs import Encoding, Input
from leaksift.tables.options import TableOptions
from leaksift.tables.replacing import Replacers
from leaksift.tables.report import TableProgress
from leaksift.tables.sampling import Reservoir

_DELIMITERS = ",;\t|"
_OTHERS = ":^~\x1f\x01"
_LONGEST_RECORD = 1_000_000
_TOGETHER = 2_000
_TOGETHER_CHARACTERS = 1_000_000


@dataclass(frozen=True)
class Dialect:
    """How a file writes its table. `blanks`: a quote may stand behind blanks."""

    delimiter: str = ","
    quote: str = '"'
    blanks: bool = False


@dataclass(frozen=True)
class Record:
    """The cells of a record as they are written, and its line's end."""

    cells: list[str]
    end: str


def records(lines: Iterable[str], dialect: Dialect) -> Iterator[Record]:
    """The records of a file whose lines keep their ends; together they are the file.

    A quote that is not closed within a million characters is a sign like any other: so a stray one
    does not swallow the rest.
    """
    source = _Lines(lines)
    quote, delimiter = dialect.quote, dialect.delimiter
    for line in source:
        if quote not in line:
            body = line.rstrip("\r\n")
            yield Record(body.split(delimiter), line[len(body) :])
        else:
            yield _quoted(line, source, dialect)


class _Lines:
    """Lines that can be put back."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self._back: deque[str] = deque()

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        return self._back.popleft() if self._back else next(self._lines)

    def back(self, lines: Sequence[str]) -> None:
        self._back.extendleft(reversed(lines))


def _quoted(text: str, source: _Lines, dialect: Dialect) -> Record:
    cells: list[str] = []
    start = 0
    while True:
        at = start
        while dialect.blanks and text.startswith(" ", at):
            at += 1
        if text.startswith(dialect.quote, at):
            text, at = _closed(text, at + 1, source, dialect.quote)
        end = text.find(dialect.delimiter, at)
        if end == -1:
            body = text[at:].rstrip("\r\n")
            cells.append(text[start : at + len(body)])
            return Record(cells, text[at + len(body) :])
        cells.append(text[start:end])
        start = end + 1


def _closed(text: str, at: int, source: _Lines, quote: str) -> tuple[str, int]:
    """The text up to the line in which the quote that was opened before `at` is closed, and where
    that is. Where it is not closed, as if there were no quote."""
    begin, length = at, len(text)
    more: list[str] = []
    pieces = text
    while True:
        found = pieces.find(quote, at)
        if found == -1:
            at = len(pieces)
            line = next(source, None)
            if line is None or at - begin > _LONGEST_RECORD:
                source.back([*more, line] if line is not None else more)
                return text[:length], begin
            more.append(line)
            pieces += line
        elif pieces.startswith(quote, found + 1):
            at = found + 2
        else:
            return pieces, found + 1


def value_of(cell: str, dialect: Dialect) -> str:
    """What a cell says."""
    if dialect.quote not in cell:
        return cell
    bare = cell.lstrip(" ") if dialect.blanks else cell
    quote = dialect.quote
    if len(bare) >= 2 and bare.startswith(quote) and bare.endswith(quote):
        return bare[1:-1].replace(quote * 2, quote)
    return cell


def written(value: str, like: str, dialect: Dialect) -> str:
    """A new value, with quotes where the old cell had some or they are needed."""
    bare = like.lstrip(" ") if dialect.blanks else like
    before = like[: len(like) - len(bare)]
    quote = dialect.quote
    needs_quotes = dialect.delimiter in value or quote in value or "\n" in value or "\r" in value
    if not needs_quotes and not bare.startswith(quote):
        return before + value
    return f"{before}{quote}{value.replace(quote, quote * 2)}{quote}"


def sniff(head: str, delimiter: str | None = None) -> Dialect:
    """The dialect of a file's first lines: the delimiter that cuts them into the same number of
    cells, the quote that cells begin and end with. Python's `csv.Sniffer` takes letters too."""
    chosen = delimiter or _delimiter(head)
    mark = re.escape(chosen)
    doubles = len(re.findall(rf'(?:^|{mark}) ?"', head, re.MULTILINE))
    singles = len(re.findall(rf"(?:^|{mark}) ?'[^'\n]*'(?={mark}|\r?$)", head, re.MULTILINE))
    quote = "'" if singles and not doubles else '"'
    blanks = chosen != " " and re.search(rf"{mark} +{quote}", head) is not None
    return Dialect(chosen, quote, blanks)


def _delimiter(head: str) -> str:
    best, best_score = ",", 0.0
    lines = head.splitlines(keepends=True)[:200]
    for candidates in (_DELIMITERS, _OTHERS):
        for one in candidates:
            rows = [
                len(r.cells) for r in islice(records(lines, Dialect(one)), 100) if r.cells != [""]
            ]
            if not rows:
                continue
            width, count = max(Counter(rows).items(), key=lambda pair: (pair[1], pair[0]))
            score = count / len(rows) * (1 + min(width, 20) / 100) if width > 1 else 0.0
            if score > best_score + 1e-9:
                best, best_score = one, score
        if best_score > 0:
            break
    return best


class Delimited:
    """A CSV file or stream."""

    def __init__(self, source: Input, options: TableOptions, used: PrivacyFilter) -> None:
        """Raises SourceError for what is no text."""
        self._source, self._options = source, options
        self._encoding = Encoding(source.head, source.name)
        head = source.head[len(self._encoding.bom) :].decode(self._encoding.codec, "replace")
        self._dialect = sniff(head, options.delimiter)
        first = next(records(head.splitlines(keepends=True), self._dialect), Record([""], ""))
        cells = [value_of(cell, self._dialect) for cell in first.cells]
        self._has_header = (
            looks_like_names(cells, used) if options.header is None else options.header
        )
        self.names = cells if self._has_header else [f"column {n + 1}" for n in range(len(cells))]

    @property
    def dialect(self) -> Dialect:
        """How the table is written."""
        return self._dialect

    def sample(self) -> tuple[list[Column], int | None]:
        """The columns of a sample, and how many rows there are where all were read."""
        drawn: Reservoir[list[str]] = Reservoir(self._options.sample, self._options.seed)
        with self._source.open_sample() as raw:
            for record in self._rows(self._encoding.read(raw)):
                place = drawn.wants()
                if place is not None:
                    drawn.put(place, [value_of(c, self._dialect) for c in record.cells])
                if drawn.seen % 100_000 == 0:
                    self._tell("sample", drawn.seen, raw.count)
        rows = drawn.rows
        columns = [
            Column(
                name,
                [row[index] if index < len(row) else None for row in rows],
                is_named=self._has_header,
            )
            for index, name in enumerate(self.names)
        ]
        return columns, drawn.seen if self._source.is_whole else None

    def redact(
        self, write: Callable[[bytes], object], replacers: Replacers
    ) -> tuple[int, list[str]]:
        """Writes the table without what is private. The number of rows, and notices."""
        done = 0
        unsayable = 0
        with self._source.open_all() as raw:
            text = self._encoding.read(raw)
            write(self._encoding.bom)
            found = records(text, self._dialect)
            if self._has_header:
                head = next(found, None)
                if head is not None:
                    write(self._encode([head], replacers.dropped))
            for group in _groups(found):
                unsayable += self._replace(group, replacers)
                write(self._encode(group, replacers.dropped))
                done += sum(record.cells != [""] for record in group)
                self._tell("redact", done, raw.count)
        notices = []
        if self._options.header is None:
            said = "the names of the columns" if self._has_header else "data, as the others"
            notices.append(f"the first row was taken for {said}; `header` says otherwise")
        if unsayable:
            notices.append(
                f"{unsayable} new values cannot be said in {self._encoding.codec}: [redacted]"
            )
        return done, notices

    def _replace(self, group: Sequence[Record], replacers: Replacers) -> int:
        unsayable = 0
        widths = [len(record.cells) for record in group]
        narrowest = min(widths)
        for index in range(max(widths)):
            if index in replacers.dropped or not replacers.of(index).changes:
                continue
            with_cell = group
            if index >= narrowest:
                with_cell = [record for record in group if index < len(record.cells)]
            values = [value_of(record.cells[index], self._dialect) for record in with_cell]
            made = replacers.of(index).texts(values)
            for record, old, new in zip(with_cell, values, made, strict=True):
                if new is not None and new is not old and new != old:
                    if not self._encoding.can_say(new) and self._encoding.can_say(old):
                        new, unsayable = "[redacted]", unsayable + 1
                    record.cells[index] = written(new, record.cells[index], self._dialect)
        return unsayable

    def _encode(self, group: Sequence[Record], dropped: frozenset[int]) -> bytes:
        delimiter = self._dialect.delimiter
        lines = []
        for record in group:
            cells = record.cells
            if dropped and cells != [""]:
                cells = [cell for index, cell in enumerate(cells) if index not in dropped]
            lines.append(delimiter.join(cells) + record.end)
        return self._encoding.encode("".join(lines))

    def _rows(self, text: Iterable[str]) -> Iterator[Record]:
        found = records(text, self._dialect)
        if self._has_header:
            next(found, None)
        return (record for record in found if record.cells != [""])

    def _tell(self, stage: str, rows: int, count: int) -> None:
        if self._options.on_progress is not None:
            total = self._source.bytes_total
            self._options.on_progress(
                TableProgress("sample" if stage == "sample" else "redact", rows, count, total)
            )


def _groups(found: Iterable[Record]) -> Iterator[list[Record]]:
    """Records in groups, so that the filter reads many cells together and memory stays small."""
    group: list[Record] = []
    size = 0
    for record in found:
        group.append(record)
        size += sum(map(len, record.cells))
        if len(group) >= _TOGETHER or size >= _TOGETHER_CHARACTERS:
            yield group
            group, size = [], 0
    if group:
        yield group
