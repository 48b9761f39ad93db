"""A model of the openai_privacy_filter architecture in torch: read, frozen in part, written again.

The classes are those of transformers; which files there are and what they must hold is checked by
`leaksift.export.checkpoint`, which reads what is written here. All computing is in float32, as in
the exported graph, whatever type the weights are stored in. Nothing here trains.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn
from transformers import OpenAIPrivacyFilterConfig, OpenAIPrivacyFilterForTokenClassification

from leaksift.errors import ModelError
from leaksift.export.checkpoint import open_checkpoint
from leaksift.export.sizes import Sizes
from leaksift.model.calibration import NEUTRAL, OperatingPoint
from leaksift.model.directory import ModelDirectory
from leaksift.model.reader import ModelReader
from leaksift.model.tags import Tag, parse_tags
from training.evaluate import TorchSession
from training.model import mean

HEAD = "doc_head"
STORED = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}


@dataclass(frozen=True)
class Base:
    """What a checkpoint says of itself. `tags` is indexed by class, `categories` are those of its
    document head (none without one), `types` how each parameter is stored."""

    folder: Path
    sizes: Sizes
    tags: tuple[Tag, ...]
    classes: Mapping[str, int]
    categories: tuple[str, ...]
    padding: int
    types: Mapping[str, torch.dtype]


class PrivacyFilter(nn.Module):
    """The backbone with its token head, and a linear document head on the mean of all tokens."""

    def __init__(self, model: OpenAIPrivacyFilterForTokenClassification, categories: int) -> None:
        super().__init__()
        self.model = model
        hidden = model.config.hidden_size
        self.head = nn.Linear(hidden, categories) if categories else None

    def hidden(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Hidden states [rows, tokens, hidden] of `ids` and `mask`, [rows, tokens] each."""
        found = self.model.model(input_ids=ids, attention_mask=mask).last_hidden_state
        assert isinstance(found, Tensor)
        return found

    def forward(self, ids: Tensor, mask: Tensor) -> tuple[Tensor, Tensor | None]:
        """Logits [rows, tokens, classes] and category logits [rows, categories], None without a
        document head."""
        hidden = self.hidden(ids, mask)
        logits = self.model.score(self.model.dropout(hidden))
        return logits, self.head(mean(hidden, mask)) if self.head else None

    def pooled(self, ids: Tensor, mask: Tensor) -> Tensor:
        """What the document head sees of each row, [rows, hidden]."""
        return mean(self.hidden(ids, mask), mask)

    def freeze(self, layers: int) -> None:
        """Leaves the last `layers` layers and both heads to be trained, and nothing else."""
        self.requires_grad_(False)
        parts = [*self.model.model.layers[-layers:], self.model.score, self.head]
        for part in parts:
            if part is not None:
                part.requires_grad_(True)

    def learned(self) -> dict[str, nn.Parameter]:
        """The parameters that are trained, by name."""
        return {name: one for name, one in self.named_parameters() if one.requires_grad}


def open_base(folder: Path) -> Base:
    """Reads what a checkpoint is. Raises ModelError with one line for anything else."""
    with open_checkpoint(folder) as source:
        names = source.settings["id2label"]
        try:
            tags = parse_tags(names)
        except ValueError as error:
            raise ModelError(f"{folder / 'config.json'}: {error}") from None
        return Base(
            folder=folder,
            sizes=source.sizes,
            tags=tags,
            classes={name: int(index) for index, name in names.items()},
            categories=source.categories,
            padding=int(source.settings.get("pad_token_id") or 0),
            types=_types(folder),
        )


def load(base: Base, categories: Sequence[str], seed: int) -> PrivacyFilter:
    """The model of a checkpoint. Where it has no document head, its weights come from the seed."""
    torch.manual_seed(seed)
    with open_checkpoint(base.folder) as source:
        config = OpenAIPrivacyFilterConfig.from_dict(dict(source.settings))
        model = PrivacyFilter(
            OpenAIPrivacyFilterForTokenClassification._from_config(
                config,
                dtype=torch.float32,
                attn_implementation="eager",
                # Sums in the same order each time. The plain loop over the experts also makes a
                # gradient as large as all experts for each of them.
                experts_implementation="grouped_mm",
            ),
            len(categories),
        )
        for name, parameter in model.model.named_parameters():
            _set(parameter, source.tensor(name))
        if model.head is not None and base.categories:
            _set(model.head.weight, source.tensor(f"{HEAD}.weight"))
            _set(model.head.bias, source.tensor(f"{HEAD}.bias"))
    return model


def round_to_stored(model: PrivacyFilter, base: Base) -> None:
    """Makes the trained parameters what they will be in the file, so that nothing that is set or
    measured afterwards is of another model."""
    with torch.no_grad():
        for name, parameter in model.model.named_parameters():
            if parameter.requires_grad:
                parameter.copy_(parameter.to(base.types[name]))


def open_reader(
    model: PrivacyFilter,
    base: Base,
    categories: Sequence[str],
    point: OperatingPoint = NEUTRAL["default"],
) -> ModelReader:
    """The scanner's reader over a model that has not been exported."""
    directory = ModelDirectory(
        path=base.folder,
        graph=base.folder / "not exported",
        tokenizer=base.folder / "tokenizer.json",
        tags=base.tags,
        receptive_field=base.sizes.receptive_field,
        pad_id=base.padding,
        vocabulary=base.sizes.vocabulary,
        operating_points=NEUTRAL,
        categories=tuple(categories),
    )
    # The experts read the tokens of all rows together.
    session = TorchSession(model, block=1, rows_independent=False)
    return ModelReader(directory, point, session=session, threads=1)


def write_checkpoint(
    model: PrivacyFilter, base: Base, categories: Sequence[str], calibration: Any, out: Path
) -> None:
    """Writes a checkpoint in the Hugging Face layout, each parameter in the type it was stored in.

    `config.json` and the tokenizer are the base's, byte for byte.
    """
    weights = {
        name: parameter.detach().cpu().to(base.types[name]).contiguous()
        for name, parameter in model.model.named_parameters()
    }
    save_file(weights, out / "model.safetensors", metadata={"format": "pt"})
    for name in ("config.json", "tokenizer.json", "tokenizer_config.json"):
        if (base.folder / name).exists():
            shutil.copyfile(base.folder / name, out / name)
    if model.head is not None:
        head = {name: one.detach().cpu() for name, one in model.head.named_parameters()}
        save_file(head, out / f"{HEAD}.safetensors", metadata={"format": "pt"})
        names = {str(index): name for index, name in enumerate(categories)}
        write_json(out / "multitask_config.json", {"doc_id2label": names})
    write_json(out / "viterbi_calibration.json", calibration)


def write_json(file: Path, content: Any) -> None:
    """JSON for people, the same bytes on every system."""
    file.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8", newline="\n")


def _set(parameter: nn.Parameter, values: Any) -> None:
    with torch.no_grad():
        parameter.copy_(torch.from_numpy(values))


def _types(folder: Path) -> dict[str, torch.dtype]:
    found = {}
    for file in sorted(folder.glob("*.safetensors")):
        with safe_open(file, framework="pt") as tensors:
            for name in tensors.keys():  # noqa: SIM118 (not a mapping)
                # Another type is refused where the parameter is read.
                if (stored := STORED.get(tensors.get_slice(name).get_dtype())) is not None:
                    found[name] = stored
    return found
