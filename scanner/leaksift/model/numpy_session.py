"""The embedded architecture in NumPy, for platforms that have no onnxruntime.

The same computation as the graph in `model.onnx` (`training/export.py` writes it,
`training/model.py` explains it), from the weights in that same file: int8 with one scale for each
output, multiplied out once to float32. Sums are added in another order than onnxruntime's, so that
logits differ in their last bits; spans do not. Other architectures are not computed here.

A row's bits do not depend on the other rows: every product is one of a single row. Imports NumPy.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from leaksift.errors import ModelError
from leaksift.model.directory import EMBEDDED_ARCHITECTURE
from leaksift.model.onnx_weights import parse_weights
from leaksift.model.session import Logits, Packing

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from leaksift.model.directory import ModelDirectory

    # float32 throughout; NumPy's types lose track of it in products.
    Array = NDArray[Any]

_EPSILON = np.float32(1e-5)
_NEVER = np.float32(1e4)


class _Weights:
    """The arrays of a file, each asked for by name and shape. Raises ValueError."""

    def __init__(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        self._arrays = arrays

    def has(self, name: str) -> bool:
        """Whether there is such a weight."""
        return name in self._arrays

    def array(self, name: str, *shape: int, kind: Any = np.float32) -> Array:
        """An aligned copy of a weight."""
        array = self._arrays.get(name)
        if array is None or array.shape != shape or array.dtype.newbyteorder("=") != kind:
            wanted = " x ".join(map(str, shape))
            raise ValueError(f"it has no weight {name} of {wanted} {np.dtype(kind)}")
        return array.astype(kind)

    def matrix(self, name: str, inputs: int, outputs: int) -> Array:
        """int8 [inputs, outputs] times float32 [outputs]; or float16 or float32 as it is, where so
        stored."""
        if name in self._arrays:
            return self.array(name, inputs, outputs)
        if self.has(f"{name}.half"):
            half = self.array(f"{name}.half", inputs, outputs, kind=np.float16)
            return half.astype(np.float32)
        values = self.array(f"{name}.int8", inputs, outputs, kind=np.int8)
        scale = self.array(f"{name}.scale", outputs)
        return values.astype(np.float32) * scale

    def parts(self, name: str, inputs: int, outputs: int, count: int) -> list[Array]:
        """Matrices that the file keeps apart, named by their first output."""
        return [self.matrix(f"{name}.{at * outputs}", inputs, outputs) for at in range(count)]


class _Sizes:
    """What `config.json` says of the architecture. Raises ValueError."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self.vocabulary = _positive(settings, "vocab_size")
        self.hidden = _positive(settings, "hidden_size")
        self.inner = _positive(settings, "intermediate_size")
        self.heads = _positive(settings, "num_attention_heads")
        self.kernel = _positive(settings, "kernel_size")
        self.reach = _positive(settings, "reach")
        self.block = _positive(settings, "block")
        self.classes = _positive(settings, "classes")
        self.words = _positive(settings, "words_size")
        self.categories = _positive(settings, "categories")
        layers = settings.get("layers")
        if not isinstance(layers, str) or not layers or set(layers) - set("AC"):
            raise ValueError("layers is not a row of the letters A and C")
        self.layers = layers
        if self.hidden % self.heads:
            raise ValueError("num_attention_heads does not divide hidden_size")
        # Blocks on each side that a block of queries can see.
        self.sides = -(-self.reach // self.block)


class _Embedding:
    """A vector for each token of the vocabulary, in float16 or int8. It stays so: a text uses
    little of it."""

    def __init__(self, weights: _Weights, name: str, vocabulary: int, size: int) -> None:
        self.scale: Array | None = None
        if weights.has(f"{name}.weight.half"):
            self.values = weights.array(f"{name}.weight.half", vocabulary, size, kind=np.float16)
        else:
            self.values = weights.array(f"{name}.weight.int8", vocabulary, size, kind=np.int8)
            self.scale = weights.array(f"{name}.weight.scale", vocabulary, 1)

    def __call__(self, ids: NDArray[np.int64]) -> Array:
        result: Array = self.values[ids].astype(np.float32)
        return result if self.scale is None else result * self.scale[ids, 0][..., None]


class _Convolution:
    """out(c * conv(a * b)): depthwise over the tokens next to each other."""

    def __init__(self, weights: _Weights, name: str, sizes: _Sizes) -> None:
        hidden, kernel = sizes.hidden, sizes.kernel
        self.input = weights.parts(f"{name}.input.weight", hidden, hidden, 3)
        conv = weights.array(f"{name}.conv.weight", hidden, 1, 1, kernel)
        self.conv = np.ascontiguousarray(conv[:, 0, 0].T)
        self.bias = weights.array(f"{name}.conv.bias", hidden)
        self.output = weights.matrix(f"{name}.output.weight", hidden, hidden)

    def __call__(self, x: Array, mask: Array) -> Array:
        a, b, c = (x @ matrix for matrix in self.input)
        tokens, half = x.shape[1], len(self.conv) // 2
        gated = np.pad(a * b * mask[..., None], ((0, 0), (half, half), (0, 0)))
        near = np.broadcast_to(self.bias, x.shape).copy()
        for shift, weight in enumerate(self.conv):
            near += gated[:, shift : shift + tokens] * weight
        result: Array = (c * near) @ self.output
        return result


class _Attention:
    """Attention of each block of queries to the blocks around it, with learned distances."""

    def __init__(self, weights: _Weights, name: str, sizes: _Sizes) -> None:
        self.sizes = sizes
        span = (2 * sizes.sides + 1) * sizes.block
        self.qkv = weights.parts(f"{name}.qkv.weight", sizes.hidden, sizes.hidden, 3)
        self.bias = weights.array(f"{name}.bias", sizes.heads, sizes.block, span)
        self.output = weights.matrix(f"{name}.output.weight", sizes.hidden, sizes.hidden)

    def __call__(self, x: Array, mask: Array) -> Array:
        sizes = self.sizes
        rows = len(x)
        shape = (rows, -1, sizes.block, sizes.heads, sizes.hidden // sizes.heads)
        q, k, v = ((x @ matrix).reshape(shape) for matrix in self.qkv)
        # [rows, blocks, heads, queries, keys]
        scores = q.transpose(0, 1, 3, 2, 4) @ self._around(k).transpose(0, 1, 3, 4, 2)
        seen = self._around(mask.reshape(rows, -1, sizes.block, 1, 1)).transpose(0, 1, 3, 4, 2)
        scores *= np.float32(shape[-1] ** -0.5)
        scores += self.bias
        scores += (seen - 1) * _NEVER
        shares = np.exp(scores - scores.max(-1, keepdims=True))
        shares /= shares.sum(-1, keepdims=True)
        mixed = shares @ self._around(v).transpose(0, 1, 3, 2, 4)
        result: Array = mixed.transpose(0, 1, 3, 2, 4).reshape(x.shape) @ self.output
        return result

    def _around(self, blocks: Array) -> Array:
        """[rows, blocks, tokens, ...], to each block those beside it; nothing beyond the ends."""
        sides, count = self.sizes.sides, blocks.shape[1]
        padded = np.pad(blocks, ((0, 0), (sides, sides), (0, 0), (0, 0), (0, 0)))
        shifted = [padded[:, shift : shift + count] for shift in range(2 * sides + 1)]
        return np.concatenate(shifted, axis=2)


class _Layer:
    """Mixes tokens, then channels."""

    def __init__(self, weights: _Weights, name: str, kind: str, sizes: _Sizes) -> None:
        self.norm1 = weights.array(f"{name}.norm1.weight", sizes.hidden)
        mix = _Attention if kind == "A" else _Convolution
        self.mix: _Attention | _Convolution = mix(weights, f"{name}.mix", sizes)
        self.norm2 = weights.array(f"{name}.norm2.weight", sizes.hidden)
        self.gate, self.up = weights.parts(f"{name}.ffn.input.weight", sizes.hidden, sizes.inner, 2)
        self.down = weights.matrix(f"{name}.ffn.output.weight", sizes.inner, sizes.hidden)

    def __call__(self, x: Array, mask: Array) -> Array:
        x = x + self.mix(_norm(x, self.norm1), mask)
        near = _norm(x, self.norm2)
        result: Array = x + (_swish(near @ self.gate) * (near @ self.up)) @ self.down
        return result


class NumpySession:
    """The embedded model on NumPy. Several threads may run it at the same time."""

    rows_independent = True
    packing: Packing | None = None

    def __init__(self, directory: ModelDirectory) -> None:
        """Raises ModelError when the model is of another architecture or its file damaged."""
        if not directory.is_embedded_architecture:
            raise ModelError(
                f"{directory.path}: the NumPy backend knows only the embedded architecture "
                f"({EMBEDDED_ARCHITECTURE}), not this model's; install onnxruntime to use it"
            )
        self._graph = directory.graph
        try:
            self._sizes = sizes = _Sizes(directory.settings)
        except ValueError as error:
            raise _damaged(directory.path / "config.json", str(error)) from None
        try:
            weights = _Weights(parse_weights(directory.graph.read_bytes()))
            hidden = sizes.hidden
            self._embedding = _Embedding(weights, "embedding", sizes.vocabulary, hidden)
            self._words = _Embedding(weights, "document.words", sizes.vocabulary, sizes.words)
            self._layers = [
                _Layer(weights, f"layers.{number}", kind, sizes)
                for number, kind in enumerate(sizes.layers)
            ]
            self._norm = weights.array("norm.weight", hidden)
            self._tags = weights.matrix("tags.weight", hidden, sizes.classes)
            self._tags_bias = weights.array("tags.bias", sizes.classes)
            pooled = 2 * hidden + sizes.words
            self._hidden = weights.matrix("document.hidden.weight", pooled, hidden)
            self._hidden_bias = weights.array("document.hidden.bias", hidden)
            self._output = weights.matrix("document.output.weight", hidden, sizes.categories)
            self._output_bias = weights.array("document.output.bias", sizes.categories)
        except OSError as error:
            raise _damaged(directory.graph, error.strerror or "unreadable") from None
        except ValueError as error:
            raise _damaged(directory.graph, str(error)) from None

    def run(
        self,
        input_ids: NDArray[np.int64],
        attention_mask: NDArray[np.int64],
        position_ids: NDArray[np.int64] | None = None,
    ) -> Logits:
        if input_ids.ndim != 2 or input_ids.shape != attention_mask.shape:
            raise ValueError("input_ids and attention_mask must both be [batch, tokens]")
        if input_ids.size and not 0 <= input_ids.min() <= input_ids.max() < self._sizes.vocabulary:
            raise ModelError(
                f"{self._graph}: tokens outside of its vocabulary; check that config.json and "
                "tokenizer.json are of the same model, or fetch it again"
            )
        tokens = input_ids.shape[1]
        # As in the graph: filled up to whole blocks, and the answer cut to its length again.
        fill = ((0, 0), (0, -tokens % self._sizes.block))
        ids = np.pad(input_ids, fill)
        mask = np.pad(attention_mask, fill).astype(np.float32)
        # What is no number is found by whoever reads the logits, and said in a better way.
        with np.errstate(all="ignore"):
            x = embedded = self._embedding(ids)
            for layer in self._layers:
                x = layer(x, mask)
            x = _norm(x, self._norm)
            logits = (x @ self._tags + self._tags_bias)[:, :tokens]
            share = (mask / np.maximum(mask.sum(1, keepdims=True), 1))[:, None]
            # [rows, 1, ...]: products of one row each, whatever the batch.
            means = [share @ of for of in (x, embedded, self._words(ids))]
            pooled = np.concatenate(means, axis=-1)
            hidden = _swish(pooled @ self._hidden + self._hidden_bias)
            documents = (hidden @ self._output + self._output_bias)[:, 0]
        return Logits(logits, documents)


def _norm(x: Array, weight: Array) -> Array:
    result: Array = x / np.sqrt(np.mean(x * x, axis=-1, keepdims=True) + _EPSILON) * weight
    return result


def _swish(x: Array) -> Array:
    result: Array = x / (1 + np.exp(-x))
    return result


def _positive(settings: Mapping[str, Any], key: str) -> int:
    value = settings.get(key)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 2**24:
        raise ValueError(f"{key} is not a whole number from 1 up")
    return value


def _damaged(file: Path, what: str) -> ModelError:
    return ModelError(f"{file}: {what}; the file is damaged or of another model, fetch it again")
