"""Writes graphs the way openai/privacy-filter's own ONNX files probably look.

    python -m training.upstream_style CHECKPOINT OUT [--form q4f16]

The published graphs were not seen where this is built. What is known of them: the names of the
files, which operators they use (QMoE, MatMulNBits, GatherBlockQuantized), inputs `input_ids` and
`attention_mask`, output `logits`, and that the sinks are constants of [1, heads, 1, 1], which means
attention over all pairs of tokens in plain operators. Everything else follows the habits of the
program that usually writes such graphs (onnxruntime-genai's model builder): how nodes and weights
are called, separate projections, experts with gate and up interleaved, tables of cosines and sines.

The tests of `leaksift.export.upstream` read what this writes, and `benchmarks/full_tier.py` times
it. Nothing here is part of the product.
"""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from leaksift.export.checkpoint import Checkpoint, open_checkpoint
from leaksift.export.rope import frequencies

MICROSOFT = "com.microsoft"
BLOCK = 32
"""Weights that share one scale."""

SMALL = 4096
"""Bytes up to which a constant stays in the graph's own file."""


@dataclass(frozen=True)
class Form:
    """One published form: its file, the type that is computed in, and bits of a weight (32 and 16:
    as it is)."""

    file: str
    half: bool
    bits: int


FORMS = {
    "fp32": Form("model.onnx", False, 32),
    "fp16": Form("model_fp16.onnx", True, 16),
    "q4": Form("model_q4.onnx", False, 4),
    "q4f16": Form("model_q4f16.onnx", True, 4),
    "quantized": Form("model_quantized.onnx", False, 8),
}


def write_upstream_style(
    checkpoint: Checkpoint,
    out: Path,
    form: str,
    *,
    positions: int = 4096,
    file_size: int = 2_000_000_000,
    packed: bool = False,
    half_split: bool = False,
    written_out: bool = False,
) -> Path:
    """Writes the model directory `out` with the graph of this form, and returns the graph's path.

    `positions` is the length of the tables of cosines and sines: longer rows cannot be read.
    Weights go to files `_data`, `_data_1`, ... of at most `file_size` bytes each. The rest are
    habits that vary among builders: `packed` has one projection for query, key and value,
    `half_split` stores the rotated pairs as two halves of each head, `written_out` has norms and
    rotations (of pairs) in plain operators.
    """
    folder = out / "onnx"
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("config.json", "tokenizer.json", "viterbi_calibration.json"):
        if (checkpoint.folder / name).exists():
            shutil.copyfile(checkpoint.folder / name, out / name)
    path = folder / FORMS[form].file
    with _Graph(path, FORMS[form], file_size) as graph:
        _write(graph, checkpoint, positions, packed, half_split, written_out)
        path.write_bytes(graph.serialized(checkpoint.sizes.classes))
    return path


