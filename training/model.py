"""The embedded model: a small token classifier with a document head.

Five layers over byte-level BPE tokens: C a gated depthwise convolution that sees 4 tokens to each
side, A local attention that sees `reach` tokens to each side, each followed by a SwiGLU. Two heads:
33 classes for every token, 10 categories for the text by the masked mean of its tokens. A token's
logits depend on `receptive_field` tokens to each side and on nothing else, so that long texts can
be read in windows.

The gated convolution follows LFM2 (https://arxiv.org/abs/2511.23404) without its causality; the
rest is standard: RMSNorm before each part, no dropout, no biases but the heads' and convolutions'.
The same computation, without torch, is written out by `export.py`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

BLOCK = 32
"""Queries that attend together. Texts are filled up to a multiple of it."""

NEVER = -1e4
"""Added to the score of a key that must not be seen: its softmax is 0 in float32 and bfloat16."""


@dataclass(frozen=True)
class ModelConfig:
    """Sizes; the defaults are those of the model that is shipped."""

    vocab_size: int = 12288
    hidden_size: int = 192
    intermediate_size: int = 384
    num_attention_heads: int = 3
    layers: str = "CCACA"
    kernel_size: int = 9
    reach: int = 32
    words_size: int = 64
    classes: int = 33
    categories: int = 10

    @property
    def receptive_field(self) -> int:
        """Tokens on each side that can change a token's logits, rounded up to half a block.

        With that, windows whose length is a multiple of the block begin at one, and attention
        sums the same numbers in the same order in a window as in the whole text.
        """
        exact = sum(self.reach if kind == "A" else self.kernel_size // 2 for kind in self.layers)
        return -(-exact // (BLOCK // 2)) * (BLOCK // 2)


class Norm(nn.Module):
    """RMSNorm."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(size))

    def forward(self, x: Tensor) -> Tensor:
        return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + 1e-5) * self.weight


