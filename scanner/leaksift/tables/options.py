"""What somebody may say about how a table is treated, checked."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, get_args

from leaksift.errors import UsageError
from leaksift.finding import LABELS, Label

if TYPE_CHECKING:
    from leaksift.library.filter import PrivacyFilter
    from leaksift.library.markers import Markers
    from leaksift.tables.report import TableProgress

Mode = Literal["redact", "synthetic", "hash", "drop_column", "keep"]
"""`redact`: a marker such as `[private_email]` (null in a column of numbers or dates). `synthetic`:
a made-up value of the same form. `hash`: a keyed hash, the same for the same value. `drop_column`:
the column goes; where only parts of cells are private, they are redacted. `keep`: all stays."""

MODES: tuple[Mode, ...] = get_args(Mode)

_LEAST_SAMPLE = 10


@dataclass(frozen=True)
class TableOptions:
    """How a table is treated. Raises UsageError for what makes no sense.

    `mode` is for all that is private, `labels` by label and `columns` by column name, the narrower
    one first; a column that is named there is treated as private whatever the sample says.
    `markers` are those of `PrivacyFilter.redact`, for mode `redact`. `sample` rows are looked at,
    drawn by `seed`. `key` is for hashes and synthetic values, at least 16 bytes: the same key gives
    the same ones, None makes one that nobody has. `locale` (`de_DE`) is that of synthetic values,
    None guesses. `header` says whether the first row of a file or list has names, None looks;
    `delimiter` is that of a CSV file, None looks. `filter` is an open filter, None loads the
    default one.
    """

    mode: Mode = "redact"
    labels: Mapping[Label, Mode] = field(default_factory=dict)
    columns: Mapping[str, Mode] = field(default_factory=dict)
    markers: Markers = "label"
    sample: int = 1000
    seed: int = 0
    key: bytes | None = field(default=None, repr=False)
    locale: str | None = None
    header: bool | None = None
    delimiter: str | None = None
    filter: PrivacyFilter | None = field(default=None, repr=False)
    on_progress: Callable[[TableProgress], None] | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        for mode in (self.mode, *self.labels.values(), *self.columns.values()):
            if mode not in MODES:
                raise UsageError(f"a mode is one of {', '.join(MODES)}, not {mode!r}")
        if unknown := [label for label in self.labels if label not in LABELS]:
            raise UsageError(f"no label is called {unknown[0]!r}; there are {', '.join(LABELS)}")
        if self.sample < _LEAST_SAMPLE:
            raise UsageError(f"a sample has at least {_LEAST_SAMPLE} rows, not {self.sample}")
        if self.delimiter is not None and len(self.delimiter) != 1:
            raise UsageError("a delimiter is one character")
        if self.key is None:
            object.__setattr__(self, "key", secrets.token_bytes(32))
        elif len(self.key) < 16:
            raise UsageError("the key has at least 16 bytes")

    @property
    def secret_key(self) -> bytes:
        """The key that was given or made."""
        assert self.key is not None  # noqa: S101 - made where it was not given
        return self.key

    def mode_of(self, name: str, label: Label | None) -> Mode:
        """The mode for values of this label in this column."""
        if name in self.columns:
            return self.columns[name]
        return self.mode if label is None else self.labels.get(label, self.mode)
