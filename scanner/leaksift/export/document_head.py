"""Reads the document head of a multi-task fine-tune: one linear layer on the mean of all tokens.

Such a fine-tune (binga/privacy-filter-multitask) has beside its checkpoint `doc_head.pt` or
`doc_head.safetensors`, and the names of the categories in `multitask_config.json`. That file was
not seen when this was written: several plausible keys are tried, and a file in which none of them
gives as many names as the head has outputs is an error rather than a guess.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leaksift.errors import LeaksiftError, ModelError
from leaksift.export.reading import first_line, read_json_object
from leaksift.export.requirement import required

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Tensors = dict[str, NDArray[np.float32]]

NAMES = "multitask_config.json"
_FILES = ("doc_head.safetensors", "doc_head.pt")

_KEYS = (
    "doc_id2label",
    "document_id2label",
    "id2category",
    "doc_labels",
    "document_labels",
    "document_categories",
    "categories",
    "id2label",
    "labels",
    "doc_label2id",
    "label2id",
)
_SECTIONS = ("document", "doc", "doc_head", "document_head", "tasks")


@dataclass(frozen=True)
class DocumentHead:
    """`tensors` are `doc_head.weight` [categories, hidden] and `doc_head.bias` [categories]."""

    categories: tuple[str, ...]
    tensors: Tensors


def read_document_head(
    folder: Path, hidden: int, settings: Mapping[str, Any], inside: Tensors | None = None
) -> DocumentHead | None:
    """The head in this folder, or None where there is none.

    `inside` is the weight and bias of one that the checkpoint itself holds. `settings` is
    config.json, whose `id2category` names the categories where there is no multitask_config.json.
    Raises ModelError when a part is missing, damaged, or does not fit.
    """
    names_file = folder / NAMES
    found = next((folder / name for name in _FILES if (folder / name).exists()), None)
    if found is None and inside is None:
        if names_file.exists():
            raise ModelError(
                f"{names_file}: names a document head, but there is neither {_FILES[0]} nor "
                f"{_FILES[1]}; fetch the checkpoint again"
            )
        return None
    origin = found or folder
    weight, bias = _linear(_read(found) if found else inside or {}, origin)
    if weight.shape[1] != hidden or bias.shape != weight.shape[:1]:
        raise ModelError(
            f"{origin}: the document head is {list(weight.shape)} and {list(bias.shape)}, for "
            f"hidden states of {hidden}; it is of another model"
        )
    if names_file.exists():
        content = read_json_object(names_file)
        categories = document_categories(content, len(weight), str(names_file))
    else:
        categories = document_categories(
            {"id2category": settings.get("id2category")}, len(weight), str(names_file)
        )
    return DocumentHead(categories, {"doc_head.weight": weight, "doc_head.bias": bias})


def document_categories(content: Any, count: int, where: str) -> tuple[str, ...]:
    """The names of a head with `count` outputs, from the content of a multitask_config.json.

    A key may hold a list, a mapping from index to name or one from name to index; it may stand in
    a section for documents. A key with another number of names (`id2label` may well be that of the
    token head) is passed over. Raises ModelError, one line that begins with `where`.
    """
    numbers = []
    if isinstance(content, dict):
        sections = [content] + [content[key] for key in _SECTIONS if key in content]
        for section in sections:
            for key in _KEYS:
                names = _names(section.get(key)) if isinstance(section, dict) else ()
                if len(names) == count:
                    return names
                numbers += [str(len(names))] * bool(names)
    said = f"has {' and '.join(sorted(set(numbers)))} names" if numbers else "has no names"
    raise ModelError(
        f"{where}: {said} for the {count} outputs of the document head; "
        'name them in it as "doc_id2label": {"0": ...}'
    )


def _names(value: Any) -> tuple[str, ...]:
    """Names by index; none unless they are all there, differ and are not empty."""
    if isinstance(value, dict) and all(isinstance(index, int) for index in value.values()):
        value = {str(index): name for name, index in value.items()}
    if isinstance(value, dict):
        value = [value.get(str(index)) for index in range(len(value))]
    if not isinstance(value, list) or not all(isinstance(name, str) and name for name in value):
        return ()
    return tuple(value) if len(set(value)) == len(value) else ()


def _read(path: Path) -> Tensors:
    import numpy as np

    try:
        if path.suffix == ".safetensors":
            return {
                name: np.asarray(values, dtype=np.float32)
                for name, values in required("safetensors.numpy").load_file(str(path)).items()
            }
        return _read_pickle(path)
    except LeaksiftError:
        raise
    except Exception as error:  # safetensors' and torch's exceptions share no base but this
        raise ModelError(f"{path}: {first_line(error)}; fetch the checkpoint again") from None


def _read_pickle(path: Path) -> Tensors:
    try:
        torch = import_module("torch")
    except ImportError:
        raise ModelError(
            f"{path}: reading it needs the package torch; install it, or save the head as "
            f"{_FILES[0]}"
        ) from None
    # Pickles can run code; with weights_only torch reads tensors and containers, nothing else.
    content = torch.load(path, map_location="cpu", weights_only=True)
    if isinstance(content, dict) and isinstance(content.get("state_dict"), dict):
        content = content["state_dict"]
    if not isinstance(content, dict):
        raise ModelError(f"{path}: not a state_dict; save the head as {_FILES[0]}")
    return {
        str(name): tensor.to(torch.float32).numpy()
        for name, tensor in content.items()
        if isinstance(tensor, torch.Tensor)
    }


def _linear(tensors: Tensors, origin: Path) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The one matrix and its bias, whatever the layer was called in the program that trained it."""
    weights = [values for values in tensors.values() if values.ndim == 2]
    biases = [values for values in tensors.values() if values.ndim == 1]
    if len(weights) != 1 or len(biases) != 1 or len(tensors) != 2:
        raise ModelError(
            f"{origin}: the document head is not one linear layer with a bias; "
            "only such a head can be exported"
        )
    return weights[0], biases[0]
