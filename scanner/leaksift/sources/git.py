"""What a commit would record, a range of commits, a work tree: with `commits.py` all about git.

What is scanned are blobs; only `tracked` looks at the work tree, and reads no content. How git is
started, and what it must not do, is in `plumbing.py`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen
from typing import BinaryIO, cast

from leaksift.document import Document, LineRange
from leaksift.errors import SourceError, UsageError
from leaksift.finding import Skipped
from leaksift.sources import names, plumbing
from leaksift.sources.content import Limits, asked_for, excluded, from_bytes, too_large
from leaksift.sources.patch import added_lines, common_lines

_SUBMODULE = "160000"

# The empty tree is known to git without being stored; its name depends on the hash, which the
# length of any other object name tells.
_EMPTY_TREE = {
    40: "4b825dc642cb6eb9a060e54bf8d69288fbee4904",
    64: "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321",
}

# One patch whatever the user's configuration and the repository's attributes say. --text: a file
# that an attribute calls binary has lines all the same. The cap keeps finding renames from being
# quadratic; beyond it, a file that was renamed and edited counts as new.
_DIFF = (
    "diff", "--no-ext-diff", "--no-textconv", "--no-color", "--submodule=short",
    "--ignore-submodules=none", "-O/dev/null",
)  # fmt: skip
_PATCH = (
    "--patch", "-U0", "--inter-hunk-context=0", "--no-function-context", "--full-index", "--text",
    "--diff-algorithm=myers", "--ws-error-highlight=none",
)  # fmt: skip
_RENAMES = ("--find-renames=50%", "-l250")

# Windows refuses command lines of more than 32,767 characters.
_ARGUMENTS_LENGTH = 20_000


@dataclass(frozen=True)
class _Inside:
    """What has to be known of a repository's own directory."""

    object_format: str
    objects: Path
    merge_head: Path


@dataclass(frozen=True)
class _Side:
    """What `git diff` compares: two commits, or the index (`--cached`) and a commit, HEAD if left
    out. The index belongs to the real repository; commits are compared in isolation."""

    arguments: tuple[str, ...]
    variables: plumbing.Variables | None = None


@dataclass(frozen=True)
class _Change:
    """One record of `git diff --raw`. `status` is its letter, `mode` that of the new side."""

    path: str
    old_path: str
    status: str
    mode: str
    old_blob: str
    blob: str


def discover(path: Path) -> Path | None:
    """The top of the work tree that holds `path`, or None outside of one (or inside `.git`).

    Raises SourceError when there is a repository that git cannot open, or no git to open it.
    """
    # Path.is_dir raises where a directory may not be searched.
    directory = path if os.path.isdir(path) else path.parent
    start = Path(os.path.realpath(directory))
    marked = any(os.path.lexists(parent / ".git") for parent in (start, *start.parents))
    if "GIT_DIR" not in os.environ:
        # Outside of a repository git is not even started.
        return _top(start) if marked else None
    # With GIT_DIR, as in the hooks of a linked worktree, git takes the current directory for the
    # top of the work tree: ask it from there, and never about another repository.
    top = _top(Path.cwd())
    if top is not None and start.is_relative_to(top):
        return top
    if marked:
        raise SourceError(f"GIT_DIR is set for another repository; unset it to scan {str(path)!r}")
    return None


def staged(root: Path, limits: Limits) -> Iterator[Document | Skipped]:
    """What `git commit` would record now, with the lines that differ from every parent.

    `root` is the top of the work tree. Reads the index that GIT_INDEX_FILE names. A file equal to
    its version in a parent (HEAD, or the branch that is being merged) is not new and left out; on a
    branch without commits all is new. Raises SourceError if paths are unmerged.
    """
    inside = _inside(root)
    sides = [_Side(("--cached",)), *(_Side(("--cached", head)) for head in _merge_heads(inside))]
    with plumbing.objects_only(inside.objects, inside.object_format) as isolated:
        yield from _documents(root, sides, limits, isolated)


def between(
    root: Path, from_ref: str, to_ref: str, limits: Limits, *, direct: bool = False
) -> Iterator[Document | Skipped]:
    """The files that `to_ref` changes since it left `from_ref`, as they are at `to_ref`.

    As in `git diff FROM...TO`: compared is the merge base, so that news on the other branch do not
    count. With `direct` it is `from_ref` itself (two dots), which takes no history. A `from_ref` of
    zeros only, as hooks and CI say for a new branch, stands for nothing: all files of `to_ref` are
    new. Raises UsageError if a ref is no commit or there is no merge base.
    """
    target = _commit(root, to_ref)
    if re.fullmatch("0{40}|0{64}", from_ref):
        base = _EMPTY_TREE[len(target)]
    elif direct:
        base = _commit(root, from_ref)
    else:
        base = _merge_base(root, from_ref, _commit(root, from_ref), to_ref, target)
    inside = _inside(root)
    with plumbing.objects_only(inside.objects, inside.object_format) as isolated:
        yield from _documents(root, [_Side((base, target), isolated)], limits, isolated)


