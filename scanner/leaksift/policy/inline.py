"""Allow comments in the scanned text itself.

    token = "..."  # leaksift: allow github-token -- revoked in May, kept for the replay test

The comment counts for the line that it stands on. On a line of its own it also counts for the next
line. A finding over several lines is allowed by a comment for any of them. After `allow` stand one
or more rule ids with commas between them; `*`, `all` or nothing at all means every rule. What
follows is for the reader, best after ` -- `. No language is parsed: the marker counts wherever it
stands apart from the word before it, so that it works in every comment syntax.

The marks of other secret scanners are honoured for secrets, which is all that they were written
for, and only for the line that those tools take them for.

The comments are as trustworthy as whoever wrote the text; `--no-inline-allow` is for places where
that is not enough.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from leaksift.document import Document
from leaksift.finding import LABELS, Span
from leaksift.printable import printable

EVERY_RULE = "*"

# What a text must contain to hold any of the marks: a few substring searches, so that a text
# without marks costs nearly nothing.
_HINTS = (
    "leaksift:",
    "gitleaks:allow",
    "betterleaks:allow",
    "kingfisher:",
    "trufflehog:ignore",
    "ggignore",
    "pragma:",
)

_BLANK = r"[^\S\n]*"
_ID = r"[A-Za-z0-9_]+(?:-[A-Za-z0-9_]+)*"
# A star that closes a block comment is no rule.
_NAME = rf"(?:{_ID}|\*(?!/))"
_MARK = re.compile(
    rf"""
    (?<!\w) (?:
        leaksift: {_BLANK} allow (?![\w-]*\w)
        (?: {_BLANK} [:=(\["']? {_BLANK} (?P<ids> {_NAME} (?: {_BLANK},{_BLANK} {_NAME} )* ) )?
      | (?P<same> (?:gitleaks|betterleaks):allow | (?:kingfisher|trufflehog):ignore
                | kingfisher:allow | ggignore
                | pragma: {_BLANK} (?:allowlist|whitelist) [ -] secret ) (?!\w)
      | (?P<next> pragma: {_BLANK} (?:allowlist|whitelist) [ -] nextline [ -] secret ) (?!\w)
    )
    """,
    re.VERBOSE,
)

# Comment openers that are words: batch files, BASIC, m4.
_OPENING_WORD = re.compile(r"(?i:rem|dnl)\b")
# A file may be one long line full of marks: looking back from each to its start would take hours.
_WIDEST_INDENT = 200
# The same for warnings: nobody reads more of one file.
_MOST_WARNINGS = 10
# The end of a block comment, and whatever the line holds after it.
_AFTER_COMMENT = re.compile(r"(?:\*/|-->)(?P<code>[^\n]*)")

_MODEL_RULES = frozenset(label.replace("_", "-") for label in LABELS)


@dataclass(frozen=True)
class AllowComments:
    """Which rules the comments of one document allow, by line.

    `rules` maps a line to rule ids or `EVERY_RULE`; `secrets` holds the lines where another
    scanner's mark allows secrets; `warnings` are single lines about comments without effect.
    """

    rules: Mapping[int, frozenset[str]]
    secrets: frozenset[int]
    warnings: tuple[str, ...] = ()

    def allows(self, document: Document, span: Span) -> bool:
        """Whether a comment allows the span."""
        if not self.rules and not self.secrets:
            return False
        first, last = document.line_at(span.start), document.line_at(max(span.start, span.end - 1))
        for line in range(first, last + 1):
            rules = self.rules.get(line, ())
            if span.rule in rules or EVERY_RULE in rules:
                return True
            if span.label == "secret" and line in self.secrets:
                return True
        return False


NO_COMMENTS = AllowComments({}, frozenset())


def allow_comments(document: Document, known_rules: Collection[str]) -> AllowComments:
    """The allow comments of a document.

    `known_rules` are the ids of all rules; an id that is neither among them nor one of the model's
    has no effect and gives a warning. The warning does not repeat the id: somebody may have
    written the value there.
    """
    text = document.text
    if not any(hint in text for hint in _HINTS):
        return NO_COMMENTS
    rules: defaultdict[int, set[str]] = defaultdict(set)
    own_lines: set[int] = set()
    secrets: set[int] = set()
    warnings: list[str] = []
    for mark in _MARK.finditer(text):
        line = document.line_at(mark.start())
        if mark["next"]:
            secrets.add(line + 1)
            continue
        if mark["same"]:
            secrets.add(line)
            continue
        ids = set(re.findall(rf"{_ID}|\*", mark["ids"] or EVERY_RULE))
        if "all" in ids:
            ids.add(EVERY_RULE)
        unknown = ids - {EVERY_RULE, "all"} - _MODEL_RULES - set(known_rules)
        room = _MOST_WARNINGS - len(warnings)
        warnings += [
            _warning(document.path, line, name, known_rules) for name in sorted(unknown)[:room]
        ]
        if ids - unknown:
            rules[line] |= ids - unknown
            if _stands_alone(document, line, mark):
                own_lines.add(line)
    # In ascending order, so that a comment reaches through comments of the same kind below it.
    for line in sorted(own_lines):
        rules[line + 1] |= rules[line]
    frozen = {line: frozenset(ids) for line, ids in rules.items()}
    return AllowComments(frozen, frozenset(secrets), tuple(warnings))


def _stands_alone(document: Document, line: int, mark: re.Match[str]) -> bool:
    """Whether the line holds nothing but the comment."""
    start, end = document.line_bounds(line)
    if mark.start() - start > _WIDEST_INDENT:
        return False
    before = document.text[start : mark.start()]
    if re.search(r"\w", _OPENING_WORD.sub("", before, count=1)):
        return False
    after = _AFTER_COMMENT.search(document.text, mark.end(), end)
    return not (after and re.search(r"\w", after["code"]))


def _warning(path: str, line: int, name: str, known_rules: Collection[str]) -> str:
    known = sorted({*known_rules, *_MODEL_RULES})
    import difflib  # only for somebody's mistake

    near = difflib.get_close_matches(name, known, 1, 0.6) if len(name) <= 60 else []
    hint = f"; did you mean {near[0]}?" if near else ""
    return (
        f"{printable(path)}:{line}: an allow comment names a rule that does not exist and has no "
        f"effect{hint}"
    )
