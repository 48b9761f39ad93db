"""What a cell becomes. Knows columns and cells, no files.

A private column's cells are replaced as a whole. Of all other texts the private parts are, each
cell looked at with its column's name, by itself: what stands in the next row plays no part.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

from leaksift.errors import UsageError
from leaksift.finding import Label, Secret, Severity
from leaksift.library.filter import PrivacyFilter
from leaksift.library.markers import Hashed, Marker, Replacer, make_marker
from leaksift.library.result import FoundSpan
from leaksift.tables.deciding import Column, is_filled, rendered
from leaksift.tables.options import Mode, TableOptions
from leaksift.tables.report import ColumnReport, TableReport

# Cells that are too little to hold anything, in a column in which nothing was seen: short numbers
# and amounts, words of three letters, times.
_PLAIN = re.compile(
    r"[-+]?\d{0,7}(?:[.,]\d{1,8})?(?:%| ?[A-Z]{3})?|[^\W\d_]{1,3}|(?i:true|false|yes|no)"
    r"|\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[-+]\d\d:?\d\d)?)?",
    re.ASCII,
)

# Identifiers, serial numbers, hashes: a digit and no blank. In a column in which nothing was seen,
# the rules alone look at them; a model can say little about one without any words, and takes ten
# minutes for a million.
_CODE = re.compile(r"(?=[^0-9]*[0-9])[!-.0-?A-~]+")

_REMEMBERED = 50_000
_LONGEST_REMEMBERED = 200


class Replacers:
    """One `ColumnReplacer` for each column of a table, with shared markers."""

    def __init__(
        self,
        columns: Sequence[Column],
        report: TableReport,
        options: TableOptions,
        used: PrivacyFilter,
    ) -> None:
        """Raises UsageError where `synthetic` is wanted and its extra is not installed."""
        self._markers = Markers(options, [column.head for column in columns])
        self.columns = [
            ColumnReplacer(column, one, options, used, self._markers)
            for column, one in zip(columns, report.columns, strict=True)
        ]
        nameless = Column("", [], is_named=False)
        self._beyond = ColumnReplacer(
            nameless, _unknown(len(columns)), options, used, self._markers
        )

    def of(self, index: int) -> ColumnReplacer:
        """That of a column; of cells beyond the last one the same for all."""
        return self.columns[index] if index < len(self.columns) else self._beyond

    @property
    def dropped(self) -> frozenset[int]:
        """The columns that go."""
        return frozenset(n for n, column in enumerate(self.columns) if column.is_dropped)

    def finish(self, report: TableReport, *, rows: int, notices: Sequence[str] = ()) -> TableReport:
        """The report with what was done. Named columns are counted, cells beyond them too."""
        columns = tuple(
            replace(column, changed=one.changed)
            for column, one in zip(report.columns, self.columns, strict=True)
        )
        more = list(notices)
        if self._beyond.seen:
            more.append(
                f"{self._beyond.seen} cells stand beyond the last column: looked at one by one"
            )
        return replace(report, columns=columns, rows=rows, notices=(*report.notices, *more))


class Markers:
    """What stands for a value, by mode."""

    def __init__(self, options: TableOptions, names: Sequence[str]) -> None:
        self._redact = make_marker(options.markers, options.secret_key)
        self._hash = Hashed(options.secret_key)
        modes = {options.mode, *options.labels.values(), *options.columns.values()}
        self._synthetic: Replacer | None = None
        if "synthetic" in modes:
            from leaksift.synthetic import Synthesizer  # Faker is an extra
            from leaksift.synthetic.locales import of_words

            # The names of the columns, not the cells, so that files of one kind go together.
            locale = options.locale or of_words(" ".join(names))
            self._synthetic = Synthesizer(options.secret_key, locale=locale)
        self.key = options.secret_key

    def mark(self, mode: Mode, span: FoundSpan, value: str, context: str) -> str | None:
        """What stands for the value; None leaves it."""
        if mode == "keep":
            return None
        if mode == "synthetic" and self._synthetic is not None:
            return self._synthetic.replace(span.label, value, context)
        marker: Marker = self._hash if mode == "hash" else self._redact
        return marker.mark(span, value)


class ColumnReplacer:
    """Replaces the cells of one column, and counts those that it changed."""

    def __init__(
        self,
        column: Column,
        report: ColumnReport,
        options: TableOptions,
        used: PrivacyFilter,
        markers: Markers,
    ) -> None:
        name = column.name
        self._name, self._report, self._options = name, report, options
        self._head = column.head
        self._used, self._markers = used, markers
        self._mode = options.mode_of(name, report.label)
        self._whole = report.kind == "private"
        self._scans = not self._whole and options.columns.get(name) != "keep"
        kinds = {e.label for e in report.evidence if e.kind != "header" and e.share >= 0.02}
        # Several kinds in one column (a contact: telephone or mail): each cell is asked.
        self._mixed = self._whole and len(kinds) > 1
        rules = [
            e.source for e in report.evidence if e.label == report.label and e.kind != "header"
        ]
        self._context = " ".join((*rules[:1], column.head)).strip()
        self._remembered: dict[str, str] = {}
        self.changed = 0
        self.seen = 0

    @property
    def is_dropped(self) -> bool:
        """Whether the column goes."""
        return self._whole and self._mode == "drop_column"

    @property
    def changes(self) -> bool:
        """Whether any cell can change."""
        return self._scans or (self._whole and self._mode != "keep")

    @property
    def touches_numbers(self) -> bool:
        """Whether cells that are no text are replaced."""
        return self._whole and self._mode != "keep"

    @property
    def hashes(self) -> bool:
        """Whether cells become hashes."""
        return self._whole and self._mode == "hash"

    def texts(self, cells: Sequence[str | None]) -> list[str | None]:
        """The cells, in their order; those that hold nothing private are the same objects."""
        self.seen += len(cells)
        if self._whole:
            made = self._all(cells)
        elif self._scans:
            made = self._parts(cells)
        else:
            return list(cells)
        self.changed += sum(a is not b and a != b for a, b in zip(cells, made, strict=True))
        return made

    def values(
        self, cells: Sequence[Any], *, as_text: bool = False, most: int | None = None
    ) -> list[Any]:
        """The same for cells of any type: texts, lists and dicts of them, numbers, dates, nulls.

        Types stay, but a hash of what is neither a text nor a whole number is a text; with
        `as_text` that of whole numbers too. `most` is the largest number that the column can hold.
        """
        made = list(cells)
        at = [n for n, cell in enumerate(cells) if isinstance(cell, str)]
        for n, text in zip(at, self.texts([cells[n] for n in at]), strict=True):
            made[n] = text
        for n, cell in enumerate(cells):
            if isinstance(cell, list | tuple):
                made[n] = self._same_or(cell, self.values(cell))
            elif isinstance(cell, dict):
                inner = dict(zip(cell, self.values(list(cell.values())), strict=True))
                made[n] = self._same_or(cell, inner)
            elif not isinstance(cell, str):
                made[n] = self.value(cell, as_text=as_text, most=most)
        return made

    def value(self, value: Any, *, as_text: bool = False, most: int | None = None) -> Any:
        """A cell that is no text: a number, a date, a truth value. See `values`."""
        if value is None or value != value:  # NaN and NaT are not themselves
            return value
        if not self.touches_numbers or isinstance(value, bool | bytes):
            return value
        self.changed += 1
        if self._mode == "hash":
            if isinstance(value, int) and not as_text:
                return int(Secret(str(value)).digest(self._markers.key, "number")[:15], 16)
            return self._one(str(value))
        if self._mode == "synthetic":
            return self._made_up(value, most)
        return None

    @staticmethod
    def _same_or(old: Any, new: Any) -> Any:
        """The old object where nothing in it is new."""
        items = (
            zip(old.values(), new.values(), strict=True)
            if isinstance(old, dict)
            else zip(old, new, strict=True)
        )
        if all(a is b for a, b in items):
            return old
        return tuple(new) if isinstance(old, tuple) else new

    def _made_up(self, value: Any, most: int | None) -> Any:
        if isinstance(value, float) and value.is_integer():
            return float(self._made_up(int(value), most))
        if isinstance(value, int):
            made = re.sub("[^0-9]", "", self._one(str(abs(value))) or "") or "0"
            # No leading zero: the number keeps its length.
            number = int(f"1{made[1:]}" if made.startswith("0") and len(made) > 1 else made)
            number = number if most is None else number % (most + 1)
            return -number if value < 0 else number
        if isinstance(value, dt.date):  # a datetime too
            day = dt.date.fromisoformat(self._dated(value.isoformat()[:10]))
            return value.replace(year=day.year, month=day.month, day=day.day)
        return None

    def _dated(self, iso: str) -> str:
        span = _span("private_date", len(iso), "header")
        return self._markers.mark(self._mode, span, iso, self._context) or iso

    def _one(self, value: str) -> str | None:
        return self._all([value])[0]

    def _all(self, cells: Sequence[str | None]) -> list[str | None]:
        if self._mode == "keep":
            return list(cells)
        labels: dict[str, tuple[Label, str]] = self._labels(cells) if self._mixed else {}
        return [
            self._replaced(cell, labels.get(cell)) if cell is not None and is_filled(cell) else cell
            for cell in cells
        ]

    def _replaced(self, cell: str, known: tuple[Label, str] | None) -> str:
        # Blanks around a value are the file's, not the value's.
        value = cell.strip()
        start = cell.find(value)
        label, context = known or (self._report.label, self._context)
        if label is None:
            label, context = (
                "account_number" if any(map(str.isdigit, value)) else "private_person",
                "",
            )
        mode: Mode = self._mode if self._mode != "drop_column" else "redact"
        rule = self._context.split(" ")[0]
        made = self._markers.mark(mode, _span(label, len(value), rule), value, context)
        return cell if made is None else cell[:start] + made + cell[start + len(value) :]

    def _labels(self, cells: Sequence[str | None]) -> dict[str, tuple[Label, str]]:
        found = {}
        texts = list(dict.fromkeys(cell for cell in cells if cell is not None and is_filled(cell)))
        lines = [rendered(self._head, cell) for cell in texts]
        for cell, detection in zip(
            texts, self._used.detect_batch([t for t, _ in lines]), strict=True
        ):
            if detection.spans:
                longest = max(detection.spans, key=lambda span: span.end - span.start)
                found[cell] = (longest.label, f"{longest.rule} {self._name}")
        return found

    def _parts(self, cells: Sequence[str | None]) -> list[str | None]:
        clean = self._report.kind == "clean"
        made: dict[str, str] = {}
        unknown: list[str] = []
        for cell in dict.fromkeys(cells):
            if cell is None or not is_filled(cell) or (clean and _PLAIN.fullmatch(cell)):
                continue
            if cell in self._remembered:
                made[cell] = self._remembered[cell]
            else:
                unknown.append(cell)
        codes = [cell for cell in unknown if clean and _CODE.fullmatch(cell)]
        others = [cell for cell in unknown if not (clean and _CODE.fullmatch(cell))]
        for group, rules_only in ((codes, True), (others, False)):
            lines = [rendered(self._head, cell) for cell in group]
            found = self._used.detect_batch([text for text, _ in lines], rules_only=rules_only)
            for cell, (_, head), detection in zip(group, lines, found, strict=True):
                made[cell] = self._marked(cell, head, detection.spans) if detection.spans else cell
                if len(cell) <= _LONGEST_REMEMBERED and len(self._remembered) < _REMEMBERED:
                    self._remembered[cell] = made[cell]
        return [cell if cell is None else made.get(cell, cell) for cell in cells]

    def _marked(self, cell: str, head: int, spans: Sequence[FoundSpan]) -> str:
        pieces: list[str] = []
        at = 0
        for span in spans:
            start, end = max(span.start - head, at), span.end - head
            if end <= start:
                continue
            mode = self._options.mode_of(self._name, span.label)
            mode = "redact" if mode == "drop_column" else mode
            value = cell[start:end]
            made = self._markers.mark(mode, span, value, f"{span.rule} {self._name}")
            if made is None:
                continue
            pieces += (cell[at:start], made)
            at = end
        return cell if at == 0 and not pieces else "".join(pieces) + cell[at:]


@lru_cache(maxsize=4_096)
def _span(label: Label, length: int, rule: str) -> FoundSpan:
    """A whole cell as a span, for markers."""
    return FoundSpan(label, 0, length, 1.0, "rule", Severity.BLOCK, rule)


def _unknown(index: int) -> ColumnReport:
    return ColumnReport("", index, "text", None, 0.0, (0.0, 1.0), 0, {}, (), "spans")


def check_modes(options: TableOptions) -> None:
    """Raises UsageError where a mode needs an extra that is not installed."""
    modes = {options.mode, *options.labels.values(), *options.columns.values()}
    if "synthetic" in modes:
        try:
            import faker  # noqa: F401
        except ImportError:
            raise UsageError(
                "synthetic values need Faker: pip install 'leaksift[synthetic]'"
            ) from None
