"""The models that are on the disk: found by name, verified, removed. Never uses the network.

    weights/weights.lock.json                 what each model has to be (`record.py`)
    weights/owner--name/<commit>-<variant>/   a model's folder, there whole or not at all
    weights/owner--name/<...>.partial/        a download that is going on or was interrupted

A load compares the size and times of each file with those of its last full verification; where
they differ (restored from a cache, copied, changed) it reads the file and compares its digest.
"""

from __future__ import annotations

import contextlib
import hashlib
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path

from leaksift.errors import ModelError
from leaksift.model.directory import VARIANTS
from leaksift.rules.cache import cache_directory
from leaksift.weights.names import DEFAULT_VARIANT, FAST, PINNED, Name, is_commit, parse_name
from leaksift.weights.record import (
    FILE_NAME,
    Entry,
    File,
    Record,
    change_record,
    locked,
    read_record,
)

PARTIAL = ".partial"

OnBytes = Callable[[int], None]
"""Is called with the number of bytes that were read or written; negative where some are void."""


@dataclass(frozen=True)
class Stored:
    """A model that the record knows; whether it is there is another question. The name has a
    commit for its revision."""

    name: Name
    entry: Entry
    path: Path

    @property
    def there(self) -> bool:
        return self.path.is_dir()


def weights_directory() -> Path:
    """Where models are kept: `weights` in the cache directory."""
    return cache_directory() / "weights"


def locate(text: str) -> tuple[Path, str | None]:
    """The folder and variant of a model as a user writes it: a folder with `:variant` where wanted,
    or the name of a downloaded model, whose files are verified. A name without a variant is the
    model's fast form, where `leaksift models optimize` made one.

    Raises ModelError for a model that is not downloaded or that was changed since.
    """
    name = parse_name(text)
    if name is None:
        folder, colon, variant = text.rpartition(":")
        # A folder's own name may hold a colon, and a Windows path has one.
        if colon and variant in VARIANTS and not Path(text).is_dir():
            return Path(folder), variant
        return Path(text), None
    model = _meant(name, text)
    if model is None or not model.there:
        raise ModelError(missing(name, text))
    return verified(model).path, model.name.variant


def declared_digest(text: str) -> str | None:
    """A digest of all files of a downloaded model as the hub declares them, which `locate` has
    verified; None for a folder. Raises ModelError."""
    name = parse_name(text)
    model = _meant(name, text) if name else None
    return model.entry.digest if model else None


def _meant(name: Name, text: str) -> Stored | None:
    """The model that a name stands for: without a variant the fast form, where it is there."""
    if ":" not in text:
        fast = find(replace(name, variant=FAST))
        if fast is not None and fast.there:
            return fast
    return find(name)


def find(name: Name) -> Stored | None:
    """The model of that name, where the record knows it. Raises ModelError."""
    record = read_record(weights_directory())
    commit = known_commit(name, record)
    entry = record.entries.get(key(name.at(commit))) if commit else None
    return stored(name.at(commit), entry) if commit and entry else None


def stored(name: Name, entry: Entry) -> Stored:
    """A model of the store, which need not be there yet. The name must have a commit."""
    return Stored(name, entry, folder(name))


def known_commit(name: Name, record: Record) -> str | None:
    """The commit of a name: its own, the pinned one, or the one that was resolved before."""
    if name.revision is None and name.repository in PINNED:
        return PINNED[name.repository]
    if name.revision is not None and is_commit(name.revision):
        return name.revision
    return record.revisions.get(revision_key(name))


def revision_key(name: Name) -> str:
    """Under which the record has the commit of a name without a variant."""
    return f"{name.repository}@{name.revision}" if name.revision else name.repository


def key(name: Name) -> str:
    """Under which the record has a name with a commit."""
    return f"{name.repository}@{name.revision}:{name.variant}"


def folder(name: Name) -> Path:
    """The folder of a name with a commit, whether it is there or not."""
    owner = name.repository.replace("/", "--")
    return weights_directory() / owner / f"{name.revision}-{name.variant}"


def all_stored() -> list[Stored]:
    """The models that the record knows, sorted by name. Raises ModelError."""
    models = []
    for text, entry in sorted(read_record(weights_directory()).entries.items()):
        name = parse_name(text)
        if name is not None and name.revision is not None and is_commit(name.revision):
            models.append(stored(name, entry))
    return models


def verified(model: Stored, *, fully: bool = False, on_bytes: OnBytes | None = None) -> Stored:
    """The model, after its files were verified; `fully` reads all of them, whatever their times.

    Raises ModelError, which names the first file that is not what the hub declared.
    """
    _refuse_strangers(model)
    files = []
    for file in model.entry.files:
        path = model.path / file.path
        try:
            status = path.stat()
            stamp = (status.st_mtime_ns, status.st_ctime_ns)
            sha256 = file.sha256
            if fully or sha256 is None or stamp != file.stamp:
                right = status.st_size == file.size
                sha256 = _sha256(path, file, on_bytes) if right else None
        except OSError as error:
            raise ModelError(
                f"{path}: {error.strerror or 'unreadable'}; {_repair(model)}"
            ) from None
        if sha256 is None or sha256 != (file.sha256 or sha256):
            origin = "made" if model.entry.made_from else "downloaded"
            raise ModelError(f"{path}: not what was {origin}; {_repair(model)}")
        files.append(replace(file, sha256=sha256, stamp=stamp))
    if tuple(files) == model.entry.files and not fully:
        return model
    now = datetime.now(timezone.utc).isoformat(timespec="seconds")
    entry = replace(model.entry, files=tuple(files), verified=now)
    # A store that cannot be written to (an image, another account) is verified each time.
    with contextlib.suppress(OSError):
        change_record(weights_directory(), lambda record: record.with_entry(key(model.name), entry))
    return replace(model, entry=entry)