def quantize(weight: np.ndarray, bits: int) -> tuple[np.ndarray, np.ndarray]:
    """[..., out, in] as unsigned numbers, two to a byte for 4 bits, and scales [..., out, blocks];
    the zero point is in the middle. As MatMulNBits and QMoE read it."""
    *outer, size = weight.shape
    blocks = weight.reshape(*outer, size // BLOCK, BLOCK)
    half = 1 << (bits - 1)
    at = np.abs(blocks).argmax(-1, keepdims=True)
    scales = np.take_along_axis(blocks, at, -1) / np.float32(-half)
    turned = np.divide(1, scales, out=np.zeros_like(scales), where=scales != 0)
    numbers = np.clip(np.rint(blocks * turned) + half, 0, 2 * half - 1)
    numbers = numbers.astype(np.uint8).reshape(weight.shape)
    if bits == 4:
        numbers = numbers[..., 0::2] | numbers[..., 1::2] << 4
    return numbers, scales[..., 0]


class _Graph:
    """Collects nodes; weights go to files beside the graph as they come."""

    def __init__(self, path: Path, form: Form, file_size: int) -> None:
        self.form = form
        self.type = np.float16 if form.half else np.float32
        self.kind = TensorProto.FLOAT16 if form.half else TensorProto.FLOAT
        self._path, self._file_size = path, file_size
        self._nodes: list[onnx.NodeProto] = []
        self._constants: dict[str, onnx.TensorProto] = {}
        self._files: list[BinaryIO] = []

    def __enter__(self) -> _Graph:
        return self

    def __exit__(self, *_: object) -> None:
        for file in self._files:
            file.close()

    def node(self, name: str, operator: str, *inputs: str, count: int = 1, **more: Any) -> Any:
        """Adds a node; its outputs are `name/output_0`, ..."""
        outputs = [f"{name}/output_{number}" for number in range(count)]
        self._nodes.append(helper.make_node(operator, inputs, outputs, name=name, **more))
        return outputs[0] if count == 1 else outputs

    def add(self, node: onnx.NodeProto) -> None:
        self._nodes.append(node)

    def numbers(self, *values: int) -> str:
        name = f"/model/constants/INT64/{list(values)}"
        return self.weight(name, np.array(values, np.int64))

    def floats(self, name: str, values: Any) -> str:
        return self.weight(name, np.asarray(values, self.type))

    def weight(self, name: str, values: np.ndarray) -> str:
        if name in self._constants:
            return name
        values = np.ascontiguousarray(values)
        if values.nbytes <= SMALL:
            self._constants[name] = numpy_helper.from_array(values, name)
            return name
        file = self._file(values.nbytes)
        tensor = TensorProto(name=name, data_type=helper.np_dtype_to_tensor_dtype(values.dtype))
        tensor.dims.extend(values.shape)
        tensor.data_location = TensorProto.EXTERNAL
        place = {
            "location": Path(file.name).name,
            "offset": str(file.tell()),
            "length": str(values.nbytes),
        }
        for key, value in place.items():
            tensor.external_data.add(key=key, value=value)
        values.tofile(file)
        self._constants[name] = tensor
        return name

    def _file(self, size: int) -> BinaryIO:
        if not self._files or self._files[-1].tell() + size > self._file_size:
            number = len(self._files)
            ending = "_data" + (f"_{number}" if number else "")
            path = self._path.with_name(self._path.name + ending)
            self._files.append(path.open("wb"))
        file = self._files[-1]
        file.write(bytes(-file.tell() % 64))
        return file

    def serialized(self, classes: int) -> bytes:
        inputs = [
            helper.make_tensor_value_info(
                name, TensorProto.INT64, ["batch_size", "sequence_length"]
            )
            for name in ("input_ids", "attention_mask")
        ]
        output = helper.make_tensor_value_info(
            "logits", TensorProto.FLOAT, ["batch_size", "sequence_length", classes]
        )
        constants = list(self._constants.values())
        model = helper.make_model(
            helper.make_graph(self._nodes, "main_graph", inputs, [output], constants),
            opset_imports=[helper.make_opsetid("", 21), helper.make_opsetid(MICROSOFT, 1)],
            ir_version=10,
            producer_name="onnxruntime-genai",
        )
        return bytes(model.SerializeToString(deterministic=True))

    def linear(self, name: str, value: str, weight: np.ndarray, bias: np.ndarray | None) -> str:
        """`weight` is [out, in]."""
        if self.form.bits > 8:
            stored = self.floats(f"{name[1:].replace('/', '.')}.MatMul.weight", weight.T)
            value = self.node(f"{name}/MatMul", "MatMul", value, stored)
        else:
            value = self._blockwise(name, value, weight)
        if bias is None:
            return value
        stored = self.floats(f"{name[1:].replace('/', '.')}.Add.bias", bias)
        return self.node(f"{name}/Add", "Add", value, stored)

    def _blockwise(self, name: str, value: str, weight: np.ndarray) -> str:
        out, size = weight.shape
        numbers, scales = quantize(weight, self.form.bits)
        named = f"{name[1:].replace('/', '.')}.MatMul.weight_Q{self.form.bits}G{BLOCK}"
        return self.node(
            f"{name}/MatMul_Q{self.form.bits}",
            "MatMulNBits",
            value,
            self.weight(named, numbers.reshape(out, size // BLOCK, -1)),
            self.floats(f"{named}_scales", scales.reshape(-1)),
            domain=MICROSOFT,
            K=size,
            N=out,
            bits=self.form.bits,
            block_size=BLOCK,
        )


def _write(
    graph: _Graph,
    checkpoint: Checkpoint,
    positions: int,
    packed: bool,
    half_split: bool,
    written_out: bool,
) -> None:
    sizes, get = checkpoint.sizes, checkpoint.tensor
    each, factor = frequencies(sizes.rope, sizes.head_dim)
    angles = np.arange(positions, dtype=np.float32)[:, None] * each
    tables = (
        graph.floats("cos_cache", np.cos(angles) * factor),
        graph.floats("sin_cache", np.sin(angles) * factor),
    )
    # Pairs of a head, side by side in the checkpoint, as two halves.
    halves = np.arange(sizes.head_dim).reshape(-1, 2).T.reshape(-1)
    index, mask, batch, tokens = _positions(graph, sizes.window)

    def rotated(name: str, value: str, heads: int) -> str:
        if written_out:
            return turned(name, value, heads)
        return str(
            graph.node(
                name,
                "RotaryEmbedding",
                value,
                index,
                *tables,
                domain=MICROSOFT,
                interleaved=0 if half_split else 1,
                num_heads=heads,
                rotary_embedding_dim=sizes.head_dim if half_split else 0,
            )
        )

    def turned(name: str, value: str, heads: int) -> str:
        """As transformers writes it: each second number of a head, turned with its neighbour."""
        value = graph.node(
            f"{name}/view", "Reshape", value, graph.numbers(0, 0, heads, sizes.head_dim)
        )
        cosine, sine = (
            graph.node(
                f"{name}/{table}",
                "Unsqueeze",
                graph.node(f"{name}/{table}/Gather", "Gather", table, index),
                graph.numbers(2),
            )
            for table in tables
        )
        ends = graph.numbers(np.iinfo(np.int64).max), graph.numbers(3), graph.numbers(2)
        one, other = (
            graph.node(f"{name}/Slice_{start}", "Slice", value, graph.numbers(start), *ends)
            for start in (0, 1)
        )

        def product(of: str, table: str) -> Any:
            return graph.node(f"{name}/{of}/{table}/Mul", "Mul", of, table)

        pairs = (
            graph.node(f"{name}/Sub", "Sub", product(one, cosine), product(other, sine)),
            graph.node(f"{name}/Add", "Add", product(other, cosine), product(one, sine)),
        )
        columns = (
            graph.node(f"{name}/Unsqueeze_{at}", "Unsqueeze", pair, graph.numbers(4))
            for at, pair in enumerate(pairs)
        )
        value = graph.node(f"{name}/Concat", "Concat", *columns, axis=-1)
        return str(
            graph.node(
                f"{name}/flat", "Reshape", value, graph.numbers(0, 0, heads * sizes.head_dim)
            )
        )

    def projection(at: str, part: str) -> tuple[np.ndarray, np.ndarray | None]:
        weight = get(f"{at}.self_attn.{part}_proj.weight")
        bias = get(f"{at}.self_attn.{part}_proj.bias") if sizes.attention_bias else None
        if half_split and part in "qk":
            rows = np.arange(len(weight)).reshape(-1, sizes.head_dim)[:, halves].reshape(-1)
            weight, bias = weight[rows], None if bias is None else bias[rows]
        return weight, bias

    def per_head(name: str, value: str, heads: int, order: list[int]) -> str:
        value = graph.node(
            f"{name}/Reshape", "Reshape", value, graph.numbers(0, 0, heads, sizes.head_dim)
        )
        return str(graph.node(f"{name}/Transpose", "Transpose", value, perm=order))

    def repeated(name: str, value: str, shape: list[str]) -> str:
        times = sizes.heads // sizes.kv_heads
        value = graph.node(f"{name}/Unsqueeze", "Unsqueeze", value, graph.numbers(2))
        value = graph.node(f"{name}/Expand", "Expand", value, graph.numbers(1, 1, times, 1, 1))
        target = graph.node(
            f"{name}/Concat", "Concat", batch, graph.numbers(sizes.heads), *shape, axis=0
        )
        return str(graph.node(f"{name}/Reshape", "Reshape", value, target))

    def attention(value: str, layer: int) -> str:
        at, name = f"model.layers.{layer}", f"/model/layers.{layer}/attn"
        wide, narrow = sizes.heads * sizes.head_dim, sizes.kv_heads * sizes.head_dim
        parts = {part: projection(at, part) for part in "qkv"}
        if packed:
            weight = np.concatenate([parts[part][0] for part in "qkv"])
            biases = [parts[part][1] for part in "qkv" if parts[part][1] is not None]
            together = graph.linear(
                f"{name}/qkv_proj", value, weight, np.concatenate(biases) if biases else None
            )
            query, key, values = graph.node(
                f"{name}/Split",
                "Split",
                together,
                graph.numbers(wide, narrow, narrow),
                count=3,
                axis=-1,
            )
        else:
            query, key, values = (
                graph.linear(f"{name}/{part}_proj", value, *parts[part]) for part in "qkv"
            )
        query = rotated(f"{name}/q_rotary/RotaryEmbedding", query, sizes.heads)
        key = rotated(f"{name}/k_rotary/RotaryEmbedding", key, sizes.kv_heads)
        query = per_head(f"{name}/q", query, sizes.heads, [0, 2, 1, 3])
        key = per_head(f"{name}/k", key, sizes.kv_heads, [0, 2, 3, 1])
        values = per_head(f"{name}/v", values, sizes.kv_heads, [0, 2, 1, 3])
        size = graph.numbers(sizes.head_dim)
        key = repeated(f"{name}/repeat_k", key, [size, tokens])
        values = repeated(f"{name}/repeat_v", values, [tokens, size])
        scores = graph.node(f"{name}/qk/MatMul", "MatMul", query, key)
        scale = graph.floats(f"{name}/scale", sizes.head_dim**-0.5)
        scores = graph.node(f"{name}/scale/Mul", "Mul", scores, scale)
        scores = graph.node(f"{name}/mask/Add", "Add", scores, mask)
        sinks = get(f"{at}.self_attn.sinks").reshape(1, -1, 1, 1)
        shape = graph.node(
            f"{name}/sinks/Concat",
            "Concat",
            batch,
            graph.numbers(1),
            tokens,
            graph.numbers(1),
            axis=0,
        )
        sinks = graph.node(
            f"{name}/sinks/Expand", "Expand", graph.floats(f"{at}.attn.sinks", sinks), shape
        )
        scores = graph.node(f"{name}/Concat", "Concat", scores, sinks, axis=-1)
        shares = graph.node(f"{name}/Softmax", "Softmax", scores, axis=-1)
        shares = graph.node(
            f"{name}/Slice",
            "Slice",
            shares,
            graph.numbers(0),
            graph.numbers(-1),
            graph.numbers(3),
        )
        mixed = graph.node(f"{name}/pv/MatMul", "MatMul", shares, values)
        mixed = graph.node(f"{name}/Transpose", "Transpose", mixed, perm=[0, 2, 1, 3])
        mixed = graph.node(f"{name}/Reshape", "Reshape", mixed, graph.numbers(0, 0, wide))
        return graph.linear(f"{name}/o_proj", mixed, *projection(at, "o"))

    def experts(value: str, layer: int) -> str:
        at, name = f"model.layers.{layer}.mlp", f"/model/layers.{layer}/moe"
        routes = graph.linear(
            f"{name}/router", value, get(f"{at}.router.weight"), get(f"{at}.router.bias")
        )
        routes = graph.node(
            f"{name}/router/Reshape", "Reshape", routes, graph.numbers(-1, sizes.experts)
        )
        # gate 0, up 0, gate 1, up 1, ...
        order = np.arange(2 * sizes.intermediate).reshape(2, -1).T.reshape(-1)
        named = f"model.layers.{layer}.moe.experts"
        inputs = [value, routes]
        for part, rows in (("gate_up_proj", order), ("down_proj", None)):
            weight = get(f"{at}.experts.{part}").transpose(0, 2, 1)
            bias = get(f"{at}.experts.{part}_bias")
            if rows is not None:
                weight, bias = weight[:, rows], bias[:, rows]
            if graph.form.bits > 8:
                inputs.append(graph.floats(f"{named}.{part}.weight", weight))
            else:
                numbers, scales = quantize(weight, graph.form.bits)
                inputs.append(graph.weight(f"{named}.{part}.qweight", numbers))
                inputs.append(graph.floats(f"{named}.{part}.scales", scales))
            inputs.append(graph.floats(f"{named}.{part}.bias", bias))
        more: dict[str, Any] = {}
        if graph.form.bits <= 8:
            more = {"expert_weight_bits": graph.form.bits, "block_size": BLOCK}
        operator = "QMoE" if more else "MoE"
        return str(
            graph.node(
                f"{name}/{operator}",
                operator,
                *inputs,
                domain=MICROSOFT,
                k=sizes.experts_per_token,
                activation_type="swiglu",
                swiglu_fusion=1,
                normalize_routing_weights=1,
                activation_alpha=sizes.swiglu_alpha,
                activation_beta=1.0,
                swiglu_limit=sizes.swiglu_limit,
                **more,
            )
        )

    def norm(name: str, stored: str, value: str, skip: str = "") -> tuple[str, str]:
        """The normed value and the sum that it is of."""
        if written_out:
            return written_norm(name, stored, value, skip)
        weight = graph.floats(name[1:].replace("/", ".") + ".weight", get(stored))
        if not skip:
            operator = "SimplifiedLayerNormalization"
            normed = graph.node(
                f"{name}/LayerNorm",
                operator,
                value,
                weight,
                axis=-1,
                epsilon=sizes.epsilon,
                stash_type=1,
            )
            return normed, value
        outputs = [f"{name}/output_0", "", "", f"{name}/output_3"]
        graph.add(
            helper.make_node(
                "SkipSimplifiedLayerNormalization",
                [value, skip, weight],
                outputs,
                name=f"{name}/SkipLayerNorm",
                domain=MICROSOFT,
                epsilon=sizes.epsilon,
            )
        )
        return outputs[0], outputs[3]

    def written_norm(name: str, stored: str, value: str, skip: str) -> tuple[str, str]:
        weight = graph.floats(f"{stored}", get(stored))
        if skip:
            value = graph.node(f"{name}/skip/Add", "Add", value, skip)
        exact = graph.node(f"{name}/Cast", "Cast", value, to=TensorProto.FLOAT)
        two = graph.weight("/model/constants/FLOAT/2", np.array(2, np.float32))
        least = graph.weight("/model/constants/FLOAT/eps", np.array(sizes.epsilon, np.float32))
        square = graph.node(f"{name}/Pow", "Pow", exact, two)
        mean = graph.node(f"{name}/ReduceMean", "ReduceMean", square, graph.numbers(-1))
        root = graph.node(f"{name}/Sqrt", "Sqrt", graph.node(f"{name}/Add", "Add", mean, least))
        normed = graph.node(f"{name}/Div", "Div", exact, root)
        normed = graph.node(f"{name}/Cast_1", "Cast", normed, to=graph.kind)
        return graph.node(f"{name}/Mul", "Mul", weight, normed), value

    value = _embedding(graph, get("model.embed_tokens.weight"))
    first = "model.layers.0.input_layernorm.weight"
    normed, value = norm("/model/layers.0/input_layernorm", first, value)
    for layer in range(sizes.layers):
        name = f"/model/layers.{layer}/post_attention_layernorm"
        stored = f"model.layers.{layer}.post_attention_layernorm.weight"
        normed, value = norm(name, stored, value, attention(normed, layer))
        name = f"/model/layers.{layer + 1}/input_layernorm"
        stored = f"model.layers.{layer + 1}.input_layernorm.weight"
        if layer + 1 == sizes.layers:
            name = f"/model/layers.{layer + 1}/final_norm_layernorm"
            stored = "model.norm.weight"
        normed, value = norm(name, stored, value, experts(normed, layer))
    logits = graph.linear("/score", normed, get("score.weight"), get("score.bias"))
    graph.add(
        helper.make_node("Cast", [logits], ["logits"], name="/score/Cast", to=TensorProto.FLOAT)
    )


def _embedding(graph: _Graph, table: np.ndarray) -> str:
    name = "model.embed_tokens.weight"
    if graph.form.bits > 8:
        stored = graph.floats(name, table)
        return str(graph.node("/model/embed_tokens/Gather", "Gather", stored, "input_ids"))
    bits = graph.form.bits
    numbers, scales = quantize(table, bits)
    return str(
        graph.node(
            f"/model/embed_tokens/Gather_Q{bits}",
            "GatherBlockQuantized",
            graph.weight(f"{name}_Q{bits}G{BLOCK}", numbers),
            "input_ids",
            graph.floats(f"{name}_Q{bits}G{BLOCK}_scales", scales),
            domain=MICROSOFT,
            bits=bits,
            block_size=BLOCK,
            gather_axis=0,
            quantize_axis=1,
        )
    )


def _positions(graph: _Graph, window: int) -> tuple[str, str, str, str]:
    """The positions [batch, tokens], who sees whom as a bias [batch, 1, tokens, tokens], and the
    two sizes."""
    node: Callable[..., Any] = graph.node
    shape = node("/model/Shape", "Shape", "input_ids")
    batch = node("/model/batch", "Gather", shape, graph.numbers(0))
    tokens = node("/model/tokens", "Gather", shape, graph.numbers(1))
    size = node("/model/size", "Squeeze", tokens)
    zero = graph.weight("/model/constants/INT64/0", np.array(0, np.int64))
    one = graph.weight("/model/constants/INT64/1", np.array(1, np.int64))
    row = node("/model/Range", "Range", zero, size, one)
    index = node("/model/position_ids", "Expand", row, shape)
    rows = node("/model/mask/rows", "Unsqueeze", row, graph.numbers(1))
    columns = node("/model/mask/columns", "Unsqueeze", row, graph.numbers(0))
    distance = node("/model/mask/Abs", "Abs", node("/model/mask/Sub", "Sub", rows, columns))
    reach = graph.weight("/model/constants/INT64/window", np.array(window, np.int64))
    band = node("/model/mask/LessOrEqual", "LessOrEqual", distance, reach)
    real = node("/model/mask/Cast", "Cast", "attention_mask", to=TensorProto.BOOL)
    real = node("/model/mask/Unsqueeze", "Unsqueeze", real, graph.numbers(1, 2))
    seen = node("/model/mask/And", "And", band, real)
    most = np.finfo(graph.type).min
    bias = node(
        "/model/mask/Where",
        "Where",
        seen,
        graph.floats("/model/mask/seen", 0.0),
        graph.floats("/model/mask/hidden", most),
    )
    return index, bias, batch, tokens


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--form", choices=list(FORMS), default="q4f16")
    options = parser.parse_args()
    with open_checkpoint(options.checkpoint) as checkpoint:
        print(write_upstream_style(checkpoint, options.out, options.form))


if __name__ == "__main__":
    main()
