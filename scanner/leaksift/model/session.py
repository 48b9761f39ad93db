"""Runs the model's graph: token ids in, logits out. The only part that backends may replace.

Same content, same bits: a run uses one thread, so that no sum depends on how work was shared, and
`reader.py` gives each window a shape that depends on that window alone. Several runs may go on at
the same time in different threads. Imports NumPy; onnxruntime only when a session is opened.
"""

from __future__ import annotations

import mmap
import threading
from collections.abc import Mapping
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np

from leaksift.errors import ModelError
from leaksift.model.onnx_weights import parse_metadata
from leaksift.model.providers import CPU, ON_CPU, Choice, import_onnxruntime, open_graph

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

ROWS_INDEPENDENT = "leaksift.rows_independent"
"""Metadata key of an ONNX file; "1" says that a row's logits do not depend on the other rows of
the batch, to the last bit. Untrue where a graph quantises activations with one scale for the whole
tensor, or routes the tokens of all rows through experts together."""

BLOCK = "leaksift.block"
DENSE_LIMIT = "leaksift.dense_limit"
"""Metadata keys of an ONNX file that reads several texts in one row (see `Packing`)."""

FORM = "leaksift.form"
"""Metadata key of an ONNX file: fp32, q4 or int8, where we made it."""

READY = "leaksift.ready"
"""Metadata key of an ONNX file; "1" says that there is nothing left to optimise in the graph."""


class Packing(NamedTuple):
    """How a graph reads several texts in one row: each is a segment that begins at a multiple of
    `block`, sees only itself, and has the bits that it has alone.

    A row of at most `dense_limit` tokens is computed in another way, which gives other bits: it is
    one text, and a text that is longer must not come in such a row.
    """

    block: int
    dense_limit: int


class Logits(NamedTuple):
    """`tokens` is [batch, tokens, 33]; `documents` is [batch, 10] and `document_tokens`
    [batch, tokens, 10], each None where the model has no such output. The first is the mean of the
    second over the tokens of a row."""

    tokens: NDArray[np.float32]
    documents: NDArray[np.float32] | None
    document_tokens: NDArray[np.float32] | None = None


class Session(Protocol):
    """A model that is ready to run."""

    @property
    def rows_independent(self) -> bool:
        """Whether rows may share a batch without changing each other's bits."""
        ...

    @property
    def packing(self) -> Packing | None:
        """How several texts share a row; None where they cannot."""
        ...

    def run(
        self,
        input_ids: NDArray[np.int64],
        attention_mask: NDArray[np.int64],
        position_ids: NDArray[np.int64] | None = None,
    ) -> Logits:
        """All inputs are [batch, tokens]. The mask is 1 for a token and 0 for padding, which
        stands at the end of a row; in a row of several segments it is a segment's number from 1,
        and what is between two of them is padding. `position_ids` are the tokens' places in their
        texts, from 0 in each row where there are none; a model that only knows distances does
        without. The logits of padding mean nothing. Raises ModelError."""
        ...


