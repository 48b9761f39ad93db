"""The trained model as a directory that `leaksift.model` opens: ONNX graph, tokenizer, settings.

The graph is written by hand from standard operators, so that it is small and loads fast. Weights
are int8 with one scale for each row of a matrix; the embedding, the projections of the convolutions
and the small tag head, from which most of the effect of rounding came, are float16. onnxruntime
multiplies the matrices out once, when it loads the file, and computes in float32. So a token's
logits never depend on what else is in the batch, are the same on processors with and without int8
instructions, and can be recomputed elsewhere (quantising activations was measured to be no faster
at this size). The weights keep their names, those in float16 with `.half` at the end:
`layers.0.ffn.output.weight` is stored as `layers.0.ffn.output.weight.int8` [in, out] with `.scale`
[out]; where a matrix is several projections side by side, each is stored by itself,
`layers.0.ffn.input.weight.384.int8` being the one from row 384 on.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper

from leaksift.export.graph import Graph
from leaksift.finding import CATEGORIES
from leaksift.model.directory import open_model_directory
from leaksift.model.reader import ModelReader
from leaksift.model.screen import FILE as SCREEN
from leaksift.model.session import ROWS_INDEPENDENT, OnnxSession
from leaksift.model.tokenize import encode, open_tokenizer
from training.alignment import CLASSES
from training.evaluate import open_reader, spots_of
from training.model import BLOCK, NEVER, LocalAttention, Model

OPSET = 17
LARGEST = 12_000_000
"""Bytes that the whole directory may have."""


def quantised(weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """int8 values [rows, columns] and float32 scales [rows] of a matrix, row by row."""
    scale = np.maximum(np.abs(weight).max(axis=1), 1e-12).astype(np.float32) / np.float32(127)
    return np.rint(weight / scale[:, None]).astype(np.int8), scale


def build_graph(model: Model) -> bytes:
    """The model as an ONNX file; inputs and outputs as `leaksift.model.session` wants them."""
    config = model.config
    state = {name: tensor.detach().numpy() for name, tensor in model.state_dict().items()}
    graph = Graph()

    def linear(value: str, name: str, part: slice = slice(None), exact: bool = False) -> str:
        """A matrix product; `part` takes some of the rows of the matrix as one of its own."""
        weight = state[f"{name}.weight"][part]
        name = f"{name}.weight" + (f".{part.start}" if part.start is not None else "")
        if exact:
            half = graph.constant(weight.T, np.float16, f"{name}.half")
            return graph.MatMul(value, graph.Cast(half, to=TensorProto.FLOAT))
        rows, scale = quantised(weight)
        matrix = graph.Cast(graph.constant(rows.T, np.int8, f"{name}.int8"), to=TensorProto.FLOAT)
        return graph.MatMul(value, graph.Mul(matrix, graph.constant(scale, name=f"{name}.scale")))

    def with_bias(value: str, name: str) -> str:
        return graph.Add(value, graph.constant(state[f"{name}.bias"], name=f"{name}.bias"))

    def norm(value: str, name: str) -> str:
        square = graph.ReduceMean(graph.Mul(value, value), axes=[-1], keepdims=1)
        root = graph.Sqrt(graph.Add(square, graph.constant(1e-5)))
        weight = graph.constant(state[f"{name}.weight"], name=f"{name}.weight")
        return graph.Mul(graph.Div(value, root), weight)

    def thirds(value: str, name: str, exact: bool = False) -> list[str]:
        size = config.hidden_size
        # Three products rather than one and a split: that would copy.
        return [linear(value, name, slice(at, at + size), exact) for at in range(0, 3 * size, size)]

    def convolution(value: str, name: str) -> str:
        a, b, c = thirds(value, f"{name}.input", exact=True)
        gated = graph.Mul(graph.Mul(a, b), real)
        # [rows, tokens, channels] -> [rows, channels, 1, tokens]: two-dimensional ones are fast.
        image = graph.Unsqueeze(graph.Transpose(gated, perm=[0, 2, 1]), graph.shape(2))
        half = config.kernel_size // 2
        near = graph.Conv(
            image,
            graph.constant(state[f"{name}.conv.weight"][:, :, None], name=f"{name}.conv.weight"),
            graph.constant(state[f"{name}.conv.bias"], name=f"{name}.conv.bias"),
            group=config.hidden_size,
            pads=[0, half, 0, half],
        )
        near = graph.Transpose(graph.Squeeze(near, graph.shape(2)), perm=[0, 2, 1])
        return linear(graph.Mul(c, near), f"{name}.output", exact=True)

    heads, per_head = config.num_attention_heads, config.hidden_size // config.num_attention_heads
    sides = -(-config.reach // BLOCK)

    def around(blocks: str, fill: float, perm: list[int], shape: str) -> str:
        """[rows, blocks, B, ...], each block with its neighbours."""
        padded = graph.Pad(
            blocks, graph.shape(0, sides, *[0] * 3, 0, sides, *[0] * 3), graph.constant(fill)
        )
        return graph.Transpose(graph.Reshape(graph.Gather(padded, near, axis=1), shape), perm=perm)

    def attention(value: str, name: str, mix: LocalAttention) -> str:
        q, k, v = (graph.Reshape(part, per_block) for part in thirds(value, f"{name}.qkv"))
        span = graph.shape(0, 0, -1, heads, per_head)
        q = graph.Transpose(q, perm=[0, 1, 3, 2, 4])
        k = around(k, 0.0, [0, 1, 3, 4, 2], span)
        scores = graph.Mul(graph.MatMul(q, k), graph.constant(per_head**-0.5))
        bias = graph.constant(mix.bias().detach().numpy(), name=f"{name}.bias")
        shares = graph.Softmax(graph.Add(graph.Add(scores, bias), padding), axis=-1)
        mixed = graph.MatMul(shares, around(v, 0.0, [0, 1, 3, 2, 4], span))
        mixed = graph.Reshape(graph.Transpose(mixed, perm=[0, 1, 3, 2, 4]), whole)
        return linear(mixed, f"{name}.output")

    def swiglu(value: str, name: str) -> str:
        inner = config.intermediate_size
        gate = linear(value, f"{name}.input", slice(0, inner))
        up = linear(value, f"{name}.input", slice(inner, 2 * inner))
        swish = graph.Mul(gate, graph.Sigmoid(gate))
        return linear(graph.Mul(swish, up), f"{name}.output")

    # Texts are filled up to whole blocks, and the answer is cut to their length again.
    tokens = graph.Gather(graph.Shape("input_ids"), graph.constant(1, np.int64), axis=0)
    missing = graph.Mod(graph.Neg(tokens), graph.constant(BLOCK, np.int64))
    fill = graph.Concat(graph.shape(0, 0, 0), graph.Unsqueeze(missing, graph.shape(0)), axis=0)
    ids = graph.Pad("input_ids", fill)
    mask = graph.Cast(graph.Pad("attention_mask", fill), to=TensorProto.FLOAT)
    real = graph.Unsqueeze(mask, graph.shape(2))
    per_block = graph.shape(0, -1, BLOCK, heads, per_head)
    whole = graph.shape(0, -1, config.hidden_size)
    blocks = graph.Div(graph.Add(tokens, missing), graph.constant(BLOCK, np.int64))
    index = graph.Range(graph.constant(0, np.int64), blocks, graph.constant(1, np.int64))
    near = graph.Add(
        graph.Unsqueeze(index, graph.shape(1)), graph.constant(range(2 * sides + 1), np.int64)
    )
    # [rows, blocks, 1, 1, span], as the scores' last dimensions are heads, queries, keys
    seen = around(
        graph.Reshape(mask, graph.shape(0, -1, BLOCK, 1, 1)),
        0.0,
        [0, 1, 3, 4, 2],
        graph.shape(0, 0, -1, 1, 1),
    )
    padding = graph.Mul(graph.Sub(seen, graph.constant(1.0)), graph.constant(-NEVER))

    def embedding(name: str, exact: bool = False) -> str:
        if exact:
            table = graph.constant(state[f"{name}.weight"], np.float16, f"{name}.weight.half")
            return graph.Cast(graph.Gather(table, ids, axis=0), to=TensorProto.FLOAT)
        rows, scale = quantised(state[f"{name}.weight"])
        picked = graph.Gather(graph.constant(rows, np.int8, f"{name}.weight.int8"), ids, axis=0)
        scales = graph.constant(scale[:, None], name=f"{name}.weight.scale")
        picked = graph.Cast(picked, to=TensorProto.FLOAT)
        return graph.Mul(picked, graph.Gather(scales, ids, axis=0))

    value = embedded = embedding("embedding", exact=True)
    for number, kind in enumerate(config.layers):
        name = f"layers.{number}"
        read = norm(value, f"{name}.norm1")
        mix = model.layers[number].mix
        mixed = (
            attention(read, f"{name}.mix", mix) if kind == "A" else convolution(read, f"{name}.mix")
        )
        value = graph.Add(value, mixed)
        value = graph.Add(value, swiglu(norm(value, f"{name}.norm2"), f"{name}.ffn"))
    value = norm(value, "norm")
    logits = with_bias(linear(value, "tags", exact=True), "tags")
    length = graph.Unsqueeze(tokens, graph.shape(0))
    graph.Slice(logits, graph.shape(0), length, graph.shape(1), output="logits")

    one = graph.shape(1)
    share = graph.Div(mask, graph.Max(graph.ReduceSum(mask, one, keepdims=1), graph.constant(1.0)))
    share = graph.Unsqueeze(share, one)
    means = [
        graph.Squeeze(graph.MatMul(share, of), one)
        for of in (value, embedded, embedding("document.words"))
    ]
    hidden = with_bias(linear(graph.Concat(*means, axis=1), "document.hidden"), "document.hidden")
    hidden = graph.Mul(hidden, graph.Sigmoid(hidden))
    documents = linear(hidden, "document.output")
    bias = graph.constant(state["document.output.bias"], name="document.output.bias")
    graph.Add(documents, bias, output="doc_logits")
    return _serialised(graph, config.classes, config.categories)


def _serialised(graph: Graph, classes: int, categories: int) -> bytes:
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "tokens"])
        for name in ("input_ids", "attention_mask")
    ]
    outputs = [
        helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", "tokens", classes]),
        helper.make_tensor_value_info("doc_logits", TensorProto.FLOAT, ["batch", categories]),
    ]
    weights = list(graph.weights.values())
    model = helper.make_model(
        helper.make_graph(graph.nodes, "leaksift_embedded", inputs, outputs, weights),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=8,
    )
    helper.set_model_props(model, {ROWS_INDEPENDENT: "1"})
    onnx.checker.check_model(model)
    return model.SerializeToString(deterministic=True)


def settings(model: Model) -> dict[str, Any]:
    """The content of `config.json`."""
    return {
        "model_type": "leaksift-embedded",
        **asdict(model.config),
        "receptive_field": model.config.receptive_field,
        "block": BLOCK,
        "pad_token_id": 0,
        "id2label": {str(index): name for index, name in enumerate(CLASSES)},
        "id2category": {str(index): name for index, name in enumerate(CATEGORIES)},
    }


def write_directory(model: Model, work: Path, out: Path) -> int:
    """Writes the model directory; returns its size in bytes.

    Takes tokenizer, calibration and screen from the work folder. Raises ValueError when it is too
    large.
    """
    out.mkdir(parents=True, exist_ok=True)
    (out / "model.onnx").write_bytes(build_graph(model))
    text = json.dumps(settings(model), indent=1) + "\n"
    (out / "config.json").write_text(text, encoding="utf-8", newline="\n")
    for name in ("tokenizer.json", "viterbi_calibration.json", SCREEN):
        # A model without a screen is one that reads everything: those of the tests.
        if name != SCREEN or (work / name).exists():
            shutil.copyfile(work / name, out / name)
    # Without the blanks that are for people: a third less.
    vocabulary = json.loads((work / "tokenizer.json").read_text(encoding="utf-8"))
    compact = json.dumps(vocabulary, ensure_ascii=False, separators=(",", ":")) + "\n"
    (out / "tokenizer.json").write_text(compact, encoding="utf-8", newline="\n")
    size = sum(file.stat().st_size for file in out.iterdir() if file.is_file())
    if size > LARGEST:
        raise ValueError(f"{out} has {size} bytes, more than {LARGEST}")
    return size


def parity(model: Model, out: Path, work: Path, texts: list[str]) -> dict[str, float]:
    """How far the exported graph is from PyTorch on windows of these texts.

    Also whether a window's logits are the same to the bit alone and in a batch, as the file says.
    """
    directory = open_model_directory(out)
    session = OnnxSession(directory.graph, len(directory.tags))
    exported = ModelReader(
        directory, directory.operating_point("default"), session=session, threads=1
    )
    trained = open_reader(model, work / "tokenizer.json", directory.operating_point("default"))
    tokenizer = open_tokenizer(directory.tokenizer, directory.vocabulary)
    furthest = 0.0
    for text in texts:
        row = encode(tokenizer, text)
        ours, theirs = exported.logits([row])[0], trained.logits([row])[0]
        furthest = max(furthest, float(np.abs(ours - theirs).max(initial=0)))
    pairs = list(zip(exported.read(texts), trained.read(texts), strict=True))
    equal = sum(spots_of(ours) == spots_of(theirs) for ours, theirs in pairs)
    return {
        "windows": len(texts),
        "spans": sum(len(theirs) for _, theirs in pairs),
        "windows_equal": round(equal / max(1, len(texts)), 5),
        "largest_logit_difference": round(furthest, 4),
        "alone_equals_batch": float(_alone_equals_batch(session, directory.vocabulary)),
    }


def _alone_equals_batch(session: OnnxSession, vocabulary: int) -> bool:
    random = np.random.default_rng(1)
    for length in (32, 48, 96, 256):
        ids = random.integers(2, vocabulary, (7, length))
        mask = np.ones_like(ids)
        together = session.run(ids, mask)
        for row in range(len(ids)):
            alone = session.run(ids[row : row + 1], mask[row : row + 1])
            if not np.array_equal(alone.tokens[0], together.tokens[row]):
                return False
    return True
