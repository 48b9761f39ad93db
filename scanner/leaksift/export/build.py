"""Writes a checkpoint as a model directory with a graph in one of three forms.

The graph has one form of inputs and outputs:

    input_ids       int64 [batch, tokens]
    attention_mask  int64 [batch, tokens]; 0 is padding. 1, or in a row that packs several texts the
                    number of the text, from 1 up: a token sees those with its number only
    position_ids    int64 [batch, tokens]; where a token stands in its text
    logits          float32 [batch, tokens, classes]

and, where there is a document head,

    doc_logits         float32 [batch, categories]: of all tokens of the row that are not padding
    doc_token_logits   float32 [batch, tokens, categories]: the head on each token; the logits of a
                       packed text are the mean of its tokens'

Its metadata says how it wants to be run:

    leaksift.form              fp32, q4 or int8
    leaksift.rows_independent  1 where a token's bits do not depend on what else is in the batch
    leaksift.block             texts packed in one row, and windows into a long text, must start at
                               multiples of this; then they have the bits that the whole text alone
                               has. Where it is missing, nothing is to be packed
    leaksift.dense_limit       rows of up to this many tokens take another order of sums: a text of
                               up to so many tokens has its bits in a row of its own length only,
                               batched with such rows only, and a longer one never in such a row
    leaksift.ready             1: there is nothing left for onnxruntime to optimise. In the int8 and
                               fp32 forms the graph has thousands of nodes, on which its optimisers
                               and its plan for sharing buffers take longer than all else (the plan
                               grows with the square of their number). To be opened with
                               graph_optimization_level ORT_DISABLE_ALL, enable_mem_reuse False and
                               enable_mem_pattern False: the block of memory that patterns reserve
                               for a shape seen before is larger than what a run needs, and no
                               faster

A layer takes a long row in parts of `attention.PART` tokens, one after the other. At full size
the int8 form has 1.3 GB of weights in memory, 0.13 GB of its embedding once it is read, 0.07 GB for
a part and 20 KB for each token of a row. Above 512 tokens a larger batch is no faster.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

import onnx
from onnx import TensorProto, helper

from leaksift.errors import ModelError, UsageError
from leaksift.export.attention import BLOCK, DENSE_LIMIT, Attention
from leaksift.export.checkpoint import Checkpoint
from leaksift.export.form import Form, Routes, exact_linear
from leaksift.export.form_fp32 import Fp32
from leaksift.export.form_int8 import Int8
from leaksift.export.form_q4 import Q4
from leaksift.export.graph import MICROSOFT, Graph
from leaksift.export.weights import DataFile

FORMS: dict[str, type[Form]] = {"fp32": Fp32, "q4": Q4, "int8": Int8}

GRAPHS = {
    "fp32": "onnx/model.onnx",
    "q4": "onnx/model_q4.onnx",
    "int8": "onnx/model_int8.onnx",
}
"""The file of each form; its weights lie beside it, in a file of that name with `_data`."""

_OPSET = 17
_COPIED = ("tokenizer.json", "viterbi_calibration.json")


def build_graph(checkpoint: Checkpoint, form: Form, graph: Graph) -> onnx.ModelProto:
    """The model as an ONNX graph; what is large goes to the store of `graph`.

    Raises ModelError when a tensor of the checkpoint is missing or of another shape.
    """
    sizes, read = checkpoint.sizes, checkpoint.tensor
    attention = Attention(graph, form, sizes)

    def norm(name: str) -> str:
        return graph.constant(read(name), name=name)

    def mixed(graph: Graph, value: str, name: str) -> str:
        logits = exact_linear(
            graph,
            value,
            read(f"{name}.router.weight"),
            read(f"{name}.router.bias"),
            f"{name}.router",
        )
        count = graph.shape(sizes.experts_per_token)
        highest, experts = graph.outputs("TopK", [logits, count], 2, axis=1)
        routes = Routes(logits, experts, graph.Softmax(highest, axis=1))
        return form.experts(graph, value, routes, read, name, sizes)

    def routed(value: str, name: str) -> str:
        def part(graph: Graph, number: str) -> str:
            return mixed(graph, attention.of_part(graph, value, number, attention.part), name)

        return attention.joined(graph.one_by_one(attention.parts, part))

    def added(value: str, residual: str, name: str) -> tuple[str, str]:
        """The norm of the sum, and the sum."""
        outputs = graph.outputs(
            "SkipSimplifiedLayerNormalization",
            [residual, value, norm(name)],
            4,
            epsilon=sizes.epsilon,
        )
        return outputs[0], outputs[3]

    residual = form.embedding(graph, graph.Reshape(attention.ids, graph.shape(-1)), read)
    # The first norm has no sum before it, and the standard has one operator for it from 23 on only.
    square = graph.ReduceMean(graph.Mul(residual, residual), axes=[-1], keepdims=1)
    root = graph.Sqrt(graph.Add(square, graph.constant(sizes.epsilon)))
    value = graph.Mul(graph.Div(residual, root), norm("model.layers.0.input_layernorm.weight"))
    for layer in range(sizes.layers):
        name = f"model.layers.{layer}"
        attended = attention.layer(value, read, f"{name}.self_attn")
        value, residual = added(attended, residual, f"{name}.post_attention_layernorm.weight")
        routes = routed(value, f"{name}.mlp")
        last = layer + 1 == sizes.layers
        following = "model.norm" if last else f"model.layers.{layer + 1}.input_layernorm"
        value, residual = added(routes, residual, f"{following}.weight")

    def head(name: str, output: str) -> None:
        logits = exact_linear(graph, value, read(f"{name}.weight"), read(f"{name}.bias"), name)
        rows = graph.Reshape(logits, attention.rows())
        graph.Slice(rows, graph.shape(0), attention.tokens, graph.shape(1), output=output)

    head("score", "logits")
    if checkpoint.categories:
        head("doc_head", "doc_token_logits")
        real = graph.Cast(graph.Cast("attention_mask", to=TensorProto.BOOL), to=TensorProto.FLOAT)
        count = graph.ReduceSum(real, graph.shape(1), keepdims=1)
        shares = graph.Div(real, graph.Max(count, graph.constant(1.0)))
        # A product for each row: the order in which ReduceSum adds depends on how many rows
        # there are.
        mean = graph.MatMul(graph.Unsqueeze(shares, graph.shape(1)), "doc_token_logits")
        graph.Squeeze(mean, graph.shape(1), output="doc_logits")
    return _model(graph, checkpoint, form)


def export_model(checkpoint: Checkpoint, out: Path, form: str) -> Path:
    """Writes the model directory `out` with the graph in this form, and returns the graph's path.

    A directory that is there keeps its other files, so that several forms can lie side by side.
    Everything is written under temporary names first: what stops half-way leaves the directory as
    it was. The same checkpoint gives the same bytes. Takes twice the memory of the largest tensor
    in float32 (1 GB at full size), besides the checkpoint's files, which are mapped.
    Raises UsageError for an unknown form, ModelError when the checkpoint is damaged, and when
    `out` cannot be written.
    """
    if form not in FORMS:
        raise UsageError(f"there is no form {form!r}; use {', '.join(FORMS)}")
    graph = Path(GRAPHS[form])
    new = not out.exists()
    try:
        out.mkdir(parents=True, exist_ok=True)
        # In `out`, so that the renames stay within one file system.
        with tempfile.TemporaryDirectory(dir=out, prefix=".export-") as folder:
            temporary = Path(folder)
            _write_graph(checkpoint, FORMS[form](), temporary / graph)
            _write_settings(checkpoint, temporary)
            _place(temporary, out, graph)
    except BaseException as error:
        if new:
            with suppress(OSError):
                out.rmdir()
        if isinstance(error, OSError):
            raise ModelError(
                f"{out}: the model cannot be written ({error.strerror or 'I/O error'}); "
                "free some space or choose another folder"
            ) from None
        raise
    return out / graph


def _write_graph(checkpoint: Checkpoint, form: Form, path: Path) -> None:
    path.parent.mkdir(parents=True)
    data = path.with_name(f"{path.name}_data")
    with data.open("wb") as file:
        model = build_graph(checkpoint, form, Graph(DataFile(file, data.name)))
    path.write_bytes(model.SerializeToString(deterministic=True))
    onnx.checker.check_model(str(path))


def _write_settings(checkpoint: Checkpoint, folder: Path) -> None:
    settings = dict(checkpoint.settings)
    if checkpoint.categories:
        settings["id2category"] = {
            str(index): name for index, name in enumerate(checkpoint.categories)
        }
    text = json.dumps(settings, indent=1, ensure_ascii=False) + "\n"
    (folder / "config.json").write_text(text, encoding="utf-8", newline="\n")
    for name in _COPIED:
        source = checkpoint.folder / name
        if source.exists():
            shutil.copyfile(source, folder / name)
        elif name == "tokenizer.json":
            raise ModelError(f"{source}: missing; fetch the checkpoint again")


def _place(temporary: Path, out: Path, graph: Path) -> None:
    """Moves the files to their places. There is no graph while its weights are not in place: at no
    moment is there one with the weights of another."""
    (out / graph).unlink(missing_ok=True)
    files = sorted(path.relative_to(temporary) for path in temporary.rglob("*") if path.is_file())
    for name in [name for name in files if name != graph] + [graph]:
        (out / name).parent.mkdir(exist_ok=True)
        os.replace(temporary / name, out / name)


def _model(graph: Graph, checkpoint: Checkpoint, form: Form) -> onnx.ModelProto:
    sizes, categories = checkpoint.sizes, len(checkpoint.categories)
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "tokens"])
        for name in ("input_ids", "attention_mask", "position_ids")
    ]
    shapes: dict[str, list[str | int]] = {"logits": ["batch", "tokens", sizes.classes]}
    if categories:
        shapes["doc_logits"] = ["batch", categories]
        shapes["doc_token_logits"] = ["batch", "tokens", categories]
    outputs = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
        for name, shape in shapes.items()
    ]
    model = helper.make_model(
        helper.make_graph(
            graph.nodes, "privacy_filter", inputs, outputs, list(graph.weights.values())
        ),
        opset_imports=[helper.make_opsetid("", _OPSET), helper.make_opsetid(MICROSOFT, 1)],
        ir_version=8,
        producer_name="leaksift",
    )
    values = {"form": form.name, "dense_limit": str(DENSE_LIMIT), "ready": "1"}
    if form.rows_independent:
        values |= {"rows_independent": "1", "block": str(BLOCK)}
    helper.set_model_props(model, {f"leaksift.{key}": value for key, value in values.items()})
    return model
