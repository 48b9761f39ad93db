"""Trains the model: first both tasks together, then the document head alone.

Phase 1 reads freshly generated examples once, for a number of minutes or of steps, and can go on
where it stopped: the checkpoint holds weights, optimiser, random state and the place in the data.
Phase 2 computes the pooled features of labelled documents once and trains the document head on
them; nothing else is touched, so that the token logits stay the same to the bit.

In bfloat16 on a GPU and on a processor that multiplies it (AVX-512 BF16, AMX: twice as fast as
float32), two cores of which read some 15,000 tokens a second.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from leaksift.model.tokenize import open_tokenizer
from training import checkpoint
from training.evaluate import (
    NO_BIAS,
    TAGS,
    TorchSession,
    category_accuracy,
    count,
    open_reader,
    read_all,
)
from training.example import Example
from training.model import BLOCK, Model, ModelConfig
from training.optimise import category_weights, optimiser_of, set_rate, token_loss
from training.rows import Shard, documents_of
from training.schedule import cosine, warm_up_and_decay
from training.shards import shards


@dataclass(frozen=True)
class Recipe:
    """How to train. A CPU does small batches first: the early steps need no more."""

    seed: int = 1
    learning_rate: float = 2e-3
    betas: tuple[float, float] = (0.9, 0.98)
    weight_decay: float = 0.05
    warmup_steps: int = 60
    decay_share: float = 0.3
    clip: float = 1.0
    word_dropout: float = 0.03
    """Which share of the tokens is replaced by others of the batch: no single one may decide."""
    document_weight: float = 0.5
    document_every: int = 4
    documents: int = 16
    batches: tuple[tuple[float, int], ...] = ((0.0, 8), (0.3, 16), (0.7, 32))
    """From which share of the training on a batch has how many rows."""
    gpu_factor: int = 16
    """How many times as many rows on a GPU, which small batches leave idle."""
    head_documents: int = 16_000
    head_epochs: int = 8
    head_word_dropout: float = 0.5
    head_features: bool = True
    """Whether the finished head reads the backbone's features too. They know the style of the
    sources: with a backbone of 12 million tokens 3 points fewer were right on sources not seen,
    with one of 64 million as many."""


@dataclass
class Progress:
    """Where phase 1 stands. `shard` and `row` say which data come next."""

    step: int = 0
    tokens: int = 0
    seconds: float = 0.0
    shard: int = 0
    row: int = 0
    curve: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class Budget:
    """When phase 1 ends: after so many steps where given, else after so many minutes of work."""

    minutes: float
    steps: int | None = None

    def share(self, progress: Progress) -> float:
        """How much of the training is done, from 0 to 1."""
        if self.steps is not None:
            return min(1.0, progress.step / self.steps)
        return min(1.0, progress.seconds / (60 * self.minutes))


def rate(recipe: Recipe, step: int, share: float) -> float:
    """The learning rate: warm-up by steps, constant, then a linear decay to almost nothing."""
    return warm_up_and_decay(
        recipe.learning_rate, step, share, recipe.warmup_steps, recipe.decay_share
    )


def optimiser_for(model: nn.Module, recipe: Recipe) -> torch.optim.AdamW:
    """The recipe's optimiser for the parameters that learn."""
    return optimiser_of(model, recipe.learning_rate, recipe.betas, recipe.weight_decay)


def document_loss(model: Model, ids: Tensor, lengths: Tensor, categories: Tensor) -> Tensor:
    """Mean cross entropy of the categories."""
    mask = (torch.arange(ids.shape[1], device=ids.device) < lengths[:, None]).long()
    return F.cross_entropy(model(ids, mask)[1].float(), categories)


