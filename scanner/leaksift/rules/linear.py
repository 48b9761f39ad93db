"""Whether a pattern that somebody wrote takes time linear in the text, and what makes it so.

hyperscan looks for a pattern as an automaton, or refuses it. What it sees is confirmed by Python's
`re`, which tries one way after the other, so that two more things count: a repeat without end gets
one (`bounded`), and a repeat whose text can be divided in many ways is refused (`reason`). The
check errs on the side of refusing; rules that ship are tested instead.
"""

from __future__ import annotations

import re
import sys
import warnings
from collections.abc import Iterable, Iterator, Sequence
from importlib import import_module
from typing import Any

# So many ways of dividing a text are tried for one candidate before a pattern counts as too costly.
_MOST_WAYS = 300_000

# A group that is repeated at most this often may be as ambiguous as it likes.
_FEW = 3

# Characters are looked at one by one up to here; all others count as one.
_OTHER = 128
_EVERY = frozenset(range(_OTHER + 1))

_REPEATS = ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT")
_ONE = ("LITERAL", "NOT_LITERAL", "IN", "ANY")


def bounded(pattern: str, most: int) -> str:
    """The pattern with an end to every repeat that has none: `+` becomes `{1,most}`. Not for a
    pattern with possessive repeats (`a++`), which hyperscan refuses."""
    made: list[str] = []
    at = 0
    while at < len(pattern):
        step = _atom_end(pattern, at)
        piece = pattern[at:step]
        if piece == "+":
            piece = f"{{1,{most}}}"
        elif piece == "*":
            piece = f"{{0,{most}}}"
        elif piece == "{" and (open_end := re.match(r"\{(\d+),\}", pattern[at:])):
            piece = f"{{{open_end[1]},{max(most, int(open_end[1]))}}}"
            step = at + open_end.end()
        made.append(piece)
        at = step
    return "".join(made)


