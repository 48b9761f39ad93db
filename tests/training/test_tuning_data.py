"""What fine-tuning is made of, as far as it needs no torch: labels, rows, batches, rates, files."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, pre_tokenizers

from leaksift.model.tokenize import encode
from training.alignment import CLASS, IGNORED, classes_of
from training.batches import Row, batches_of, rows_of
from training.example import Example, LabelledSpan, as_json, parse_example
from training.material import MaterialError, generated, given
from training.schedule import cosine, warm_up_and_decay

CATEGORIES = ("Health", "Sports")


def bytes_alone() -> Tokenizer:
    """One token for every byte."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE({sign: index for index, sign in enumerate(alphabet)}, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    return tokenizer


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return bytes_alone()


def names(classes: np.ndarray, of: dict[str, int] = CLASS) -> list[str]:
    called = {index: name for name, index in of.items()} | {IGNORED: "-"}
    return [called[index] for index in classes.tolist()]


def test_a_span_becomes_begin_inside_and_end(tokenizer):
    example = Example("by Bo.", (LabelledSpan(3, 5, "private_person"),), "x")
    found = names(classes_of(example, encode(tokenizer, example.text)))
    assert found == ["O", "O", "O", "B-private_person", "E-private_person", "O"]


def test_a_span_of_one_token_is_single_and_doubtful_ones_have_no_class(tokenizer):
    example = Example("a b c", (LabelledSpan(2, 3, "secret"),), "x", unknown=((4, 5),))
    found = names(classes_of(example, encode(tokenizer, example.text)))
    assert found == ["O", "O", "S-secret", "O", "-"]


def test_all_bytes_of_a_character_belong_to_its_span(tokenizer):
    example = Example("né x", (LabelledSpan(0, 2, "private_person"),), "x")
    found = names(classes_of(example, encode(tokenizer, example.text)))
    person = "private_person"
    assert found == [f"B-{person}", f"I-{person}", f"E-{person}", "O", "O"]


def test_classes_are_numbered_as_the_checkpoint_numbers_them(tokenizer):
    own = {name: len(CLASS) - 1 - index for name, index in CLASS.items()}
    example = Example("a b", (LabelledSpan(2, 3, "secret"),), "x")
    tokens = encode(tokenizer, example.text)
    assert names(classes_of(example, tokens, own), own) == ["O", "O", "S-secret"]


@for_all(st.data())
def test_what_the_classes_say_is_where_the_spans_are(data):
    text = data.draw(st.text("ab é\n", min_size=1, max_size=40))
    cuts = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=6)))
    spans = tuple(
        LabelledSpan(start, end, "secret")
        for start, end in zip(cuts[::2], cuts[1::2], strict=False)
        # A span that begins with a blank is never one of ours.
        if text[start] != " "
    )
    tokens = encode(bytes_alone(), text)
    found = names(classes_of(Example(text, spans, "x"), tokens))
    inside = {place for span in spans for place in range(span.start, span.end)}
    assert [name != "O" for name in found] == [start in inside for start in tokens.starts.tolist()]
    assert sum(name[0] in "BS" for name in found) == len(spans)


def test_a_long_text_becomes_several_rows_and_its_category_goes_with_the_first(tokenizer):
    example = Example("x" * 25, (), "x", category="Sports")
    rows = list(rows_of([example], tokenizer, 10, CLASS, CATEGORIES))
    assert [len(row.ids) for row in rows] == [10, 10, 5]
    assert [row.category for row in rows] == [1, IGNORED, IGNORED]


def test_a_category_that_the_head_has_not_is_an_error_and_without_a_head_none_counts(tokenizer):
    example = Example("x", (), "x", category="Family & Relationships")
    with pytest.raises(MaterialError, match="no category 'Family & Relationships'"):
        list(rows_of([example], tokenizer, 10, CLASS, CATEGORIES))
    assert [row.category for row in rows_of([example], tokenizer, 10, CLASS, ())] == [IGNORED]


