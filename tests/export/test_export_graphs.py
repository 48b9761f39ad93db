"""The exported graphs compute what the model computes, and nothing in a batch changes another.

What the model computes is what transformers answered once for the tiny model (see
`training/tiny_privacy_filter.py`) and, for random checkpoints of other sizes, the NumPy model of
`leaksift.export.arithmetic`. `test_export_transformers.py` asks transformers itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leaksift.export.arithmetic import answers
from leaksift.export.attention import PART
from leaksift.export.build import FORMS, export_model
from leaksift.export.checkpoint import open_checkpoint
from tests.export.exported import Rounded, Session, packed, text_of
from tests.model.random_checkpoint import RandomCheckpoint

TEXTS = 6
CATEGORIES = ("Health", "Sports", "Other")
# Heads and experts that divide nothing evenly, an expert in a group of its own, one key head for
# all, no biases, plain rotary embeddings, a window wider than a block.
SHAPES: Mapping[str, dict[str, Any]] = {
    "as it is": {},
    "three key heads": {
        "num_attention_heads": 6,
        "num_key_value_heads": 3,
        "num_local_experts": 33,
        "num_experts_per_tok": 4,
        "sliding_window": 5,
        "num_hidden_layers": 3,
    },
    "one key head": {
        "num_attention_heads": 7,
        "num_key_value_heads": 1,
        "head_dim": 8,
        "sliding_window": 70,
        "num_local_experts": 40,
        "num_experts_per_tok": 1,
    },
    "no biases": {
        "attention_bias": False,
        "num_hidden_layers": 1,
        "num_experts_per_tok": 8,
        "rope_parameters": {"rope_type": "default", "rope_theta": 10000.0},
    },
    "odd sizes": {"hidden_size": 20, "intermediate_size": 12, "num_local_experts": 3},
}


@pytest.fixture(scope="module")
def tiny_graphs(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Session]:
    """The tiny model in its three forms."""
    out = tmp_path_factory.mktemp("tiny")
    path = Path(__file__).parents[1] / "model" / "tiny" / "checkpoint"
    with open_checkpoint(path) as checkpoint:
        return {form: Session(export_model(checkpoint, out, form)) for form in FORMS}


@pytest.fixture(scope="module")
def expected() -> dict[str, np.ndarray]:
    path = Path(__file__).parents[1] / "model" / "tiny" / "expected.npz"
    with np.load(path) as arrays:
        return dict(arrays)


@pytest.fixture(scope="module", params=["int8", "fp32"])
def exact(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Session:
    """A form whose bits do not depend on what else is run."""
    checkpoint = RandomCheckpoint(CATEGORIES, num_local_experts=40, num_experts_per_tok=4)
    return Session(export_model(checkpoint, tmp_path_factory.mktemp("exact"), request.param))


@pytest.mark.parametrize("number", range(TEXTS))
def test_fp32_logits_are_those_of_transformers(tiny_graphs, expected, number):
    answer = tiny_graphs["fp32"].run(expected[f"ids_{number}"][None])
    assert np.abs(answer["logits"][0] - expected[f"logits_{number}"]).max() < 1e-4
    assert np.abs(answer["doc_logits"][0] - expected[f"documents_{number}"]).max() < 1e-4


def test_fp32_logits_of_a_padded_batch_are_those_of_transformers(tiny_graphs, expected):
    mask = expected["batch_mask"]
    answer = tiny_graphs["fp32"].run(expected["batch_ids"], mask)
    difference = np.abs(answer["logits"] - expected["batch_logits"])
    assert difference[mask == 1].max() < 1e-4
    assert np.abs(answer["doc_logits"] - expected["batch_documents"]).max() < 1e-4


@pytest.mark.parametrize("form", ["int8", "fp32"])
def test_texts_packed_in_one_row_have_the_logits_of_transformers_for_each(
    tiny_graphs, expected, form
):
    texts = [expected[f"ids_{number}"] for number in range(TEXTS)]
    row = packed(texts)
    answer = tiny_graphs[form].run(*row[:3])
    for number, (start, text) in enumerate(zip(row.starts, texts, strict=False)):
        here = slice(start, start + len(text))
        logits = expected[f"logits_{number}"]
        documents = answer["doc_token_logits"][0, here].mean(0)
        if form == "fp32":
            assert np.abs(answer["logits"][0, here] - logits).max() < 1e-4
            assert np.abs(documents - expected[f"documents_{number}"]).max() < 1e-4
        else:
            # Random weights have no margins: now and then rounding sends a token to another expert.
            assert np.median(np.abs(answer["logits"][0, here] - logits)) < 0.25


def test_int8_rounds_less_than_q4(tiny_graphs, expected):
    def loss(form: str) -> float:
        answer = tiny_graphs[form].run(expected["ids_5"][None])["logits"][0]
        return float(np.abs(answer - expected["logits_5"]).mean())

    assert loss("int8") < 0.2
    assert loss("int8") < loss("q4")


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("form", FORMS)
def test_logits_are_those_of_the_weights_for_any_sizes(tmp_path, form, shape):
    checkpoint = RandomCheckpoint(CATEGORIES, **SHAPES[shape])
    session = Session(export_model(checkpoint, tmp_path, form))
    rounded = Rounded(checkpoint) if form == "q4" else checkpoint
    # One token to ten windows, on both sides of where a row is parted into blocks.
    lengths = (1, 2, 31, 64, 128, 129, 200, 10 * checkpoint.sizes.receptive_field)
    texts = [text_of(length) for length in lengths]
    truth = answers(rounded, texts)
    worst = []
    for number, text in enumerate(texts):
        answer = session.run(text[None])
        difference = np.abs(answer["logits"][0] - truth.tokens[number])
        documents = np.abs(answer["doc_logits"][0] - truth.documents[number])
        worst.append(max(difference.max(), documents.max()))
        if form == "int8":
            worst[-1] = np.median(difference)
    assert max(worst) < (0.15 if form == "int8" else 1e-4)


def test_a_text_packed_with_others_has_the_bits_it_has_alone(exact):
    texts = [text_of(length) for length in (200, 129, 300, 64 * 3, 500, 131)]
    row = packed(texts)
    together = exact.run(*row[:3])
    for start, text in zip(row.starts, texts, strict=False):
        alone = exact.run(text[None])
        for name in ("logits", "doc_token_logits"):
            assert np.array_equal(together[name][0, start : start + len(text)], alone[name][0])


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(st.integers(129, 420), min_size=1, max_size=5), st.integers(0, 99))
def test_what_texts_share_a_row_and_in_which_order_changes_no_bit(exact, lengths, seed):
    texts = [text_of(length, seed) for length in lengths]
    row = packed(texts)
    together = exact.run(*row[:3])["logits"]
    backwards = packed(texts[::-1])
    turned = exact.run(*backwards[:3])["logits"]
    starts = backwards.starts[: len(texts)][::-1]
    for start, other, text in zip(row.starts, starts, texts, strict=False):
        size = len(text)
        assert np.array_equal(together[0, start : start + size], turned[0, other : other + size])


@pytest.mark.parametrize("tokens", [1, 2, 33, 64, 128, 192])
def test_rows_of_one_length_have_the_bits_they_have_alone(exact, tokens):
    rows = np.stack([text_of(tokens, seed) for seed in range(5)])
    together = exact.run(rows)
    for number, row in enumerate(rows):
        alone = exact.run(row[None])
        for name in together:
            assert np.array_equal(together[name][number], alone[name][0])


def test_a_window_into_a_text_has_the_bits_of_the_whole(exact):
    context = 2 * 8  # layers x window of the random checkpoint
    text = text_of(1000)
    whole = exact.run(text[None])["logits"][0]
    for start, end in ((64, 320), (320, 1000), (128, 128 + 129)):
        part = exact.run(text[None, start:end], first=start)["logits"][0]
        kept = slice(start + context, end if end == len(text) else end - context)
        inside = slice(kept.start - start, kept.stop - start)
        assert np.array_equal(part[inside], whole[kept])


def test_one_token_less_of_context_is_seen(exact):
    # The windows above would pass with any context if the last token of it did not matter.
    context = 2 * 8
    text = text_of(400)
    before = exact.run(text[None])["logits"][0]
    text[200] = (text[200] + 1) % 512
    after = exact.run(text[None])["logits"][0]
    changed = np.flatnonzero((before != after).any(axis=1))
    assert changed.min() == 200 - context
    assert changed.max() == 200 + context


def test_what_padding_holds_and_how_much_there_is_changes_no_bit(exact):
    ids = np.stack([text_of(100, seed) for seed in range(3)])
    mask = np.ones_like(ids)
    mask[0, 37:] = mask[2, 90:] = 0
    before = exact.run(ids, mask)
    ids[0, 37:] = 5
    after = exact.run(ids, mask)
    assert np.array_equal(before["logits"][0, :37], after["logits"][0, :37])
    assert np.array_equal(before["doc_logits"], after["doc_logits"])
    padded = np.pad(text_of(200)[None], ((0, 0), (0, 184)))
    wide = exact.run(padded, (np.arange(384) < 200)[None].astype(np.int64))["logits"]
    assert np.array_equal(wide[0, :200], exact.run(text_of(200)[None])["logits"][0])


def test_experts_that_nobody_chooses_are_no_trouble(tmp_path):
    class OneSided(RandomCheckpoint):
        """All tokens choose the last experts: whole groups stay empty."""

        def tensor(self, name: str) -> np.ndarray:
            values = super().tensor(name)
            if name.endswith("router.bias"):
                values[-2:] += 100
            return values

    checkpoint = OneSided(num_local_experts=40)
    for form in FORMS:
        session = Session(export_model(checkpoint, tmp_path / form, form))
        truth = answers(Rounded(checkpoint) if form == "q4" else checkpoint, [text_of(9)])
        difference = np.abs(session.run(text_of(9)[None])["logits"][0] - truth.tokens[0])
        assert np.median(difference) < (0.15 if form == "int8" else 1e-4)


def test_the_metadata_says_how_a_graph_is_to_be_run(tiny_graphs):
    assert tiny_graphs["int8"].metadata == {
        "leaksift.form": "int8",
        "leaksift.rows_independent": "1",
        "leaksift.block": "64",
        "leaksift.dense_limit": "128",
        "leaksift.ready": "1",
    }
    assert tiny_graphs["fp32"].metadata == {**tiny_graphs["int8"].metadata, "leaksift.form": "fp32"}
    assert "leaksift.block" not in tiny_graphs["q4"].metadata


@pytest.mark.parametrize("length", [PART, PART + 1, 2 * PART + 200])
def test_rows_that_go_through_in_parts_have_the_bits_that_each_has_alone(exact, length):
    rows = np.stack([text_of(length, seed) for seed in range(3)])
    together = exact.run(rows)["logits"]
    for row, logits in zip(rows, together, strict=True):
        assert np.array_equal(exact.run(row[None])["logits"][0], logits)


def test_texts_packed_over_several_parts_have_the_bits_that_each_has_alone(exact):
    texts = [text_of(length) for length in (900, 300, 1500, 129)]
    row = packed(texts)
    logits = exact.run(*row[:3])["logits"][0]
    for start, text in zip(row.starts, texts, strict=False):
        alone = exact.run(text[None])["logits"][0]
        assert np.array_equal(alone, logits[start : start + len(text)])