class GatedConvolution(nn.Module):
    """out(c * conv(a * b)), where a, b and c are projections of the input."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        size, kernel = config.hidden_size, config.kernel_size
        self.input = nn.Linear(size, 3 * size, bias=False)
        self.conv = nn.Conv1d(size, size, kernel, padding=kernel // 2, groups=size)
        self.output = nn.Linear(size, size, bias=False)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        a, b, c = self.input(x).chunk(3, -1)
        near = self.conv((a * b * mask[..., None]).transpose(1, 2)).transpose(1, 2)
        return self.output(c * near)


class LocalAttention(nn.Module):
    """Attention to the tokens at most `reach` away, a block of queries at a time.

    A block's queries see the blocks around it, of which a band is kept: time is linear in the
    text. What distance does to a score is learned, one number for each head and distance (as in
    T5, https://arxiv.org/abs/1910.10683): nothing depends on where a text was cut.
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        size = config.hidden_size
        self.heads = config.num_attention_heads
        self.sides = -(-config.reach // BLOCK)
        self.qkv = nn.Linear(size, 3 * size, bias=False)
        self.distance = nn.Parameter(torch.empty(self.heads, 2 * config.reach + 1))
        self.output = nn.Linear(size, size, bias=False)
        span = (2 * self.sides + 1) * BLOCK
        index = torch.arange(span) - torch.arange(BLOCK)[:, None] - self.sides * BLOCK
        band = torch.where(index.abs() <= config.reach, 0.0, NEVER)
        self.register_buffer("index", (index + config.reach).clamp(0, 2 * config.reach), False)
        self.register_buffer("band", band, False)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        rows, tokens, size = x.shape
        blocks, per_head = tokens // BLOCK, size // self.heads
        parts = self.qkv(x).view(rows, blocks, BLOCK, 3, self.heads, per_head)
        q, k, v = (part.transpose(2, 3) for part in parts.unbind(3))  # [rows, blocks, heads, B, h]
        scores = q @ self.around(k).transpose(-1, -2) * per_head**-0.5
        padding = (self.around(mask.view(rows, blocks, 1, BLOCK, 1)).transpose(3, 4) - 1) * -NEVER
        shares = (scores + self.bias().to(x.dtype) + padding).softmax(-1)
        mixed = shares @ self.around(v)
        return self.output(mixed.transpose(2, 3).reshape(rows, tokens, size))

    def bias(self) -> Tensor:
        """What is added to the scores of a block of queries, [heads, B, span]."""
        return self.distance[:, self.index] + self.band

    def around(self, blocks: Tensor) -> Tensor:
        """Each block with its neighbours: [rows, blocks, heads, span, h]."""
        count = blocks.shape[1]
        padded = F.pad(blocks, (0, 0, 0, 0, 0, 0, self.sides, self.sides))
        shifted = [padded[:, side : side + count] for side in range(2 * self.sides + 1)]
        return torch.cat(shifted, 3)


class SwiGLU(nn.Module):
    """out(silu(a) * b)."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        size, inner = config.hidden_size, config.intermediate_size
        self.input = nn.Linear(size, 2 * inner, bias=False)
        self.output = nn.Linear(inner, size, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        a, b = self.input(x).chunk(2, -1)
        return self.output(F.silu(a) * b)


class Layer(nn.Module):
    """Mixes tokens, then channels."""

    def __init__(self, kind: str, config: ModelConfig) -> None:
        super().__init__()
        self.norm1 = Norm(config.hidden_size)
        self.mix = LocalAttention(config) if kind == "A" else GatedConvolution(config)
        self.norm2 = Norm(config.hidden_size)
        self.ffn = SwiGLU(config)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        x = x + self.mix(self.norm1(x), mask)
        return x + self.ffn(self.norm2(x))


class DocumentHead(nn.Module):
    """Category logits [rows, 10] from pooled features [rows, 2 hidden] and the text's own words.

    The head has a small embedding of its own: which words a text has says most of what it is
    about, and the backbone's embeddings serve another task (+5 points on sources not seen).
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        features = 2 * config.hidden_size + config.words_size
        self.hidden = nn.Linear(features, config.hidden_size)
        self.output = nn.Linear(config.hidden_size, config.categories)
        self.words = nn.Embedding(config.vocab_size, config.words_size)

    def forward(self, pooled: Tensor, ids: Tensor, mask: Tensor) -> Tensor:
        words = mean(self.words(ids), mask)
        return self.output(F.silu(self.hidden(torch.cat([pooled, words], -1))))


def mean(x: Tensor, mask: Tensor) -> Tensor:
    """The mean of a row's tokens, [rows, channels]; of none it is 0."""
    share = mask.to(x.dtype) / mask.sum(1, keepdim=True).clamp(min=1)
    return (share[:, None] @ x).squeeze(1)


class Model(nn.Module):
    """The backbone and its two heads."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        self.embedding = nn.Embedding(config.vocab_size, config.hidden_size)
        self.layers = nn.ModuleList(Layer(kind, config) for kind in config.layers)
        self.norm = Norm(config.hidden_size)
        self.tags = nn.Linear(config.hidden_size, config.classes)
        self.document = DocumentHead(config)
        for name, parameter in self.named_parameters():
            if parameter.dim() == 2:
                # What is added to the residual starts small, the smaller the more layers add.
                deep = name.endswith(("mix.output.weight", "ffn.output.weight"))
                scale = 0.02 / math.sqrt(2 * len(config.layers)) if deep else 0.02
                nn.init.normal_(parameter, std=scale)

    def features(self, ids: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Hidden states [rows, tokens, hidden] and pooled features [rows, 2 hidden].

        `ids` and `mask` are [rows, tokens], tokens a multiple of BLOCK; the mask is 1 for a token
        and 0 for padding, which stands at the end of a row. What is pooled is the mean of the last
        layer (what the text is about in context) and of the embeddings (which words it has).
        """
        x = embedded = self.embedding(ids)
        mask = mask.to(x.dtype)
        for layer in self.layers:
            x = layer(x, mask)
        x = self.norm(x)
        return x, torch.cat([mean(x, mask), mean(embedded, mask)], -1)

    def forward(self, ids: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Logits [rows, tokens, 33] and category logits [rows, 10]."""
        x, pooled = self.features(ids, mask)
        return self.tags(x), self.document(pooled, ids, mask)
