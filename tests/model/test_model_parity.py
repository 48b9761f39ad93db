"""The exported graph computes what the transformers class computes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from leaksift.model.directory import ModelDirectory
from leaksift.model.session import OnnxSession
from leaksift.model.tokenize import encode, open_tokenizer

TEXTS = 6


@pytest.fixture(scope="module")
def session(tiny: ModelDirectory) -> OnnxSession:
    return OnnxSession(tiny.graph, len(tiny.tags))


@pytest.fixture(scope="module")
def expected(tiny_path: Path) -> dict[str, np.ndarray]:
    with np.load(tiny_path / "expected.npz") as arrays:
        return dict(arrays)


@pytest.mark.parametrize("number", range(TEXTS))
def test_logits_are_those_of_transformers_for_one_text(session, expected, number):
    ids = expected[f"ids_{number}"][None]
    logits = session.run(ids, np.ones_like(ids))
    assert np.abs(logits.tokens[0] - expected[f"logits_{number}"]).max() < 1e-4
    assert np.abs(logits.documents[0] - expected[f"documents_{number}"]).max() < 1e-4


def test_logits_are_those_of_transformers_for_a_padded_batch(session, expected):
    mask = expected["batch_mask"]
    assert mask.min() == 0
    logits = session.run(expected["batch_ids"], mask)
    real = mask == 1
    assert np.abs(logits.tokens - expected["batch_logits"])[real].max() < 1e-4
    assert np.abs(logits.documents - expected["batch_documents"]).max() < 1e-4


def test_the_expected_texts_cover_one_token_to_several_windows(tiny, expected):
    lengths = [len(expected[f"ids_{number}"]) for number in range(TEXTS)]
    assert min(lengths) == 1
    assert max(lengths) > 5 * 4 * tiny.receptive_field


def test_sinks_and_biases_of_the_reference_matter(session, expected):
    # A graph without them would pass the comparison if they were zero.
    ids = expected["ids_2"][None]
    alone = session.run(ids[:, :1], np.ones((1, 1), dtype=np.int64)).tokens[0, 0]
    assert np.abs(alone - expected["logits_2"][0]).max() > 1e-2


def test_the_tokenizer_gives_the_ids_that_the_reference_read(tiny, expected):
    tokenizer = open_tokenizer(tiny.tokenizer, tiny.vocabulary)
    text = "user = load_user(name)"
    assert encode(tokenizer, text).ids.tolist() == expected["ids_1"].tolist()


def test_rows_of_one_length_do_not_change_each_other_by_a_bit(session, expected):
    assert session.rows_independent
    ids = np.stack([expected["ids_5"][at : at + 64] for at in range(0, 256, 32)])
    together = session.run(ids, np.ones_like(ids)).tokens
    for row in range(len(ids)):
        alone = session.run(ids[row : row + 1], np.ones((1, 64), dtype=np.int64)).tokens
        assert np.array_equal(alone[0], together[row])


def test_what_padding_holds_changes_nothing(session, expected):
    ids = np.zeros((1, 96), dtype=np.int64)
    mask = np.zeros_like(ids)
    row = expected["ids_2"]
    ids[0, : len(row)], mask[0, : len(row)] = row, 1
    first = session.run(ids, mask).tokens[0, : len(row)]
    ids[0, len(row) :] = 77
    second = session.run(ids, mask).tokens[0, : len(row)]
    assert np.array_equal(first, second)


def test_inputs_of_different_shapes_are_refused(session):
    with pytest.raises(ValueError, match="batch, tokens"):
        session.run(np.zeros((1, 4), dtype=np.int64), np.ones((1, 5), dtype=np.int64))
