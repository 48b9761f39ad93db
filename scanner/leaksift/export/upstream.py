"""Reads the weights out of a published ONNX graph of the architecture, as a `Checkpoint`.

openai/privacy-filter publishes its graphs in several forms, for browsers first, and none is fast on
a processor. The weights are found by what the graph computes and not by what it calls things:

    layers         the nodes QMoE or MoE, each behind the other (`upstream_experts.py`)
    router         the matrix whose product is a layer's second input (`upstream_matrices.py`)
    q, k, v        the matrices before a layer's Softmax: the two that are multiplied before it and
                   the one that is read after it; one matrix may hold several
    o              the matrix behind the Softmax
    sinks          the constant that is put beside the scores (`upstream_attention.py`)
    norms          the weight of the norm that each of these reads

Numbers of 8 and 4 bits are turned back, halves of the rotated pairs are put side by side and gates
and ups apart, as transformers has them. A node that does not fit is an error that names it. Whether
all of it was understood is for `agreement.py` to prove.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leaksift.errors import ModelError, UsageError
from leaksift.export.onnx_graph import Node, OnnxGraph, dequantized
from leaksift.export.sizes import Sizes, parse_sizes
from leaksift.export.upstream_attention import attention_parameters
from leaksift.export.upstream_experts import expert_parameters
from leaksift.export.upstream_matrices import (
    CHANGES_FORM,
    EXPERTS,
    Matrices,
    Parameters,
    parameters,
)
from leaksift.model.directory import ModelDirectory, open_model_directory

VARIANTS = ("fp32", "fp16", "quantized", "q4", "q4f16")
"""The published forms, the most exact first."""


class UpstreamCheckpoint:
    """The weights in a model's graph; `directory` is the model that they are of."""

    def __init__(self, directory: ModelDirectory) -> None:
        """Finds all weights and compares their shapes with config.json; reads none. Raises
        ModelError with one line."""
        self.directory = directory
        self.folder = directory.path
        self.settings: Mapping[str, Any] = directory.settings
        self.sizes = parse_sizes(self.settings, str(directory.path / "config.json"))
        self.categories: tuple[str, ...] = ()
        self._shapes = self.sizes.shapes()
        self._graph = OnnxGraph(directory.graph)
        self._parameters = _all_parameters(self._graph, self.sizes)

    def tensor(self, name: str) -> NDArray[np.float32]:
        """As `Checkpoint.tensor`."""
        node, read = self._parameters[name]
        try:
            values = np.asarray(read(), dtype=np.float32)
        except (ValueError, IndexError):
            raise self._graph.wrong(node, f"the constants of {name} do not fit together") from None
        if values.shape != self._shapes[name]:
            raise self._graph.wrong(
                node,
                f"{name} is {list(values.shape)} where config.json means "
                f"{list(self._shapes[name])}",
            )
        return values


def open_upstream(folder: Path, variant: str | None) -> UpstreamCheckpoint:
    """The weights of a model directory with a published graph: of this variant, else of the most
    exact one that is there. Raises ModelError, and UsageError for a variant that is a fast form."""
    if variant is not None:
        if variant not in VARIANTS:
            raise UsageError(f"{variant} is a fast form itself; name one of {', '.join(VARIANTS)}")
        return UpstreamCheckpoint(open_model_directory(folder, variant))
    directory = None
    for name in VARIANTS:
        try:
            directory = open_model_directory(folder, name)
            break
        except ModelError:
            # Says what is wrong with the folder, where it is not only that this graph is missing.
            if name == VARIANTS[-1]:
                raise
    assert directory is not None  # noqa: S101 - the last one raises
    return UpstreamCheckpoint(directory)