class OnnxSession:
    """An ONNX graph with inputs `input_ids` and `attention_mask` and maybe `position_ids`, outputs
    `logits` and maybe `doc_logits` and `doc_token_logits`, by onnxruntime."""

    def __init__(
        self, graph: Path, classes: int, choice: Choice = ON_CPU, *, exact: bool = False
    ) -> None:
        """`exact` as in `open_graph`. Raises ModelError when a file is damaged or missing, the
        graph is not of this form, or the device does not start; ImportError without onnxruntime."""
        self._graph = graph
        self._device = choice.device
        self._classes = classes
        metadata = read_metadata(graph)
        ready = metadata.get(READY) == "1"
        version = import_onnxruntime().__version__
        try:
            self._session = open_graph(graph, choice, ready=ready, exact=exact)
        except ModelError:
            raise
        except Exception as error:  # onnxruntime's exceptions share no base but this
            raise self._unloadable(error, version) from None
        # One run at a time where runs would share a device; DirectML must not do several at once.
        self._turn = nullcontext() if choice.provider == CPU else threading.Lock()
        inputs = {node.name: node.shape for node in self._session.get_inputs()}
        outputs = {node.name for node in self._session.get_outputs()}
        self._positions = "position_ids" in inputs
        if inputs.keys() - {"position_ids"} != {"attention_mask", "input_ids"} or (
            "logits" not in outputs
        ):
            raise self._wrong(
                "its inputs are not input_ids and attention_mask, or it has no logits"
            )
        if any(len(shape) != 2 or isinstance(shape[1], int) for shape in inputs.values()):
            raise self._wrong("its inputs are not [batch, tokens] of any length")
        self._outputs = ["logits"]
        self._outputs += [name for name in ("doc_logits", "doc_token_logits") if name in outputs]
        self._rows_independent = metadata.get(ROWS_INDEPENDENT) == "1"
        self._packing = self._packed(metadata) if BLOCK in metadata else None

    @property
    def rows_independent(self) -> bool:
        return self._rows_independent

    @property
    def packing(self) -> Packing | None:
        return self._packing

    def run(
        self,
        input_ids: NDArray[np.int64],
        attention_mask: NDArray[np.int64],
        position_ids: NDArray[np.int64] | None = None,
    ) -> Logits:
        if input_ids.ndim != 2 or input_ids.shape != attention_mask.shape:
            raise ValueError("input_ids and attention_mask must both be [batch, tokens]")
        inputs = {"input_ids": input_ids, "attention_mask": attention_mask}
        if self._positions:
            if position_ids is None:
                position_ids = np.arange(input_ids.shape[1])
            inputs["position_ids"] = np.broadcast_to(position_ids, input_ids.shape).astype(np.int64)
        try:
            with self._turn:
                arrays = self._session.run(self._outputs, inputs)
            outputs = dict(zip(self._outputs, arrays, strict=True))
        except Exception:  # its text may quote the input
            where = "" if self._device == "cpu" else f" on {self._device} (use --device cpu)"
            raise ModelError(
                f"{self._graph}: onnxruntime could not run the graph{where}; check that "
                "config.json and tokenizer.json are of the same model, or fetch it again"
            ) from None
        if outputs["logits"].shape != (*input_ids.shape, self._classes):
            raise self._wrong(f"its logits are not [batch, tokens, {self._classes}]")
        # Some graphs compute in halves.
        exact = {name: np.asarray(array, dtype=np.float32) for name, array in outputs.items()}
        return Logits(exact["logits"], exact.get("doc_logits"), exact.get("doc_token_logits"))

    def _packed(self, metadata: Mapping[str, str]) -> Packing:
        block, limit = (metadata.get(key, "") for key in (BLOCK, DENSE_LIMIT))
        if not (_is_number(block) and _is_number(limit) and int(block)):
            raise self._wrong(f"its metadata {BLOCK} or {DENSE_LIMIT} is not a number")
        if not self._positions or ("doc_logits" in self._outputs) != (
            "doc_token_logits" in self._outputs
        ):
            raise self._wrong(f"it has {BLOCK}, and no position_ids or doc_token_logits")
        return Packing(int(block), int(limit))

    def _unloadable(self, error: Exception, version: str) -> ModelError:
        said = _first_line(error)
        if "external" in said.lower():
            # Such a graph keeps its weights in a file of its own.
            return ModelError(
                f"{self._graph}: its weights, a file beside it ({self._graph.name}_data or the "
                "like), are missing or cut short; fetch the model again"
            )
        return ModelError(
            f"{self._graph}: onnxruntime {version} cannot load it ({said}); fetch the model again "
            "or update onnxruntime"
        )

    def _wrong(self, what: str) -> ModelError:
        return ModelError(f"{self._graph}: {what}; export the model again or use another one")


def read_metadata(graph: Path) -> Mapping[str, str]:
    """What the file says about itself; nothing where it cannot be read, which onnxruntime tells
    in a better way. Needed before the session is made, which reads it too, but late."""
    try:
        with graph.open("rb") as file:
            # Of the file only the pages that hold metadata are read.
            return parse_metadata(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    except (OSError, ValueError):
        return {}


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 7


def _first_line(error: Any) -> str:
    return (str(error).strip().splitlines() or ["unknown error"])[0][:200]
