"""Fine-tuning on a tiny random checkpoint: what it promises, not how good the result is."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs the extra `train`")
transformers = pytest.importorskip("transformers", reason="needs the extra `train`")
pytest.importorskip("onnx", reason="needs the extra `train`")

from safetensors.torch import load_file  # noqa: E402

from leaksift.errors import ModelError  # noqa: E402
from leaksift.finding import CATEGORIES  # noqa: E402
from leaksift.model.calibration import parse_calibration  # noqa: E402
from training import finetune as command  # noqa: E402
from training import joint  # noqa: E402
from training.example import Example, LabelledSpan, as_json  # noqa: E402
from training.finetune import finetune, main  # noqa: E402
from training.material import Material, given  # noqa: E402
from training.privacy_filter import load, open_base  # noqa: E402
from training.tiny_privacy_filter import SIZES, build_tokenizer  # noqa: E402
from training.tuning import Tuning, TuningError  # noqa: E402

TUNING = Tuning(
    learning_rate=1e-2,
    head_learning_rate=1e-2,
    head_documents=8,
    warmup_steps=2,
    row=48,
    batch_tokens=256,
    accumulate=2,
)
ROOT = Path(__file__).resolve().parents[2]
TOPICS = {"Health": "doctor pain pill", "Sports": "goal team ball", "Society & Culture": "song god"}


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Iterator[None]:
    """Threads cost more than they bring at this size."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def made_up(number: int) -> Example:
    """A line about somebody and their topic."""
    own = random.Random(number)
    name = own.choice(("Ada", "Bram", "Chiara", "Dmitri")) + " " + own.choice(("Holm", "Ruiz"))
    category = own.choice(tuple(TOPICS))
    topic = " ".join(own.choices(TOPICS[category].split(), k=5))
    text = f"owner = {name}  # {own.randrange(9999)}\n{topic}\n"
    span = LabelledSpan(8, 8 + len(name), "private_person")
    if number % 7 == 0:
        return Example("for item in range(3):\n    pass\n", (), f"made up {number % 30}")
    return Example(text, (span,), f"made up {number % 30}", category=category)  # type: ignore[arg-type]


