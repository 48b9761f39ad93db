"""Builds the tiny model that the tests of `leaksift.model` read.

    python -m training.tiny_privacy_filter tests/model/tiny

It has the architecture of openai/privacy-filter (`OpenAIPrivacyFilterForTokenClassification` of
transformers: banded attention with sinks, mixture of experts) and the document head of its
multi-task fine-tunes, at a size of some 100 KB, with random weights from a fixed seed. Biases and
sinks are not zero, so that every term of the graph matters. What the transformers class answers to
a few texts is written beside it (`expected.npz`), so that the tests need neither torch nor
transformers. The same weights as a checkpoint, as a multi-task fine-tune would have it, are in the
folder `checkpoint`: `leaksift.export` is tested with them. The graph here is written apart from
that, in the plainest way. The model finds nothing: it only computes like one that does.

Needs the extra `train`.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper
from safetensors.torch import save_file
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import OpenAIPrivacyFilterConfig, OpenAIPrivacyFilterForTokenClassification

from leaksift.export.graph import Graph
from leaksift.finding import CATEGORIES

SEED = 7
VOCABULARY = 512
DOCUMENT_CLASSES = len(CATEGORIES)

SIZES: dict[str, Any] = {
    "vocab_size": VOCABULARY,
    "hidden_size": 32,
    "intermediate_size": 32,
    "head_dim": 8,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "sliding_window": 8,
    "num_hidden_layers": 2,
    "num_local_experts": 4,
    "num_experts_per_tok": 2,
    "pad_token_id": VOCABULARY - 1,
    "eos_token_id": VOCABULARY - 1,
}

# Words as o200k_base, the tokenizer of openai/privacy-filter, tells them apart, without its cases.
WORDS = (
    r"[^\r\n\p{L}\p{N}]?[\p{L}\p{M}]+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)

# What the tokenizer learns its few merges from, and what the expected logits are computed for.
TEXTS = (
    "x",
    "user = load_user(name)",
    "The parcel for Maria Lindqvist goes to 12 Harbour Lane, third floor, before noon.",
    "def connect(host, port, password):\n    return Client(host, port).login(password)\n",
    "Приходите завтра 東京都 naïve café 👩🏽‍💻 e\u0301 done",
    "\n".join(
        f"{line:03d}: call {name} on 555-01{line:02d} or write to {name.lower()}@example.com"
        for line, name in enumerate(["Ada", "Bram", "Chiara", "Dmitri", "Esi", "Farid"] * 3)
    ),
)

BIASES = {
    "default": (0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
    "precision": (1.5, -1.5, 0.5, -0.5, 0.25, 0.0),
    "recall": (-0.5, 1.0, -0.25, 0.5, 0.0, 0.25),
}
BIAS_KEYS = (
    "transition_bias_background_stay",
    "transition_bias_background_to_start",
    "transition_bias_end_to_background",
    "transition_bias_end_to_start",
    "transition_bias_inside_to_continue",
    "transition_bias_inside_to_end",
)

Model = OpenAIPrivacyFilterForTokenClassification


def build_tokenizer() -> Tokenizer:
    """A byte-level BPE with every byte in its alphabet, so that it reads any text."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(WORDS), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY - 1,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        # A word is merged only where it recurs, so that rarer characters stay single bytes.
        min_frequency=4,
        show_progress=False,
    )
    tokenizer.train_from_iterator(TEXTS, trainer)
    tokenizer.add_special_tokens(["<|endoftext|>"])
    return tokenizer


def build_model() -> tuple[Model, torch.nn.Linear]:
    """The reference model and a document head, with every parameter random."""
    config = OpenAIPrivacyFilterConfig(**SIZES)
    config._attn_implementation = "eager"
    model = Model(config).eval()
    head = torch.nn.Linear(config.hidden_size, DOCUMENT_CLASSES)
    generator = torch.Generator().manual_seed(SEED)
    with torch.no_grad():
        for name, parameter in [*model.named_parameters(), *head.named_parameters()]:
            if name.endswith(("bias", "sinks")):
                parameter.normal_(0, 0.5, generator=generator)
            elif "norm" in name:
                parameter.normal_(1, 0.2, generator=generator)
            else:
                # Keeps activations near 1; experts are stored [expert, in, out], others [out, in].
                fan_in = parameter.shape[-2 if "experts" in name else -1]
                scale = 1.0 if "embed" in name else 1.5 / fan_in**0.5
                parameter.normal_(0, scale, generator=generator)
    return model, head


