"""A model directory is opened whole or refused in one clear line that names the file."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from leaksift.document import Document
from leaksift.errors import ModelError, UsageError
from leaksift.model.calibration import Biases
from leaksift.model.detector import ModelDetector
from leaksift.model.directory import DEFAULT_RECEPTIVE_FIELD, open_model_directory
from leaksift.model.tags import ALL_TAGS, Tag


def edit(file: Path, change: Callable[[dict], object]) -> None:
    content = json.loads(file.read_text(encoding="utf-8"))
    change(content)
    file.write_text(json.dumps(content), encoding="utf-8")


def refusal(path: Path) -> str:
    """What the user is told about a directory that cannot be used, at the latest while reading."""
    with pytest.raises(ModelError) as caught:
        ModelDetector(open_model_directory(path)).detect([Document("a.txt", "some text", 9)])
    message = str(caught.value)
    assert "\n" not in message
    assert caught.value.exit_code == 3
    assert message.startswith(str(path))
    return message


def test_the_tiny_model_is_what_its_files_say(tiny, tiny_path):
    assert tiny.graph == tiny_path / "model.onnx"
    assert tiny.tags[0] == Tag("O", None)
    assert set(tiny.tags) == ALL_TAGS
    assert tiny.receptive_field == 16
    assert sorted(tiny.operating_points) == ["default", "precision", "recall"]
    assert tiny.operating_point("default").biases == Biases()
    assert tiny.operating_point("recall").biases.background_to_start == 1.0


def test_an_operating_point_that_does_not_exist_is_named_with_the_choices(tiny):
    with pytest.raises(UsageError, match="'fast'; use default, precision, recall"):
        ModelDetector(tiny, "fast")


def test_the_classes_may_come_in_any_order(tiny_copy):
    def reverse(config):
        names = list(config["id2label"].values())
        config["id2label"] = {str(32 - index): name for index, name in enumerate(names)}

    edit(tiny_copy / "config.json", reverse)
    assert open_model_directory(tiny_copy).tags[32] == Tag("O", None)


def test_a_model_without_calibration_decodes_without_biases(tiny_copy):
    (tiny_copy / "viterbi_calibration.json").unlink()
    assert open_model_directory(tiny_copy).operating_point("default").biases == Biases()


def test_a_model_may_state_its_receptive_field(tiny_copy):
    edit(tiny_copy / "config.json", lambda config: config.update(receptive_field=76))
    assert open_model_directory(tiny_copy).receptive_field == 76


def test_a_model_with_unbounded_attention_gets_the_default_context(tiny_copy):
    edit(tiny_copy / "config.json", lambda config: config.pop("sliding_window"))
    assert open_model_directory(tiny_copy).receptive_field == DEFAULT_RECEPTIVE_FIELD


def test_a_null_padding_token_is_token_0(tiny_copy):
    edit(tiny_copy / "config.json", lambda config: config.update(pad_token_id=None))
    assert open_model_directory(tiny_copy).pad_id == 0


@pytest.mark.parametrize("name", ["onnx/model.onnx", "onnx/model_q4.onnx", "onnx/model_int8.onnx"])
def test_the_graph_may_lie_where_the_hub_has_it(tiny_copy, name):
    (tiny_copy / "onnx").mkdir()
    (tiny_copy / "model.onnx").rename(tiny_copy / name)
    directory = open_model_directory(tiny_copy)
    assert directory.graph == tiny_copy / name
    ModelDetector(directory).detect([Document("a.txt", "some text", 9)])


def test_the_most_exact_of_several_graphs_is_used(tiny_copy):
    (tiny_copy / "onnx").mkdir()
    (tiny_copy / "model.onnx").rename(tiny_copy / "onnx" / "model_fp16.onnx")
    (tiny_copy / "onnx" / "model_quantized.onnx").write_bytes(b"other")
    assert open_model_directory(tiny_copy).graph.name == "model_fp16.onnx"


def test_a_path_that_is_no_directory_is_said_to_be_missing(tmp_path):
    assert "no such model directory" in refusal(tmp_path / "nowhere")


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "model.onnx"])
def test_a_missing_file_is_named(tiny_copy, name):
    (tiny_copy / name).unlink()
    message = refusal(tiny_copy)
    assert name in message
    assert "missing" in message


@pytest.mark.parametrize(
    "name", ["config.json", "tokenizer.json", "model.onnx", "viterbi_calibration.json"]
)
@pytest.mark.parametrize(
    "content",
    [b"", b"\0\xff\0", b"{", b"[" * 100_000, b"[1]", b'{"operating_points": {"default": {}}}'],
    ids=["empty", "binary", "cut short", "nested", "list", "other"],
)
def test_a_damaged_file_is_named(tiny_copy, name, content):
    (tiny_copy / name).write_bytes(content)
    assert name in refusal(tiny_copy)


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "model.onnx"])
def test_a_git_lfs_pointer_says_how_to_get_the_file(tiny_copy, name):
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"
    (tiny_copy / name).write_bytes(pointer)
    assert "git lfs pull" in refusal(tiny_copy)


def test_a_graph_cut_short_is_named(tiny_copy):
    graph = tiny_copy / "model.onnx"
    graph.write_bytes(graph.read_bytes()[:100_000])
    assert "model.onnx" in refusal(tiny_copy)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda c: c.pop("id2label"), "id2label"),
        (lambda c: c["id2label"].pop("32"), "keys 0 to 32"),
        (lambda c: c["id2label"].update({"33": "B-iban"}), "keys 0 to 32"),
        (lambda c: c["id2label"].update({"5": "B-iban"}), "'B-iban'"),
        (lambda c: c["id2label"].update({"5": "B-secret"}), "twice"),
        (lambda c: c["id2label"].update({"5": 5}), "id2label"),
        (lambda c: c.update(num_hidden_layers="two"), "num_hidden_layers"),
        (lambda c: c.update(sliding_window=-1), "sliding_window"),
        (lambda c: c.pop("vocab_size"), "vocab_size"),
        (lambda c: c.update(pad_token_id=True), "pad_token_id"),
    ],
)
def test_a_configuration_of_another_model_is_refused(tiny_copy, change, said):
    edit(tiny_copy / "config.json", change)
    message = refusal(tiny_copy)
    assert "config.json" in message
    assert said in message


@pytest.mark.parametrize("value", ["high", None, True, 1e9, float("nan"), float("inf")])
def test_a_bias_that_is_no_sensible_number_is_refused(tiny_copy, value):
    def change(calibration):
        biases = calibration["operating_points"]["recall"]["biases"]
        biases["transition_bias_end_to_start"] = value

    edit(tiny_copy / "viterbi_calibration.json", change)
    assert "recall.biases.transition_bias_end_to_start" in refusal(tiny_copy)


def test_a_missing_bias_is_refused(tiny_copy):
    def change(calibration):
        del calibration["operating_points"]["default"]["biases"]["transition_bias_inside_to_end"]

    edit(tiny_copy / "viterbi_calibration.json", change)
    assert "transition_bias_inside_to_end" in refusal(tiny_copy)


def test_a_padding_token_outside_the_vocabulary_is_one_clear_line(tiny_copy):
    edit(tiny_copy / "config.json", lambda config: config.update(pad_token_id=99_999))
    assert "pad_token_id" in refusal(tiny_copy)
