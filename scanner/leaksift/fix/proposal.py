"""What can be done about one finding: an edit, or the reason why there is none."""

from __future__ import annotations

from dataclasses import dataclass

from leaksift.finding import Finding


class CannotFix(Exception):
    """The finding is left. The message is the reason in a few words; it never holds content."""


@dataclass(frozen=True)
class Edit:
    """The characters from `start` to `end` become `new`.

    `name` is the environment variable that is read now, `needs` what the file must import for that
    (see `imports.py`), `note` what the reader should know or do.
    """

    start: int
    end: int
    new: str
    name: str | None = None
    needs: str | None = None
    note: str = ""


@dataclass(frozen=True)
class Proposal:
    """The findings that one edit settles, or (`reason`) those that are left."""

    findings: tuple[Finding, ...]
    edit: Edit | None = None
    reason: str = ""


def applied(text: str, edits: list[Edit]) -> str:
    """The text after edits that do not overlap."""
    for edit in sorted(edits, key=lambda edit: -edit.start):
        text = text[: edit.start] + edit.new + text[edit.end :]
    return text
