"""What both phases of fine-tuning work on: how to tune, the model, the data, the state folder.

State is written whole or not at all, and everything random comes from the seed and the place in the
training: a run that was killed goes on from what was written last, and on the CPU ends with the
same bits as one that was not. On a GPU sums may be made in another order.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from training import checkpoint
from training.batches import Batch, Row, batches_of, rows_of
from training.privacy_filter import Base, PrivacyFilter

if TYPE_CHECKING:
    from tokenizers import Tokenizer

    from training.material import Material


class TuningError(ValueError):
    """What was asked for does not go with what is there; one line."""


@dataclass(frozen=True)
class Tuning:
    """How to tune; layers, weights of the losses, epochs and highest rates are the reference
    recipe's."""

    seed: int = 1
    layers: int = 4
    token_weight: float = 1.0
    document_weight: float = 0.5
    epochs: int = 2
    learning_rate: float = 2e-5
    head_epochs: int = 10
    head_learning_rate: float = 1e-3
    head_documents: int = 128
    betas: tuple[float, float] = (0.9, 0.999)
    weight_decay: float = 0.01
    clip: float = 1.0
    warmup_steps: int = 50
    row: int = 512
    """Tokens of the longest row; longer texts are cut."""
    batch_tokens: int = 4_096
    """What is computed at once, with padding."""
    accumulate: int = 4
    """How many batches make one step."""


@dataclass(frozen=True)
class Run:
    """What both phases work on. `identity` tells runs apart: state of another is refused."""

    model: PrivacyFilter
    base: Base
    categories: tuple[str, ...]
    tokenizer: Tokenizer
    material: Material
    tuning: Tuning
    state: Path
    identity: str

    @property
    def device(self) -> torch.device:
        return next(self.model.parameters()).device

    def rows(self, shard: int) -> list[Row]:
        """The rows of a shard."""
        tuning, base = self.tuning, self.base
        examples = self.material.shard(shard)
        return list(rows_of(examples, self.tokenizer, tuning.row, base.classes, self.categories))

    def batches(self, rows: list[Row], *place: int) -> list[Batch]:
        """The batches of rows in an order that this place in the training has."""
        rng = np.random.default_rng((self.tuning.seed, *place))
        return batches_of(rows, self.tuning.batch_tokens, self.base.padding, rng)

    def tensor(self, array: np.ndarray) -> Tensor:
        return torch.from_numpy(array).to(self.device)

    def read(self, file: Path) -> dict[str, Any]:
        """A file of the state folder. Raises TuningError where it is of another run."""
        saved = checkpoint.read(file, self.device)
        if saved.pop("identity") != self.identity:
            raise TuningError(
                f"{self.state}: is of a run with another checkpoint, other data or other settings"
            )
        return saved

    def save(self, file: Path, **content: Any) -> None:
        """Writes a file of the state folder."""
        checkpoint.save(file, {"identity": self.identity, **content})


@contextmanager
def repeatable(device: torch.device) -> Iterator[None]:
    """The same sums each time, on the CPU."""
    before = torch.are_deterministic_algorithms_enabled()
    torch.use_deterministic_algorithms(device.type == "cpu")
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(before)
