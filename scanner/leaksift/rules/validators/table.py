"""Cells of a table in a text: what the head of their column says that they hold."""

from __future__ import annotations

import bisect
import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from leaksift.rules.validators import bank, birth, labelled, national
from leaksift.rules.validators.candidate import Candidate, Validator

# The longest line, in characters, that can be a table's head or a row of it: longer ones are no
# tables, and nothing is looked for in them.
_LONGEST_LINE = 2000
_DELIMITERS = ",;\t|"

_NUMBERS = tuple(
    (re.compile(words, re.IGNORECASE), validator)
    for words, validator in (
        (r"\bssn\b|social.?security", bank.ssn),
        (r"pesel", national.VALIDATORS["poland-pesel"]),
        (r"\bbsn\b|burgerservice", national.VALIDATORS["netherlands-bsn"]),
        (r"\bcpf\b", national.VALIDATORS["brazil-cpf"]),
        (r"\bcurp\b", national.VALIDATORS["mexico-curp"]),
        (r"\b(?:dni|nie|nif)\b", national.VALIDATORS["spain-dni-nie"]),
        (r"personnummer|personnr", national.VALIDATORS["sweden-personal"]),
        (r"f[øo]dselsnummer", national.VALIDATORS["norway-birth"]),
        (r"codice.?fiscale", national.VALIDATORS["italy-codice-fiscale"]),
        (r"steuer.?id|\bidnr\b", national.VALIDATORS["germany-tax"]),
        (r"\bnhs\b", national.VALIDATORS["uk-nhs"]),
        (r"\bnino\b|national.?insurance", national.VALIDATORS["uk-national-insurance"]),
        (r"\begn\b", national.VALIDATORS["bulgaria-egn"]),
        (r"\bnric\b", national.VALIDATORS["singapore-nric"]),
        (r"aadhaar", national.VALIDATORS["india-aadhaar"]),
        (r"account.?(?:number|no\b)|kontonummer", labelled.bank_account),
        (r"passport|driv\w{2,4}'?s?.?licen[cs]e", labelled.licence),
        (
            (
                r"\bmrn\b|medical.?record|patient.?(?:id|no|number)|polic[yi].?(?:no|number)"
                r"|member.?(?:no|number|id)\b|customer.?(?:no|number)\b|national.?id|tax.?id"
            ),
            labelled.personal_number,
        ),
    )
)
_BIRTH = re.compile(
    r"\bdob\b|birth.?da(?:te|y)|date.?of.?birth|geburts(?:datum|tag)|date.?de.?naissance"
    r"|fecha.?de.?nacimiento|data.?di.?nascita|data.?de.?nascimento|data.?urodzenia|geboortedatum",
    re.IGNORECASE,
)
_HEAD_WORDS = re.compile(
    # In the text an underscore still stands between the words of a column's name.
    "|".join(
        words.pattern.replace(r"\b", r"(?:\b|_)")
        for words in (*(words for words, _ in _NUMBERS), _BIRTH)
    ),
    re.IGNORECASE,
)

# Each alternative contains one of these, at most so many characters after its beginning.
_PARTS = tuple(
    """
    ssn social pesel bsn burgerservice cpf curp dni nie nif personn dselsnummer codice steuer idnr
    nhs nino national egn nric aadhaar account kontonummer passport driv mrn medical patient polic
    member customer tax dob birth geburts naissance nacimiento nascita nascimento urodzenia geboorte
    """.split()
)
_BEFORE_PART, _LONGEST_WORDS = 10, 40


@dataclass(frozen=True)
class _Table:
    """Lines of a text from the end of their head on, up to the index `end`."""

    start: int
    end: int
    delimiter: str
    heads: tuple[str, ...]


def personal_number(candidate: Candidate) -> bool:
    """A number that is valid as what its column is called: an identity, a passport, a patient."""
    head = _column_head(candidate)
    validator = _number_validator(head) if head else None
    return validator is not None and validator(candidate)


def birth_date(candidate: Candidate) -> bool:
    """A plausible date in a column of dates of birth."""
    head = _column_head(candidate)
    return bool(head and _BIRTH.search(head)) and birth.birth_date(candidate)


@lru_cache(maxsize=256)
def _number_validator(head: str) -> Validator | None:
    return next((validator for words, validator in _NUMBERS if words.search(head)), None)


def _column_head(candidate: Candidate) -> str | None:
    """What the head of the table calls the candidate's column; None outside of tables."""
    tables = _tables(candidate.text)
    at = bisect.bisect_right(tables, candidate.start, key=lambda table: table.start) - 1
    if at < 0 or candidate.start >= tables[at].end:
        return None
    table = tables[at]
    row = candidate.text.rfind("\n", 0, candidate.start) + 1
    before = candidate.text[row : candidate.start]
    if '"' in before:
        column = len(_cells(before, table.delimiter)) - 1
    else:
        column = before.count(table.delimiter)
    return table.heads[column] if column < len(table.heads) else None


@lru_cache(maxsize=1)  # all cells of a document are asked for one after the other
def _tables(text: str) -> tuple[_Table, ...]:
    """The tables of a text that have a column of interest, in their order. Linear in the text."""
    tables: list[_Table] = []
    end = 0
    for words in _head_words(text):
        if words.start() < end:
            continue
        line = text.rfind("\n", max(0, words.start() - _LONGEST_LINE), words.start()) + 1
        start = text.find("\n", words.end(), line + _LONGEST_LINE)
        end = words.end()
        if start == -1 or words.start() - line > _LONGEST_LINE:
            continue
        delimiter, heads = _heads(text[line:start])
        end = start
        while heads:
            row_end = text.find("\n", end + 1, end + _LONGEST_LINE)
            stop = row_end if row_end != -1 else min(len(text), end + _LONGEST_LINE)
            if text.count(delimiter, end, stop) < len(heads) - 1:
                break
            end = stop
            if row_end == -1:
                break
        if end > start:
            tables.append(_Table(start, end, delimiter, heads))
    return tuple(tables)


def _head_words(text: str) -> Iterator[re.Match[str]]:
    """Where words of a head stand. The expression alone would read 2 MB a second, as half of all
    letters could begin a match; to look for a part of each word first is ten times as quick."""
    lowered = text.lower()
    if len(lowered) != len(text):  # a letter that becomes two
        yield from _HEAD_WORDS.finditer(text)
        return
    places: set[int] = set()
    for part in _PARTS:
        at = lowered.find(part)
        while at != -1:
            places.add(at)
            at = lowered.find(part, at + 1)
    done = 0
    for at in sorted(places):
        done = max(done, at - _BEFORE_PART)
        while done <= at and (match := _HEAD_WORDS.search(text, done, at + _LONGEST_WORDS)):
            yield match
            done = match.end()


def _heads(line: str) -> tuple[str, tuple[str, ...]]:
    """The delimiter and the columns' names, as words, of a line that could be a table's head."""
    delimiter = max(_DELIMITERS, key=line.count)
    names = _cells(line, delimiter)
    if len(names) < 2 or any(len(name) > 40 for name in names):
        return delimiter, ()
    return delimiter, tuple(re.sub(r"[\W_]+", " ", name).strip() for name in names)


def _cells(line: str, delimiter: str) -> list[str]:
    """The cells of a row, or of the beginning of one."""
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:  # a lone carriage return or a NUL: no CSV, but perhaps a table all the same
        return line.split(delimiter)
