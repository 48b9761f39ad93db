"""Puts a model that was made here into the store: with the record of every file's digest, whole or
not at all, and by one process at a time. What makes it is the caller's."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from leaksift.errors import ModelError
from leaksift.weights.names import FAST, Name
from leaksift.weights.record import change_record, locked
from leaksift.weights.store import (
    Stored,
    find,
    key,
    lock_file,
    missing,
    of_folder,
    partial_folder,
    stored,
    verified,
    weights_directory,
)


def keep(name: Name, make: Callable[[Stored, Path], None], tell: Callable[[str], None]) -> Stored:
    """The fast form of a downloaded model, in its place and verified. `make` gets that model and
    the folder to write, which is not there; nothing is left of what it wrote where it raises.

    `tell` gets a line for a person who waits. Raises ModelError.
    """
    origin = find(name)
    if origin is None or not origin.there:
        raise ModelError(missing(name, str(name)))
    origin = verified(origin)
    target = stored(replace(origin.name, variant=FAST), origin.entry)
    try:
        with locked(lock_file(target.path), lambda: tell("waiting for another process at it")):
            return _made(origin, target, make)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ModelError(f"{target.path}: cannot be written: {reason}") from None


def _made(origin: Stored, target: Stored, make: Callable[[Stored, Path], None]) -> Stored:
    # Of an earlier one that was killed; nobody else writes here now.
    partial = partial_folder(target)
    if partial.is_dir():
        shutil.rmtree(partial)
    partial.mkdir(parents=True, exist_ok=True)
    try:
        # Inside of it, so that whatever a killed process leaves is found by its name.
        whole = partial / "model"
        make(origin, whole)
        entry = replace(of_folder(whole), made_from=origin.name.variant)
        if target.path.is_dir():
            shutil.rmtree(target.path)
        change_record(
            weights_directory(), lambda record: record.with_entry(key(target.name), entry)
        )
        whole.rename(target.path)
    finally:
        with contextlib.suppress(OSError):
            shutil.rmtree(partial)
    return verified(stored(target.name, entry))
