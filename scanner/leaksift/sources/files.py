"""Files and directories as they are on the disk.

A directory in a repository is what git tracks or would add (so not what is ignored); any other is
walked, without `.git`. Symbolic links that are met are not followed: what they hold, and what git
commits of them, is the path they point to. Only regular files are opened.
"""

# `os.path` and not pathlib: Path.exists and Path.is_dir raise for a directory that may not be
# searched, Path.readlink tidies the target up, and this runs for every file of a tree.

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from leaksift.document import Document
from leaksift.errors import UsageError
from leaksift.finding import Skipped, SkipReason
from leaksift.sources import git, names
from leaksift.sources.content import Limits, excluded, from_bytes, too_large

# Each of these exists on some systems only. A named pipe in place of the file must not make the
# scan wait, and Windows must not change line endings.
_OPEN = os.O_RDONLY
for _flag in ("O_BINARY", "O_CLOEXEC", "O_NOCTTY", "O_NONBLOCK"):
    _OPEN |= getattr(os, _flag, 0)
_NOT_A_LINK = getattr(os, "O_NOFOLLOW", 0)


@dataclass(frozen=True)
class _File:
    """A file by its own name on the disk. `follow`: read what it points to if it is a link;
    `problem`: why it is not read at all."""

    name: str
    shown: str
    follow: bool = False
    problem: SkipReason | None = None


def tree(paths: Iterable[str], limits: Limits) -> Iterator[Document | Skipped]:
    """The files that are named and those in the directories that are named, each once.

    A path is shown from the top of the repository that holds the current directory (from the
    current directory, outside of a repository); one that is not below it is shown as given. A file
    that is named is read even if git ignores it, and followed if it is a link; so is a directory
    in which git ignores everything. Raises UsageError for a path that does not exist, SourceError
    for a repository that git cannot read.
    """
    here = Path(os.path.realpath(Path.cwd()))
    base = os.path.join(git.discover(here) or here, "")
    found: dict[str, _File] = {}
    for given in dict.fromkeys(paths):
        if not os.path.lexists(given):
            raise UsageError(f"{given!r} does not exist, or its directory may not be searched")
        if os.path.isdir(given):
            top = os.path.realpath(given)
            for name, problem in _below(top):
                file = _File(name, _shown(name, top, given, base), problem=problem)
                found.setdefault(name, file)
        else:
            # The directory resolved, so that one file has one name; the last part may be a link.
            directory, last = os.path.split(os.path.abspath(given))
            name = os.path.join(os.path.realpath(directory), last)
            found[name] = _File(name, _shown(name, name, given, base), follow=os.path.exists(name))
    for file in sorted(found.values(), key=lambda file: file.shown):
        if file.problem is not None:
            yield Skipped(file.shown, file.problem)
        else:
            yield excluded(file.shown, limits) or _read(file, limits)


def _below(top: str) -> Iterator[tuple[str, SkipReason | None]]:
    """The files of a directory and, where one cannot be read, why."""
    root = git.discover(Path(top))
    paths = git.tracked(root, Path(top)) if root else []
    if not paths:
        yield from _walk(top)
        return
    linked: dict[str, bool] = {str(root): False}
    for path in paths:
        name = os.path.join(str(root), *names.to_system(path).split("/"))
        if _below_a_link(os.path.dirname(name), linked):
            continue  # git sees such a file as deleted, and the link might lead anywhere
        try:
            mode = os.lstat(name).st_mode
        except OSError as error:
            if not isinstance(error, FileNotFoundError | NotADirectoryError):
                yield name, "unreadable"
            continue  # deleted, or not part of a sparse checkout
        # Also a repository within the repository that git would add as a submodule.
        yield name, "submodule" if stat.S_ISDIR(mode) else None


def _below_a_link(directory: str, known: dict[str, bool]) -> bool:
    """Whether the directory, or one above it up to those that are known, is a symbolic link."""
    if directory not in known:
        parent = os.path.dirname(directory)
        known[directory] = _below_a_link(parent, known) or os.path.islink(directory)
    return known[directory]


def _walk(top: str) -> Iterator[tuple[str, SkipReason | None]]:
    """All files below a directory, but those of `.git`. No directory is entered twice, which also
    stops at the loops that Windows' junctions make."""
    entered: set[tuple[int, int]] = set()
    waiting = [top]
    while waiting:
        directory = waiting.pop()
        try:
            at = os.stat(directory)
            if (at.st_dev, at.st_ino) in entered:
                continue
            entered.add((at.st_dev, at.st_ino))
            with os.scandir(directory) as entries:
                for entry in entries:
                    if entry.name == ".git":
                        continue
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
                    else:
                        yield entry.path, None
        except OSError:
            yield directory, "unreadable"


def _shown(name: str, top: str, given: str, base: str) -> str:
    """What a report calls a file that was found by the path `given`, which is `top` on the disk."""
    if name.startswith(base):
        return names.from_system(name[len(base) :])
    rest = names.from_system(name[len(top) :])
    return names.from_system(given).rstrip("/") + (rest and "/" + rest.strip("/"))


def _read(file: _File, limits: Limits) -> Document | Skipped:
    """The file's content; of a link that is not followed, the path it points to."""
    try:
        status = os.stat(file.name) if file.follow else os.lstat(file.name)
        if stat.S_ISLNK(status.st_mode):
            return from_bytes(file.shown, os.fsencode(os.readlink(file.name)), limits)
        if not stat.S_ISREG(status.st_mode):
            return Skipped(file.shown, "special file", "a pipe, socket or device")
        refusal = too_large(file.shown, status.st_size, limits)
        if refusal is not None:
            return refusal
        data = _content(file, status.st_size, limits.max_file_size)
    except OSError as error:
        return Skipped(file.shown, "unreadable", error.strerror or "")
    return from_bytes(file.shown, data, limits)


def _content(file: _File, size: int, most: int) -> bytes:
    """The bytes of a file that is said to have `size`, one more than `most` at the most."""
    descriptor = os.open(file.name, _OPEN if file.follow else _OPEN | _NOT_A_LINK)
    try:
        # Not a file object, which asks the system three more questions about every file.
        data = os.read(descriptor, size + 1)
        if len(data) == size:
            return data
        # It grew meanwhile, or it is one of /proc, whose size is said to be 0; or the system reads
        # less at a time.
        parts = [data]
        left = most + 1 - len(data)
        while left > 0 and (data := os.read(descriptor, min(left, 1 << 20))):
            parts.append(data)
            left -= len(data)
        return b"".join(parts)
    finally:
        os.close(descriptor)