class Trainer:
    """Phase 1: a model, its optimiser and how far they are."""

    def __init__(self, config: ModelConfig, recipe: Recipe, work: Path) -> None:
        torch.manual_seed(recipe.seed)
        self.recipe, self.work = recipe, work
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.bfloat16 = self.device.type == "cuda" or torch.cpu._is_avx512_bf16_supported()
        self.model = Model(config).to(self.device)
        self.optimiser = optimiser_for(self.model, recipe)
        self.progress = Progress()
        self._smooth = 0.0

    @property
    def checkpoint(self) -> Path:
        return self.work / "checkpoint.pt"

    def save(self) -> None:
        """Writes the checkpoint; an interruption leaves the previous one."""
        checkpoint.save(
            self.checkpoint,
            {
                "config": asdict(self.model.config),
                "recipe": asdict(self.recipe),
                "model": self.model.state_dict(),
                "optimiser": self.optimiser.state_dict(),
                "progress": asdict(self.progress),
                "smooth": self._smooth,
                "random": checkpoint.random_state(),
            },
        )

    def load(self) -> None:
        """Goes on from the checkpoint."""
        saved = checkpoint.read(self.checkpoint, self.device)
        self.model.load_state_dict(saved["model"])
        self.optimiser.load_state_dict(saved["optimiser"])
        self.progress = Progress(**saved["progress"])
        self._smooth = saved["smooth"]
        if "random" in saved:  # checkpoints of the first version have none
            checkpoint.restore_random(saved["random"])

    def step(self, shard: Shard, share: float) -> float:
        """One step on the next rows of the shard. Returns the token loss."""
        progress, model = self.progress, self.model.train()
        rows = slice(progress.row, progress.row + self._rows(share))
        set_rate(self.optimiser, rate(self.recipe, progress.step, share))
        ids, classes = self._tensor(shard.ids[rows]), self._tensor(shard.classes[rows])
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.bfloat16):
            logits, _ = model(self._disturbed(ids), torch.ones_like(ids))
            loss = tokens = token_loss(logits, classes)
            if progress.step % self.recipe.document_every == 0 and len(shard.categories):
                loss = loss + self.recipe.document_weight * self._document_loss(shard)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), self.recipe.clip)
        self.optimiser.step()
        self.optimiser.zero_grad(set_to_none=True)
        progress.step += 1
        progress.tokens += ids.numel()
        progress.row += len(ids)
        return float(tokens.detach())

    def _disturbed(self, ids: Tensor) -> Tensor:
        """The rows with some tokens replaced by ones from elsewhere in the batch."""
        others = ids.flatten()[torch.randperm(ids.numel(), device=ids.device)].view_as(ids)
        keep = torch.rand(ids.shape, device=ids.device) >= self.recipe.word_dropout
        return torch.where(keep, ids, others)

    def _document_loss(self, shard: Shard) -> Tensor:
        number = self.recipe.documents
        start = self.progress.step // self.recipe.document_every * number
        chosen = np.arange(start, start + number) % len(shard.categories)
        lengths = shard.lengths[chosen]
        # No longer than the longest of these needs.
        width = min(shard.documents.shape[1], -(-int(lengths.max()) // BLOCK) * BLOCK)
        return document_loss(
            self.model,
            self._tensor(shard.documents[chosen, :width]),
            self._tensor(lengths),
            self._tensor(shard.categories[chosen]),
        )

    def _rows(self, share: float) -> int:
        rows = [rows for start, rows in self.recipe.batches if share >= start][-1]
        return rows * (self.recipe.gpu_factor if self.device.type == "cuda" else 1)

    def _tensor(self, array: np.ndarray) -> Tensor:
        return torch.from_numpy(array.astype(np.int64)).to(self.device)

    def run(self, data: Iterator[Shard], budget: Budget, development: list[Example]) -> None:
        """Trains until the budget is spent, from where the progress stands.

        `data` begins with the shard that the progress names. Measures on the development examples
        ten times on the way, and writes a checkpoint every three minutes and at the end.
        """
        progress, saved = self.progress, time.monotonic()
        for shard in data:
            while (share := budget.share(progress)) < 1:
                # Not for a few rows that are left: their step would be mostly noise.
                if progress.row + self._rows(share) // 2 >= len(shard.ids):
                    progress.shard, progress.row = shard.number + 1, 0
                    break
                began = time.monotonic()
                loss = self.step(shard, share)
                self._smooth = loss if progress.step == 1 else 0.98 * self._smooth + 0.02 * loss
                progress.seconds += time.monotonic() - began
                if progress.step % 20 == 0:
                    self._log(share)
                if len(self._measured) < int(share * 10):
                    self._measure(share, development)
                if time.monotonic() - saved > 180:
                    self.save()
                    saved = time.monotonic()
            else:
                break
        self._measure(1.0, development)
        self.save()

    @property
    def _measured(self) -> list[dict[str, Any]]:
        return [point for point in self.progress.curve if "f1" in point]

    def _log(self, share: float) -> None:
        progress = self.progress
        point = {
            "step": progress.step,
            "tokens": progress.tokens,
            "seconds": round(progress.seconds),
            "share": round(share, 4),
            "loss": round(self._smooth, 4),
        }
        progress.curve.append(point)
        print(json.dumps(point), flush=True)

    def _measure(self, share: float, development: list[Example]) -> None:
        self._log(share)
        reader = open_reader(self.model, self.work / "tokenizer.json")
        table = count(read_all(reader, development), TAGS, NO_BIAS).table()
        self.progress.curve[-1]["f1"] = {name: row["f1"] for name, row in table.items()}
        print(json.dumps(table["all"]), self.progress.curve[-1]["f1"], flush=True)


def train_head(model: Model, documents: list[Example], recipe: Recipe, tokenizer: Path) -> float:
    """Phase 2: the document head alone, from its initial state. Returns the last epoch's loss.

    Categories count equally, however many documents they have.
    """
    torch.manual_seed(recipe.seed)
    ids, lengths, categories = documents_of(documents, open_tokenizer(tokenizer, 2**15), 256)
    device = model.embedding.weight.device
    if recipe.head_features:
        pooled = pooled_features(model, ids, lengths)
    else:
        pooled = torch.zeros((len(ids), 2 * model.config.hidden_size), device=device)
    words = torch.from_numpy(ids.astype(np.int64)).to(device)
    mask = torch.arange(words.shape[1]) < torch.from_numpy(lengths.astype(np.int64))[:, None]
    mask = mask.to(device)
    targets = torch.from_numpy(categories).to(device)
    weights = category_weights(targets, model.config.categories)
    model.requires_grad_(False)
    model.document.requires_grad_(True)
    for layer in (model.document.hidden, model.document.output):
        layer.reset_parameters()
    nn.init.normal_(model.document.words.weight, std=0.1)
    if not recipe.head_features:
        # Nothing moves these weights: their inputs are 0 here, and they stay 0 later.
        nn.init.zeros_(model.document.hidden.weight[:, : pooled.shape[1]])
    optimiser = optimiser_for(model, recipe)
    epochs, loss = recipe.head_epochs, torch.tensor(0.0)
    for epoch in range(epochs):
        total = 0.0
        set_rate(optimiser, cosine(recipe.learning_rate, epoch / epochs))
        order = torch.randperm(len(targets)).to(device)
        for chosen in order.split(128):
            width = max(1, int(lengths[chosen.cpu().numpy()].max()))
            heard = mask[chosen, :width]
            # Words left out at random: no single one may decide.
            heard = heard & (torch.rand(heard.shape, device=device) > recipe.head_word_dropout)
            logits = model.document(pooled[chosen], words[chosen, :width], heard)
            loss = F.cross_entropy(logits, targets[chosen], weights, label_smoothing=0.1)
            loss.backward()
            optimiser.step()
            optimiser.zero_grad()
            total += float(loss.detach()) * len(chosen)
    model.requires_grad_(True)
    return total / len(targets)


def pooled_features(model: Model, ids: np.ndarray, lengths: np.ndarray) -> Tensor:
    """What the document head sees of each row, [rows, 2 hidden]."""
    device = model.embedding.weight.device
    order = np.argsort(lengths, kind="stable")
    result = torch.empty((len(ids), 2 * model.config.hidden_size), device=device)
    for chosen in np.array_split(order, max(1, len(ids) // 64)):
        width = -(-max(1, int(lengths[chosen].max())) // BLOCK) * BLOCK
        rows = np.zeros((len(chosen), width), dtype=np.int64)
        rows[:, : ids.shape[1]] = ids[chosen, :width]
        mask = (np.arange(width) < lengths[chosen, None]).astype(np.int64)
        with torch.no_grad():
            _, pooled = model.features(
                torch.from_numpy(rows).to(device), torch.from_numpy(mask).to(device)
            )
        result[torch.from_numpy(chosen)] = pooled
    return result


def load_model(file: Path) -> Model:
    """The model of a checkpoint, on the CPU."""
    saved = checkpoint.read(file)
    model = Model(ModelConfig(**saved["config"]))
    model.load_state_dict(saved["model"])
    return model.eval()


def train(work: Path, recipe: Recipe, config: ModelConfig, budget: Budget) -> None:
    """Phase 1, from the checkpoint in the work folder where there is one."""
    from training.generate import examples

    trainer = Trainer(config, recipe, work)
    if trainer.checkpoint.exists():
        trainer.load()
    workers = max(1, (os.cpu_count() or 1) - 4) if trainer.device.type == "cuda" else 1
    data = shards(recipe.seed, trainer.progress.shard, work, workers)
    trainer.run(data, budget, list(islice(examples(recipe.seed, "dev", work), 400)))
    _record(work, trainer)


def finish(work: Path, recipe: Recipe) -> None:
    """Phase 2; writes `model.pt`, the model that is exported."""
    from training.generate import document_examples

    tokenizer = work / "tokenizer.json"
    model = load_model(work / "checkpoint.pt")
    held_out = list(islice(document_examples(recipe.seed, "dev", work), 1_000))
    before = category_accuracy(TorchSession(model), tokenizer, held_out)
    documents = list(islice(document_examples(recipe.seed, "train", work), recipe.head_documents))
    loss = train_head(model, documents, recipe, tokenizer)
    after = category_accuracy(TorchSession(model), tokenizer, held_out)
    torch.save({"config": asdict(model.config), "model": model.state_dict()}, work / "model.pt")
    report = {"documents": len(documents), "loss": round(loss, 4), "before": before, "after": after}
    (work / "head.json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(report), flush=True)


def _record(work: Path, trainer: Trainer) -> None:
    report = {
        "config": asdict(trainer.model.config),
        "recipe": asdict(trainer.recipe),
        "device": str(trainer.device),
        "torch": torch.__version__,
        "receptive_field": trainer.model.config.receptive_field,
        "parameters": sum(parameter.numel() for parameter in trainer.model.parameters()),
        "progress": asdict(trainer.progress),
    }
    (work / "train.json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    draw(trainer.progress.curve, work / "curves.png")


def draw(curve: list[dict[str, Any]], out: Path) -> None:
    """Loss and strict F1 over the tokens read."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    measured = [point for point in curve if "f1" in point]
    figure, axes = pyplot.subplots(1, 2 if measured else 1, figsize=(11, 4), squeeze=False)
    left, right = axes[0, 0], axes[0, -1]
    left.semilogy([p["tokens"] / 1e6 for p in curve], [p["loss"] for p in curve])
    left.set(xlabel="million tokens", ylabel="token loss (smoothed)")
    for name in measured[-1]["f1"] if measured else ():
        scores = [point["f1"][name] for point in measured]
        wide = 2.5 if name == "all" else 1.0
        right.plot([p["tokens"] / 1e6 for p in measured], scores, label=name, linewidth=wide)
    if measured:
        right.set(xlabel="million tokens", ylabel="strict F1, development split", ylim=(0, 1))
        right.legend(fontsize=7)
    figure.tight_layout()
    figure.savefig(out, dpi=110)
    pyplot.close(figure)
