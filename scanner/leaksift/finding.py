"""What was found, in the forms that are safe to pass on.

The dataclasses that travel between the rooms: `Span` (where something is), `Reading` (what a model
saw in a document), `Finding` (a span that policy judged, without its value), `Skipped`, `RuleInfo`
and `ScanResult`. A value that was found is
only ever held by `Secret`, which cannot be printed. Nothing here reads files or decides anything.
"""

from __future__ import annotations

import enum
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NoReturn, get_args

Label = Literal[
    "private_person",
    "private_email",
    "private_phone",
    "private_address",
    "private_date",
    "private_url",
    "account_number",
    "secret",
]
"""The kinds of private data, as the token classifier names them."""

LABELS: tuple[Label, ...] = get_args(Label)

Category = Literal[
    "Business & Finance",
    "Computers & Internet",
    "Education & Reference",
    "Entertainment & Music",
    "Family & Relationships",
    "Health",
    "Politics & Government",
    "Science & Mathematics",
    "Society & Culture",
    "Sports",
]
"""What a document can be about, as the embedded model names it, in the order of its classes."""

CATEGORIES: tuple[Category, ...] = get_args(Category)

Detector = Literal["model", "rule"]

Precision = Literal["very-high", "high", "medium", "low"]
"""How often a rule's finding is right, in the words that SARIF readers know."""

SkipReason = Literal[
    "binary",
    "too large",
    "undecodable",
    "excluded",
    "submodule",
    "lfs pointer",
    "special file",
    "unreadable",
    "encoded",
]


class Severity(enum.IntEnum):
    """What a finding means for the person who is about to share the text."""

    NOTE = 1
    WARN = 2
    BLOCK = 3

    def __str__(self) -> str:
        return self.name.lower()

    @classmethod
    def parse(cls, word: str) -> Severity:
        """The severity called `word`. Raises ValueError that names the choices."""
        try:
            return cls[word.upper()]
        except KeyError:
            raise ValueError(f"severity is one of note, warn, block, not {word!r}") from None


class Secret:
    """A value that was found. It can be compared, measured and hashed with a key, not printed.

    `str`, `repr`, `format` and f-strings give the mask; copying is allowed, pickling raises
    TypeError, so that it reaches no log, no cache and no other process by accident. Only
    `reveal()` gives the text, which makes every use of it easy to find.
    """

    __slots__ = ("__value",)

    def __init__(self, value: str) -> None:
        self.__value = value

    def reveal(self) -> str:
        """The value itself. Never pass it to anything that writes."""
        return self.__value

    def preview(self, label: Label) -> str:
        """A mask that helps to recognise the value without giving it away.

        The first and last two characters of a secret of at least 20 characters, nothing of a
        shorter one or of private data; and the length in characters.
        """
        length = len(self.__value)
        size = f"({length} character{'' if length == 1 else 's'})"
        head, tail = self.__value[:2], self.__value[-2:]
        if (
            label == "secret"
            and length >= 20
            and (head + tail).isascii()
            and (head + tail).isalnum()
        ):
            return f"{head}****{tail} {size}"
        return f"**** {size}"

    def digest(self, key: bytes, *context: str) -> str:
        """HMAC-SHA256 of the context and the value as 64 hexadecimal digits.

        The parts are length-prefixed, so that no two lists of parts collide.
        """
        mac = hmac.new(key, digestmod=hashlib.sha256)
        for part in (*context, self.__value):
            data = part.encode("utf-8", "surrogatepass")
            mac.update(len(data).to_bytes(8, "big") + data)
        return mac.hexdigest()

    def __len__(self) -> int:
        return len(self.__value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self.__value == other.__value

    def __hash__(self) -> int:
        return hash(self.__value)

    def __repr__(self) -> str:
        return "Secret('****')"

    def __str__(self) -> str:
        return "****"

    def __format__(self, spec: str) -> str:
        return format("****", spec)

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, memo: object) -> Secret:
        return self

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a Secret cannot be pickled")