def _refuse_strangers(model: Stored) -> None:
    """A model's folder may have optional files, and a graph may name any file beside it: what was
    not declared must not be there. Hidden files, which file managers leave, are never read."""
    declared = {model.path / file.path for file in model.entry.files}
    for path in model.path.rglob("[!.]*"):
        if path not in declared and not path.is_dir():
            raise ModelError(f"{path}: does not belong to the model; {_repair(model)}")


def of_folder(path: Path) -> Entry:
    """The files of a model that is not of a hub, each declared by the SHA-256 that it has. Reads
    all of them; raises ModelError."""
    files = []
    try:
        for file in sorted([*path.glob("*"), *path.glob("onnx/*")]):
            if file.is_file():
                size = file.stat().st_size
                digest = hashlib.sha256()
                with file.open("rb") as stream:
                    while piece := stream.read(1 << 20):
                        digest.update(piece)
                name = file.relative_to(path).as_posix()
                files.append(File(name, size, digest.hexdigest()))
    except OSError as error:
        raise ModelError(f"{error.filename}: {error.strerror}") from None
    return Entry(tuple(files))


def is_what_was_declared(path: Path, file: File, on_bytes: OnBytes | None = None) -> bool:
    """Whether a file has the content that the hub declared. Reads all of it; raises OSError."""
    return path.stat().st_size == file.size and _sha256(path, file, on_bytes) is not None


def _sha256(path: Path, file: File, on_bytes: OnBytes | None) -> str | None:
    """The SHA-256 of the content; None where it is not what the hub declared."""
    sha256 = hashlib.sha256()
    # https://git-scm.com/book/en/v2/Git-Internals-Git-Objects; small files have no other digest.
    blob = hashlib.sha1(f"blob {file.size}\0".encode(), usedforsecurity=False)
    large = len(file.declared) == 64
    with path.open("rb") as stream:
        while piece := stream.read(1 << 20):
            sha256.update(piece)
            if not large:
                blob.update(piece)
            if on_bytes:
                on_bytes(len(piece))
    declared = sha256.hexdigest() if large else blob.hexdigest()
    return sha256.hexdigest() if declared == file.declared else None


def remove(model: Stored) -> None:
    """Takes a model, and what is there of an interrupted download, from the disk and the record.
    Raises ModelError."""
    try:
        with locked(lock_file(model.path)):
            for path in (model.path, partial_folder(model)):
                if path.is_dir():
                    shutil.rmtree(path)
        change_record(weights_directory(), lambda record: _without(record, model))
    except OSError as error:
        raise ModelError(f"{model.path}: cannot be removed: {error.strerror}") from None
    with contextlib.suppress(OSError):  # other variants may be there
        model.path.parent.rmdir()


def _without(record: Record, model: Stored) -> Record:
    """The record without the model, and without what was resolved only for it: so that a branch
    may mean another commit at the next download."""
    record = record.with_entry(key(model.name), None)
    commits = {text.rpartition(":")[0].rpartition("@")[2] for text in record.entries}
    kept = {name: commit for name, commit in record.revisions.items() if commit in commits}
    return replace(record, revisions=kept)


def source(model: Stored) -> Name:
    """The model that one was made from. It must be one that was made here."""
    return replace(model.name, variant=str(model.entry.made_from))


def partial_folder(model: Stored) -> Path:
    """Where a download of the model puts its files until all are there."""
    return model.path.with_name(model.path.name + PARTIAL)


def partial_folders() -> list[Path]:
    """Of all downloads that are going on or were interrupted."""
    return sorted(weights_directory().glob(f"*/*{PARTIAL}"))


def lock_file(folder: Path) -> Path:
    """What a process locks while it writes to this model's folders. Never removed: who waits for it
    would then hold another lock than who comes later."""
    name = f"{folder.parent.name}-{folder.name.removesuffix(PARTIAL)}"
    return weights_directory() / "locks" / name


def missing(name: Name, text: str) -> str:
    """What to say of a model that is not there, which a user wrote as `text`."""
    commit = known_commit(name, read_record(weights_directory()))
    if commit is not None and folder(name.at(commit)).is_dir():
        return (
            f"{text}: its folder is there, and {weights_directory() / FILE_NAME} does not say what "
            f"it has to be; run `leaksift models download {name}`, which verifies it"
        )
    message = f"{text} is not downloaded; run `leaksift models download {name}`"
    if name.variant == FAST:
        other = replace(name, variant=DEFAULT_VARIANT)
        message = f"{text} was not made yet; run `leaksift models optimize {other}`"
    others = [
        f"`{replace(name, variant=model.name.variant)}`"
        for model in all_stored()
        if (model.name.repository, model.name.revision) == (name.repository, commit) and model.there
    ]
    if others:
        message += f", or use {' or '.join(others)}, which is there"
    return f"{message}; the folder of that name is ./{text}" if Path(text).is_dir() else message


def _repair(model: Stored) -> str:
    if model.entry.made_from:
        return f"run `leaksift models optimize {source(model)}`, which makes it again"
    return f"run `leaksift models download {model.name}`, which repairs it"