def reference(
    model: Model, head: torch.nn.Linear, ids: np.ndarray, mask: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Logits [batch, tokens, 33] and document logits [batch, 10] by transformers and torch."""
    with torch.no_grad():
        inputs = {"input_ids": torch.tensor(ids), "attention_mask": torch.tensor(mask)}
        hidden = model.model(**inputs).last_hidden_state
        weights = inputs["attention_mask"].unsqueeze(2).float()
        pooled = (hidden * weights).sum(1) / weights.sum(1)
        return model(**inputs).logits.numpy(), head(pooled).numpy()


def export(model: Model, head: torch.nn.Linear) -> bytes:
    """The model as an ONNX file of standard operators (opset 17), all in fp32.

    Every expert reads every token and the router's weights, 0 for those not chosen, are applied
    afterwards: the same sums, and of a shape that does not depend on what the tokens are.
    """
    config = model.config
    state = {name: tensor.numpy() for name, tensor in model.state_dict().items()}
    graph = Graph()
    band, cosine, sine = _positions(graph, model)
    one = graph.shape(1)
    keys = graph.Unsqueeze(graph.Cast("attention_mask", to=TensorProto.BOOL), graph.shape(1, 2, 3))
    bias = graph.Where(graph.And(keys, band), graph.constant(0.0), graph.constant(-1e9))

    def norm(value: str, name: str) -> str:
        square = graph.ReduceMean(graph.Mul(value, value), axes=[-1], keepdims=1)
        root = graph.Sqrt(graph.Add(square, graph.constant(config.rms_norm_eps)))
        return graph.Mul(graph.Div(value, root), graph.constant(state[name]))

    def linear(value: str, name: str) -> str:
        product = graph.MatMul(value, graph.constant(state[f"{name}.weight"].T))
        return graph.Add(product, graph.constant(state[f"{name}.bias"]))

    def rotated(value: str) -> str:
        pairs = graph.Reshape(value, graph.shape(0, 0, -1, config.head_dim // 2, 2))
        even, odd = graph.split(pairs, (1, 1), axis=4)
        turned = graph.Concat(
            graph.Sub(graph.Mul(even, cosine), graph.Mul(odd, sine)),
            graph.Add(graph.Mul(odd, cosine), graph.Mul(even, sine)),
            axis=4,
        )
        return graph.Reshape(turned, graph.shape(0, 0, -1, config.head_dim))

    heads, groups = config.num_attention_heads, config.num_key_value_heads
    shared = heads // groups

    def attention(value: str, name: str) -> str:
        # [batch, tokens, heads * size] -> [batch, groups, heads of the group, tokens, size]
        query = rotated(graph.Reshape(linear(value, f"{name}.q_proj"), _per_head(heads)))
        key = rotated(graph.Reshape(linear(value, f"{name}.k_proj"), _per_head(groups)))
        query = graph.Reshape(query, graph.shape(0, 0, groups, shared, config.head_dim))
        query = graph.Transpose(query, perm=[0, 2, 3, 1, 4])
        key = graph.Unsqueeze(graph.Transpose(key, perm=[0, 2, 3, 1]), graph.shape(2))
        values = graph.Reshape(linear(value, f"{name}.v_proj"), _per_head(groups))
        values = graph.Unsqueeze(graph.Transpose(values, perm=[0, 2, 1, 3]), graph.shape(2))
        scores = graph.Add(graph.MatMul(query, key), bias)
        # The sink is one more key, of a fixed score and without a value.
        sinks = graph.constant(state[f"{name}.sinks"].reshape(1, groups, shared, 1, 1))
        column = graph.Slice(scores, graph.shape(0), one, graph.shape(4))
        sinks = graph.Add(graph.Mul(column, graph.constant(0.0)), sinks)
        shares = graph.Softmax(graph.Concat(scores, sinks, axis=4), axis=4)
        shares = graph.Slice(shares, graph.shape(0), graph.shape(-1), graph.shape(4))
        mixed = graph.Transpose(graph.MatMul(shares, values), perm=[0, 3, 1, 2, 4])
        mixed = graph.Reshape(mixed, graph.shape(0, 0, heads * config.head_dim))
        return linear(mixed, f"{name}.o_proj")

    def _per_head(count: int) -> str:
        return graph.shape(0, 0, count, config.head_dim)

    def experts(value: str, name: str) -> str:
        routes = linear(value, f"{name}.router")
        chosen, index = f"{name}.chosen", f"{name}.index"
        count = graph.shape(config.num_experts_per_tok)
        graph.nodes.append(helper.make_node("TopK", [routes, count], [chosen, index], axis=-1))
        none = graph.Mul(routes, graph.constant(0.0))
        weights = graph.ScatterElements(none, index, graph.Softmax(chosen, axis=-1), axis=-1)
        # [batch, tokens, experts] -> [batch, experts, tokens, 1]
        weights = graph.Unsqueeze(graph.Transpose(weights, perm=[0, 2, 1]), graph.shape(3))

        def stored(part: str) -> str:
            return graph.constant(state[f"{name}.experts.{part}"])

        def stored_bias(part: str) -> str:
            return graph.constant(state[f"{name}.experts.{part}"][:, None, :])

        both = graph.MatMul(graph.Unsqueeze(value, one), stored("gate_up_proj"))
        both = graph.Add(both, stored_bias("gate_up_proj_bias"))
        gate, up = graph.split(both, (config.intermediate_size,) * 2, axis=3)
        limit = config.swiglu_limit
        gate = graph.Min(gate, graph.constant(limit))
        up = graph.Clip(up, graph.constant(-limit), graph.constant(limit))
        swish = graph.Mul(gate, graph.Sigmoid(graph.Mul(gate, graph.constant(config.swiglu_alpha))))
        gated = graph.Mul(graph.Add(up, graph.constant(1.0)), swish)
        result = graph.Add(graph.MatMul(gated, stored("down_proj")), stored_bias("down_proj_bias"))
        return graph.ReduceSum(graph.Mul(result, weights), one, keepdims=0)

    value = graph.Gather(graph.constant(state["model.embed_tokens.weight"]), "input_ids")
    for layer in range(config.num_hidden_layers):
        name = f"model.layers.{layer}"
        read = norm(value, f"{name}.input_layernorm.weight")
        value = graph.Add(value, attention(read, f"{name}.self_attn"))
        read = norm(value, f"{name}.post_attention_layernorm.weight")
        value = graph.Add(value, experts(read, f"{name}.mlp"))
    value = norm(value, "model.norm.weight")
    graph.Identity(linear(value, "score"), output="logits")
    real = graph.Unsqueeze(graph.Cast("attention_mask", to=TensorProto.FLOAT), graph.shape(2))
    mean = graph.Div(
        graph.ReduceSum(graph.Mul(value, real), one, keepdims=0),
        graph.ReduceSum(real, one, keepdims=0),
    )
    state["document.weight"] = head.weight.detach().numpy()
    state["document.bias"] = head.bias.detach().numpy()
    graph.Identity(linear(mean, "document"), output="doc_logits")
    return _serialized(graph, config.num_labels)


def _positions(graph: Graph, model: Model) -> tuple[str, str, str]:
    """Who sees whom [tokens, tokens], and the rotations [tokens, 1, head_dim / 2, 1]."""
    config = model.config
    size = graph.Gather(graph.Shape("input_ids"), graph.constant(1, np.int64))
    index = graph.Range(graph.constant(0, np.int64), size, graph.constant(1, np.int64))
    rows, columns = graph.shape(1), graph.shape(0)
    distance = graph.Abs(graph.Sub(graph.Unsqueeze(index, rows), graph.Unsqueeze(index, columns)))
    band = graph.LessOrEqual(distance, graph.constant(config.sliding_window, np.int64))
    rotary = model.model.rotary_emb
    angle = graph.Mul(
        graph.Unsqueeze(graph.Cast(index, to=TensorProto.FLOAT), graph.shape(1, 2, 3)),
        graph.constant(rotary.inv_freq.numpy().reshape(1, 1, -1, 1)),
    )
    # Queries and keys are both scaled by head_dim^-1/4, and by YaRN's factor.
    scale = graph.constant(rotary.attention_scaling * config.head_dim**-0.25)
    return band, graph.Mul(graph.Cos(angle), scale), graph.Mul(graph.Sin(angle), scale)


def _serialized(graph: Graph, classes: int) -> bytes:
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "tokens"])
        for name in ("input_ids", "attention_mask")
    ]
    outputs = [
        helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", "tokens", classes]),
        helper.make_tensor_value_info("doc_logits", TensorProto.FLOAT, ["batch", DOCUMENT_CLASSES]),
    ]
    model = helper.make_model(
        helper.make_graph(
            graph.nodes, "tiny_privacy_filter", inputs, outputs, list(graph.weights.values())
        ),
        opset_imports=[helper.make_opsetid("", 17)],
        ir_version=8,
    )
    # See `ROWS_INDEPENDENT` in leaksift.model.session: every operator here works row by row.
    helper.set_model_props(model, {"leaksift.rows_independent": "1"})
    onnx.checker.check_model(model)
    return model.SerializeToString(deterministic=True)


def expected(model: Model, head: torch.nn.Linear, tokenizer: Tokenizer) -> dict[str, np.ndarray]:
    """What the reference answers: `ids_N`, `logits_N`, `documents_N` per text; `batch_*` for a
    padded batch of the first texts."""
    arrays: dict[str, np.ndarray] = {}
    rows = [np.array(tokenizer.encode(text).ids, dtype=np.int64) for text in TEXTS]
    for number, ids in enumerate(rows):
        logits, documents = reference(model, head, ids[None], np.ones_like(ids)[None])
        arrays |= {f"ids_{number}": ids, f"logits_{number}": logits[0]}
        arrays[f"documents_{number}"] = documents[0]
    batch = rows[:5]
    ids = np.full((len(batch), max(map(len, batch))), model.config.pad_token_id, dtype=np.int64)
    mask = np.zeros_like(ids)
    for number, row in enumerate(batch):
        ids[number, : len(row)], mask[number, : len(row)] = row, 1
    logits, documents = reference(model, head, ids, mask)
    return arrays | {
        "batch_ids": ids,
        "batch_mask": mask,
        "batch_logits": logits,
        "batch_documents": documents,
    }


def write_checkpoint(out: Path, model: Model, head: torch.nn.Linear, tokenizer: Tokenizer) -> None:
    """The folder that a multi-task fine-tune would be."""
    model.save_pretrained(out)
    save_file(head.state_dict(), out / "doc_head.safetensors")
    names = {"doc_id2label": {str(index): name for index, name in enumerate(CATEGORIES)}}
    text = json.dumps(names, indent=1) + "\n"
    (out / "multitask_config.json").write_text(text, encoding="utf-8", newline="\n")
    (out / "tokenizer.json").write_text(tokenizer.to_str(), encoding="utf-8", newline="\n")


def main(out: Path) -> None:
    """Writes the model directory and what the reference answers."""
    out.mkdir(parents=True, exist_ok=True)
    tokenizer = build_tokenizer()
    model, head = build_model()
    (out / "model.onnx").write_bytes(export(model, head))
    (out / "tokenizer.json").write_text(tokenizer.to_str(), encoding="utf-8", newline="\n")
    config = {"id2label": {str(index): name for index, name in model.config.id2label.items()}}
    config |= {"model_type": model.config.model_type, **SIZES}
    points = {
        name: {"biases": dict(zip(BIAS_KEYS, values, strict=True))}
        for name, values in BIASES.items()
    }
    for name, content in (
        ("config.json", config),
        ("viterbi_calibration.json", {"operating_points": points}),
    ):
        text = json.dumps(content, indent=1) + "\n"
        (out / name).write_text(text, encoding="utf-8", newline="\n")
    write_checkpoint(out / "checkpoint", model, head, tokenizer)
    np.savez_compressed(out / "expected.npz", **expected(model, head, tokenizer))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