def reason(pattern: str, max_length: int) -> str | None:
    """What speaks against the pattern, as the rest of a sentence that begins with "the pattern";
    None for one that can be used."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", FutureWarning)
            re.compile(pattern, re.ASCII)
        if refused := _not_for_hyperscan(pattern):
            return f"cannot be matched in linear time: {refused}"
        parsed = _parse(bounded(pattern, max_length))
    except FutureWarning:
        return "has a set within a set, such as [[:alpha:]]: write the characters out"
    except (re.error, OverflowError, RecursionError) as error:
        return f"is no regular expression: {error}"
    if _is_ambiguous(parsed):
        return (
            "cannot be matched in linear time: a repeat stands in a repeat (or alternatives "
            "that begin alike), with nothing between that tells where one ends"
        )
    if _ways(parsed) > _MOST_WAYS:
        return (
            "takes too long: several long repeats that can hold the same characters follow each "
            "other; bound them, as in {0,40}"
        )
    return None


def _not_for_hyperscan(pattern: str) -> str | None:
    import hyperscan  # 15 ms, and only somebody's own rule needs it here

    # Without PREFILTER, which would take lookarounds and back references as something wider.
    try:
        hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK).compile(
            expressions=[pattern.encode()], ids=[0], flags=[hyperscan.HS_FLAG_UTF8]
        )
    except hyperscan.error as error:
        return str(error).rstrip(".")
    return None


def _parse(pattern: str) -> Any:
    # Python's own parser has no public name, and it moved in 3.11. There is no other that reads
    # what `re` reads.
    parser = import_module("re._parser" if sys.version_info >= (3, 11) else "sre_parse")
    return parser.parse(pattern, re.ASCII)


def _atom_end(pattern: str, at: int) -> int:
    """Where the atom at `at` ends: an escape, a set, or one character."""
    if pattern[at] == "\\":
        return min(at + 2, len(pattern))
    if pattern[at] != "[":
        return at + 1
    end = at + 1
    if pattern[end : end + 1] == "^":
        end += 1
    if pattern[end : end + 1] == "]":
        end += 1
    while end < len(pattern) and pattern[end] != "]":
        end += 2 if pattern[end] == "\\" else 1
    return min(end + 1, len(pattern))


def _is_ambiguous(parsed: Any) -> bool:
    """Whether some repeat can take one text in more than one way."""
    for node in _every(parsed):
        kind, argument = str(node[0]), node[1]
        if kind in _REPEATS and argument[1] > _FEW and not _is_clear(argument[2]):
            return True
    return False


def _is_clear(body: Any) -> bool:
    """Whether it can be seen where one turn of a repeat with this body ends and the next begins."""
    for node in _every(body):
        if str(node[0]) == "BRANCH":
            firsts = [_first(branch) for branch in node[1][1]]
            if any(a & b for n, a in enumerate(firsts) for b in firsts[n + 1 :]):
                return False
    least, most = body.getwidth()
    if least == most:
        return True
    items = _unwrapped(body)
    if len(items) == 1 and str(items[0][0]) == "BRANCH":
        branches = [_unwrapped(branch) for branch in items[0][1][1]]
        return all(_is_fixed(branch) or _has_mark(branch, branches) for branch in branches)
    return _has_mark(items, [items])


def _has_mark(items: Sequence[Any], all_turns: Sequence[Sequence[Any]]) -> bool:
    """Whether the first or the last character of a turn stands at no other place of any turn."""
    if not items:
        return False
    for mark in (items[0], items[-1]):
        if str(mark[0]) in _ONE:
            others = (node for turn in all_turns for node in turn if node is not mark)
            if not _characters([mark]) & _characters(others):
                return True
    return False


def _is_fixed(items: Sequence[Any]) -> bool:
    return all(str(node[0]) in _ONE for node in items)


def _ways(parsed: Any) -> int:
    """About how many ways there are to divide a text among repeats that follow each other."""
    most = ways = 1
    held: frozenset[int] = frozenset()
    for node in _flat(parsed):
        kind, argument = str(node[0]), node[1]
        characters = _characters([node])
        if kind in _REPEATS and argument[1] != argument[0]:
            span = argument[1] - argument[0] + 1
            ways = ways * span if characters & held else span
            held = characters
        elif kind not in ("AT", "ASSERT", "ASSERT_NOT") and not characters & held:
            ways, held = 1, frozenset()
        most = max(most, ways)
    return most


def _flat(parsed: Iterable[Any]) -> Iterator[Any]:
    """The items one after the other, those of groups among them."""
    for node in parsed:
        if str(node[0]) in ("SUBPATTERN", "ATOMIC_GROUP"):
            yield from _flat(_inner(node)[0])
        else:
            yield node


def _unwrapped(body: Iterable[Any]) -> list[Any]:
    return list(_flat(body))


def _every(parsed: Iterable[Any]) -> Iterator[Any]:
    for node in parsed:
        yield node
        for inner in _inner(node):
            yield from _every(inner)


def _inner(node: Any) -> list[Any]:
    """The expressions in an item."""
    kind, argument = str(node[0]), node[1]
    if kind == "BRANCH":
        return list(argument[1])
    if kind in _REPEATS:
        return [argument[2]]
    if kind == "SUBPATTERN":
        return [argument[3]]
    if kind == "ATOMIC_GROUP":
        return [argument]
    if kind in ("ASSERT", "ASSERT_NOT"):
        return [argument[1]]
    if kind == "GROUPREF_EXISTS":
        return [inner for inner in argument[1:] if inner is not None]
    return []


def _first(parsed: Iterable[Any]) -> frozenset[int]:
    """The characters that a match can begin with; every one where it may be empty."""
    for node in _flat(parsed):
        kind = str(node[0])
        if kind == "AT":
            continue
        if kind == "BRANCH":
            return frozenset().union(*(_first(branch) for branch in node[1][1]))
        if kind in _REPEATS:
            return _first(node[1][2]) if node[1][0] else _EVERY
        return _characters([node])
    return _EVERY


def _characters(nodes: Iterable[Any]) -> frozenset[int]:
    """All characters that the items can hold, more rather than fewer: case is not told apart."""
    found: set[int] = set()
    for node in nodes:
        kind, argument = str(node[0]), node[1]
        if kind == "LITERAL":
            found |= _both_cases(argument)
        elif kind == "NOT_LITERAL":
            found |= _EVERY - {argument}
        elif kind == "IN":
            found |= _set(argument)
        elif kind == "AT":
            continue
        elif inner := _inner(node):
            found |= frozenset().union(*(_characters(one) for one in inner))
        else:
            return _EVERY
    return frozenset(found)


def _set(items: Sequence[Any]) -> frozenset[int]:
    found: set[int] = set()
    negated = False
    for item, argument in items:
        kind = str(item)
        if kind == "NEGATE":
            negated = True
        elif kind == "LITERAL":
            found |= {min(argument, _OTHER)} if negated else _both_cases(argument)
        elif kind == "RANGE":
            low, high = argument
            found |= {min(code, _OTHER) for code in range(low, min(high, _OTHER) + 1)}
            if not negated:
                found |= {c for code in tuple(found) if code < _OTHER for c in _both_cases(code)}
            if high > _OTHER and not negated:
                found.add(_OTHER)
        else:
            found |= _category(str(argument))
    if negated:
        # Whether all of the other characters are left out is not known.
        return (_EVERY - found) | {_OTHER}
    return frozenset(found)


def _both_cases(code: int) -> frozenset[int]:
    letter = chr(code)
    return frozenset(min(ord(c), _OTHER) for c in (letter, letter.lower()[0], letter.upper()[0]))


_CATEGORIES = {
    "DIGIT": frozenset(map(ord, "0123456789")),
    "SPACE": frozenset(map(ord, " \t\n\r\f\v")),
    "WORD": frozenset(code for code in range(128) if chr(code).isalnum() or code == ord("_")),
}


def _category(name: str) -> frozenset[int]:
    kind = name.rpartition("_")[2]
    known = _CATEGORIES.get(kind, _EVERY)
    return _EVERY - known if "NOT" in name else known