def write_base(folder: Path, layers: int = 6, dtype: torch.dtype = torch.float32) -> Path:
    config = transformers.OpenAIPrivacyFilterConfig(**{**SIZES, "num_hidden_layers": layers})
    torch.manual_seed(11)
    model = transformers.OpenAIPrivacyFilterForTokenClassification(config)
    for name, parameter in model.named_parameters():
        if "norm" not in name:
            torch.nn.init.normal_(parameter, std=0.15)
    model.to(dtype).save_pretrained(folder)
    # As the published files are: nothing left to a default.
    (folder / "config.json").write_text(json.dumps(model.config.to_dict(), default=str))
    build_tokenizer().save(str(folder / "tokenizer.json"))
    return folder


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_base(tmp_path_factory.mktemp("base") / "base")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("data") / "examples.jsonl"
    file.write_text("".join(as_json(made_up(n)) + "\n" for n in range(200)), encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def material(data: Path) -> Material:
    """Two shards, so that there is a boundary between them."""
    whole = given([data])
    examples = whole.shard(0)
    return replace(whole, shards=2, shard=lambda number: examples[number * 90 : number * 90 + 90])


@pytest.fixture(scope="module")
def tuned(
    base: Path, material: Material, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("tuned")
    finetune(base, folder / "out", folder / "state", material, TUNING)
    yield folder / "out"


def log_of(out: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (out / "training_log.jsonl").read_text().splitlines()]


def moved(base: Path, out: Path) -> set[str]:
    before, after = (load_file(folder / "model.safetensors") for folder in (base, out))
    assert before.keys() == after.keys()
    assert all(before[name].dtype == after[name].dtype for name in before)
    return {name for name in before if not torch.equal(before[name], after[name])}


def test_both_phases_reduce_their_loss_and_the_model_learns(tuned):
    log = log_of(tuned)
    first, second = ([entry for entry in log if entry["phase"] == phase] for phase in (1, 2))
    losses = [entry for entry in first if "token_loss" in entry]
    assert losses[-1]["token_loss"] < 0.5 * losses[0]["token_loss"]
    assert len(second) == TUNING.head_epochs
    assert second[-1]["document_loss"] < second[0]["document_loss"]
    before = first[0]["before"]
    [done] = [entry for entry in log if entry["phase"] == "done"]
    assert done["f1"]["private_person"] > before["f1"]["private_person"] + 0.3
    assert done["categories"]["all"] > before["categories"]["all"] + 0.3


def test_only_the_last_four_layers_and_the_heads_move(base, tuned):
    names = moved(base, tuned)
    assert {name.split(".")[2] for name in names if "layers" in name} == {"2", "3", "4", "5"}
    assert {name for name in names if "layers" not in name} == {"score.weight", "score.bias"}


def test_of_a_model_with_fewer_layers_all_learn(tmp_path, material):
    small = write_base(tmp_path / "small", layers=2)
    finetune(small, tmp_path / "out", tmp_path / "state", material, replace(TUNING, epochs=1))
    names = moved(small, tmp_path / "out")
    assert {name.split(".")[2] for name in names if "layers" in name} == {"0", "1"}
    assert "model.embed_tokens.weight" not in names
    assert "model.norm.weight" not in names


def test_without_categories_there_is_no_document_head(base, material, tmp_path):
    def shard(number: int) -> list[Example]:
        return [replace(example, category=None) for example in material.shard(number)]

    bare = replace(material, shard=shard, categorised=False, documents=[])
    finetune(base, tmp_path / "out", tmp_path / "state", bare, replace(TUNING, epochs=1))
    assert not (tmp_path / "out" / "doc_head.safetensors").exists()
    assert open_base(tmp_path / "out").categories == ()


def test_half_precision_is_kept_and_what_is_frozen_keeps_its_bits(tmp_path, material):
    half = write_base(tmp_path / "half", dtype=torch.bfloat16)
    finetune(half, tmp_path / "out", tmp_path / "state", material, replace(TUNING, epochs=1))
    names = moved(half, tmp_path / "out")
    assert {name.split(".")[2] for name in names if "layers" in name} == {"2", "3", "4", "5"}


class Killed(BaseException):
    """The process ends here."""


def files_of(folder: Path) -> dict[str, bytes]:
    # The log says how many seconds it took.
    return {
        file.name: file.read_bytes()
        for file in folder.iterdir()
        if file.name != "training_log.jsonl"
    }


# The first two are in the first epoch, the third in the last, the others in phase 2.
@pytest.mark.parametrize(
    ("steps", "pause"), [(0, 0.0), (13, 1e9), (30, 0.0), (34, 1e9), (34, 0.0), (60, 1e9)]
)
def test_a_run_killed_at_any_step_ends_with_the_same_bytes(
    base, material, tuned, tmp_path, monkeypatch, steps, pause
):
    monkeypatch.setattr(joint, "SAVE_SECONDS", pause)
    done = 0
    original = torch.optim.AdamW.step

    def step(self: Any, *rest: Any) -> Any:
        nonlocal done
        done += 1
        if done > steps:
            raise Killed
        return original(self, *rest)

    out, state = tmp_path / "out", tmp_path / "state"
    with monkeypatch.context() as patch:
        patch.setattr(torch.optim.AdamW, "step", step)
        with pytest.raises(Killed):
            finetune(base, out, state, material, TUNING)
    assert not out.exists()
    finetune(base, out, state, material, TUNING, resume=True)
    assert files_of(out) == files_of(tuned)
    assert not state.exists()


@pytest.mark.parametrize("writes", [0, 1, 5])
def test_a_run_killed_while_it_writes_its_state_goes_on_from_the_state_before(
    base, material, tuned, tmp_path, monkeypatch, writes
):
    done = 0
    original = torch.save

    def save(content: Any, file: Path) -> None:
        nonlocal done
        done += 1
        if done > writes:
            Path(file).write_bytes(b"half of it")
            raise Killed
        original(content, file)

    out, state = tmp_path / "out", tmp_path / "state"
    with monkeypatch.context() as patch:
        patch.setattr(torch, "save", save)
        with pytest.raises(Killed):
            finetune(base, out, state, material, TUNING)
    finetune(base, out, state, material, TUNING, resume=True)
    assert files_of(out) == files_of(tuned)


@pytest.mark.slow
def test_a_killed_process_goes_on_when_it_is_started_again(base, data, tmp_path):
    def start(name: str, *more: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "training", "finetune", str(base), str(tmp_path / name)]
        command += ["--data", str(data), "--work", str(tmp_path / f"work of {name}")]
        command += ["--batch-tokens", "64", *more]
        return subprocess.Popen(command, env=os.environ | {"OMP_NUM_THREADS": "1"}, cwd=ROOT)

    assert start("whole").wait() == 0
    killed = start("cut")
    checkpoint = tmp_path / "work of cut" / "finetune" / "joint.pt"
    while not checkpoint.exists() and killed.poll() is None:
        time.sleep(0.01)
    killed.kill()
    assert killed.wait() != 0
    assert not (tmp_path / "cut").exists()
    assert start("cut", "--resume").wait() == 0
    assert files_of(tmp_path / "cut") == files_of(tmp_path / "whole")


def test_a_run_killed_while_it_writes_the_result_leaves_none_and_goes_on(
    base, material, tuned, tmp_path, monkeypatch
):
    out, state = tmp_path / "out", tmp_path / "state"
    with monkeypatch.context() as patch:
        patch.setattr(command, "write_json", lambda *_: (_ for _ in ()).throw(Killed))
        with pytest.raises(Killed):
            finetune(base, out, state, material, TUNING)
    assert not out.exists()
    finetune(base, out, state, material, TUNING, resume=True)
    assert files_of(out) == files_of(tuned)


def test_an_interrupted_run_is_neither_begun_anew_nor_mixed_with_another(
    base, material, tmp_path, monkeypatch
):
    out, state = tmp_path / "out", tmp_path / "state"
    with monkeypatch.context() as patch:
        patch.setattr(torch.optim.AdamW, "step", lambda *_: (_ for _ in ()).throw(Killed))
        with pytest.raises(Killed):
            finetune(base, out, state, material, TUNING)
    with pytest.raises(TuningError, match="--resume"):
        finetune(base, out, state, material, TUNING)
    with pytest.raises(TuningError, match="another checkpoint"):
        finetune(base, out, state, material, replace(TUNING, seed=2), resume=True)


def test_several_small_batches_have_the_gradient_of_a_large_one(base, material):
    from training.batches import batches_of, rows_of
    from training.tuning import Run

    opened = open_base(base)
    gradients = []
    for tokens in (100, 100_000):
        run = Run(
            load(opened, CATEGORIES, 1), opened, CATEGORIES, build_tokenizer(), material,
            replace(TUNING, clip=1e9), Path(), "",
        )  # fmt: skip
        training = joint.JointTraining(run)
        kept: dict[str, Any] = {}
        training.optimiser.step = lambda kept=kept, run=run: kept.update(
            {name: one.grad.clone() for name, one in run.model.learned().items()}
        )
        rows = list(rows_of(material.shard(0), run.tokenizer, 48, opened.classes, CATEGORIES))[:12]
        training.step(batches_of(rows, tokens, opened.padding, np.random.default_rng(1)), 0.0)
        gradients.append(kept)
    for name, gradient in gradients[0].items():
        assert torch.allclose(gradient, gradients[1][name], rtol=1e-3, atol=1e-6), name


def test_a_head_that_is_there_keeps_its_categories_and_goes_on_learning(base, tuned, tmp_path):
    names = ["Other", *TOPICS]
    folder = tmp_path / "with a head"
    shutil.copytree(base, folder)
    head = {"weight": torch.full((4, SIZES["hidden_size"]), 0.1), "bias": torch.zeros(4)}
    from safetensors.torch import save_file

    save_file(head, folder / "doc_head.safetensors")
    (folder / "multitask_config.json").write_text(json.dumps({"document_labels": names}))
    opened = open_base(folder)
    assert opened.categories == tuple(names)
    assert torch.equal(load(opened, opened.categories, 1).head.weight, head["weight"])


def test_the_result_names_categories_sources_and_labels(base, tuned, data):
    assert (tuned / "config.json").read_bytes() == (base / "config.json").read_bytes()
    assert (tuned / "tokenizer.json").read_bytes() == (base / "tokenizer.json").read_bytes()
    assert open_base(tuned).categories == CATEGORIES
    calibration = json.loads((tuned / "viterbi_calibration.json").read_text())
    assert sorted(parse_calibration(calibration)) == ["default", "precision", "recall"]
    record = json.loads((tuned / "training_data.json").read_text())
    assert [source["name"] for source in record["sources"]] == [data.name]
    assert record["base"] == "base"
    assert str(base.parent) not in (tuned / "training_data.json").read_text()


def test_transformers_reads_the_result_and_computes_what_was_measured(tuned):
    reference = transformers.OpenAIPrivacyFilterForTokenClassification.from_pretrained(
        tuned, attn_implementation="eager"
    ).eval()
    opened = open_base(tuned)
    model = load(opened, opened.categories, 1).eval()
    ids = torch.arange(3, 60)[None]
    with torch.no_grad():
        logits, _ = model(ids, torch.ones_like(ids))
        assert torch.allclose(logits, reference(ids).logits, atol=1e-5)


def test_the_exported_model_finds_what_torch_finds(tuned, tmp_path):
    build = pytest.importorskip("leaksift.export.build", reason="the exporter is not there")
    from leaksift.export.checkpoint import open_checkpoint
    from leaksift.model.directory import open_model_directory
    from leaksift.model.reader import ModelReader
    from training.privacy_filter import open_reader

    with open_checkpoint(tuned) as source:
        build.export_model(source, tmp_path / "onnx", "fp32")
    directory = open_model_directory(tmp_path / "onnx")
    assert directory.categories == CATEGORIES
    default = directory.operating_point("default")
    opened = open_base(tuned)
    exported = ModelReader(directory, default, threads=1)
    torch_reader = open_reader(load(opened, CATEGORIES, 1), opened, CATEGORIES, default)
    texts = [made_up(1_000 + number).text for number in range(40)]
    found = False
    for ours, theirs in zip(exported.readings(texts), torch_reader.readings(texts), strict=True):
        spots = [[(s.start, s.end, s.label) for s in one.spans] for one in (ours, theirs)]
        assert spots[0] == spots[1]
        assert ours.category.name == theirs.category.name
        found |= bool(spots[0])
    assert found


def test_the_command_writes_the_folder_and_leaves_no_state(base, data, tmp_path, monkeypatch):
    monkeypatch.setattr(command, "MEASURED", 5)
    out = tmp_path / "out"
    main([str(base), str(out), "--data", str(data), "--work", str(tmp_path / "work")])
    assert (out / "model.safetensors").exists()
    assert not (tmp_path / "work" / "finetune").exists()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda folder: (folder / "config.json").unlink(), "config.json"),
        (lambda folder: (folder / "model.safetensors").unlink(), "model.safetensors"),
        (lambda folder: (folder / "tokenizer.json").write_text("{}"), "tokenizer.json"),
    ],
)
def test_a_bad_checkpoint_is_one_line(base, data, tmp_path, change, said):
    folder = tmp_path / "bad"
    shutil.copytree(base, folder)
    change(folder)
    with pytest.raises(SystemExit) as caught:
        main([str(folder), str(tmp_path / "out"), "--data", str(data), "--work", str(tmp_path)])
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_result_that_is_there_is_not_written_over(base, data, tmp_path):
    with pytest.raises(SystemExit, match="is there already"):
        main([str(base), str(tmp_path), "--data", str(data), "--work", str(tmp_path)])


def test_labels_of_another_taxonomy_are_refused(base, tmp_path):
    folder = tmp_path / "other"
    shutil.copytree(base, folder)
    config = json.loads((folder / "config.json").read_text())
    config["id2label"]["1"] = "B-shoe_size"
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(ModelError, match="B-shoe_size"):
        open_base(folder)
