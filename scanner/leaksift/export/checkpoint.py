"""Reads a checkpoint of the openai_privacy_filter architecture, one tensor at a time.

A checkpoint is anything that has the four members of `Checkpoint`; this module opens one from a
folder in the Hugging Face layout:

    config.json                    every size (`sizes.py`)
    model.safetensors              or model.safetensors.index.json and the files that it names;
                                   float32, float16 or bfloat16
    doc_head.safetensors           optional, or doc_head.pt, with multitask_config.json: a document
                                   head (`document_head.py`)
    tokenizer.json, viterbi_calibration.json   copied by the export

The whole of a full-size model would be 5.7 GB as float32; its largest tensor is 0.5 GB. Tensors
are therefore read when they are asked for and kept by nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol

from leaksift.errors import ModelError
from leaksift.export.document_head import DocumentHead, read_document_head
from leaksift.export.reading import first_line, open_safetensors, read_json_object
from leaksift.export.sizes import Sizes, parse_sizes

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

INDEX = "model.safetensors.index.json"


class Checkpoint(Protocol):
    """The weights of one model and what it says about itself."""

    @property
    def folder(self) -> Path:
        """Where tokenizer.json and viterbi_calibration.json lie; names the model in errors."""
        ...

    @property
    def sizes(self) -> Sizes: ...

    @property
    def settings(self) -> Mapping[str, Any]:
        """All of config.json."""
        ...

    @property
    def categories(self) -> tuple[str, ...]:
        """The names of the document head's classes; none where there is no such head."""
        ...

    def tensor(self, name: str) -> NDArray[np.float32]:
        """The parameter of this Hugging Face name (`Sizes.shapes`, and where there are categories
        `doc_head.weight` [categories, hidden] and `doc_head.bias`) as float32. Read anew each
        time. Raises ModelError when it is missing or of another shape."""
        ...


class HuggingFaceCheckpoint:
    """A checkpoint in a folder of safetensors files. Close it, or use it as a context."""

    def __init__(self, folder: Path) -> None:
        """Raises ModelError with one line about what is missing or damaged."""
        self.folder = folder
        if not folder.is_dir():
            raise ModelError(f"{folder}: no such folder; give the folder of a checkpoint")
        config = folder / "config.json"
        self.settings: Mapping[str, Any] = read_json_object(config)
        self.sizes = parse_sizes(self.settings, str(config))
        self._shapes: dict[str, tuple[int, ...]] = self.sizes.shapes()
        self._head: DocumentHead | None = None
        self._open = ExitStack()
        try:
            self._files = self._open_files()
            self._head = self._document_head()
        except BaseException:
            self.close()
            raise
        self.categories = self._head.categories if self._head else ()

    def tensor(self, name: str) -> NDArray[np.float32]:
        import numpy as np

        if self._head and name in self._head.tensors:
            return self._head.tensors[name]
        if name not in self._files:
            raise ModelError(f"{self.folder}: no parameter {name}; fetch the checkpoint again")
        try:
            # bfloat16 comes as the type of ml_dtypes, a package that onnx brings.
            values = self._files[name].get_tensor(name)
        except Exception as error:  # safetensors' exceptions share no base but this
            raise ModelError(
                f"{self.folder}: {name} cannot be read ({first_line(error)}); "
                "fetch the checkpoint again"
            ) from None
        if values.dtype.name not in ("float32", "float16", "bfloat16"):
            raise ModelError(
                f"{self.folder}: {name} is {values.dtype.name}; only checkpoints of "
                "float32, float16 and bfloat16 can be exported"
            )
        if name in self._shapes and values.shape != self._shapes[name]:
            raise ModelError(
                f"{self.folder}: {name} is {list(values.shape)} where config.json means "
                f"{list(self._shapes[name])}; the files are of different models"
            )
        return np.asarray(values, dtype=np.float32)

    def close(self) -> None:
        """Closes the files; tensors already read stay."""
        self._open.close()

    def __enter__(self) -> HuggingFaceCheckpoint:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _open_files(self) -> dict[str, Any]:
        """The open file of each parameter."""
        opened: dict[str, Any] = {}
        for path in _weight_files(self.folder):
            file = open_safetensors(path, self._open)
            opened |= dict.fromkeys(file.keys(), file)
        if missing := sorted(self._shapes.keys() - opened.keys()):
            raise ModelError(
                f"{self.folder}: no parameter {missing[0]} (and {len(missing) - 1} more) that "
                "config.json means; the checkpoint is incomplete or of another model"
            )
        return opened

    def _document_head(self) -> DocumentHead | None:
        inside = None
        if "doc_head.weight" in self._files:
            inside = {name: self.tensor(f"doc_head.{name}") for name in ("weight", "bias")}
        return read_document_head(self.folder, self.sizes.hidden, self.settings, inside)


def open_checkpoint(folder: Path) -> HuggingFaceCheckpoint:
    """Opens a folder in the Hugging Face layout. Raises ModelError with one line."""
    return HuggingFaceCheckpoint(folder)


def _weight_files(folder: Path) -> list[Path]:
    index = folder / INDEX
    if not index.exists():
        return [folder / "model.safetensors"]
    names = read_json_object(index).get("weight_map")
    if not isinstance(names, dict) or not all(isinstance(name, str) for name in names.values()):
        raise ModelError(f"{index}: no weight_map; fetch the checkpoint again")
    files = sorted(set(names.values()))
    if any(Path(name).name != name for name in files):
        raise ModelError(f"{index}: names a file outside of its folder; use another checkpoint")
    return [folder / name for name in files]
