"""What is said about a table: which columns are private, why, and what became of them.

No field holds the value of a cell. A column's name that looks like a value (a table without a
head, data in the place of names) is given as `column 3`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from leaksift.finding import Label

ColumnKind = Literal["private", "text", "clean"]
"""`private`: the cells are values of one kind, each replaced as a whole. `text`: private data
stands here and there in the cells. `clean`: nothing was seen in the sample."""

EvidenceKind = Literal["check digits", "pattern", "model", "header"]
"""What speaks for a label, the strongest first. `header`: the column's name says so and the cells
have the shape of it."""


@dataclass(frozen=True)
class Evidence:
    """One reason for a column's label. `source` is the id of the rule, of the model's label, or
    `header`. `share` (0 to 1) is that of the filled cells of the sample for which it speaks."""

    kind: EvidenceKind
    label: Label
    source: str
    share: float


@dataclass(frozen=True)
class ColumnReport:
    """What one column holds. `index` counts from 0.

    `share` (0 to 1) is that of the `sampled` filled cells that are private as a whole (`private`)
    or in a part (`text`), and `confidence` the interval in which the share of all filled cells lies
    with 95 % (Wilson's score interval). `inside` has, by label, the share of cells with such a
    value in them. `action` is what was done, or what `redact_table` would do: a mode, `spans` where
    only the private parts of cells are replaced, `scan` where nothing was seen but each cell is
    looked at. `changed` counts the cells that were changed, None where nothing was redacted.
    """

    name: str
    index: int
    kind: ColumnKind
    label: Label | None
    share: float
    confidence: tuple[float, float]
    sampled: int
    inside: Mapping[Label, float]
    evidence: tuple[Evidence, ...]
    action: str
    changed: int | None = None


@dataclass(frozen=True)
class TableReport:
    """All columns in their order. `rows` is how many there are, None where only the first ones were
    read; `sampled` how many of them were drawn, with `seed`. `notices` are single lines about what
    was not looked at or needs a decision. `unknown_columns` are names that were given and are not
    in the table: nothing was done for them."""

    columns: tuple[ColumnReport, ...]
    rows: int | None
    sampled: int
    seed: int
    notices: tuple[str, ...] = field(default=())
    unknown_columns: tuple[str, ...] = field(default=())

    @property
    def private_columns(self) -> tuple[ColumnReport, ...]:
        """The columns in which something private was seen."""
        return tuple(column for column in self.columns if column.kind != "clean")

    @property
    def contains_private_data(self) -> bool:
        """Whether anything was seen in the sample, or changed."""
        return any(column.kind != "clean" or column.changed for column in self.columns)

    def as_dict(self) -> dict[str, Any]:
        """Plain values, ready for JSON."""
        return dataclasses.asdict(self)


@dataclass(frozen=True)
class TableProgress:
    """How far it is: rows done, and bytes of the file read of all (0 of 0 in memory)."""

    stage: Literal["sample", "redact"]
    rows: int
    bytes_done: int = 0
    bytes_total: int = 0
