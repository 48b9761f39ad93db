"""Step `screen`: trains the coarse look that decides which tokens the model need not read.

A net of two layers of 9 tokens and 16 to 32 channels learns from the same generated texts whether
a token belongs to a span of any label; what it is worth is measured against the model, of whose
right spans it must lose next to none. `leaksift.model.screen` computes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from leaksift.model.screen import FILE, Screen
from leaksift.model.viterbi import build_grammar
from training.alignment import IGNORED
from training.evaluate import NO_BIAS, TAGS, Read, within
from training.example import Example
from training.model import ModelConfig
from training.shards import shards

KEPT = 0.995
"""The share of the model's right spans that must be let through."""

NEAR = 4
"""Tokens around a span of which one must be let through. The scanner reads many more of them."""

ROWS = 64
RATE = 5e-3


class ScreenNet(nn.Module):
    """One logit for each token of [rows, tokens]."""

    def __init__(self, vocabulary: int, sizes: tuple[int, ...] = (16, 32, 32), kernel: int = 9):
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, sizes[0])
        nn.init.normal_(self.embedding.weight, std=0.3)
        self.near = nn.ModuleList(
            nn.Conv1d(size, size, kernel, padding=kernel // 2, groups=size, bias=False)
            for size in sizes[:-1]
        )
        self.mix = nn.ModuleList(nn.Linear(2 * size, wider) for size, wider in pairwise(sizes))
        self.last = nn.Linear(sizes[-1], 1, bias=False)

    def forward(self, ids: Tensor) -> Tensor:
        x = self.embedding(ids)
        for near, mix in zip(self.near, self.mix, strict=True):
            around = near(x.transpose(1, 2)).transpose(1, 2)
            x = F.relu(mix(torch.cat([x, around], -1)))
        return self.last(x).squeeze(-1)


def train_screen(work: Path, config: ModelConfig, seed: int, steps: int) -> ScreenNet:
    """Trains the net on generated texts that the model was not trained on."""
    torch.manual_seed(seed)
    net = ScreenNet(config.vocab_size)
    optimiser = torch.optim.Adam(net.parameters(), lr=RATE)
    step = 0
    for shard in shards(seed + 100_000, 0, work):
        for at in range(0, len(shard.ids) - ROWS + 1, ROWS):
            if step == steps:
                return net
            for group in optimiser.param_groups:
                group["lr"] = RATE * max(0.02, 1 - step / steps)
            classes = torch.from_numpy(shard.classes[at : at + ROWS].astype(np.int64))
            known = classes != IGNORED
            logits = net(torch.from_numpy(shard.ids[at : at + ROWS].astype(np.int64)))
            # A span that is not read is lost, a line that is read in vain costs a millisecond.
            loss = F.binary_cross_entropy_with_logits(
                logits[known], (classes[known] > 0).float(), pos_weight=torch.tensor(4.0)
            )
            loss.backward()
            optimiser.step()
            optimiser.zero_grad()
            step += 1
    raise AssertionError("shards never end")


def write_screen(net: ScreenNet, threshold: float, file: Path) -> None:
    """Writes the weights as `leaksift.model.screen` reads them, the embedding in int8."""
    table = net.embedding.weight.detach().numpy()
    scale = np.maximum(np.abs(table).max(axis=1), 1e-9).astype(np.float32) / np.float32(127)
    arrays: dict[str, Any] = {
        "embedding": np.rint(table / scale[:, None]).astype(np.int8),
        "embedding_scale": scale,
        "last": net.last.weight.detach().numpy()[0],
        "threshold": np.float32(threshold),
    }
    for number, (near, mix) in enumerate(zip(net.near, net.mix, strict=True)):
        arrays[f"near{number}"] = near.weight.detach().numpy()[:, 0].T.copy()
        arrays[f"weight{number}"] = mix.weight.detach().numpy().T.copy()
        arrays[f"bias{number}"] = mix.bias.detach().numpy()
    np.savez(file, **arrays)


def screen(
    work: Path, net: ScreenNet, read: Sequence[Read], clean: Sequence[Read]
) -> dict[str, float]:
    """Sets the threshold by the model's right spans in `read`, writes `screen.npz` into the work
    folder, and says what it lets through: spans by label, lines of clean files."""
    file = work / FILE
    write_screen(net, 0.0, file)
    coarse = Screen(file)
    grammar = build_grammar(TAGS, NO_BIAS)
    heights: list[float] = []
    labels: list[str] = []
    for text in read:
        scores = coarse.scores(text.tokens.ids)
        for span in text.spans(TAGS, grammar):
            if _right(span.start, span.end, span.label, text.example):
                first = max(0, int(np.searchsorted(text.tokens.ends, span.start, "right")) - NEAR)
                last = int(np.searchsorted(text.tokens.starts, span.end, "left")) + NEAR
                heights.append(float(scores[first:last].max()))
                labels.append(span.label)
    threshold = float(np.quantile(heights, 1 - KEPT))
    write_screen(net, threshold, file)
    passed = np.array(heights) > threshold
    named = np.array(labels)
    report = {
        label: round(float(passed[named == label].mean()), 4) for label in sorted(set(labels))
    }
    return report | {"spans": len(heights), "lines_read": _lines_read(Screen(file), clean)}


def _right(start: int, end: int, label: str, example: Example) -> bool:
    if within((start, end, label), example.unknown):
        return False
    return any((s.start, s.end, s.label) == (start, end, label) for s in example.spans)


def _lines_read(coarse: Screen, clean: Sequence[Read]) -> float:
    """The share of lines of which the screen lets a token through."""
    lines = through = 0
    for text in clean:
        places = text.tokens.starts[coarse.worth(text.tokens.ids)].tolist()
        lines += text.example.text.count("\n") + 1
        through += len({text.example.text.count("\n", 0, place) for place in places})
    return round(through / max(1, lines), 4)
