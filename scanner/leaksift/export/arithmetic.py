"""What a model of the architecture computes, written out in NumPy: the measure of every graph.

Exact and slow. Written after `modeling_openai_privacy_filter.py` of transformers and on purpose
apart from the code that builds graphs, so that a mistake in one is not a mistake in both. Reads
one tensor at a time: a full-size model needs about 1.5 GB.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from leaksift.export.checkpoint import Checkpoint
from leaksift.export.rope import frequencies
from leaksift.export.sizes import Sizes

Floats = NDArray[np.float32]


class Answers(NamedTuple):
    """`tokens` has logits [tokens, classes] for each row, `documents` is [rows, categories] or None
    without a document head."""

    tokens: list[Floats]
    documents: Floats | None


def answers(checkpoint: Checkpoint, rows: Sequence[NDArray[np.int64]]) -> Answers:
    """What the model says of each row of token ids, each by itself. Raises ModelError."""
    sizes, get = checkpoint.sizes, checkpoint.tensor
    ends = np.cumsum([len(row) for row in rows])[:-1]
    value = get("model.embed_tokens.weight")[np.concatenate(rows)]
    turns = _turns(sizes, max(map(len, rows)))
    for layer in range(sizes.layers):
        at = f"model.layers.{layer}"
        normed = _norm(value, get(f"{at}.input_layernorm.weight"), sizes)
        value = value + _attention(normed, checkpoint, f"{at}.self_attn", turns, ends)
        normed = _norm(value, get(f"{at}.post_attention_layernorm.weight"), sizes)
        value = value + _experts(normed, checkpoint, f"{at}.mlp")
    value = _norm(value, get("model.norm.weight"), sizes)
    logits = value @ get("score.weight").T + get("score.bias")
    documents = None
    if checkpoint.categories:
        means = np.stack([row.mean(0) for row in np.split(value, ends)])
        documents = means @ get("doc_head.weight").T + get("doc_head.bias")
    return Answers(np.split(logits, ends), documents)


def _turns(sizes: Sizes, tokens: int) -> NDArray[np.complex64]:
    """[tokens, head_dim / 2]: what a pair, as a complex number, is multiplied with. Queries and
    keys are both scaled by head_dim^-1/4."""
    each, factor = frequencies(sizes.rope, sizes.head_dim)
    angles = np.arange(tokens, dtype=np.float32)[:, None] * each
    scale = np.float32(factor * sizes.head_dim**-0.25)
    turned: NDArray[np.complex64] = (np.exp(1j * angles) * scale).astype(np.complex64)
    return turned


def _norm(value: Floats, weight: Floats, sizes: Sizes) -> Floats:
    square = np.mean(np.square(value), axis=-1, keepdims=True)
    normed: Floats = value / np.sqrt(square + np.float32(sizes.epsilon)) * weight
    return normed


def _attention(
    value: Floats,
    checkpoint: Checkpoint,
    name: str,
    turns: NDArray[np.complex64],
    ends: NDArray[np.int64],
) -> Floats:
    sizes, get = checkpoint.sizes, checkpoint.tensor

    def linear(of: Floats, part: str) -> Floats:
        product: Floats = of @ get(f"{name}.{part}_proj.weight").T
        return product + get(f"{name}.{part}_proj.bias") if sizes.attention_bias else product

    def heads(of: Floats, turned: bool) -> Floats:
        """[heads, tokens, head_dim]"""
        each = of.reshape(len(of), -1, sizes.head_dim)
        if turned:
            # Neighbours are a pair: x + iy.
            pairs = np.ascontiguousarray(each).view(np.complex64) * turns[: len(of), None]
            each = np.ascontiguousarray(pairs).view(np.float32)
        return each.transpose(1, 0, 2)

    split = [np.split(linear(value, part), ends) for part in "qkv"]
    sinks = get(f"{name}.sinks")[:, None, None]
    shared = sizes.heads // sizes.kv_heads
    mixed = []
    for query, key, values in zip(*split, strict=True):
        size = np.arange(len(query))
        scores = heads(query, True) @ heads(key, True).repeat(shared, 0).transpose(0, 2, 1)
        scores[:, np.abs(size[:, None] - size) > sizes.window] = -np.inf
        most = np.maximum(scores.max(-1, keepdims=True), sinks)
        shares = np.exp(scores - most)
        # The sink is one more key, which has no value.
        shares /= shares.sum(-1, keepdims=True) + np.exp(sinks - most)
        read = shares @ heads(values, False).repeat(shared, 0)
        mixed.append(read.transpose(1, 0, 2).reshape(len(query), -1))
    return linear(np.concatenate(mixed), "o")


def _experts(value: Floats, checkpoint: Checkpoint, name: str) -> Floats:
    sizes, get = checkpoint.sizes, checkpoint.tensor
    routes = value @ get(f"{name}.router.weight").T + get(f"{name}.router.bias")
    chosen = np.argsort(-routes, axis=-1, kind="stable")[:, : sizes.experts_per_token]
    weights = np.exp(np.take_along_axis(routes, chosen, -1) - routes.max(-1, keepdims=True))
    weights /= weights.sum(-1, keepdims=True)
    result = np.zeros_like(value)
    # One of the two large tensors at a time.
    gated = dict[int, Floats]()
    first, bias = get(f"{name}.experts.gate_up_proj"), get(f"{name}.experts.gate_up_proj_bias")
    for expert in np.unique(chosen).tolist():
        both = value[(chosen == expert).any(-1)] @ first[expert] + bias[expert]
        gate, up = np.split(both, 2, axis=-1)
        gate = np.minimum(gate, np.float32(sizes.swiglu_limit))
        up = np.clip(up, np.float32(-sizes.swiglu_limit), np.float32(sizes.swiglu_limit))
        gated[expert] = gate / (1 + np.exp(-np.float32(sizes.swiglu_alpha) * gate)) * (up + 1)
    del first
    second, bias = get(f"{name}.experts.down_proj"), get(f"{name}.experts.down_proj_bias")
    for expert, inner in gated.items():
        tokens, place = np.nonzero(chosen == expert)
        result[tokens] += (inner @ second[expert] + bias[expert]) * weights[tokens, place, None]
    return result
