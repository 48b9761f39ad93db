"""What leaksift keeps on the disk."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from leaksift.doctor.check import Check
from leaksift.errors import ModelError
from leaksift.rules.cache import cache_directory
from leaksift.weights import store


def cache_checks() -> Iterator[Check]:
    """The cache directory and the downloaded models in it."""
    directory = cache_directory()
    try:
        size = sum(path.stat().st_size for path in directory.iterdir() if path.is_file())
    except FileNotFoundError:
        size = 0
    except OSError as error:
        advice = "set LEAKSIFT_CACHE_DIR to a folder of yours"
        yield Check("cache", f"{directory}: {error.strerror}", "note", advice)
        return
    told = f"{directory}, {size / 1e6:,.1f} MB without models"
    if _is_writable(directory):
        yield Check("cache", told)
    else:
        yield Check(
            "cache",
            f"{told}: cannot be written to",
            "note",
            "set LEAKSIFT_CACHE_DIR to a folder of yours: each scan makes its rules anew",
        )
    try:
        models = [model for model in store.all_stored() if model.there]
    except ModelError as error:
        yield Check("models", str(error), "problem")
        return
    total = sum(model.entry.size for model in models) / 1e6
    yield Check("models", f"{len(models)} downloaded, {total:,.1f} MB")


def _is_writable(directory: Path) -> bool:
    """Whether files can be made there, or, where it is not there yet, in what would hold it."""
    folders = (directory, *directory.absolute().parents)
    there = next((folder for folder in folders if folder.is_dir()), None)
    try:
        # Asking for the permission (os.access) would not tell on Windows and on read-only disks.
        with tempfile.TemporaryFile(dir=there, prefix=".leaksift-"):
            return True
    except OSError:
        return False
