"""Banded attention with sinks whose cost is linear in the length of a row.

Each block of queries attends to the keys that its window can reach, gathered for it, in one
`MultiHeadAttention` whose batch are the blocks. Short rows are one block: no key is gathered
twice, and of batches of hunks nothing is wasted.

Two layouts make this cheap:

- The heads that share keys are queries of one head: a block of 64 tokens with 7 heads for each key
  head has 448 queries. Nothing is repeated or transposed.
- A sink is a key of a fixed score. Every query has one number more than `head_dim`, its head's
  sink (in the projection no weights, the sink as bias), every key has 0 there, and one more key,
  of zeros and a 1, stands at the end of what a block sees. Its value is 0.

A segment's bits do not depend on where in a row it starts as long as this is at a multiple of
`BLOCK`: its blocks then see the same keys at the same places, and whatever stands at the others
has a weight of exactly 0.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto

from leaksift.export.form import Form, Read
from leaksift.export.graph import Graph
from leaksift.export.rope import frequencies
from leaksift.export.sizes import Sizes

BLOCK = 64
"""Queries of a block. Smaller ones have less work outside of the band, larger ones larger
products; 64 is best for a window of 128, and the difference is small."""

DENSE_LIMIT = 128
"""Rows of at most this many tokens are one block."""

PART = 1024
"""Tokens that go through a layer together, one part of a long row after the other: the values
between the operators then take the memory of a part. More are no faster for each token."""

_NEVER = -1e9


class Attention:
    """What all layers share: who sees whom, and the rotations.

    `ids`, `segments` and `positions` [batch, padded tokens] are the graph's inputs with their
    rows filled up to whole blocks. `parts` is the number of parts that all tokens go through a
    layer in, `part` the number of tokens of each [1].
    """

    def __init__(self, graph: Graph, form: Form, sizes: Sizes) -> None:
        self._graph = graph
        self._form = form
        self._sizes = sizes
        shape = graph.Shape("input_ids")
        self._batch = graph.Gather(shape, graph.shape(0))
        self.tokens = graph.Gather(shape, graph.shape(1))
        one = graph.shape(1)
        short = graph.LessOrEqual(self.tokens, graph.shape(DENSE_LIMIT))
        self._block = graph.Where(short, self.tokens, graph.shape(BLOCK))
        side = graph.Where(short, graph.shape(0), graph.shape(sizes.window))
        # Rows of one block are one part together. Of longer rows all parts are equally long.
        blocks = _steps(graph, self.tokens, self._block)
        parts = _steps(graph, blocks, graph.shape(PART // BLOCK))
        blocks = _steps(graph, blocks, parts)
        self._blocks = graph.Mul(blocks, parts)
        self._part_blocks = graph.Where(short, self._batch, blocks)
        self.parts = graph.Squeeze(graph.Where(short, one, graph.Mul(self._batch, parts)))
        self.part = graph.Mul(self._part_blocks, self._block)
        self.length = graph.Mul(self._blocks, self._block)
        rest = graph.Concat(graph.shape(0, 0, 0), graph.Sub(self.length, self.tokens), axis=0)
        self.ids, self.segments, self.positions = (
            graph.Pad(name, rest) for name in ("input_ids", "attention_mask", "position_ids")
        )
        self._seen = graph.Add(
            graph.Add(self._block, graph.Mul(side, graph.shape(2))), graph.shape(1)
        )
        self._bias = self._visibility(side)
        self._rotations()

    def _visibility(self, side: str) -> str:
        """Which keys each block reads, in `self._keys` [batch x blocks, seen], as places among
        all tokens; the result is 0 where a query sees a key and very low where not
        [batch x blocks, 1, queries, 1, seen]."""
        graph, one = self._graph, self._graph.shape(1)
        end = graph.Sub(self.length, one)
        reach = graph.Sub(_count_to(graph, graph.Sub(self._seen, one)), side)
        starts = graph.Mul(_count_to(graph, self._blocks), self._block)
        wanted = graph.Add(graph.Unsqueeze(starts, one), graph.Unsqueeze(reach, graph.shape(0)))
        there = graph.Clip(wanted, graph.number(0), graph.Squeeze(end))
        firsts = graph.Mul(_count_to(graph, self._batch), self.length)
        keys = graph.Add(graph.Unsqueeze(firsts, graph.shape(1, 2)), there)
        # The last of them is the sinks', which stands below all tokens.
        below = graph.Mul(self._batch, self.length)
        column = graph.Concat(self._batch, self._blocks, one, axis=0)
        keys = graph.Concat(keys, graph.Expand(below, column), axis=2)
        self._keys = graph.Reshape(keys, graph.Concat(graph.shape(-1), self._seen, axis=0))
        # Padding is segment 0 for a key and -1 for a query, so that it equals nothing.
        inside = graph.Unsqueeze(graph.Equal(wanted, there), graph.shape(0))
        found = graph.Gather(self.segments, there, axis=1)
        seen = graph.Unsqueeze(graph.Where(inside, found, graph.number(0)), graph.shape(2))
        empty = graph.Equal(self.segments, graph.number(0))
        queries = graph.Where(empty, graph.number(-1), self.segments)
        shape = graph.Concat(self._batch, self._blocks, self._block, one, axis=0)
        same = graph.Equal(graph.Reshape(queries, shape), seen)
        places = graph.Unsqueeze(_count_to(graph, self._block), one)
        distance = graph.Abs(graph.Sub(graph.Unsqueeze(reach, graph.shape(0)), places))
        band = graph.LessOrEqual(distance, graph.number(self._sizes.window))
        visible = graph.And(same, band)
        bias = graph.Where(visible, graph.constant(0.0), graph.constant(_NEVER))
        bias = graph.Concat(bias, graph.Expand(graph.constant(0.0), shape), axis=3)
        shape = graph.Concat(graph.shape(-1, 1), self._block, graph.shape(1), self._seen, axis=0)
        return graph.Reshape(bias, shape)

    def _rotations(self) -> None:
        graph, sizes = self._graph, self._sizes
        steps, factor = frequencies(sizes.rope, sizes.head_dim)
        flat = graph.Cast(graph.Reshape(self.positions, graph.shape(-1, 1)), to=TensorProto.FLOAT)
        angles = graph.Mul(flat, graph.constant(steps[None]))
        # Queries and keys are both scaled by head_dim^-1/4; the product has no other scale.
        scale = graph.constant(factor * sizes.head_dim**-0.25)
        self._cosine = graph.Mul(graph.Cos(angles), scale)
        self._sine = graph.Mul(graph.Sin(angles), scale)
        all_tokens = graph.Shape(flat)
        index = _count_to(graph, graph.Gather(all_tokens, graph.shape(0)))
        self._index = graph.Reshape(index, graph.Concat(self._batch, self.length, axis=0))

    def rows(self) -> str:
        """The shape that parts the tokens into rows again: [batch, padded tokens, features]."""
        return self._graph.Concat(self._batch, self.length, self._graph.shape(-1), axis=0)

    def layer(self, value: str, read: Read, name: str) -> str:
        """The attention of one layer on [tokens, hidden]; `name` is that of its `self_attn`."""
        graph, sizes = self._graph, self._sizes
        wide = sizes.head_dim + 1
        weight, bias = _projection(read, name, sizes)
        both = self._form.linear(graph, value, weight, bias, f"{name}.qkv")
        turned = (sizes.heads + sizes.kv_heads) * wide
        rotated, values = graph.split(
            graph.Reshape(both, self.rows()), (turned, sizes.kv_heads * sizes.head_dim), axis=2
        )
        rotated = graph.RotaryEmbedding(
            rotated,
            self._index,
            self._cosine,
            self._sine,
            interleaved=1,
            num_heads=sizes.heads + sizes.kv_heads,
            rotary_embedding_dim=sizes.head_dim,
        )
        groups = sizes.kv_heads
        flat = graph.Reshape(rotated, graph.shape(-1, turned))
        queries, keys = graph.split(flat, (sizes.heads * wide, groups * wide), axis=1)
        flat = graph.Reshape(values, graph.shape(-1, groups * sizes.head_dim))
        # The key of the sinks, below all others.
        keys = self._with_row(keys, ([0.0] * sizes.head_dim + [1.0]) * groups)
        values = self._with_row(flat, [0.0] * groups * sizes.head_dim)
        weight = read(f"{name}.o_proj.weight")
        bias = _bias(read, f"{name}.o_proj", sizes.hidden, sizes)

        def part(graph: Graph, number: str) -> str:
            mixed = self._mixed(graph, number, queries, keys, values)
            return self._form.linear(graph, mixed, weight, bias, f"{name}.o_proj")

        return self.joined(graph.one_by_one(self.parts, part))

    def _mixed(self, graph: Graph, number: str, queries: str, keys: str, values: str) -> str:
        """What the tokens of one part get from those that they see [tokens, heads x head_dim]."""
        sizes, groups = self._sizes, self._sizes.kv_heads
        wide, heads = sizes.head_dim + 1, sizes.heads // groups
        seen = self.of_part(graph, self._keys, number, self._part_blocks)
        seen = graph.Reshape(seen, graph.shape(-1))
        bias = self.of_part(graph, self._bias, number, self._part_blocks)
        bias = graph.Expand(bias, graph.shape(1, 1, 1, heads, 1))
        # [blocks, 1, queries of all heads, seen]: a token's heads stand below each other.
        shape = graph.Concat(
            graph.shape(0, 1), graph.Mul(self._block, graph.shape(heads)), self._seen, axis=0
        )
        bias = graph.Reshape(bias, shape)
        mine = self.of_part(graph, queries, number, self.part)
        per_block = graph.Concat(self._part_blocks, graph.shape(-1, wide), axis=0)
        mixed = []
        for query, key, value in zip(
            graph.split(mine, [heads * wide] * groups, axis=1),
            graph.split(graph.Gather(keys, seen), [wide] * groups, axis=1),
            graph.split(graph.Gather(values, seen), [sizes.head_dim] * groups, axis=1),
            strict=True,
        ):
            part = graph.MultiHeadAttention(
                graph.Reshape(query, per_block),
                graph.Reshape(key, self._gathered(graph, wide)),
                graph.Reshape(value, self._gathered(graph, sizes.head_dim)),
                "",
                "",
                bias,
                num_heads=1,
                # The operator's own scale would be 1 / sqrt(head size).
                scale=1.0,
            )
            mixed.append(graph.Reshape(part, graph.shape(-1, heads * sizes.head_dim)))
        return graph.Concat(*mixed, axis=1) if groups > 1 else mixed[0]

    def _gathered(self, graph: Graph, features: int) -> str:
        return graph.Concat(self._part_blocks, self._seen, graph.shape(features), axis=0)

    def _with_row(self, value: str, row: Sequence[float]) -> str:
        return self._graph.Concat(value, self._graph.constant([row]), axis=0)

    def of_part(self, graph: Graph, value: str, number: str, size: str) -> str:
        """The rows of one part, where each part has `size` of them."""
        start = graph.Mul(graph.Unsqueeze(number, graph.shape(0)), size)
        return graph.Slice(value, start, graph.Add(start, size), graph.shape(0))

    def joined(self, parts: str) -> str:
        """The tokens [tokens, hidden] of what `Graph.one_by_one` made [parts, tokens, hidden]."""
        return self._graph.Reshape(parts, self._graph.shape(-1, self._sizes.hidden))


def _steps(graph: Graph, value: str, step: str) -> str:
    """How many steps cover the value."""
    return graph.Div(graph.Add(value, graph.Sub(step, graph.shape(1))), step)


def _count_to(graph: Graph, end: str) -> str:
    """0, 1, ... before `end`, a list of one number."""
    return graph.Range(graph.number(0), graph.Squeeze(end), graph.number(1))


def _projection(
    read: Read, name: str, sizes: Sizes
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Weight and bias of queries, keys and values together, with the sinks' columns."""
    weights: list[NDArray[np.float32]] = []
    biases: list[NDArray[np.float32]] = []
    for part, heads, extra in (
        ("q", sizes.heads, read(f"{name}.sinks")[:, None]),
        ("k", sizes.kv_heads, np.zeros((sizes.kv_heads, 1), np.float32)),
    ):
        weight = read(f"{name}.{part}_proj.weight").reshape(-1, sizes.head_dim, sizes.hidden)
        wide = np.pad(weight, ((0, 0), (0, 1), (0, 0)))
        weights.append(wide.reshape(-1, sizes.hidden))
        bias = _bias(read, f"{name}.{part}_proj", heads * sizes.head_dim, sizes)
        by_head = bias.reshape(-1, sizes.head_dim)
        biases.append(np.concatenate((by_head, extra), axis=1).reshape(-1))
    weights.append(read(f"{name}.v_proj.weight"))
    biases.append(_bias(read, f"{name}.v_proj", sizes.kv_heads * sizes.head_dim, sizes))
    return np.concatenate(weights), np.concatenate(biases)


def _bias(read: Read, name: str, size: int, sizes: Sizes) -> NDArray[np.float32]:
    return read(f"{name}.bias") if sizes.attention_bias else np.zeros(size, np.float32)
