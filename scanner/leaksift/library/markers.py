"""What stands where something was found: the markers of `redact`.

    "label"       `[private_person]`, or the rule's own marker: the default
    "numbered"    `[private_person_1]`: the same value has the same number
    "hash"        `[private_person#8c1f02d7a9b3e640]`: the same value has the same keyed hash
    "synthetic"   a made-up value of the same kind (extra `leaksift[synthetic]`)
    None          the value stays
    a mapping     from a rule's id, a label or `*` to one of the below or to a text that is put
                  there as it is; what is in none of them gets `[label]`
    a callable    gets the span and the value, and returns a text or None to leave it
    an object     `Numbered`, `Hashed`, `Sealed` (see `sealing.py`) or your own `Marker`

A name makes a new marker for every call: numbers then begin at 1 in each text, stream or batch. An
object keeps its numbers and its key for as long as it lives, over all calls that it is given to.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Protocol, TypeAlias, runtime_checkable

from leaksift.errors import UsageError
from leaksift.finding import LABELS, Label, Secret
from leaksift.library.result import FoundSpan

NAMES = ("label", "numbered", "hash", "synthetic")
"""The markers that have a name."""

_HASH_DIGITS = 16


@runtime_checkable
class Marker(Protocol):
    """Something that makes markers. May be asked by several threads at once."""

    def mark(self, span: FoundSpan, value: str) -> str | None:
        """What stands in the place of `value`; None leaves it."""
        ...


class Replacer(Protocol):
    """What makes synthetic values: `leaksift.synthetic`."""

    def replace(self, label: Label, value: str, context: str) -> str:
        """A made-up value of the same kind. `context` is the id of the rule that saw the value."""
        ...


MarkFunction: TypeAlias = Callable[[FoundSpan, str], str | None]
OneMarker: TypeAlias = str | Marker | MarkFunction | None
Markers: TypeAlias = OneMarker | Mapping[str, OneMarker]
"""What `redact` takes as `markers`."""


class Labelled:
    """`[private_person]`, or what the rule says."""

    def mark(self, span: FoundSpan, value: str) -> str | None:
        return span.marker or f"[{span.label}]"


class Numbered:
    """`[private_person_1]`: numbers for each label in the order in which its values come.

    Private data that differs only in capitals and in blanks is the same value; credentials and
    account numbers are compared as they stand. Remembers hashes of the values, with a key that
    nobody has, for as long as it lives.
    """

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._numbers: dict[Label, dict[str, int]] = {label: {} for label in LABELS}
        self._lock = threading.Lock()

    def mark(self, span: FoundSpan, value: str) -> str | None:
        digest = Secret(_same(span.label, value)).digest(self._key)[:32]
        numbers = self._numbers[span.label]
        with self._lock:
            number = numbers.setdefault(digest, len(numbers) + 1)
        return f"[{span.label}_{number}]"


class Hashed:
    """`[private_person#8c1f02d7a9b3e640]`: HMAC-SHA256 of the label and the value, 64 bits of it.

    With the same key, the same value has the same hash in all texts; without the key nobody can
    try out values. What counts as the same value is as in `Numbered`.
    """

    def __init__(self, key: bytes | None = None) -> None:
        """`key` is secret, at least 16 bytes; None makes one that is gone with this object. Raises
        UsageError for a shorter one."""
        if key is not None and len(key) < 16:
            raise UsageError("the key of a hash has at least 16 bytes")
        self._key = key or secrets.token_bytes(32)

    def mark(self, span: FoundSpan, value: str) -> str | None:
        digest = Secret(_same(span.label, value)).digest(self._key, span.label)
        return f"[{span.label}#{digest[:_HASH_DIGITS]}]"


class Synthetic:
    """A made-up value of the same kind, by a `Replacer`."""

    def __init__(self, replacer: Replacer) -> None:
        self._replacer = replacer
        self._lock = threading.Lock()

    def mark(self, span: FoundSpan, value: str) -> str | None:
        with self._lock:
            return self._replacer.replace(span.label, value, span.rule)


class _Called:
    """What somebody's own function says."""

    def __init__(self, function: MarkFunction) -> None:
        self._function = function

    def mark(self, span: FoundSpan, value: str) -> str | None:
        made = self._function(span, value)
        if made is not None and not isinstance(made, str):
            raise UsageError(f"a marker is a text or None, not {type(made).__name__}")
        return made


class _Fixed:
    """The same text, or None, for every value."""

    def __init__(self, text: str | None) -> None:
        self._text = text

    def mark(self, span: FoundSpan, value: str) -> str | None:
        return self._text


class _Chosen:
    """One marker for each rule or label."""

    def __init__(self, markers: Mapping[str, Marker]) -> None:
        self._markers = dict(markers)
        self._other = self._markers.get("*", Labelled())

    @property
    def markers(self) -> tuple[Marker, ...]:
        return tuple(self._markers.values())

    def changed(self, change: Callable[[Marker], Marker]) -> _Chosen:
        """The same with each marker changed."""
        return _Chosen({name: change(marker) for name, marker in self._markers.items()})

    def mark(self, span: FoundSpan, value: str) -> str | None:
        by_label = self._markers.get(span.label, self._other)
        return self._markers.get(span.rule, by_label).mark(span, value)


def make_marker(markers: Markers, key: bytes) -> Marker:
    """The marker that `markers` names; `key` is for those that need one and were not given any.

    Raises UsageError for a name that there is not, and where an extra is not installed.
    """
    if isinstance(markers, str):
        return _named(markers, key)
    if isinstance(markers, Mapping):
        return _Chosen({name: _own(marker) for name, marker in markers.items()})
    return _own(markers)


def parts(marker: Marker) -> tuple[Marker, ...]:
    """The markers that this one chooses from; itself where it does not."""
    return marker.markers if isinstance(marker, _Chosen) else (marker,)


def with_parts(marker: Marker, change: Callable[[Marker], Marker]) -> Marker:
    """The marker with each of its parts changed."""
    return marker.changed(change) if isinstance(marker, _Chosen) else change(marker)


def _own(marker: OneMarker) -> Marker:
    if marker is None or isinstance(marker, str):
        return _Fixed(marker)
    if isinstance(marker, Marker):
        return marker
    if callable(marker):
        return _Called(marker)
    raise UsageError(f"no marker: {type(marker).__name__}")


def _named(name: str, key: bytes) -> Marker:
    if name == "label":
        return Labelled()
    if name == "numbered":
        return Numbered()
    if name == "hash":
        return Hashed(key)
    if name == "synthetic":
        return Synthetic(_replacer(key))
    raise UsageError(
        f"markers is one of {', '.join(NAMES)}, not {name!r}; a text of your own goes into a "
        'mapping: {"*": "..."}'
    )


def _replacer(key: bytes) -> Replacer:
    try:
        # Faker, which makes the values, is an extra.
        replacer: Replacer = import_module("leaksift.synthetic").Synthesizer(key)
    except ImportError:
        raise UsageError(
            "synthetic markers need Faker: pip install 'leaksift[synthetic]'"
        ) from None
    return replacer


def _same(label: Label, value: str) -> str:
    """The value in the form in which equal ones are equal."""
    return " ".join(value.split()).casefold() if label.startswith("private_") else value
