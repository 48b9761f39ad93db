"""Small derived files on disk: written whole or not at all, verified when read, never needed.

What is kept here can be made again from the rules at any time (parsed presets, compiled
databases). It never holds text that was scanned.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from pathlib import Path

from leaksift.writing import write_atomically

_DIGEST_BYTES = 32


def cache_directory() -> Path:
    """Where derived files live: LEAKSIFT_CACHE_DIR, else the system's place for caches."""
    if chosen := os.environ.get("LEAKSIFT_CACHE_DIR"):
        return Path(chosen)
    from platformdirs import user_cache_path  # only when nothing was chosen: 10 ms

    return user_cache_path("leaksift", appauthor=False)


def read(name: str) -> bytes | None:
    """The content kept under `name`; None where there is none or where it is damaged."""
    try:
        data = (cache_directory() / name).read_bytes()
    except OSError:
        return None
    content = data[_DIGEST_BYTES:]
    if hashlib.sha256(content).digest() != data[:_DIGEST_BYTES]:
        return None
    return content


def write(name: str, content: bytes) -> None:
    """Keeps `content` under `name`. A directory that cannot be written to is no error: the next
    run makes the content again."""
    directory = cache_directory()
    with contextlib.suppress(OSError):
        directory.mkdir(parents=True, exist_ok=True)
        write_atomically(directory / name, hashlib.sha256(content).digest() + content)
