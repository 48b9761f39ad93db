"""Files that a training goes on from: whole or not there, whenever it is killed."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch


def save(file: Path, content: Mapping[str, Any]) -> None:
    """Writes tensors, numbers, strings and containers of them; an interruption leaves what was
    there before."""
    new = file.with_suffix(".new")
    torch.save(dict(content), new)
    os.replace(new, file)


def read(file: Path, device: torch.device | str = "cpu") -> dict[str, Any]:
    """What `save` wrote, its tensors on this device."""
    content = torch.load(file, map_location=device, weights_only=True)
    assert isinstance(content, dict)
    return content


def random_state() -> dict[str, Any]:
    """Where torch's generators stand, on the CPU and on each GPU."""
    return {"cpu": torch.get_rng_state(), "cuda": torch.cuda.get_rng_state_all()}


def restore_random(state: Mapping[str, Any]) -> None:
    """Puts torch's generators where `random_state` found them."""
    torch.set_rng_state(state["cpu"].cpu())
    for number, of_device in enumerate(state["cuda"][: torch.cuda.device_count()]):
        torch.cuda.set_rng_state(of_device.cpu(), number)