def tracked(root: Path, directory: Path) -> list[str]:
    """Paths, from `root`, of the files below `directory` that git tracks or would add.

    Ignored files are left out. Some may be gone from the disk, be symbolic links or directories
    (a submodule, or a repository of its own that is not one yet).
    """
    for name in ("GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE"):
        if name in os.environ and not Path.cwd().is_relative_to(root):
            raise SourceError(f"{name} is set for another repository; unset it to scan {root}")
    below = directory.relative_to(root).as_posix()
    listed = plumbing.output(
        root, "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", below
    )
    return sorted({names.from_git(name.rstrip(b"/")) for name in listed.split(b"\0") if name})


def _documents(
    root: Path, sides: list[_Side], limits: Limits, isolated: plumbing.Variables
) -> Iterator[Document | Skipped]:
    """The new blobs of the first side that are new on all sides, sorted by path."""
    tables = [_changes(root, side) for side in sides]
    found: list[_Change | Skipped] = []
    for path, change in sorted(tables[0].items()):
        if change.status == "D" or not all(path in table for table in tables):
            continue
        if not asked_for(path, limits):
            continue
        if change.mode == _SUBMODULE:
            found.append(Skipped(path, "submodule"))
        else:
            found.append(excluded(path, limits) or change)
    wanted = [change.path for change in found if isinstance(change, _Change)]
    if not wanted:
        yield from (skipped for skipped in found if isinstance(skipped, Skipped))
        return
    compared = [[table[path] for path in wanted] for table in tables]
    blobs = {blob for side in compared for c in side for blob in (c.old_blob, c.blob)}
    sizes = _sizes(root, blobs, isolated)
    lines: dict[str, tuple[LineRange, ...] | None] = dict.fromkeys(wanted)
    for side, changes in zip(sides, compared, strict=True):
        for path, ranges in _changed_lines(root, side, changes, sizes, limits).items():
            lines[path] = common_lines(lines[path], ranges)
    with plumbing.process(root, "cat-file", "--batch", variables=isolated) as process:
        for item in found:
            if isinstance(item, Skipped):
                yield item
            elif item.blob not in sizes:
                yield Skipped(item.path, "unreadable", "the blob is missing; fetch it with git")
            else:
                refusal = too_large(item.path, sizes[item.blob], limits)
                yield refusal or from_bytes(
                    item.path, _read_blob(process, item.blob), limits, lines[item.path]
                )


def _changes(root: Path, side: _Side) -> dict[str, _Change]:
    """The records of `git diff --raw`, by path."""
    command = (*_DIFF, "--raw", "-z", "--no-abbrev")
    rest = (*side.arguments, "--")
    status, records, _ = plumbing.run(root, *command, *_RENAMES, *rest, variables=side.variables)
    if status:
        # In a partial clone, the blobs that finding renames would compare may be missing.
        records = plumbing.output(root, *command, "--no-renames", *rest, variables=side.variables)
    fields = iter(records.split(b"\0"))
    changes: dict[str, _Change] = {}
    for header in fields:
        if not header:
            continue
        _, mode, old_blob, blob, letters = header.decode("ascii").split(" ")
        old_path = names.from_git(next(fields))
        path = names.from_git(next(fields)) if letters[0] in "RC" else old_path
        if letters[0] == "U":
            raise SourceError(f"{path!r} is unmerged: resolve the conflict and git add it")
        changes[path] = _Change(path, old_path, letters[0], mode, old_blob, blob)
    return changes


def _changed_lines(
    root: Path, side: _Side, changes: list[_Change], sizes: dict[str, int], limits: Limits
) -> dict[str, tuple[LineRange, ...] | None]:
    """The added and changed lines of each path; None for all of them."""
    lines: dict[str, tuple[LineRange, ...] | None] = {}
    compare: list[_Change] = []
    for change in changes:
        if change.old_blob == change.blob:  # only its name or mode changed
            lines[change.path] = ()
        elif change.status in "MR" and all(
            blob in sizes and sizes[blob] <= limits.max_file_size
            for blob in (change.old_blob, change.blob)
        ):
            compare.append(change)
        else:
            # New, of another type, or there is nothing to compare it with.
            lines[change.path] = None
    command = (*_DIFF, *_PATCH, *_RENAMES, *side.arguments, "--")
    for paths in _portions(compare):
        with plumbing.process(root, *command, *paths, variables=side.variables) as process:
            added = added_lines(cast(BinaryIO, process.stdout))
        for change in compare:
            # Among fewer files git may pair other renames: those then count as new.
            if (pair := (change.old_blob, change.blob)) in added:
                lines[change.path] = added[pair]
    return {change.path: lines.get(change.path) for change in changes}


