"""A model directory in the Hugging Face layout: which files there are and what they say.

The embedded model, openai/privacy-filter and its fine-tunes are all opened by this. Nothing is
loaded here but two small JSON files; the tokenizer and the graph are opened by `reader.py` when
there is something to read.

    config.json               id2label, num_hidden_layers, sliding_window, pad_token_id, vocab_size;
                              or receptive_field, for a model that is not built of such layers;
                              id2category, for one that also tells what a document is about
    tokenizer.json            as the `tokenizers` library reads it
    viterbi_calibration.json  optional; see `calibration.py`
    model.onnx                or onnx/model.onnx, or another onnx/model*.onnx; of several the first
                              of the list below, unless a variant is named
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from leaksift.errors import ModelError, UsageError
from leaksift.model.calibration import NEUTRAL, OperatingPoint, parse_calibration
from leaksift.model.categories import parse_categories
from leaksift.model.tags import Tag, parse_tags

# What `leaksift models` makes for this processor, then the names openai/privacy-filter publishes,
# the most exact first.
_GRAPHS = (
    "onnx/model_int8.onnx",
    "model_int8.onnx",
    "model.onnx",
    "onnx/model.onnx",
    "onnx/model_fp16.onnx",
    "onnx/model_q4.onnx",
    "onnx/model_q4f16.onnx",
    "onnx/model_quantized.onnx",
)

VARIANTS: Mapping[str, tuple[str, ...]] = {
    "int8": ("onnx/model_int8.onnx", "model_int8.onnx"),
    "q4f16": ("onnx/model_q4f16.onnx", "model_q4f16.onnx"),
    "q4": ("onnx/model_q4.onnx", "model_q4.onnx"),
    "quantized": ("onnx/model_quantized.onnx", "model_quantized.onnx"),
    "fp16": ("onnx/model_fp16.onnx", "model_fp16.onnx"),
    "fp32": ("onnx/model.onnx", "model.onnx"),
}
"""Forms of the same weights, by the name that follows a model's after a colon, and their files."""

EMBEDDED_ARCHITECTURE = "leaksift-embedded"
"""`model_type` in the `config.json` of a model like the one in the package: small, and computed by
NumPy too."""

DEFAULT_RECEPTIVE_FIELD = 512
"""Tokens of context on each side for a model that does not say how far it looks. Windows of such
a model are then a good approximation of the whole, no longer the same."""

_LFS_POINTER = b"version https://git-lfs"


