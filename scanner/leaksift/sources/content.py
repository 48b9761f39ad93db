"""From a file's bytes to a Document, or the reason why it is not scanned.

The same for every source: limits, exclude patterns, Git LFS pointers, decoding. Where the bytes
come from is the sources' business.
"""

from __future__ import annotations

import functools
import re
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

from leaksift.decoding import NotText, decode
from leaksift.document import Document, LineRange
from leaksift.errors import ConfigError
from leaksift.finding import Skipped

if TYPE_CHECKING:
    import pathspec

# https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md: sorted `key value` lines after the
# version, less than 1024 bytes. Matched as a whole, so that nothing can hide behind a first line.
_LFS_POINTER = re.compile(
    rb"version https://(?:git-lfs\.github\.com|hawser\.github\.com)/spec/v1\n"
    rb"(?:ext-[0-9]-[a-z0-9.-]{1,32} sha256:[0-9a-f]{64}\n){0,10}"
    rb"oid sha256:[0-9a-f]{64}\nsize [0-9]{1,20}\n?"
)


@dataclass(frozen=True)
class Limits:
    """What is not scanned: files of more than `max_file_size` bytes, and paths that match one of
    the `exclude` patterns, which are those of a `.gitignore` at the top of the repository.

    Of the index and of ranges, nothing but the files and folders in `only` was asked for, if there
    are any: paths as git spells them.
    """

    max_file_size: int
    exclude: tuple[str, ...] = ()
    only: tuple[str, ...] = ()


def asked_for(path: str, limits: Limits) -> bool:
    """Whether the path is one of `limits.only` or below one."""
    return not limits.only or any(
        path == chosen or path.startswith(f"{chosen}/") for chosen in limits.only
    )


def excluded(path: str, limits: Limits) -> Skipped | None:
    """Why the path is not even opened. Raises ConfigError for a pattern that cannot be read."""
    if not limits.exclude:
        return None
    # The backends of pathspec take text that can be encoded.
    readable = path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return Skipped(path, "excluded") if _spec(limits.exclude).match_file(readable) else None


def too_large(path: str, size: int, limits: Limits) -> Skipped | None:
    """Why a file of `size` bytes is not read."""
    if size <= limits.max_file_size:
        return None
    return Skipped(path, "too large", f"{size:,} bytes, the limit is {limits.max_file_size:,}")


def from_bytes(
    path: str, data: bytes, limits: Limits, changed: tuple[LineRange, ...] | None = None
) -> Document | Skipped:
    """The Document of a file's content.

    `changed` are lines of `data` as git counts them, by 0x0A bytes; None means all.
    """
    refusal = too_large(path, len(data), limits)
    if refusal is not None:
        return refusal
    if is_lfs_pointer(data):
        return Skipped(path, "lfs pointer")
    try:
        decoded = decode(data)
    except NotText as error:
        return Skipped(path, error.reason)
    return Document(
        path=path,
        text=decoded.text,
        size=len(data),
        encoding=decoded.encoding,
        has_bom=decoded.has_bom,
        changed=_lines_of_text(changed, data, decoded.text),
    )


def is_lfs_pointer(data: bytes) -> bool:
    """Whether this is what Git LFS commits in place of a file."""
    return len(data) < 1024 and _LFS_POINTER.fullmatch(data) is not None


def _lines_of_text(
    changed: tuple[LineRange, ...] | None, data: bytes, text: str
) -> tuple[LineRange, ...] | None:
    """The same lines of the decoded text; None (all) where the two cannot be matched.

    In UTF-16, 0x0A may be half of another character. When there are as many of them as line feeds
    in the text, each is one, and git's lines and ours hold the same characters.
    """
    if not changed:
        return changed
    feeds = text.count("\n")
    if feeds != data.count(b"\n"):
        return None
    # What follows the last 0x0A of UTF-16 (little endian) is a line to git, not to us.
    last = feeds + (not text.endswith("\n"))
    return tuple(
        LineRange(lines.first, min(lines.last, last)) for lines in changed if lines.first <= last
    )


@functools.lru_cache(maxsize=8)
def _spec(patterns: tuple[str, ...]) -> pathspec.GitIgnoreSpec:
    for pattern in patterns:
        try:
            _compile((pattern,))
        except (ValueError, re.error):
            raise ConfigError(f"exclude: {pattern!r} is not a .gitignore pattern") from None
    return _compile(patterns)


def _compile(patterns: tuple[str, ...]) -> pathspec.GitIgnoreSpec:
    # Takes 30 ms to import; most configurations exclude nothing.
    import pathspec

    with warnings.catch_warnings():
        # A character class that re finds odd is the user's wish, not a defect to print.
        warnings.simplefilter("ignore", FutureWarning)
        # The other backends are chosen by what is installed and refuse some patterns.
        return pathspec.GitIgnoreSpec.from_lines(patterns, backend="simple")
