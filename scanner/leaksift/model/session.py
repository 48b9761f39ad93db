"""Runs the model's graph: token ids in, logits out. The only part that backends may replace.

Same content, same bits: a run uses one thread, so that no sum depends on how work was shared, and
`reader.py` gives each window a shape that depends on that window alone. Several runs may go on at
the same time in different threads. Imports NumPy; onnxruntime only when a session is opened.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np

from leaksift.errors import ModelError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

ROWS_INDEPENDENT = "leaksift.rows_independent"
"""Metadata key of an ONNX file; "1" says that a row's logits do not depend on the other rows of
the batch, to the last bit. Untrue where a graph quantises activations with one scale for the whole
tensor, or routes the tokens of all rows through experts together."""


class Logits(NamedTuple):
    """`tokens` is [batch, tokens, 33]; `documents` is [batch, 10], None without such a head."""

    tokens: NDArray[np.float32]
    documents: NDArray[np.float32] | None


class Session(Protocol):
    """A model that is ready to run."""

    @property
    def rows_independent(self) -> bool:
        """Whether rows may share a batch without changing each other's bits."""
        ...

    def run(self, input_ids: NDArray[np.int64], attention_mask: NDArray[np.int64]) -> Logits:
        """Both inputs are [batch, tokens]; the mask is 1 for a token and 0 for padding, which
        stands at the end of a row. The logits of padding mean nothing. Raises ModelError."""
        ...


class OnnxSession:
    """An ONNX graph with inputs `input_ids` and `attention_mask`, outputs `logits` and maybe
    `doc_logits`, on the CPU by onnxruntime."""

    def __init__(self, graph: Path, classes: int) -> None:
        """Raises ModelError when the file is damaged or the graph is not of this form."""
        # onnxruntime reports usage to its maker. Since 1.31 it does so on Linux too: importing it
        # writes a device id and a database of events below the home and the temporary folder,
        # unless this is set before. The call stops it in older builds for Windows.
        os.environ["ORT_DISABLE_TELEMETRY"] = "1"
        import onnxruntime  # 60 ms and 30 MB that a run without a model need not spend

        onnxruntime.disable_telemetry_events()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        # Errors come as exceptions; on standard error they would be in the way of the report.
        options.log_severity_level = 4
        self._graph = graph
        self._classes = classes
        try:
            self._session = onnxruntime.InferenceSession(
                str(graph), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # onnxruntime's exceptions share no base but this
            raise ModelError(
                f"{graph}: onnxruntime {onnxruntime.__version__} cannot load it "
                f"({_first_line(error)}); fetch the model again or update onnxruntime"
            ) from None
        inputs = {node.name: node.shape for node in self._session.get_inputs()}
        outputs = [node.name for node in self._session.get_outputs()]
        if sorted(inputs) != ["attention_mask", "input_ids"] or "logits" not in outputs:
            raise self._wrong(
                "its inputs are not input_ids and attention_mask, or it has no logits"
            )
        if any(len(shape) != 2 or isinstance(shape[1], int) for shape in inputs.values()):
            raise self._wrong("its inputs are not [batch, tokens] of any length")
        self._outputs = ["logits"] + ["doc_logits"] * ("doc_logits" in outputs)
        metadata = self._session.get_modelmeta().custom_metadata_map
        self._rows_independent = bool(metadata.get(ROWS_INDEPENDENT) == "1")

    @property
    def rows_independent(self) -> bool:
        return self._rows_independent

    def run(self, input_ids: NDArray[np.int64], attention_mask: NDArray[np.int64]) -> Logits:
        if input_ids.ndim != 2 or input_ids.shape != attention_mask.shape:
            raise ValueError("input_ids and attention_mask must both be [batch, tokens]")
        try:
            logits, *documents = self._session.run(
                self._outputs, {"input_ids": input_ids, "attention_mask": attention_mask}
            )
        except Exception:  # its text may quote the input
            raise ModelError(
                f"{self._graph}: onnxruntime could not run the graph; check that config.json and "
                "tokenizer.json are of the same model, or fetch it again"
            ) from None
        if logits.shape != (*input_ids.shape, self._classes):
            raise self._wrong(f"its logits are not [batch, tokens, {self._classes}]")
        return Logits(
            np.asarray(logits, dtype=np.float32),
            np.asarray(documents[0], dtype=np.float32) if documents else None,
        )

    def _wrong(self, what: str) -> ModelError:
        return ModelError(f"{self._graph}: {what}; export the model again or use another one")


def _first_line(error: Any) -> str:
    return (str(error).strip().splitlines() or ["unknown error"])[0][:200]
