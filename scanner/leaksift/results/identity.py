"""What has a say in a reading beside the text: the model's files, the program, its libraries.

A model's files are read once and then known by their size, times and inode, as long as none of
these changes.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import mmap
import os
import stat
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from leaksift.results.database import KEY_BYTES, Database

if TYPE_CHECKING:
    from leaksift.model.directory import ModelDirectory

_BESIDE = ("config.json", "tokenizer.json", "viterbi_calibration.json", "screen.npz")

_LIBRARIES = ("numpy-", "onnxruntime", "tokenizers-")

Stamps = dict[str, list[int] | None]
"""Size, times of change and inode by a file's name, None for one that is not there."""


def model_digest(directory: ModelDirectory, database: Database) -> bytes:
    """A digest of all files that the model is made of. Raises OSError."""
    name = hashlib.blake2b(key=database.secret, digest_size=KEY_BYTES, person=b"model")
    name.update(os.fsencode(directory.graph.absolute()))
    key = name.digest()
    remembered = _remembered(database.get([key]).get(key))
    if remembered is not None:
        stamps, digest = remembered
        if stamps == _stamps(directory, list(stamps)):
            return digest
    names = [*_BESIDE, *_of_graph(directory)]
    before = _stamps(directory, names)
    digest = _digest(directory, [name for name in names if before[name] is not None])
    # A file that changed meanwhile is read again the next time.
    if _stamps(directory, names) == before:
        database.put({key: json.dumps([before, digest.hex()]).encode()})
    return digest


@cache
def program_digest() -> bytes:
    """A digest of what makes spans of logits here, and of the names and versions of the libraries
    under it. No number that somebody would have to remember to change."""
    digest = hashlib.blake2b()
    package = Path(__file__).parent.parent
    for file in sorted([*package.glob("model/*.py"), package / "finding.py"]):
        _add(digest, file.name.encode())
        _add(digest, file.read_bytes())
    # Not by importlib.metadata, which takes 40 ms. Installed packages have a folder of this name.
    for folder in sys.path:
        with contextlib.suppress(OSError):  # a path of nothing, or an archive
            for name in sorted(os.listdir(folder or ".")):
                if name.startswith(_LIBRARIES) and name.endswith(".dist-info"):
                    _add(digest, name.encode())
    return digest.digest()


def _remembered(content: bytes | None) -> tuple[Stamps, bytes] | None:
    try:
        stamps, digest = json.loads(content or b"")
        return dict(stamps), bytes.fromhex(digest)
    except (ValueError, TypeError):
        return None


def _of_graph(directory: ModelDirectory) -> list[str]:
    """The graph and the files beside it that hold its weights, relative to the model's folder."""
    from leaksift.model.onnx_weights import parse_external_files  # NumPy

    graph = directory.graph.relative_to(directory.path)
    try:
        with directory.graph.open("rb") as file:
            beside = parse_external_files(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    except ValueError:
        beside = []  # not a graph: onnxruntime says so
    places = [graph.parent / name for name in beside]
    # onnxruntime reads nothing outside of the folder either.
    inside = [place for place in places if not place.is_absolute() and ".." not in place.parts]
    return [place.as_posix() for place in (graph, *inside)]


def _stamps(directory: ModelDirectory, names: list[str]) -> Stamps:
    stamps: Stamps = {}
    for name in names:
        try:
            status = (directory.path / name).stat()
        except FileNotFoundError:
            stamps[name] = None
        else:
            if not stat.S_ISREG(status.st_mode):
                raise OSError(f"{name}: not a file")
            times = [status.st_mtime_ns, status.st_ctime_ns]
            stamps[name] = [status.st_size, *times, status.st_ino]
    return stamps


def _digest(directory: ModelDirectory, names: list[str]) -> bytes:
    digest = hashlib.blake2b()
    for name in sorted(names):
        with (directory.path / name).open("rb") as file:
            of_file = hashlib.blake2b()
            while piece := file.read(1 << 20):
                of_file.update(piece)
        _add(digest, name.encode())
        _add(digest, of_file.digest())
    return digest.digest()


def _add(digest: hashlib.blake2b, part: bytes) -> None:
    digest.update(len(part).to_bytes(8, "little"))
    digest.update(part)
