"""How a learning rate goes over a training."""

from __future__ import annotations

import math


def warm_up_and_decay(
    highest: float, step: int, share: float, warmup_steps: int, decay_share: float
) -> float:
    """Linear warm-up by steps, constant, then a linear decay to a hundredth.

    `share` is how much of the training is done, from 0 to 1; the decay takes its last
    `decay_share`.
    """
    warm = min(1.0, (step + 1) / max(1, warmup_steps))
    return highest * warm * min(1.0, max(0.01, (1 - share) / decay_share))


def cosine(highest: float, share: float) -> float:
    """Half a cosine down to 0 (https://arxiv.org/abs/1608.03983, without its restarts)."""
    return highest * (1 + math.cos(math.pi * share)) / 2