@dataclass(frozen=True)
class ModelDirectory:
    """A model whose files are in place and whose configuration makes sense.

    `tags` is indexed by class. `receptive_field` is the number of tokens on each side that can
    change a token's logits. `categories` are the names of the document head's classes, none where
    the model has no such head. `settings` is all of `config.json`.
    """

    path: Path
    graph: Path
    tokenizer: Path
    tags: tuple[Tag, ...]
    receptive_field: int
    pad_id: int
    vocabulary: int
    operating_points: Mapping[str, OperatingPoint]
    categories: tuple[str, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_embedded_architecture(self) -> bool:
        """Whether it is built as the model in the package is."""
        return bool(self.settings.get("model_type") == EMBEDDED_ARCHITECTURE)

    def operating_point(self, name: str) -> OperatingPoint:
        """The operating point of that name. Raises UsageError for one that there is not."""
        try:
            return self.operating_points[name]
        except KeyError:
            known = ", ".join(sorted(self.operating_points))
            raise UsageError(
                f"the model {self.path} has no operating point {name!r}; use {known}"
            ) from None


def open_model_directory(path: Path, variant: str | None = None) -> ModelDirectory:
    """Reads and checks the directory. Raises ModelError with one line that names the file.

    `variant` is a key of VARIANTS: that graph and no other. Without it the first graph of the list
    above.
    """
    if not path.is_dir():
        raise ModelError(
            f"{path}: no such model directory; check the path or fetch the model again"
        )
    config_file = path / "config.json"
    config = _read_json(config_file)
    if not isinstance(config, dict):
        raise _damaged(config_file, "not a JSON object")
    try:
        tags = parse_tags(_object(config, "id2label"))
        receptive_field = _receptive_field(config)
        pad_id = _number(config, "pad_token_id", default=0)
        vocabulary = _number(config, "vocab_size")
        categories = (
            parse_categories(_object(config, "id2category")) if "id2category" in config else ()
        )
        if pad_id >= vocabulary:
            raise ValueError(f"pad_token_id is not below vocab_size ({vocabulary})")
    except ValueError as error:
        raise _damaged(config_file, str(error)) from None
    return ModelDirectory(
        path=path,
        graph=_graph(path, variant),
        tokenizer=_present(path / "tokenizer.json"),
        tags=tags,
        receptive_field=receptive_field,
        pad_id=pad_id,
        vocabulary=vocabulary,
        operating_points=_operating_points(path / "viterbi_calibration.json"),
        categories=categories,
        settings=config,
    )


def _receptive_field(config: Mapping[str, Any]) -> int:
    if "receptive_field" in config:
        return _number(config, "receptive_field")
    if config.get("sliding_window") is None:
        return DEFAULT_RECEPTIVE_FIELD
    # In the bidirectional model a layer sees `sliding_window` tokens to each side (measured: a
    # change one token further leaves the logits exactly as they were).
    return _number(config, "num_hidden_layers") * _number(config, "sliding_window")


def _operating_points(file: Path) -> Mapping[str, OperatingPoint]:
    if not file.exists():
        return NEUTRAL
    try:
        return parse_calibration(_read_json(file))
    except ValueError as error:
        raise _damaged(file, str(error)) from None


def _graph(path: Path, variant: str | None) -> Path:
    for name in VARIANTS[variant] if variant else _GRAPHS:
        if (path / name).is_file():
            return _present(path / name)
    if variant:
        there = [key for key, names in VARIANTS.items() if any((path / n).is_file() for n in names)]
        raise ModelError(
            f"{path / VARIANTS[variant][0]}: missing; this folder has "
            f"{', '.join(there) or 'none of the known variants'}"
        )
    if others := sorted((path / "onnx").glob("model*.onnx")):
        return _present(others[0])
    raise ModelError(
        f"{path / 'model.onnx'}: missing, and there is no onnx/model*.onnx; "
        "fetch the model again or export it to ONNX"
    )


def _present(file: Path) -> Path:
    try:
        with file.open("rb") as stream:
            head = stream.read(len(_LFS_POINTER))
    except OSError as error:
        raise ModelError(f"{file}: {_reason(error)}; fetch the model again") from None
    if not head:
        raise _damaged(file, "empty")
    if head == _LFS_POINTER:
        raise ModelError(f"{file}: only a Git LFS pointer; run `git lfs pull` in {file.parent}")
    return file


def _read_json(file: Path) -> Any:
    _present(file)
    try:
        return json.loads(file.read_bytes())
    except OSError as error:
        raise ModelError(f"{file}: {_reason(error)}; fetch the model again") from None
    except (ValueError, RecursionError):
        # Not the parser's own message: it may go over several lines.
        raise _damaged(file, "not valid JSON") from None


def _object(config: Mapping[str, Any], key: str) -> Mapping[str, str]:
    value = config.get(key)
    if not isinstance(value, dict) or not all(isinstance(name, str) for name in value.values()):
        raise ValueError(f"{key} is not an object of names")
    return value


def _number(config: Mapping[str, Any], key: str, default: int | None = None) -> int:
    value = config.get(key, default)
    if value is None and default is not None:
        return default
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**31:
        raise ValueError(f"{key} is not a whole number from 0 up")
    return value


def _reason(error: OSError) -> str:
    return "missing" if isinstance(error, FileNotFoundError) else error.strerror or "unreadable"


def _damaged(file: Path, what: str) -> ModelError:
    return ModelError(f"{file}: {what}; the file is damaged or of another model, fetch it again")
