"""Small derived files on disk: written whole or not at all, verified when read, never needed.

What is kept here can be made again from the rules at any time (parsed presets, compiled
databases). It never holds text that was scanned.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import time
from pathlib import Path

from leaksift.writing import write_atomically

_DIGEST_BYTES = 32

_DAY = 24 * 3600

# Each version of the rules and each choice of them has a file of some megabytes.
_KEPT_UNUSED = 30 * _DAY


def cache_directory() -> Path:
    """Where derived files live: LEAKSIFT_CACHE_DIR, else the system's place for caches."""
    if chosen := os.environ.get("LEAKSIFT_CACHE_DIR"):
        return Path(chosen)
    from platformdirs import user_cache_path  # only when nothing was chosen: 10 ms

    return user_cache_path("leaksift", appauthor=False)


def read(name: str) -> bytes | None:
    """The content kept under `name`; None where there is none or where it is damaged."""
    file = cache_directory() / name
    try:
        data = file.read_bytes()
    except OSError:
        return None
    content = data[_DIGEST_BYTES:]
    if hashlib.sha256(content).digest() != data[:_DIGEST_BYTES]:
        return None
    with contextlib.suppress(OSError):
        if _unused_for(file) > _DAY:
            os.utime(file)
    return content


def write(name: str, content: bytes) -> None:
    """Keeps `content` under `name`, which is KIND-ANYTHING.ENDING, and removes what nobody asked
    for in a month of the same kind and ending. A directory that cannot be written to is no error:
    the next run makes the content again."""
    directory = cache_directory()
    with contextlib.suppress(OSError):
        directory.mkdir(parents=True, exist_ok=True)
        write_atomically(directory / name, hashlib.sha256(content).digest() + content)
        for old in directory.glob(f"{name.partition('-')[0]}-*{Path(name).suffix}"):
            # Another process may be faster.
            with contextlib.suppress(OSError):
                if _unused_for(old) > _KEPT_UNUSED:
                    old.unlink()


def _unused_for(file: Path) -> float:
    """Seconds since the file was made or, to the day, last read. Raises OSError."""
    return time.time() - file.stat().st_mtime