@dataclass(frozen=True)
class Span:
    """Where a detector saw something in one document.

    `start` and `end` are string indices into `Document.text`. `rule` is the id of the rule, or of
    the model's label (`private-person`). `score` is 0 to 1: how sure the detector is.
    `generic` marks a broad rule, which yields to a specific one where both match. `decoded` is the
    value where the text at this place spells it otherwise (base64, escapes); without it, the text
    is the value.
    """

    start: int
    end: int
    label: Label
    rule: str
    score: float
    detector: Detector
    generic: bool = False
    decoded: Secret | None = None


@dataclass(frozen=True)
class DocumentCategory:
    """What a model takes a document to be about. `probabilities` has all categories that the model
    knows, by name; together they are 1."""

    name: str
    probabilities: Mapping[str, float]

    @property
    def probability(self) -> float:
        """How sure the model is, 0 to 1."""
        return self.probabilities[self.name]


@dataclass(frozen=True)
class Reading:
    """What a model saw in one document: its spans, sorted by start and apart, and what it is about.

    `category` is None where the model does not tell or there was no text to read.
    """

    spans: list[Span] = field(default_factory=list)
    category: DocumentCategory | None = None


@dataclass(frozen=True)
class RuleInfo:
    """What a report says about a rule: the same text in the terminal, SARIF and the documentation.

    `why` tells what somebody can do with such a value, `fix` what to do now. `security_severity`
    is GitHub's 0.1 to 10.0 scale. `family` is the preset that it ships in, `model` for the model's
    labels, nothing for a rule of somebody's own.
    """

    id: str
    title: str
    why: str
    fix: str
    label: Label
    severity: Severity
    precision: Precision
    security_severity: float
    cwe: int
    references: tuple[str, ...] = ()
    family: str = ""


@dataclass(frozen=True)
class Finding:
    """Something that policy let through, ready to be reported. It does not hold the value.

    `start` and `end` are string indices into the decoded text; lines and columns count from 1, a
    line is ended by a line feed, columns are code points and `end_column` is exclusive.
    `*_utf16` are the same columns in UTF-16 code units, which SARIF uses. `line_hash` is GitHub's
    primaryLocationLineHash of the first line, computed only where a report asks for it.
    `category` is what the document is about, where a model said so.
    """

    path: str
    rule: str
    label: Label
    severity: Severity
    source: Detector
    score: float
    start: int
    end: int
    start_line: int
    start_column: int
    end_line: int
    end_column: int
    fingerprint: str
    preview: str
    start_column_utf16: int
    end_column_utf16: int
    line_hash: str | None = None
    category: str | None = None


@dataclass(frozen=True)
class Skipped:
    """A file that was asked for and not scanned; of one that is "encoded", only what is encoded
    too often was not."""

    path: str
    reason: SkipReason
    detail: str = ""

    def is_failure(self, strict: bool) -> bool:
        """Whether it makes the exit code 3: the file cannot be read, or skipped files fail
        (`strict`) and the configuration did not ask for this one to be."""
        return self.reason == "unreadable" or (strict and self.reason != "excluded")


@dataclass(frozen=True)
class Summary:
    """What was scanned. `bytes` counts the files' own bytes; `allowed` counts, by reason, the
    spans that policy removed (inline, allowlist, baseline, example, unchanged)."""

    files: int = 0
    lines: int = 0
    bytes: int = 0
    seconds: float = 0.0
    allowed: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class ScanResult:
    """All that a report may show. `rules` are all active rules, whether they found something or
    not. `notices` are single lines for the reader (no model installed, nothing staged); `stale`
    names baseline entries that no longer match anything; `error` is set when the scan broke off,
    and what is here is then incomplete."""

    findings: tuple[Finding, ...]
    skipped: tuple[Skipped, ...]
    summary: Summary
    rules: tuple[RuleInfo, ...]
    notices: tuple[str, ...] = ()
    stale: tuple[str, ...] = ()
    error: str | None = None

    def at_or_above(self, level: Severity) -> tuple[Finding, ...]:
        """The findings of this severity or a higher one."""
        return tuple(finding for finding in self.findings if finding.severity >= level)
