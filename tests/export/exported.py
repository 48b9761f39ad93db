"""Runs exported graphs, and says what they stand for."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import onnxruntime

from leaksift.export.checkpoint import Checkpoint
from leaksift.export.form_q4 import block_of
from leaksift.export.quantise import blocks_q4, from_q4


class Session:
    """A graph as whoever runs it opens it."""

    def __init__(self, graph: Path) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 4
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
        options.enable_mem_reuse = False
        self._session = onnxruntime.InferenceSession(
            str(graph), options, providers=["CPUExecutionProvider"]
        )
        self.metadata = self._session.get_modelmeta().custom_metadata_map
        self._outputs = [output.name for output in self._session.get_outputs()]

    def run(
        self, ids: Any, mask: Any = None, positions: Any = None, first: int = 0
    ) -> dict[str, np.ndarray]:
        """Every output for ids [batch, tokens]; `first` is the position of the first token."""
        ids = np.asarray(ids, dtype=np.int64)
        if mask is None:
            mask = np.ones_like(ids)
        if positions is None:
            positions = np.tile(np.arange(first, first + ids.shape[1]), (len(ids), 1))
        feed = {"input_ids": ids, "attention_mask": mask, "position_ids": positions}
        return dict(zip(self._outputs, self._session.run(None, feed), strict=True))


class Rounded:
    """A checkpoint with the weights that the q4 form stands for."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        self._checkpoint = checkpoint
        self.folder, self.sizes = checkpoint.folder, checkpoint.sizes
        self.settings, self.categories = checkpoint.settings, checkpoint.categories

    def tensor(self, name: str) -> np.ndarray:
        values = self._checkpoint.tensor(name)
        exact = ("score", "doc_head", "router", "bias", "sinks", "norm")
        if any(part in name for part in exact):
            return values
        # Blocks run along the inputs, which experts have in the middle.
        rows = values.swapaxes(-1, -2) if "experts" in name else values
        block = block_of(rows.shape[-1])
        if block is None:
            return values
        rows = from_q4(*blocks_q4(rows, block), block)
        return rows.swapaxes(-1, -2) if "experts" in name else rows


class Packed(NamedTuple):
    """Texts in one row, each from a multiple of 64 on: the three inputs and where texts start."""

    ids: np.ndarray
    mask: np.ndarray
    positions: np.ndarray
    starts: list[int]


def packed(texts: list[np.ndarray]) -> Packed:
    starts = np.cumsum([0] + [-(-len(text) // 64) * 64 for text in texts]).tolist()
    ids, mask, positions = (np.zeros((1, starts[-1]), dtype=np.int64) for _ in range(3))
    for number, (start, text) in enumerate(zip(starts, texts, strict=False)):
        here = slice(start, start + len(text))
        ids[0, here], mask[0, here], positions[0, here] = text, number + 1, np.arange(len(text))
    return Packed(ids, mask, positions, starts)


def text_of(length: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed + 1000 * length).integers(0, 512, length)
