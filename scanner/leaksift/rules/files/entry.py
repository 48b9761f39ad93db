"""What a reader gets out of a file: a value, what it is called, and where it stands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Entry:
    """A named value. `names` leads to it from outside to inside, `value` is what the file means
    (escapes decoded), `start` and `end` are where it is written, without quotes."""

    names: tuple[str, ...]
    value: str
    start: int
    end: int


_NAME_KEYS = frozenset({"name", "key", "@name", "@key", "variable", "@variable"})
_VALUE_KEYS = frozenset({"value", "@value", "default"})


def with_pairs(entries: Iterable[Entry]) -> Iterator[Entry]:
    """The entries, and where one says the name of another one (`name: A`, `value: b`, or an
    element's attribute that of its text), that one once more by this name."""
    named: Entry | None = None
    for entry in entries:
        yield entry
        last = entry.names[-1].lower()
        if last in _NAME_KEYS:
            named = entry
        elif named is not None:
            around = named.names[:-1]
            if entry.names == around or (last in _VALUE_KEYS and entry.names[:-1] == around):
                yield Entry((*around, named.value), entry.value, entry.start, entry.end)
                named = None
