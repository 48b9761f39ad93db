"""Downloads: a model is in its place whole and verified, or not at all.

Files come into a folder beside it, each under a name that ends in `.part` until its digest is what
the hub declared; the folder is renamed when all are there. An interrupted download goes on where it
was. Several processes may want the same model: one fetches, the others wait and find it.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from leaksift.errors import ModelError
from leaksift.weights import hub
from leaksift.weights.hub import Interrupted
from leaksift.weights.names import Name
from leaksift.weights.record import Entry, File, Record, change_record, locked, read_record
from leaksift.weights.store import (
    OnBytes,
    Stored,
    find,
    is_what_was_declared,
    key,
    known_commit,
    lock_file,
    partial_folder,
    revision_key,
    source,
    stored,
    verified,
    weights_directory,
)

_PAUSES = (1.0, 2.0, 4.0, 8.0)
"""Seconds between tries that brought nothing. After the last, the download gives up."""

_LONGEST_WAIT = 60.0
"""A hub that asks for more than these seconds is not waited for."""

T = TypeVar("T")


@dataclass(frozen=True)
class Watcher:
    """Who watches a download: `begin` gets the size of what is to come, `on_bytes` what came, and
    `tell` lines for a person who waits."""

    begin: Callable[[Stored], None]
    on_bytes: OnBytes
    tell: Callable[[str], None]


def look_up(name: Name, tell: Callable[[str], None]) -> Stored:
    """The model of that name as the record knows it, else as the hub declares it, which is then
    recorded. Raises ModelError, and UsageError where there is to be no network."""
    known = find(name)
    if known is not None:
        return known
    commit = known_commit(name, read_record(weights_directory()))
    at = name.at(commit) if commit else name
    resolved, paths = _patiently(lambda: hub.look_up(at), tell)
    if commit is not None and resolved != commit:
        raise ModelError(f"{name.repository}: asked for {commit}, the hub has {resolved}")
    files = tuple(
        _patiently(partial(hub.declared, name.at(resolved), path), tell) for path in paths
    )

    def add(record: Record) -> Record:
        revisions = dict(record.revisions)
        if commit is None:
            revisions[revision_key(name)] = resolved
        record = replace(record, revisions=revisions)
        return record.with_entry(key(name.at(resolved)), Entry(files))

    try:
        record = change_record(weights_directory(), add)
    except OSError as error:
        raise _disk(error, weights_directory()) from None
    name = name.at(resolved)
    return stored(name, record.entries[key(name)])


def download(name: Name, watcher: Watcher) -> Stored:
    """The model, in its place and verified; fetches what is missing or damaged.

    Raises ModelError with one line; what came until then is kept for the next try.
    """
    model = look_up(name, watcher.tell)
    if model.entry.made_from:
        return _made(model)
    try:
        with locked(
            lock_file(model.path), lambda: watcher.tell("waiting for another download of it")
        ):
            if (there := _intact(model)) is not None:
                return there
            hub.refuse_offline()
            _fetch(model, watcher)
            return verified(model)
    except OSError as error:
        raise _disk(error, model.path) from None


def _made(model: Stored) -> Stored:
    """A model that no hub has. Raises ModelError where it has to be made again."""
    if model.there:
        return verified(model)
    raise ModelError(
        f"{model.name} is made here, not fetched; run `leaksift models optimize {source(model)}`"
    )


def _intact(model: Stored) -> Stored | None:
    if not model.there:
        return None
    try:
        return verified(model)
    except ModelError:
        return None


def _fetch(model: Stored, watcher: Watcher) -> None:
    folder = partial_folder(model)
    if model.there and not folder.exists():
        model.path.rename(folder)  # what of it is not damaged need not come again
    elif model.there:
        shutil.rmtree(model.path)
    folder.mkdir(parents=True, exist_ok=True)
    lacking = model.entry.size - sum(_have(folder, file) for file in model.entry.files)
    free = shutil.disk_usage(folder).free
    if free < lacking:
        raise ModelError(
            f"{folder}: {free / 1e6:,.0f} MB are free and {lacking / 1e6:,.0f} MB to come: make "
            "room, or set LEAKSIFT_CACHE_DIR to another place"
        )
    watcher.begin(model)
    for file in model.entry.files:
        _complete(model, file, folder / file.path, watcher)
    _only(folder, {folder / file.path for file in model.entry.files})
    folder.rename(model.path)


def _have(folder: Path, file: File) -> int:
    for path in (folder / file.path, _part(folder / file.path)):
        if path.is_file():
            return min(path.stat().st_size, file.size)
    return 0


def _part(path: Path) -> Path:
    return path.with_name(path.name + ".part")


def _complete(model: Stored, file: File, path: Path, watcher: Watcher) -> None:
    if path.is_file() and is_what_was_declared(path, file):
        watcher.on_bytes(file.size)
        return
    path.unlink(missing_ok=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = _part(path)
    if part.exists() and part.stat().st_size > file.size:
        part.unlink()
    if part.exists():
        watcher.on_bytes(part.stat().st_size)
    _patiently(
        lambda: _receive(model, file, part, watcher.on_bytes),
        watcher.tell,
        lambda: part.stat().st_size if part.exists() else 0,
    )
    if not is_what_was_declared(part, file):
        part.unlink()
        raise ModelError(
            f"{model.name.repository}: {file.path} came with another digest than the hub declares; "
            "it was thrown away, try again or use another HF_ENDPOINT"
        )
    _to_disk(part)
    part.replace(path)


def _receive(model: Stored, file: File, part: Path, on_bytes: OnBytes) -> None:
    if not part.exists() or part.stat().st_size < file.size:
        hub.receive(model.name, file, part, on_bytes)


def _to_disk(path: Path) -> None:
    # A rename that survives a power cut before its content does would leave zeros.
    with path.open("rb+") as stream:
        os.fsync(stream.fileno())


def _only(folder: Path, wanted: set[Path]) -> None:
    """Removes what does not belong to the model: a graph may name any file beside it."""
    for path in folder.rglob("*"):
        if path.is_file() and path not in wanted:
            path.unlink()


def _patiently(
    attempt: Callable[[], T],
    tell: Callable[[str], None],
    progress: Callable[[], int] = lambda: 0,
) -> T:
    """The result of what may fail for a while. Tries that bring something do not count. Raises
    ModelError when the patience is at its end."""
    tries = 0
    while True:
        before = progress()
        try:
            return attempt()
        except Interrupted as interruption:
            tries = 0 if progress() > before else tries
            wait = interruption.wait
            if tries == len(_PAUSES) or (wait is not None and wait > _LONGEST_WAIT):
                later = f"; it asks to wait {wait:.0f} s" if wait else ""
                raise ModelError(f"{interruption}{later}; try again later") from None
            pause = _PAUSES[tries] if wait is None else wait
            tell(f"{interruption}: trying again in {pause:.0f} s")
            time.sleep(pause)
            tries += 1


def _disk(error: OSError, path: Path) -> ModelError:
    if hub.is_full(error):
        return ModelError(
            f"{path}: the disk takes no more ({error.strerror}): make room, or set "
            "LEAKSIFT_CACHE_DIR to another place, and run it again: it goes on where it was"
        )
    return ModelError(f"{path}: cannot be written: {error.strerror or type(error).__name__}")