def _all_parameters(graph: OnnxGraph, sizes: Sizes) -> Parameters:
    if set(graph.inputs) != {"input_ids", "attention_mask"} or graph.outputs != ("logits",):
        # The fast forms have position_ids. Another output would be lost.
        raise graph.wrong(
            None, "it does not read input_ids and attention_mask and make logits, and no more"
        )
    layers = [node for node in graph.nodes if node.operator in EXPERTS]
    if len(layers) != sizes.layers:
        raise graph.wrong(
            None, f"{len(layers)} nodes QMoE or MoE for the {sizes.layers} layers of config.json"
        )
    matrices, shapes = Matrices(graph), sizes.shapes()
    found: Parameters = {"model.embed_tokens.weight": _embedding(graph, sizes)}
    for layer, node in enumerate(layers):
        at = f"model.layers.{layer}"
        if matrices.place(node.outputs[0])[0] != layer + 1:
            raise graph.wrong(node, "the layers do not follow each other")
        router = matrices.nearest(node.input(1))
        if router is None:
            raise graph.wrong(node, "its second input is not the product of a router")
        name = f"{at}.mlp.router"
        found |= parameters(graph, router, name, shapes[f"{name}.weight"], biased=True)
        found |= expert_parameters(graph, node, sizes, f"{at}.mlp.experts")
        found[f"{at}.post_attention_layernorm.weight"] = _norm(graph, sizes, router.value)
        of_attention, value = attention_parameters(graph, matrices, sizes, layer, router)
        found |= of_attention
        found[f"{at}.input_layernorm.weight"] = _norm(graph, sizes, value)
    last = matrices.of_layer(sizes.layers)
    if len(last) != 1:
        raise graph.wrong(layers[-1], f"{len(last)} matrices are behind it, not one")
    found |= parameters(graph, last[0], "score", shapes["score.weight"], biased=True)
    found["model.norm.weight"] = _norm(graph, sizes, last[0].value)
    return found


def _norm(graph: OnnxGraph, sizes: Sizes, value: str) -> tuple[Node, Callable[[], Any]]:
    """The weight of the norm that a value comes from."""
    node = graph.maker.get(value)
    while node is not None and node.operator in CHANGES_FORM:
        node = graph.maker.get(node.input(0))
    if node is None:
        raise graph.wrong(None, "a matrix reads what is not normed")
    constants = [name for name in node.inputs if name and graph.is_constant(name)]
    if node.operator in ("SimplifiedLayerNormalization", "RMSNormalization"):
        weight = node.input(1)
    elif node.operator == "SkipSimplifiedLayerNormalization" and not node.input(3):
        weight = node.input(2)
    elif node.operator == "Mul" and len(constants) == 1:
        weight = constants[0]
    else:
        raise graph.wrong(node, f"{node.operator} where a norm was expected")
    epsilon = node.attributes.get("epsilon", sizes.epsilon)
    if abs(epsilon - sizes.epsilon) > 1e-3 * sizes.epsilon:
        raise graph.wrong(node, f"its epsilon is {epsilon:g}, unlike in config.json")
    if not graph.is_constant(weight):
        raise graph.wrong(node, "its weight is not a constant")
    return node, lambda: graph.array(weight).reshape(-1)


def _embedding(graph: OnnxGraph, sizes: Sizes) -> tuple[Node, Callable[[], Any]]:
    found = [
        node
        for node in graph.nodes
        if node.operator in ("Gather", "GatherBlockQuantized")
        and node.input(1) == "input_ids"
        and graph.is_constant(node.input(0))
    ]
    if len(found) != 1:
        raise graph.wrong(None, f"{len(found)} tables are read by input_ids, not one")
    node = found[0]
    stored = graph.shape(node.input(0))
    if len(stored) != 2 or stored[0] != sizes.vocabulary:
        raise graph.wrong(node, f"its table {list(stored)} is not of {sizes.vocabulary} tokens")
    if node.operator == "Gather":
        return node, lambda: graph.array(node.input(0))
    axes = node.attributes.get("gather_axis", 0), node.attributes.get("quantize_axis", 1)
    bits, block = node.attributes.get("bits", 4), node.attributes.get("block_size", 128)
    if axes not in ((0, 1), (0, -1)) or bits not in (4, 8):
        raise graph.wrong(node, f"numbers of {bits} bits, gathered and scaled along axes {axes}")

    def read() -> NDArray[np.float32]:
        values, scales = graph.array(node.input(0)), graph.array(node.input(2))
        zeros = graph.array(node.input(3)) if node.input(3) else None
        if bits == 8 or stored[1] != sizes.hidden:
            return dequantized(values, scales, zeros, bits, block, sizes.hidden)
        # ONNX's own types of 4 bits, which are read as whole bytes; their zero point is 0.
        spread = scales.astype(np.float32).repeat(block, axis=1)[:, : sizes.hidden]
        middle = 0 if zeros is None else zeros.repeat(block, axis=1)[:, : sizes.hidden]
        return np.asarray((values.astype(np.float32) - middle) * spread, np.float32)

    return node, read
