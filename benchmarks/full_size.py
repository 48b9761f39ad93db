"""Random weights of the size of openai/privacy-filter, for speed: 1.4 billion of them, bfloat16.

The real ones are not needed to tell how long a computation takes, and are not obtainable
everywhere. A checkpoint that is there is used again.
"""

from __future__ import annotations

import json
import os
import shutil
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from leaksift.export.requirement import required
from leaksift.export.sizes import parse_sizes

SEED = 11

SETTINGS: dict[str, Any] = {
    "model_type": "openai_privacy_filter",
    "architectures": ["OpenAIPrivacyFilterForTokenClassification"],
    "vocab_size": 200_064,
    "hidden_size": 640,
    "intermediate_size": 640,
    "head_dim": 64,
    "num_attention_heads": 14,
    "num_key_value_heads": 2,
    "sliding_window": 128,
    "num_hidden_layers": 8,
    "num_local_experts": 128,
    "num_experts_per_tok": 4,
    "rms_norm_eps": 1e-5,
    "swiglu_alpha": 1.702,
    "swiglu_limit": 7.0,
    "attention_bias": True,
    "max_position_embeddings": 131_072,
    "pad_token_id": 199_999,
    "eos_token_id": 199_999,
    "rope_parameters": {
        "rope_type": "yarn",
        "rope_theta": 150_000.0,
        "factor": 32.0,
        "beta_fast": 32.0,
        "beta_slow": 1.0,
        "truncate": False,
        "original_max_position_embeddings": 4096,
    },
}


def full_size_checkpoint(folder: Path, tiny: Path) -> Path:
    """The checkpoint in this folder, written where it is not there. `tiny` is a model directory of
    which the labels and the tokenizer are taken: neither has a part in what is measured."""
    if (folder / "config.json").exists():
        return folder
    temporary = folder.with_name(f"{folder.name}.{os.getpid()}")
    temporary.mkdir(parents=True)
    try:
        _write(temporary, tiny)
        if not (folder / "config.json").exists():
            temporary.rename(folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return folder


def _write(folder: Path, tiny: Path) -> None:
    labels = json.loads((tiny / "config.json").read_bytes())["id2label"]
    settings = SETTINGS | {"id2label": labels, "label2id": {v: int(k) for k, v in labels.items()}}
    files: dict[str, str] = {}
    parts: dict[str, dict[str, np.ndarray]] = {}
    shapes = parse_sizes(settings, "SETTINGS").shapes()
    for name in shapes:
        layer = name.split(".")[2] if name.startswith("model.layers.") else "rest"
        files[name] = f"model-{layer}.safetensors"
    for file in dict.fromkeys(files.values()):
        parts[file] = {
            name: _random(name, shape) for name, shape in shapes.items() if files[name] == file
        }
        required("safetensors.numpy").save_file(
            parts.pop(file), str(folder / file), {"format": "pt"}
        )
    index = {"metadata": {}, "weight_map": files}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index), "utf-8")
    shutil.copyfile(tiny / "tokenizer.json", folder / "tokenizer.json")
    (folder / "config.json").write_text(json.dumps(settings, indent=1), "utf-8")


def _random(name: str, shape: tuple[int, ...]) -> np.ndarray:
    """Values that keep activations near 1; biases and sinks are not zero."""
    random = np.random.default_rng([SEED, zlib.crc32(name.encode())])
    values = random.standard_normal(shape, dtype=np.float32)
    if name.endswith(("bias", "sinks")):
        values *= 0.5
    elif "norm" in name:
        values = 1 + 0.2 * values
    elif "embed" not in name:
        # Experts are [expert, in, out], others [out, in].
        values /= np.float32(shape[-2 if "experts" in name else -1] ** 0.5)
    return values.astype(required("ml_dtypes").bfloat16)
