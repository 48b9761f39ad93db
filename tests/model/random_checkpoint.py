"""A random checkpoint of the openai_privacy_filter architecture, small enough for a test."""

from __future__ import annotations

import json
import math
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from leaksift.export.sizes import Sizes, parse_sizes

TINY = Path(__file__).parent / "tiny"


class RandomCheckpoint:
    """The same weights for the same name, whoever asks. Biases and sinks are not zero, so that each
    term counts."""

    def __init__(self, categories: tuple[str, ...] = (), **changes: Any) -> None:
        self.folder = TINY  # its tokenizer
        labels = json.loads((TINY / "config.json").read_text(encoding="utf-8"))["id2label"]
        self.settings: Mapping[str, Any] = {**_SETTINGS, "id2label": labels, **changes}
        self.sizes: Sizes = parse_sizes(self.settings, "random")
        self.categories = categories

    def tensor(self, name: str) -> np.ndarray:
        head = {
            "doc_head.weight": (len(self.categories), self.sizes.hidden),
            "doc_head.bias": (len(self.categories),),
        }
        shape = (self.sizes.shapes() | head)[name]
        values = np.random.default_rng(zlib.crc32(name.encode())).standard_normal(shape)
        if "norm" in name:
            values = 1 + 0.2 * values
        elif len(shape) == 1 or name.endswith("bias"):
            values *= 0.5
        elif "embed" not in name:
            # So that a layer neither fades nor grows.
            values /= math.sqrt(shape[-2] if "experts" in name else shape[-1])
        return values.astype(np.float32)


_SETTINGS: Mapping[str, Any] = {
    "model_type": "openai_privacy_filter",
    "hidden_size": 64,
    "intermediate_size": 64,
    "head_dim": 16,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "sliding_window": 8,
    "num_hidden_layers": 2,
    "num_local_experts": 8,
    "num_experts_per_tok": 2,
    "vocab_size": 512,
    "rms_norm_eps": 1e-5,
    "swiglu_alpha": 1.702,
    "swiglu_limit": 7.0,
    "attention_bias": True,
    "pad_token_id": 0,
    "rope_parameters": {
        "rope_type": "yarn",
        "rope_theta": 150000.0,
        "factor": 32.0,
        "beta_fast": 32.0,
        "beta_slow": 1.0,
        "truncate": False,
        "original_max_position_embeddings": 4096,
    },
}
