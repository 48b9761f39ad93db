"""Checkpoints as they come: types, shards, heads, and what is wrong with them in one line."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from leaksift.errors import LeaksiftError, ModelError, UsageError
from leaksift.export.checkpoint import INDEX, open_checkpoint
from leaksift.export.document_head import document_categories
from leaksift.export.sizes import parse_sizes
from leaksift.finding import CATEGORIES

TINY = Path(__file__).parents[1] / "model" / "tiny" / "checkpoint"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the tiny checkpoint that a test may damage."""
    return Path(shutil.copytree(TINY, tmp_path / "checkpoint"))


def change_json(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    content = json.loads(path.read_text(encoding="utf-8"))
    change(content)
    path.write_text(json.dumps(content), encoding="utf-8")


def refusal(folder: Path) -> str:
    """The one line that opening this checkpoint, or reading all of it, ends with."""
    with pytest.raises(LeaksiftError) as error, open_checkpoint(folder) as checkpoint:
        for name in checkpoint.sizes.shapes():
            checkpoint.tensor(name)
    message = str(error.value)
    assert "\n" not in message
    return message


def test_all_parameters_are_read_with_the_shapes_that_the_configuration_means():
    with open_checkpoint(TINY) as checkpoint:
        stored = load_file(TINY / "model.safetensors")
        assert stored.keys() == checkpoint.sizes.shapes().keys()
        for name, shape in checkpoint.sizes.shapes().items():
            values = checkpoint.tensor(name)
            assert values.dtype == np.float32
            assert values.shape == shape
            assert np.array_equal(values, stored[name])
        assert checkpoint.tensor("doc_head.weight").shape == (10, 32)
        assert checkpoint.categories == CATEGORIES


@pytest.mark.parametrize("dtype", [np.float16, ml_dtypes.bfloat16])
def test_halves_are_widened(folder, dtype):
    path = folder / "model.safetensors"
    stored = {name: values.astype(dtype) for name, values in load_file(path).items()}
    save_file(stored, path)
    with open_checkpoint(folder) as checkpoint:
        for name, values in stored.items():
            read = checkpoint.tensor(name)
            assert read.dtype == np.float32
            assert np.array_equal(read, values.astype(np.float32))


def test_shards_are_one_checkpoint(folder):
    stored = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    names = {name: f"model-{index % 3}.safetensors" for index, name in enumerate(stored)}
    for shard in set(names.values()):
        save_file({name: stored[name] for name in stored if names[name] == shard}, folder / shard)
    (folder / INDEX).write_text(json.dumps({"weight_map": names}), encoding="utf-8")
    with open_checkpoint(folder) as checkpoint:
        assert all(np.array_equal(checkpoint.tensor(name), stored[name]) for name in stored)


def test_a_shard_outside_of_the_folder_is_refused(folder):
    names = {"score.weight": "../elsewhere.safetensors"}
    (folder / INDEX).write_text(json.dumps({"weight_map": names}), encoding="utf-8")
    assert "outside of its folder" in refusal(folder)


def test_a_folder_without_weights_is_one_clear_line(folder):
    (folder / "model.safetensors").unlink()
    assert "model.safetensors: missing" in refusal(folder)


def test_a_cut_file_is_one_clear_line(folder):
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-1000])
    assert "model.safetensors" in refusal(folder)


def test_a_missing_parameter_is_named(folder):
    path = folder / "model.safetensors"
    stored = load_file(path)
    del stored["model.layers.1.mlp.experts.down_proj"]
    save_file(stored, path)
    assert "model.layers.1.mlp.experts.down_proj" in refusal(folder)


def test_weights_of_another_size_than_the_configuration_are_named(folder):
    change_json(folder / "config.json", lambda config: config.update(num_local_experts=5))
    assert "is [4, 32]" in refusal(folder)


def test_whole_numbers_as_weights_are_refused(folder):
    path = folder / "model.safetensors"
    stored = load_file(path)
    stored["model.norm.weight"] = stored["model.norm.weight"].astype(np.int32)
    save_file(stored, path)
    assert "int32" in refusal(folder)


@pytest.mark.parametrize(
    "key",
    [
        "hidden_size",
        "intermediate_size",
        "num_attention_heads",
        "num_key_value_heads",
        "head_dim",
        "num_hidden_layers",
        "num_local_experts",
        "num_experts_per_tok",
        "sliding_window",
        "vocab_size",
        "rms_norm_eps",
        "swiglu_alpha",
        "swiglu_limit",
        "rope_parameters",
        "id2label",
        "model_type",
    ],
)
@pytest.mark.parametrize("value", [None, -1, "many", True, 1e400])
def test_a_number_that_is_missing_or_odd_is_named(folder, key, value):
    change_json(folder / "config.json", lambda config: config.update({key: value}))
    assert key in refusal(folder)
    change_json(folder / "config.json", lambda config: config.pop(key))
    assert key in refusal(folder)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"model_type": "bert"}, "model_type is not openai_privacy_filter"),
        ({"num_attention_heads": 5}, "not a multiple"),
        ({"head_dim": 7}, "head_dim is not even"),
        ({"num_experts_per_tok": 9}, "more than num_local_experts"),
        ({"num_hidden_layers": 10**6}, "from 1 to 4096"),
        ({"rope_parameters": {"rope_type": "llama3", "rope_theta": 1e4}}, "rope_type"),
    ],
)
def test_a_model_that_cannot_be_is_refused_with_the_reason(folder, changes, said):
    change_json(folder / "config.json", lambda config: config.update(changes))
    assert said in refusal(folder)


