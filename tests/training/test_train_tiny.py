"""The training steps on a model of toy size: what they promise, not how good the result is."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("onnx")

from leaksift.model.directory import open_model_directory  # noqa: E402
from training import calibrate, export  # noqa: E402
from training.alignment import CLASSES, IGNORED  # noqa: E402
from training.evaluate import NO_BIAS, TAGS, TorchSession, count, open_reader, read_all, spots_of  # noqa: E402
from training.example import Example, LabelledSpan  # noqa: E402
from training.model import BLOCK, Model, ModelConfig  # noqa: E402
from training.rows import CATEGORIES, Shard, documents_of, pack  # noqa: E402
from training.tokenizer import fit  # noqa: E402
from training.train import Budget, Recipe, Trainer, train_head  # noqa: E402

pytestmark = pytest.mark.slow

CONFIG = ModelConfig(
    vocab_size=512, hidden_size=32, intermediate_size=48, num_attention_heads=2, layers="CA"
)
RECIPE = Recipe(warmup_steps=2, batches=((0.0, 2),), documents=4, head_epochs=3)


def made_up(number: int) -> Example:
    """A line about somebody, and one about nobody."""
    own = random.Random(number)
    name = own.choice(("Ada", "Bram", "Chiara", "Dmitri")) + " " + own.choice(("Holm", "Ruiz"))
    text = f"owner = {name}  # {own.randrange(9999)}\nfor item in range({own.randrange(99)}):\n"
    span = LabelledSpan(8, 8 + len(name), "private_person")
    category = CATEGORIES[number % len(CATEGORIES)]
    return Example(text, (span,), f"made up {number}", category=category)


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("work")
    fit((made_up(number).text for number in range(200)), 512).save(str(folder / "tokenizer.json"))
    return folder


@pytest.fixture(scope="module")
def shard(work: Path) -> Shard:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(work / "tokenizer.json"))
    examples = [made_up(number) for number in range(400)]
    return Shard(0, *pack(examples, tokenizer), *documents_of(examples[:40], tokenizer))


@pytest.fixture(scope="module")
def trained(work: Path, shard: Shard) -> Trainer:
    trainer = Trainer(CONFIG, RECIPE, work)
    for _ in range(30):
        trainer.step(shard, 0.5)
        trainer.progress.row %= len(shard.ids) - 2
    return trainer


def weights(model: Model) -> dict[str, np.ndarray]:
    return {name: tensor.clone().numpy() for name, tensor in model.state_dict().items()}


def test_a_few_steps_reduce_the_loss(work, shard):
    trainer = Trainer(CONFIG, RECIPE, work)
    losses = []
    for _ in range(25):
        losses.append(trainer.step(shard, 0.1))
        trainer.progress.row = 0
    assert losses[-1] < 0.5 * losses[0]


def test_a_run_that_was_interrupted_ends_with_the_same_weights(work, shard):
    budget = Budget(minutes=0, steps=8)

    def go(trainer: Trainer, steps: int) -> Trainer:
        for _ in range(steps):
            trainer.step(shard, budget.share(trainer.progress))
        return trainer

    whole = go(Trainer(CONFIG, RECIPE, work), 8)
    go(Trainer(CONFIG, RECIPE, work), 4).save()
    resumed = Trainer(CONFIG, Recipe(**{**vars(RECIPE), "seed": 99}), work)
    resumed.load()
    go(resumed, 4)
    assert resumed.progress.step == 8
    assert resumed.progress.row == whole.progress.row == 16
    expected = weights(whole.model)
    for name, value in weights(resumed.model).items():
        assert np.array_equal(value, expected[name]), name


def test_a_whole_run_ends_with_its_budget_and_leaves_a_checkpoint(work, shard):
    trainer = Trainer(CONFIG, RECIPE, work)
    trainer.run(
        iter([shard] * 3), Budget(minutes=0, steps=10), [made_up(number) for number in (1, 2)]
    )
    assert trainer.progress.step == 10
    again = Trainer(CONFIG, RECIPE, work)
    again.load()
    assert again.progress.step == 10
    assert again.progress.curve[-1]["f1"].keys() >= {"all", "private_person"}


def test_the_second_phase_leaves_the_token_logits_as_they_are(work, shard, trained):
    ids = torch.from_numpy(shard.ids[:4].astype(np.int64))
    model = trained.model
    before, categories_before = model(ids, torch.ones_like(ids))
    train_head(model, [made_up(number) for number in range(60)], RECIPE, work / "tokenizer.json")
    after, categories_after = model(ids, torch.ones_like(ids))
    assert torch.equal(before, after)
    assert not torch.equal(categories_before, categories_after)


def test_tokens_that_nobody_vouches_for_have_no_class(work):
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(work / "tokenizer.json"))
    example = made_up(3)
    end = example.text.index("\n")
    doubted = Example(example.text, example.spans, "x", unknown=((end - 4, end),))
    _, classes = pack([doubted] * 200, tokenizer)
    assert (classes == IGNORED).any()
    assert (classes == CLASSES.index("B-private_person")).any()


def test_logits_depend_on_the_receptive_field_and_on_nothing_beyond():
    torch.manual_seed(5)
    model = Model(ModelConfig(vocab_size=64, hidden_size=32, intermediate_size=32, layers="CAC",
                              num_attention_heads=2)).eval()  # fmt: skip
    reach = model.config.receptive_field
    ids = torch.randint(2, 64, (1, 8 * BLOCK))
    mask = torch.ones_like(ids)
    place = 4 * BLOCK
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    expected = model(ids, mask)[0][0, place]
    ids[0, : place - reach] = 3
    ids[0, place + reach + 1 :] = 3
    assert torch.equal(model(ids, mask)[0][0, place], expected)
    ids[0, place - 20] = 4 if ids[0, place - 20] == 5 else 5
    assert not torch.equal(model(ids, mask)[0][0, place], expected)


@pytest.fixture(scope="module")
def exported(work: Path, trained: Trainer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    reader = open_reader(trained.model, work / "tokenizer.json")
    examples = [made_up(number) for number in range(60)]
    clean = [Example("for item in range(7):\n    total += item\n", (), "clean")]
    content, report = calibrate.calibrate(reader, examples, clean)
    calibrate.write(content, report, work)
    out = tmp_path_factory.mktemp("model")
    export.write_directory(trained.model, work, out)
    return out


def test_the_exported_directory_opens_with_three_operating_points(exported):
    directory = open_model_directory(exported)
    assert sorted(directory.operating_points) == ["default", "precision", "recall"]
    assert directory.receptive_field == CONFIG.receptive_field


def test_the_exported_graph_agrees_with_torch_on_windows_of_any_length(exported, trained, work):
    texts = [made_up(number).text[: random.Random(number).randrange(5, 70)] for number in range(99)]
    report = export.parity(trained.model, exported, work, texts)
    assert report["windows_equal"] >= 0.99
    assert report["largest_logit_difference"] < 0.3
    assert report["alone_equals_batch"] == 1.0


def test_padding_changes_neither_logits_nor_category(trained, shard):
    session = TorchSession(trained.model)
    ids = shard.ids[:1, :BLOCK].astype(np.int64)
    alone = session.run(ids, np.ones_like(ids))
    fill = ((0, 0), (0, 3 * BLOCK))
    padded = session.run(np.pad(ids, fill), np.pad(np.ones_like(ids), fill))
    assert np.abs(alone.tokens - padded.tokens[:, :BLOCK]).max() < 1e-4
    assert np.abs(alone.documents - padded.documents).max() < 1e-4


def test_what_the_model_finds_is_counted_with_both_ends(trained, work):
    reader = open_reader(trained.model, work / "tokenizer.json")
    example = made_up(7)
    found = spots_of(reader.read([example.text])[0])
    table = count(read_all(reader, [example]), TAGS, NO_BIAS).table()["all"]
    gold = {(span.start, span.end, span.label) for span in example.spans}
    assert table["spans"] == 1
    assert table["recall"] == len(gold & set(found))
    assert table["wrong"] == len(set(found) - gold)
