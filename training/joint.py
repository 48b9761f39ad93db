"""Phase 1 of fine-tuning: the last layers and both heads learn both tasks together."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from training.alignment import IGNORED
from training.batches import Batch
from training.optimise import optimiser_of, set_rate, token_loss
from training.privacy_filter import round_to_stored
from training.schedule import warm_up_and_decay
from training.tuning import Run

SAVE_SECONDS = 600.0
"""Between two checkpoints; one of the large model's trained half has 8 GB."""

LOG_STEPS = 20


@dataclass
class Progress:
    """Where phase 1 stands: the next step is number `done` of the shard of the epoch."""

    epoch: int = 0
    shard: int = 0
    done: int = 0
    step: int = 0
    tokens: int = 0
    seconds: float = 0.0
    log: list[dict[str, Any]] = field(default_factory=list)


class JointTraining:
    """Phase 1: the last layers and both heads learn both tasks."""

    def __init__(self, run: Run) -> None:
        self.of = run
        self.progress = Progress()
        self.finished = False
        tuning = run.tuning
        run.model.freeze(tuning.layers)
        self.optimiser = optimiser_of(
            run.model, tuning.learning_rate, tuning.betas, tuning.weight_decay
        )

    @property
    def checkpoint(self) -> Path:
        return self.of.state / "joint.pt"

    def save(self) -> None:
        """Writes the trained parameters and where they stand; the frozen ones are the base's."""
        self.of.save(
            self.checkpoint,
            model={name: one.detach() for name, one in self.of.model.learned().items()},
            optimiser=None if self.finished else self.optimiser.state_dict(),
            progress=asdict(self.progress),
            finished=self.finished,
        )

    def load(self) -> None:
        """Goes on from the checkpoint."""
        saved = self.of.read(self.checkpoint)
        with torch.no_grad():
            for name, parameter in self.of.model.learned().items():
                parameter.copy_(saved["model"][name])
        self.progress = Progress(**saved["progress"])
        self.finished = saved["finished"]
        if not self.finished:
            self.optimiser.load_state_dict(saved["optimiser"])

    def run(self) -> None:
        """Trains to the end, from where the progress stands."""
        progress, tuning = self.progress, self.of.tuning
        saved = time.monotonic()
        while progress.epoch < tuning.epochs:
            batches = self.of.batches(self.of.rows(progress.shard), progress.epoch, progress.shard)
            steps = [
                batches[start : start + tuning.accumulate]
                for start in range(0, len(batches), tuning.accumulate)
            ]
            while progress.done < len(steps):
                began = time.monotonic()
                share = self._share(len(steps))
                losses = self.step(steps[progress.done], share)
                progress.done += 1
                progress.seconds += time.monotonic() - began
                if progress.step == 1 or progress.step % LOG_STEPS == 0:
                    self.log({"share": round(share, 4), **losses})
                if time.monotonic() - saved >= SAVE_SECONDS:
                    self.save()
                    saved = time.monotonic()
            progress.shard, progress.done = progress.shard + 1, 0
            if progress.shard == self.of.material.shards:
                progress.epoch, progress.shard = progress.epoch + 1, 0
        round_to_stored(self.of.model, self.of.base)
        self.finished = True
        self.save()

    def _share(self, steps: int) -> float:
        progress, shards = self.progress, self.of.material.shards
        shard = progress.epoch * shards + progress.shard
        return (shard + progress.done / steps) / (self.of.tuning.epochs * shards)

    def step(self, batches: list[Batch], share: float) -> dict[str, float]:
        """One step on the batches together. Returns both losses.

        The means are over all of the batches, so that it does not matter into how many they were
        cut.
        """
        run, tuning, progress = self.of, self.of.tuning, self.progress
        # Only for a checkpoint with dropout; the published one has none.
        torch.manual_seed(tuning.seed + progress.step)
        run.model.train()
        set_rate(
            self.optimiser,
            warm_up_and_decay(tuning.learning_rate, progress.step, share, tuning.warmup_steps, 1.0),
        )
        tokens = max(1, sum(int((batch.classes != IGNORED).sum()) for batch in batches))
        documents = max(1, sum(int((batch.categories != IGNORED).sum()) for batch in batches))
        of_tokens = of_documents = 0.0
        for batch in batches:
            with torch.autocast(run.device.type, torch.bfloat16, enabled=run.device.type == "cuda"):
                logits, topics = run.model(run.tensor(batch.ids), run.tensor(batch.mask))
            loss = tokens_lost = token_loss(logits, run.tensor(batch.classes), "sum") / tokens
            loss = tuning.token_weight * loss
            if topics is not None:
                targets = run.tensor(batch.categories)
                documents_lost = F.cross_entropy(
                    topics.float(), targets, ignore_index=IGNORED, reduction="sum"
                )
                loss = loss + tuning.document_weight * documents_lost / documents
                of_documents += float(documents_lost.detach()) / documents
            loss.backward()
            of_tokens += float(tokens_lost.detach())
        nn.utils.clip_grad_norm_(run.model.learned().values(), tuning.clip)
        self.optimiser.step()
        self.optimiser.zero_grad(set_to_none=True)
        progress.step += 1
        progress.tokens += sum(int(batch.mask.sum()) for batch in batches)
        return {"token_loss": round(of_tokens, 4), "document_loss": round(of_documents, 4)}

    def log(self, entry: dict[str, Any]) -> None:
        """Adds a line to the log."""
        progress = self.progress
        place = {"phase": 1, "step": progress.step, "tokens": progress.tokens}
        progress.log.append(place | {"seconds": round(progress.seconds)} | entry)
        print(json.dumps(progress.log[-1]), flush=True)