@for_all(st.lists(st.integers(1, 30), max_size=40), st.integers(1, 100), st.integers(0, 5))
def test_every_row_is_in_one_batch_and_no_batch_is_too_large(lengths, tokens, seed):
    rows = [
        Row(np.full(length, number), np.full(length, 1, np.int16), number)
        for number, length in enumerate(lengths)
    ]
    batches = batches_of(rows, tokens, 999, np.random.default_rng(seed))
    assert sorted(category for batch in batches for category in batch.categories) == list(
        range(len(rows))
    )
    for batch in batches:
        assert batch.ids.size <= tokens or len(batch.ids) == 1
        real = batch.mask == 1
        assert (batch.ids[~real] == 999).all()
        assert (batch.classes[~real] == IGNORED).all()
        assert (batch.ids[real] == np.repeat(batch.categories, batch.mask.sum(1))).all()


def test_the_order_of_batches_follows_from_the_seed_alone():
    rows = [Row(np.arange(1 + n % 7), np.zeros(1 + n % 7, np.int16), n) for n in range(50)]

    def order(seed: int) -> list[list[int]]:
        made = batches_of(rows, 20, 0, np.random.default_rng(seed))
        return [batch.categories.tolist() for batch in made]

    assert order(1) == order(1) != order(2)


def test_the_rate_warms_up_stays_and_falls():
    def rate(step: int, share: float) -> float:
        return warm_up_and_decay(2.0, step, share, warmup_steps=4, decay_share=0.5)

    assert [rate(step, 0) for step in range(5)] == [0.5, 1.0, 1.5, 2.0, 2.0]
    assert rate(99, 0.5) == 2.0
    assert rate(99, 0.75) == 1.0
    assert rate(99, 1.0) == 0.02


def test_the_cosine_goes_from_the_highest_rate_to_nothing():
    assert cosine(3.0, 0) == 3.0
    assert cosine(3.0, 0.5) == pytest.approx(1.5)
    assert cosine(3.0, 1) == pytest.approx(0)


def lines(examples: list[Example]) -> str:
    return "".join(as_json(example) + "\n" for example in examples)


def test_an_example_survives_its_line_of_json():
    example = Example("née\u2028x", (LabelledSpan(0, 3, "secret"),), "o", ((3, 4),), "Sports")
    assert parse_example(as_json(example)) == example


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "not an object"),
        ("[]", "not an object"),
        ('{"text": 1, "spans": []}', "not a string"),
        ('{"text": "hidden", "spans": [[0, 9, "secret"]]}', "within the text"),
        ('{"text": "hidden", "spans": [[2, 2, "secret"]]}', "within the text"),
        ('{"text": "hidden", "spans": [[0, 2, "name"]]}', "eight labels"),
        ('{"text": "hidden", "spans": [[0, "2", "secret"]]}', "two whole numbers"),
    ],
)
def test_a_line_that_is_no_example_is_named_without_its_text(tmp_path: Path, line, said):
    file = tmp_path / "examples.jsonl"
    file.write_text(lines([Example("x", (), "a")]) + line, encoding="utf-8")
    with pytest.raises(MaterialError) as caught:
        given([file])
    assert str(caught.value).startswith(f"{file}:2: ")
    assert said in str(caught.value)
    assert "hidden" not in str(caught.value)


def test_whole_origins_are_held_out_and_the_file_is_recorded_without_its_folder(tmp_path: Path):
    file = tmp_path / "examples.jsonl"
    made = [Example(f"text {number}", (), f"origin {number % 20}") for number in range(2_200)]
    file.write_text(lines(made), encoding="utf-8")
    material = given([file])
    training = [one for number in range(material.shards) for one in material.shard(number)]
    held = {example.origin for example in material.development}
    assert len(held) == 2
    assert not held & {example.origin for example in training}
    assert len(training) + len(material.development) == len(made)
    [source] = material.sources
    assert (source["name"], source["examples"]) == ("examples.jsonl", 2_200)
    assert str(tmp_path) not in json.dumps(source)


def test_examples_of_one_origin_cannot_be_split(tmp_path: Path):
    file = tmp_path / "examples.jsonl"
    file.write_text(lines([Example("x", (), "a")] * 3), encoding="utf-8")
    with pytest.raises(MaterialError, match="one origin"):
        given([file])


def test_without_collected_data_one_line_says_what_to_run(tmp_path: Path):
    with pytest.raises(MaterialError, match="python -m training data"):
        generated(tmp_path, 1, 1)