def _portions(changes: Iterable[_Change]) -> Iterator[list[str]]:
    """The names of the files as arguments, in as few command lines as can be."""
    portion: list[str] = []
    length = 0
    for change in changes:
        for path in sorted({change.path, change.old_path}):
            portion.append(names.to_system(path))
            length += len(portion[-1]) + 3
        if length > _ARGUMENTS_LENGTH:
            yield portion
            portion, length = [], 0
    if portion:
        yield portion


def _sizes(root: Path, blobs: Iterable[str], isolated: plumbing.Variables) -> dict[str, int]:
    """The length of each blob in bytes; those that are not in the repository are left out."""
    asked = sorted(blob for blob in blobs if blob.strip("0"))
    feed = "".join(f"{blob}\n" for blob in asked).encode()
    listed = plumbing.output(root, "cat-file", "--batch-check", feed=feed, variables=isolated)
    answers = (line.split(" ") for line in listed.decode("ascii").splitlines())
    return {answer[0]: int(answer[2]) for answer in answers if answer[1] == "blob"}


def _read_blob(process: Popen[bytes], blob: str) -> bytes:
    """The content of a blob by a running `git cat-file --batch`."""
    stdin, stdout = cast(BinaryIO, process.stdin), cast(BinaryIO, process.stdout)
    stdin.write(f"{blob}\n".encode())
    stdin.flush()
    answer = stdout.readline().split()
    if len(answer) != 3:
        raise EOFError
    data = stdout.read(int(answer[2]))
    if len(data) != int(answer[2]) or stdout.read(1) != b"\n":
        raise EOFError
    return data


def _inside(root: Path) -> _Inside:
    command = ("rev-parse", "--show-object-format", "--git-path", "objects")
    printed = plumbing.output(root, *command, "--git-path", "MERGE_HEAD").split(b"\n")
    if len(printed) != 4:  # each ends in a line feed
        raise SourceError(f"the name of the repository of {str(root)!r} has a line break")
    object_format, objects, merge_head = (_line(line) for line in printed[:3])
    return _Inside(object_format, root / objects, root / merge_head)


def _merge_heads(inside: _Inside) -> list[str]:
    """The commits that are being merged into HEAD; none when no merge is going on.

    MERGE_HEAD is not there yet when git runs the pre-merge-commit hook; but then its environment
    names them: builtin/merge.c sets GITHEAD_<object name> for its own messages.
    """
    try:
        heads = inside.merge_head.read_text("ascii").split()
    except FileNotFoundError:
        heads = [
            name[len("GITHEAD_") :] for name in sorted(os.environ) if name.startswith("GITHEAD_")
        ]
    return [head for head in heads if re.fullmatch("[0-9a-f]{40}|[0-9a-f]{64}", head)]


def _commit(root: Path, ref: str) -> str:
    """The object name of the commit that `ref` stands for. Raises UsageError."""
    problem = f"{ref!r} is not a commit of {root}"
    if re.fullmatch("0{40}|0{64}", ref):
        raise UsageError(f"{problem}: zeros stand for a branch that was deleted")
    # No ref starts with a dash, so none can be taken for an option (git before 2.30 mishandles
    # --end-of-options here).
    if ref and not ref.startswith("-") and ref.isprintable():
        _, printed, _ = plumbing.run(root, "rev-parse", "--verify", "-q", f"{ref}^{{commit}}")
        name = _line(printed)
        if re.fullmatch("[0-9a-f]{40}|[0-9a-f]{64}", name):
            return name
    raise UsageError(f"{problem}{_advice(root)}")


def _merge_base(root: Path, from_ref: str, base: str, to_ref: str, target: str) -> str:
    status, printed, _ = plumbing.run(root, "merge-base", base, target)
    if status:
        raise UsageError(f"{from_ref!r} and {to_ref!r} have no common commit{_advice(root)}")
    return _line(printed)


def _advice(root: Path) -> str:
    """What to do about a missing commit."""
    _, printed, _ = plumbing.run(root, "rev-parse", "--is-shallow-repository")
    if _line(printed) == "true":
        return ": this clone is shallow; run git fetch --unshallow, or set fetch-depth: 0 in CI"
    return ": check the name, or run git fetch"


def _top(directory: Path) -> Path | None:
    """The top of the work tree as git says it, asked from a directory."""
    command = ("rev-parse", "--show-toplevel")
    status, printed, messages = plumbing.run(directory, *command)
    if status == 0:
        return Path(os.path.realpath(_line(printed)))
    if b"must be run in a work tree" in messages:
        return None
    stopped = b"mount point" in messages or "GIT_CEILING_DIRECTORIES" in os.environ
    if stopped and b"not a git repository (or any" in messages:
        return None
    raise plumbing.failure(directory, command, status, messages)


def _line(printed: bytes) -> str:
    """The one line that git printed, as a name of this system."""
    return names.to_system(names.from_git(printed.rstrip(b"\r\n")))
