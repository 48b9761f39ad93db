"""What every training here shares: the optimiser, the losses, and how categories count."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from training.alignment import IGNORED


def optimiser_of(
    model: nn.Module, learning_rate: float, betas: tuple[float, float], weight_decay: float
) -> torch.optim.AdamW:
    """AdamW for the parameters that learn; norms and biases do not decay."""
    parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
    groups = [
        {"params": [p for p in parameters if p.dim() > 1], "weight_decay": weight_decay},
        {"params": [p for p in parameters if p.dim() < 2], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=learning_rate, betas=betas, eps=1e-6)


def set_rate(optimiser: torch.optim.Optimizer, learning_rate: float) -> None:
    """The learning rate of the next step."""
    for group in optimiser.param_groups:
        group["lr"] = learning_rate


def token_loss(logits: Tensor, classes: Tensor, reduction: str = "mean") -> Tensor:
    """Cross entropy of the tokens that somebody vouches for; `classes` is [rows, tokens]."""
    return F.cross_entropy(
        logits.flatten(0, 1).float(), classes.flatten(), ignore_index=IGNORED, reduction=reduction
    )


def category_weights(targets: Tensor, categories: int) -> Tensor:
    """The weight of each category with which all count equally, however many documents each has."""
    return 1 / torch.bincount(targets, minlength=categories).clamp(min=1).float()
