"""`weights.lock.json`: what the hub declared about each model, and when its files were verified.

The file stands beside the models, not among them: who can only change a model's folder (a build's
cache that other builds write to) cannot change what it has to be. Damage is an error, not an empty
record.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from leaksift.errors import ModelError
from leaksift.writing import write_atomically

FILE_NAME = "weights.lock.json"

_FORM = 1
_DIGEST = re.compile("[0-9a-f]{64}|[0-9a-f]{40}")

# Of a record that was changed by hand: no file of a model is outside of its folder.
_PATH = re.compile(r"(?:onnx/)?\w[\w.-]{0,99}", re.ASCII)

Stamp = tuple[int, int]
"""Times of last change of content and of the file's entry (on Windows: of its making), in
nanoseconds. The second is new on every file that was unpacked or copied."""


@dataclass(frozen=True)
class File:
    """One file of a model. `declared` is what the hub says: the SHA-256 of the content, or of a
    small file its git blob id (SHA-1). `sha256` and `stamp` are known once it was verified here."""

    path: str
    size: int
    declared: str
    sha256: str | None = None
    stamp: Stamp | None = None


@dataclass(frozen=True)
class Entry:
    """A model at a commit in one variant. `verified` is an ISO time in UTC, None for a model of
    which only the hub's declaration is known. `made_from` is the variant that this one was made
    from here, None for what the hub has: the declarations are then our own."""

    files: tuple[File, ...]
    verified: str | None = None
    made_from: str | None = None

    @property
    def size(self) -> int:
        """Of all files, in bytes."""
        return sum(file.size for file in self.files)

    @property
    def digest(self) -> str:
        """SHA-256, in hex, of what the hub declares: names the weights before they are there."""
        lines = sorted(f"{file.path} {file.size} {file.declared}\n" for file in self.files)
        return hashlib.sha256("".join(lines).encode()).hexdigest()


@dataclass(frozen=True)
class Record:
    """`revisions` maps `owner/name` and `owner/name@branch` to the commit that was resolved once;
    `entries` are by `owner/name@commit:variant`."""

    revisions: Mapping[str, str] = field(default_factory=dict)
    entries: Mapping[str, Entry] = field(default_factory=dict)

    def with_entry(self, key: str, entry: Entry | None) -> Record:
        """With this entry, or without one of that key."""
        entries = {name: kept for name, kept in self.entries.items() if name != key}
        return replace(self, entries=entries if entry is None else {**entries, key: entry})


def read_record(store: Path) -> Record:
    """The record of a store; an empty one where there is no file. Raises ModelError."""
    file = store / FILE_NAME
    try:
        content = file.read_bytes()
    except FileNotFoundError:
        return Record()
    except OSError as error:
        raise ModelError(f"{file}: cannot be read: {error.strerror}") from None
    try:
        return _record(json.loads(content))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise ModelError(
            f"{file}: damaged; remove it and run `leaksift models download`, which verifies the "
            "files that are there and fetches only what is missing"
        ) from None


def change_record(store: Path, change: Callable[[Record], Record]) -> Record:
    """Reads, changes and writes the record, while no other process does. Raises ModelError and
    OSError."""
    with locked(store / "locks" / "record"):
        record = change(read_record(store))
        content = json.dumps(_json(record), indent=1, sort_keys=True) + "\n"
        write_atomically(store / FILE_NAME, content.encode())
    return record


@contextlib.contextmanager
def locked(file: Path, busy: Callable[[], None] | None = None) -> Iterator[None]:
    """Alone among all processes that lock this file. `busy` is called once where one has to wait
    for another. The lock ends with its process, also when that is killed. Raises OSError."""
    from filelock import FileLock, Timeout  # only when something is written

    file.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(file)
    try:
        lock.acquire(timeout=0 if busy else -1)
    except Timeout:
        if busy:
            busy()
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _record(data: Any) -> Record:
    if data["form"] != _FORM:
        raise ValueError("another form")
    revisions = {str(name): str(commit) for name, commit in data["revisions"].items()}
    entries = {str(key): _entry(entry) for key, entry in data["models"].items()}
    return Record(revisions, entries)


def _entry(data: Any) -> Entry:
    files = tuple(_file(path, file) for path, file in data["files"].items())
    verified, made_from = data["verified"], data.get("made_from")
    if made_from is not None and not re.fullmatch(r"\w{1,20}", made_from, re.ASCII):
        raise ValueError("not a variant")
    return Entry(files, None if verified is None else str(verified), made_from)


def _file(path: str, data: Any) -> File:
    declared, sha256, stamp = data["declared"], data["sha256"], data["stamp"]
    if not (_PATH.fullmatch(path) and _DIGEST.fullmatch(declared)):
        raise ValueError("not a file of a model")
    if type(data["size"]) is not int or data["size"] < 0:
        raise ValueError("not a size")
    if stamp is not None and [type(time) for time in stamp] != [int, int]:
        raise ValueError("not a stamp")
    if not isinstance(sha256, str | None):
        raise ValueError("not a digest")
    return File(path, data["size"], declared, sha256, stamp and (stamp[0], stamp[1]))


def _json(record: Record) -> dict[str, Any]:
    return {
        "form": _FORM,
        "revisions": dict(record.revisions),
        "models": {
            key: {
                "verified": entry.verified,
                **({"made_from": entry.made_from} if entry.made_from else {}),
                "files": {
                    file.path: {
                        "size": file.size,
                        "declared": file.declared,
                        "sha256": file.sha256,
                        "stamp": file.stamp,
                    }
                    for file in entry.files
                },
            }
            for key, entry in record.entries.items()
        },
    }
