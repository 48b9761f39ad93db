"""The numbers of a model of the openai_privacy_filter architecture, as its config.json gives them.

Nothing here is a default of ours: a number that is missing is an error, because a graph with
another one would load and answer nonsense.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from leaksift.errors import ModelError

ARCHITECTURE = "openai_privacy_filter"

_THETA = 150000.0
"""`default_theta` of `OpenAIPrivacyFilterConfig`: what transformers takes where a configuration
has no `rope_theta`."""

_MOST = 4096
"""Layers or experts: a graph has nodes for each, so a hostile number must not be taken."""


@dataclass(frozen=True)
class Rope:
    """How positions turn queries and keys. `yarn` false is plain rotary embedding: only `theta`
    matters then. The rest is YaRN's (https://arxiv.org/abs/2309.00071), named as by transformers.
    """

    theta: float
    yarn: bool = False
    factor: float = 1.0
    beta_fast: float = 32.0
    beta_slow: float = 1.0
    original_positions: int = 0
    truncate: bool = True
    attention_factor: float | None = None


@dataclass(frozen=True)
class Sizes:
    """`window` is how many tokens a layer sees to each side; `classes` those of the tag head."""

    hidden: int
    intermediate: int
    heads: int
    kv_heads: int
    head_dim: int
    layers: int
    experts: int
    experts_per_token: int
    window: int
    vocabulary: int
    classes: int
    epsilon: float
    swiglu_alpha: float
    swiglu_limit: float
    attention_bias: bool
    rope: Rope

    @property
    def receptive_field(self) -> int:
        """Tokens on each side that can change a token's logits."""
        return self.layers * self.window

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The parameters of a checkpoint by their Hugging Face names, and the shape of each.

        Matrices are [out, in], those of experts [expert, in, out]; of `gate_up_proj` the first
        half of the outputs is the gate. Without the document head, which config.json knows not.
        """
        shapes: dict[str, tuple[int, ...]] = {
            "model.embed_tokens.weight": (self.vocabulary, self.hidden),
            "model.norm.weight": (self.hidden,),
            "score.weight": (self.classes, self.hidden),
            "score.bias": (self.classes,),
        }
        projections = {
            "q_proj": (self.heads * self.head_dim, self.hidden),
            "k_proj": (self.kv_heads * self.head_dim, self.hidden),
            "v_proj": (self.kv_heads * self.head_dim, self.hidden),
            "o_proj": (self.hidden, self.heads * self.head_dim),
        }
        for layer in range(self.layers):
            name = f"model.layers.{layer}"
            for part, shape in projections.items():
                shapes[f"{name}.self_attn.{part}.weight"] = shape
                if self.attention_bias:
                    shapes[f"{name}.self_attn.{part}.bias"] = shape[:1]
            shapes |= {
                f"{name}.input_layernorm.weight": (self.hidden,),
                f"{name}.post_attention_layernorm.weight": (self.hidden,),
                f"{name}.self_attn.sinks": (self.heads,),
                f"{name}.mlp.router.weight": (self.experts, self.hidden),
                f"{name}.mlp.router.bias": (self.experts,),
                f"{name}.mlp.experts.gate_up_proj": (
                    self.experts,
                    self.hidden,
                    2 * self.intermediate,
                ),
                f"{name}.mlp.experts.gate_up_proj_bias": (self.experts, 2 * self.intermediate),
                f"{name}.mlp.experts.down_proj": (self.experts, self.intermediate, self.hidden),
                f"{name}.mlp.experts.down_proj_bias": (self.experts, self.hidden),
            }
        return shapes


def parse_sizes(settings: Mapping[str, Any], where: str) -> Sizes:
    """The sizes in the content of a `config.json`. Raises ModelError, one line that begins with
    `where`, for another architecture and for a number that is missing or cannot be."""
    try:
        return _sizes(settings)
    except ValueError as error:
        raise ModelError(
            f"{where}: {error}; the file is damaged or of a model that cannot be exported"
        ) from None


def _sizes(settings: Mapping[str, Any]) -> Sizes:
    kind = settings.get("model_type")
    if kind != ARCHITECTURE:
        raise ValueError(f"model_type is not {ARCHITECTURE}")
    labels = settings.get("id2label")
    if not isinstance(labels, dict) or not labels:
        raise ValueError("id2label is missing")
    sizes = Sizes(
        hidden=_count(settings, "hidden_size"),
        intermediate=_count(settings, "intermediate_size"),
        heads=_count(settings, "num_attention_heads"),
        kv_heads=_count(settings, "num_key_value_heads"),
        head_dim=_count(settings, "head_dim"),
        layers=_count(settings, "num_hidden_layers", most=_MOST),
        # `num_experts` is transformers' other name for it (its `attribute_map`).
        experts=_count(settings, "num_local_experts", "num_experts", most=_MOST),
        experts_per_token=_count(settings, "num_experts_per_tok"),
        window=_count(settings, "sliding_window"),
        vocabulary=_count(settings, "vocab_size"),
        classes=len(labels),
        epsilon=_real(settings, "rms_norm_eps"),
        swiglu_alpha=_real(settings, "swiglu_alpha"),
        swiglu_limit=_real(settings, "swiglu_limit"),
        attention_bias=_flag(settings, "attention_bias", default=True),
        rope=_rope(settings),
    )
    if sizes.heads % sizes.kv_heads:
        raise ValueError("num_attention_heads is not a multiple of num_key_value_heads")
    if sizes.head_dim % 2:
        raise ValueError("head_dim is not even")
    if sizes.experts_per_token > sizes.experts:
        raise ValueError("num_experts_per_tok is more than num_local_experts")
    return sizes


def _rope(settings: Mapping[str, Any]) -> Rope:
    # Configurations written before transformers 5 have rope_scaling, and rope_theta beside it.
    found = settings.get("rope_parameters") or settings.get("rope_scaling")
    if not isinstance(found, dict):
        raise ValueError("rope_parameters is missing")
    values = {"rope_theta": settings.get("rope_theta", _THETA)} | found
    kind = values.get("rope_type", values.get("type", "default"))
    theta = _real(values, "rope_theta")
    if kind == "default":
        return Rope(theta)
    if kind != "yarn":
        raise ValueError("rope_type is neither yarn nor default")
    if values.get("mscale") or values.get("mscale_all_dim"):
        raise ValueError("rope_parameters has mscale")
    # transformers reads 0 and null of these as not given.
    return Rope(
        theta,
        yarn=True,
        factor=_real(values, "factor"),
        beta_fast=_real({"beta_fast": values.get("beta_fast") or 32.0}, "beta_fast"),
        beta_slow=_real({"beta_slow": values.get("beta_slow") or 1.0}, "beta_slow"),
        original_positions=_count(values, "original_max_position_embeddings"),
        truncate=_flag(values, "truncate", default=True),
        attention_factor=(
            None if values.get("attention_factor") is None else _real(values, "attention_factor")
        ),
    )


def _count(settings: Mapping[str, Any], *keys: str, most: int = 2**31 - 1) -> int:
    value = next((settings[key] for key in keys if settings.get(key) is not None), None)
    if value is None:
        raise ValueError(f"{keys[0]} is missing")
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
        raise ValueError(f"{keys[0]} is not a whole number from 1 to {most}")
    return value


def _real(settings: Mapping[str, Any], key: str) -> float:
    value = settings.get(key)
    if value is None:
        raise ValueError(f"{key} is missing")
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError(f"{key} is not a number")
    if not 0 < value < math.inf:
        raise ValueError(f"{key} is not above 0")
    return float(value)


def _flag(settings: Mapping[str, Any], key: str, default: bool) -> bool:
    value = settings.get(key, default)
    if not isinstance(value, bool):
        raise ValueError(f"{key} is neither true nor false")
    return value
