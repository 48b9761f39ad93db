"""Makes a model directory with a fast graph, and lets nobody have one that is not right.

The weights that were read out of a published graph have to give that graph's logits, and the graph
that is made has to give those of the weights (`agreement.py`). Only then it comes to its place.
"""

from __future__ import annotations

import contextlib
import math
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leaksift.errors import ModelError, UsageError
from leaksift.export.agreement import Agreement, refuse_disagreement, sample_rows
from leaksift.export.arithmetic import answers
from leaksift.export.build import FORMS, GRAPHS, export_model
from leaksift.export.checkpoint import Checkpoint
from leaksift.export.form_q4 import block_of
from leaksift.export.quantise import blocks_q4, from_q4
from leaksift.export.sizes import Sizes
from leaksift.export.upstream import UpstreamCheckpoint
from leaksift.model.directory import VARIANTS, ModelDirectory, open_model_directory

_BYTES = {"fp32": 4.0, "int8": 1.02, "q4": 0.64}
"""Of a number in each form, with its part of the scales."""


@dataclass(frozen=True)
class Watcher:
    """Who watches: `begin` gets the number of weights that will be read, some of them more than
    once, and `on_weights` how many were."""

    begin: Callable[[int], None]
    on_weights: Callable[[int], None]


@dataclass(frozen=True)
class Made:
    """A graph that was made: its file, the bytes of it and its weights, how it agrees with the
    weights, and how these agree with the graph they were read from, None for a checkpoint."""

    graph: Path
    size: int
    agreement: Agreement
    reading: Agreement | None


def make_directory(checkpoint: Checkpoint, out: Path, form: str, watcher: Watcher) -> Made:
    """Writes the model directory `out`, which must not be there, or be empty. Raises UsageError and
    ModelError; `out` is then as it was."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UsageError(f"{out}: there is something already; name a new folder")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with _beside(out.parent, out.name) as folder:
            made = _make(checkpoint, folder / "model", form, watcher)
            if out.exists():
                out.rmdir()
            (folder / "model").rename(out)
    except OSError as error:
        raise _unwritable(out, error) from None
    return _moved(made, folder / "model", out)


def add_graph(checkpoint: Checkpoint, form: str, watcher: Watcher) -> Made:
    """Writes the graph into the directory that the checkpoint is of, beside the one that is there.
    Raises UsageError where there is one of that name, unless we made it; otherwise as
    `make_directory`."""
    folder = checkpoint.folder
    graph = folder / GRAPHS[form]
    if form != "int8" and graph.exists():
        raise UsageError(f"{graph}: the published graph has this name; name another folder as OUT")
    try:
        with _beside(folder, "export") as temporary:
            made = _make(checkpoint, temporary, form, watcher)
            graph.parent.mkdir(exist_ok=True)
            # An old graph must not meet new weights.
            graph.unlink(missing_ok=True)
            written = list(made.graph.parent.iterdir())
            for path in sorted(written, key=lambda path: path.suffix == ".onnx"):
                os.replace(path, graph.parent / path.name)
    except OSError as error:
        raise _unwritable(folder, error) from None
    return _moved(made, temporary, folder)


def _make(checkpoint: Checkpoint, out: Path, form: str, watcher: Watcher) -> Made:
    if form not in FORMS:
        raise UsageError(f"there is no form {form!r}; use {', '.join(FORMS)}")
    weights = _count(checkpoint.sizes)
    _refuse_full_disk(out.parent, int(weights * _BYTES[form]))
    watcher.begin(weights * (3 if form == "q4" else 2))
    watched = _Watched(checkpoint, watcher.on_weights)
    rows = sample_rows(checkpoint.sizes)
    expected, reading = answers(watched, rows), None
    if isinstance(checkpoint, UpstreamCheckpoint):
        of = checkpoint.directory
        reading = refuse_disagreement(
            of, _variant(of), rows, expected, "it does not compute what its weights mean"
        )
    if form == "q4":
        expected = answers(_Rounded(watched), rows)
    graph = export_model(watched, out, form)
    made = open_model_directory(out, form)
    agreement = refuse_disagreement(
        made, form, rows, expected, "what was made does not compute what the weights mean"
    )
    size = sum(file.stat().st_size for file in graph.parent.iterdir())
    return Made(graph, size, agreement, reading)


def _count(sizes: Sizes) -> int:
    return sum(int(np.prod(shape, dtype=np.int64)) for shape in sizes.shapes().values())


def _variant(directory: ModelDirectory) -> str:
    name = directory.graph.relative_to(directory.path).as_posix()
    return next(variant for variant, names in VARIANTS.items() if name in names)


class _Watched:
    """A checkpoint, and somebody who counts what is read of it."""

    def __init__(self, checkpoint: Checkpoint, on_weights: Callable[[int], None]) -> None:
        self._of, self._on_weights = checkpoint, on_weights
        self.folder: Path = checkpoint.folder
        self.sizes: Sizes = checkpoint.sizes
        self.settings: Mapping[str, Any] = checkpoint.settings
        self.categories: tuple[str, ...] = checkpoint.categories

    def tensor(self, name: str) -> NDArray[np.float32]:
        values = self._of.tensor(name)
        self._on_weights(values.size)
        return values


class _Rounded(_Watched):
    """A checkpoint with its weights rounded as form q4 rounds them: so much that only these tell
    whether the graph is right."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        super().__init__(checkpoint, lambda count: None)

    def tensor(self, name: str) -> NDArray[np.float32]:
        values = super().tensor(name)
        experts = name.endswith(("experts.gate_up_proj", "experts.down_proj"))
        if not (experts or name.endswith(("embed_tokens.weight", "_proj.weight"))):
            return values
        # Experts are [expert, in, out]; scales go along what is summed.
        upright = values.transpose(0, 2, 1) if experts else values
        # The two matrices of the experts have blocks of one size.
        sizes = self.sizes
        both = math.gcd(sizes.hidden, sizes.intermediate)
        block = block_of(both if experts else upright.shape[-1])
        if block is None:
            return values
        upright = from_q4(*blocks_q4(upright, block), block)
        return upright.transpose(0, 2, 1) if experts else upright


@contextlib.contextmanager
def _beside(parent: Path, name: str) -> Any:
    """A folder that is gone at the end, with what is left in it."""
    folder = Path(tempfile.mkdtemp(dir=parent, prefix=f".{name}.", suffix=".tmp"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _moved(made: Made, old: Path, new: Path) -> Made:
    return Made(new / made.graph.relative_to(old), made.size, made.agreement, made.reading)


def _refuse_full_disk(parent: Path, size: int) -> None:
    free = shutil.disk_usage(parent).free
    if free < size:
        raise ModelError(
            f"{parent}: {free / 1e6:,.0f} MB are free and {size / 1e6:,.0f} MB to be written: make "
            "room, or name another place"
        )


def _unwritable(path: Path, error: OSError) -> ModelError:
    reason = error.strerror or type(error).__name__
    return ModelError(f"{path}: cannot be written: {reason}; make room or name another place")
