"""Phase 2 of fine-tuning: the document head alone, on features that are computed once.

Nothing else is touched, so that the token logits stay the same to the bit.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from training.alignment import IGNORED
from training.optimise import category_weights, optimiser_of, set_rate
from training.schedule import cosine
from training.tuning import Run


def train_head(run: Run) -> list[dict[str, Any]]:
    """Phase 2: the document head on the pooled features of all documents with a category, which
    are computed once. Categories count equally. Returns the lines of the log."""
    head, tuning, file = run.model.head, run.tuning, run.state / "head.pt"
    if head is None:
        return []
    pooled, targets = _all_features(run)
    run.model.requires_grad_(False)
    head.requires_grad_(True)
    if not len(targets):
        return []
    optimiser = optimiser_of(
        head, tuning.head_learning_rate, tuning.betas, weight_decay=tuning.weight_decay
    )
    epoch, log = 0, []
    if file.exists():
        saved = run.read(file)
        head.load_state_dict(saved["head"])
        optimiser.load_state_dict(saved["optimiser"])
        epoch, log = saved["epoch"], saved["log"]
    weights = category_weights(targets, len(run.categories))
    while epoch < tuning.head_epochs:
        order = torch.from_numpy(
            np.random.default_rng((tuning.seed, epoch)).permutation(len(pooled))
        )
        total = 0.0
        for done, chosen in enumerate(parts := order.split(tuning.head_documents)):
            share = (epoch + done / len(parts)) / tuning.head_epochs
            set_rate(optimiser, cosine(tuning.head_learning_rate, share))
            chosen = chosen.to(run.device)
            loss = F.cross_entropy(head(pooled[chosen]), targets[chosen], weights)
            loss.backward()
            optimiser.step()
            optimiser.zero_grad()
            total += float(loss.detach()) * len(chosen)
        epoch += 1
        log.append({"phase": 2, "epoch": epoch, "document_loss": round(total / len(pooled), 4)})
        print(json.dumps(log[-1]), flush=True)
        run.save(
            file, head=head.state_dict(), optimiser=optimiser.state_dict(), epoch=epoch, log=log
        )
    return log


def _all_features(run: Run) -> tuple[Tensor, Tensor]:
    parts = [_features(run, shard) for shard in range(run.material.shards)]
    return torch.cat([one for one, _ in parts]), torch.cat([one for _, one in parts])


def _features(run: Run, shard: int) -> tuple[Tensor, Tensor]:
    """Pooled features [documents, hidden] and categories [documents] of a shard, from the state
    folder where they are there."""
    file = run.state / f"features-{shard:04}.pt"
    if not file.exists():
        rows = [row for row in run.rows(shard) if row.category != IGNORED]
        batches = run.batches(rows, shard)
        pooled = [torch.empty((0, run.base.sizes.hidden))]
        targets = [torch.empty(0, dtype=torch.long)]
        run.model.eval()
        for batch in batches:
            with torch.no_grad():
                found = run.model.pooled(run.tensor(batch.ids), run.tensor(batch.mask))
            pooled.append(found.cpu())
            targets.append(torch.from_numpy(batch.categories))
        run.save(file, pooled=torch.cat(pooled), targets=torch.cat(targets))
    saved = run.read(file)
    return saved["pooled"], saved["targets"]
