"""Which columns are private, from a sample of rows. Changes nothing.

Each row of the sample is shown to the filter as lines `header: value`, so that rules that go by
what stands near and a model see what a person would. A rule with a check digit counts most, then
other rules, then the model, then the column's name.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from leaksift.finding import Label
from leaksift.library.filter import PrivacyFilter
from leaksift.library.result import FoundSpan
from leaksift.tables.headers import Hint, has_shape, hint_of
from leaksift.tables.options import TableOptions
from leaksift.tables.report import ColumnKind, ColumnReport, Evidence, EvidenceKind, TableReport
from leaksift.tables.sampling import wilson

# Half of a column must be private, as far as the sample can say, unless its name says so too.
_ENOUGH = 0.5
_ENOUGH_NAMED = 0.2
_ENOUGH_SHAPED = 0.7

# What is longer is no name.
_LONGEST_NAME = 200

# More of a cell tells no more about its column.
_LONGEST_CELL = 4_000

_STRENGTH: dict[EvidenceKind, int] = {"check digits": 3, "pattern": 2, "model": 1, "header": 0}

NOTHING = frozenset(
    ("", "-", "--", "?", "n/a", "na", "nan", "none", "null", "nil", "unknown", "\\n")
)
"""What people write where there is no value, in small letters."""

_LONGEST_NOTHING = max(map(len, NOTHING))


@dataclass(frozen=True)
class Column:
    """A column of the sample: its name, and the text of each cell, None for a null. `is_named`: the
    table says the name, and it is not one that was made for a table without a head."""

    name: str
    cells: Sequence[str | None]
    is_text: bool = True
    is_named: bool = True

    @property
    def head(self) -> str:
        """The name that stands before a value, for who reads it."""
        return self.name if self.is_named else ""


@dataclass
class _Seen:
    """What was seen in one column."""

    filled: int = 0
    whole: Counter[Label] = field(default_factory=Counter)
    inside: Counter[Label] = field(default_factory=Counter)
    touched: int = 0
    entire: int = 0
    sources: Counter[tuple[Label, str, EvidenceKind]] = field(default_factory=Counter)
    shaped: int = 0


def is_filled(cell: str | None) -> bool:
    """Whether a cell says something."""
    if cell is None:
        return False
    said = cell.strip()
    return len(said) > _LONGEST_NOTHING or said.lower() not in NOTHING


def rendered(name: str, cell: str) -> tuple[str, int]:
    """The line that the filter sees, and where the cell begins in it."""
    head = f"{name}: " if name else ""
    return head + cell, len(head)


def decide(
    columns: Sequence[Column], options: TableOptions, used: PrivacyFilter, *, rows: int | None
) -> TableReport:
    """The report on a sample, of a table of `rows` rows."""
    sampled = max((len(column.cells) for column in columns), default=0)
    seen = _look(columns, sampled, used)
    hints = [hint_of(column.head) for column in columns]
    for one, hint, column in zip(seen, hints, columns, strict=True):
        if hint:
            one.shaped = sum(has_shape(hint.label, c) for c in column.cells if c and is_filled(c))
    company = any(
        _by_spans(one, hint) or _by_name(one, hint) for one, hint in zip(seen, hints, strict=True)
    )
    shown = shown_names([column.name for column in columns], used)
    reports = [
        _report(index, shown[index], column.name, one, hint, company, options)
        for index, (column, one, hint) in enumerate(zip(columns, seen, hints, strict=True))
    ]
    there = {column.name for column in columns}
    unknown = tuple(name for name in options.columns if name not in there)
    notices = []
    if hidden := sum(a != b.name for a, b in zip(shown, columns, strict=True)):
        notices.append(f"{hidden} column names look like values: they stay as they are")
    return TableReport(
        tuple(reports), rows, sampled, options.seed, (*used.notices, *notices), unknown
    )


def shown_names(names: Sequence[str], used: PrivacyFilter) -> list[str]:
    """The names as a report may show them."""
    found = used.detect_batch([name[:_LONGEST_NAME] for name in names])
    return [
        name
        if name.strip() and len(name) <= _LONGEST_NAME and not detection.spans
        else f"column {index + 1}"
        for index, (name, detection) in enumerate(zip(names, found, strict=True))
    ]


def _look(columns: Sequence[Column], count: int, used: PrivacyFilter) -> list[_Seen]:
    seen = [_Seen() for _ in columns]
    texts: list[str] = []
    places: list[list[tuple[int, int, int]]] = []
    for row in range(count):
        text, places_here = "", []
        for index, column in enumerate(columns):
            cell = column.cells[row] if row < len(column.cells) else None
            if cell is None or not is_filled(cell):
                continue
            line, head = rendered(column.head, cell[:_LONGEST_CELL])
            places_here.append((len(text) + head, len(text) + len(line), index))
            text += line + "\n"
            seen[index].filled += 1
        texts.append(text)
        places.append(places_here)
    for text, here, detection in zip(texts, places, used.detect_batch(texts), strict=True):
        at = 0
        for start, end, index in here:
            while at < len(detection.spans) and detection.spans[at].end <= start:
                at += 1
            inside = []
            for span in detection.spans[at:]:
                if span.start >= end:
                    break
                inside.append(span)
            if inside:
                _count(seen[index], text, start, end, inside)
    return seen


def _count(seen: _Seen, text: str, start: int, end: int, spans: Sequence[FoundSpan]) -> None:
    seen.touched += 1
    rest = text[start:end]
    for span in reversed(spans):
        rest = rest[: max(0, span.start - start)] + rest[max(0, span.end - start) :]
    whole = sum(c.isalnum() for c in rest) <= 0.2 * sum(c.isalnum() for c in text[start:end])
    if whole:
        seen.entire += 1
        longest = max(spans, key=lambda span: span.end - span.start)
        seen.whole[longest.label] += 1
    for label in {span.label for span in spans}:
        seen.inside[label] += 1
    for label, source, kind in {(span.label, span.rule, _kind(span)) for span in spans}:
        seen.sources[label, source, kind] += 1


def _kind(span: FoundSpan) -> EvidenceKind:
    if span.source == "model":
        return "model"
    return "check digits" if span.rule in _checked() else "pattern"


@lru_cache(maxsize=1)
def _checked() -> frozenset[str]:
    """The rules whose validator works out a check digit."""
    from leaksift.rules.presets import load_presets
    from leaksift.rules.validators import national

    known = (set(national.VALIDATORS) | {"iban", "payment-card", "aba-routing-number"}) - {
        "spelled-out"
    }
    return frozenset(rule.info.id for rule in load_presets(("pii",)) if rule.validator in known)


def _by_spans(seen: _Seen, hint: Hint | None) -> bool:
    if not seen.entire:
        return False
    same = hint is not None and seen.whole[hint.label] * 2 >= seen.entire
    low, _ = wilson(seen.entire, seen.filled)
    share = seen.entire / seen.filled
    # Of few cells an interval says little: there the share counts.
    enough = low >= _ENOUGH or (seen.filled < 10 and share >= 0.8)
    return enough or (same and share >= _ENOUGH_NAMED)


def _by_name(seen: _Seen, hint: Hint | None, company: bool = False) -> bool:
    if hint is None or not seen.filled or (hint.weak and not company):
        return False
    return seen.shaped / seen.filled >= _ENOUGH_SHAPED


def _report(
    index: int,
    shown: str,
    name: str,
    seen: _Seen,
    hint: Hint | None,
    company: bool,
    options: TableOptions,
) -> ColumnReport:
    evidence = _evidence(seen, hint)
    by_name = _by_name(seen, hint, company)
    kind: ColumnKind = "clean"
    label: Label | None = None
    hits = 0
    if _by_spans(seen, hint):
        kind, hits = "private", seen.entire
        best: Label = min(
            seen.whole,
            key=lambda one: (
                -seen.whole[one] * (2 if hint and hint.label == one else 1),
                one,
            ),
        )
        label = best
        if by_name and hint and not hint.weak:
            hits = max(hits, seen.shaped)
    elif by_name and hint:
        kind, label, hits = "private", hint.label, seen.shaped
    elif seen.touched:
        kind, hits = "text", seen.touched
        label = next(one for one, _ in sorted(seen.inside.items(), key=lambda i: (-i[1], i[0])))
    elif name in options.columns:
        label = hint.label if hint else None
    mode = options.mode_of(name, label)
    action: str = mode
    if name not in options.columns:
        if kind == "clean":
            action = "scan"
        elif kind == "text" and mode != "keep":
            action = "spans"
    elif kind == "text" or kind == "clean":
        kind = "private" if mode != "keep" else kind
    return ColumnReport(
        name=shown,
        index=index,
        kind=kind,
        label=label,
        share=round(hits / seen.filled, 4) if seen.filled else 0.0,
        confidence=wilson(hits, seen.filled),
        sampled=seen.filled,
        inside={one: round(n / seen.filled, 4) for one, n in sorted(seen.inside.items())},
        evidence=evidence,
        action=action,
    )


def _evidence(seen: _Seen, hint: Hint | None) -> tuple[Evidence, ...]:
    found = [
        Evidence(kind, label, source, round(count / seen.filled, 4))
        for (label, source, kind), count in seen.sources.items()
    ]
    if hint and seen.shaped:
        found.append(Evidence("header", hint.label, "header", round(seen.shaped / seen.filled, 4)))
    return tuple(sorted(found, key=lambda e: (-_STRENGTH[e.kind], -e.share, e.source)))


def looks_like_names(cells: Sequence[str], used: PrivacyFilter) -> bool:
    """Whether the first row of a table has the names of its columns: none is a number, empty or
    private, and no two are the same."""
    filled = [cell.strip() for cell in cells]
    if not filled or len(set(filled)) < len(filled) or not any(filled):
        return False
    if any(re.fullmatch(r"[-+]?[\d.,:/ -]*\d[\d.,:/ %-]*", cell) for cell in filled):
        return False
    if sum(not cell for cell in filled) > 1:
        return False
    if any(hint_of(cell) for cell in filled):
        return True
    return not any(found.spans for found in used.detect_batch(filled))