def test_configurations_from_before_transformers_5_are_read():
    settings = json.loads((TINY / "config.json").read_text(encoding="utf-8"))
    now = parse_sizes(settings, "now")
    settings["rope_scaling"] = settings.pop("rope_parameters")
    settings["rope_theta"] = settings["rope_scaling"].pop("rope_theta")
    settings["num_experts"] = settings.pop("num_local_experts")
    assert parse_sizes(settings, "before") == now


NAMES = ("Health", "Sports", "Other")


@pytest.mark.parametrize(
    "content",
    [
        {"doc_id2label": {"0": "Health", "1": "Sports", "2": "Other"}},
        {"doc_id2label": {"2": "Other", "1": "Sports", "0": "Health"}, "id2label": {"0": "O"}},
        {"document_labels": list(NAMES), "num_doc_labels": 3},
        {"labels": list(NAMES)},
        {"id2label": {"0": "Health", "1": "Sports", "2": "Other"}},
        {"label2id": {"Sports": 1, "Health": 0, "Other": 2}},
        {"id2label": ["O", "B-secret"], "document": {"labels": list(NAMES)}},
        {"tasks": {"labels": ["O"], "doc_labels": list(NAMES)}},
    ],
)
def test_categories_are_found_under_the_plausible_keys(content):
    assert document_categories(content, 3, "multitask_config.json") == NAMES


@pytest.mark.parametrize(
    "content",
    [
        {},
        [],
        {"num_doc_labels": 3},
        {"labels": ["Health", "Sports"]},
        {"labels": ["Health", "Health", "Other"]},
        {"labels": ["Health", "", "Other"]},
        {"labels": {"0": "Health", "1": "Sports", "7": "Other"}},
        {"labels": [1, 2, 3]},
    ],
)
def test_categories_are_never_guessed(content):
    with pytest.raises(ModelError, match="for the 3 outputs of the document head"):
        document_categories(content, 3, "multitask_config.json")


def test_a_head_without_names_is_refused(folder):
    (folder / "multitask_config.json").unlink()
    assert "multitask_config.json: has no names" in refusal(folder)


def test_names_without_a_head_are_refused(folder):
    (folder / "doc_head.safetensors").unlink()
    assert "neither doc_head.safetensors nor doc_head.pt" in refusal(folder)


def test_a_checkpoint_without_a_head_has_no_categories(folder):
    (folder / "doc_head.safetensors").unlink()
    (folder / "multitask_config.json").unlink()
    with open_checkpoint(folder) as checkpoint:
        assert checkpoint.categories == ()


def test_a_head_inside_of_the_checkpoint_is_found(folder):
    head = load_file(folder / "doc_head.safetensors")
    (folder / "doc_head.safetensors").unlink()
    stored = load_file(folder / "model.safetensors")
    stored |= {f"doc_head.{name}": values for name, values in head.items()}
    save_file(stored, folder / "model.safetensors")
    with open_checkpoint(folder) as checkpoint:
        assert np.array_equal(checkpoint.tensor("doc_head.bias"), head["bias"])


@pytest.mark.parametrize(
    ("tensors", "said"),
    [
        ({"weight": (10, 31), "bias": (10,)}, "of another model"),
        ({"weight": (10, 32), "bias": (9,)}, "of another model"),
        ({"weight": (10, 32)}, "not one linear layer"),
        ({"0.weight": (8, 32), "0.bias": (8,), "2.weight": (10, 8), "2.bias": (10,)}, "not one"),
    ],
)
def test_a_head_that_does_not_fit_is_refused(folder, tensors, said):
    stored = {name: np.zeros(shape, np.float32) for name, shape in tensors.items()}
    save_file(stored, folder / "doc_head.safetensors")
    assert said in refusal(folder)


def test_a_pickled_head_needs_torch_and_says_so(folder, monkeypatch):
    (folder / "doc_head.safetensors").rename(folder / "doc_head.pt")
    monkeypatch.setitem(sys.modules, "torch", None)
    assert "needs the package torch" in refusal(folder)


def test_without_the_extra_one_line_says_what_to_install(folder, monkeypatch):
    monkeypatch.setitem(sys.modules, "safetensors", None)
    with pytest.raises(UsageError, match=r"pip install 'leaksift\[export\]'"):
        open_checkpoint(folder)
