"""The coarse look before the model: what it lets through is read as if all had been read."""

from __future__ import annotations

import itertools
import shutil

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaksift.document import Document
from leaksift.errors import ModelError
from leaksift.model import screen as screens
from leaksift.model.detector import ModelDetector
from leaksift.model.directory import open_model_directory
from leaksift.model.screen import FILE, Screen, common, stretches

TEXT = "Dear Ada Lind, your card 4111 1111 1111 1111 was sent to 12 Sand Street.\n" * 6


def write(folder, threshold: float, vocabulary: int = 400):
    """A screen of random weights."""
    random = np.random.default_rng(3)
    arrays = {
        "embedding": random.integers(-127, 127, (vocabulary, 8)).astype(np.int8),
        "embedding_scale": np.full(vocabulary, 0.01, dtype=np.float32),
        "last": random.normal(size=12).astype(np.float32),
        "threshold": np.float32(threshold),
    }
    for number, (size, wider) in enumerate([(8, 12), (12, 12)]):
        arrays[f"near{number}"] = random.normal(size=(9, size)).astype(np.float32)
        arrays[f"weight{number}"] = random.normal(size=(2 * size, wider)).astype(np.float32)
        arrays[f"bias{number}"] = random.normal(size=wider).astype(np.float32)
    np.savez(folder / FILE, **arrays)
    return folder / FILE


@pytest.fixture
def with_screen(tiny_embedded, tmp_path):
    """A copy of the tiny model with a screen of this threshold."""

    def make(threshold: float):
        folder = tmp_path / "model"
        shutil.copytree(tiny_embedded.path, folder)
        write(folder, threshold, tiny_embedded.vocabulary)
        return open_model_directory(folder)

    return make


def document(text: str) -> Document:
    return Document("a.txt", text, len(text))


def test_what_is_all_let_through_gives_the_spans_of_the_model_alone(tiny_embedded, with_screen):
    alone = ModelDetector(tiny_embedded).detect([document(TEXT)])
    assert alone[0], "the test shows nothing without spans"
    assert ModelDetector(with_screen(-1e30)).detect([document(TEXT)]) == alone


def test_where_nothing_is_let_through_the_model_is_not_even_opened(with_screen):
    directory = with_screen(1e30)
    directory.graph.write_bytes(b"not a graph")
    [reading] = ModelDetector(directory).read([document(TEXT)])
    assert (reading.spans, reading.category) == ([], None)


def test_who_wants_the_category_reads_everything(with_screen):
    [reading] = ModelDetector(with_screen(1e30), screened=False).read([document(TEXT)])
    assert reading.category is not None


def test_a_damaged_screen_is_an_error_that_names_the_file(with_screen):
    directory = with_screen(0)
    (directory.path / FILE).write_bytes(b"PK damaged")
    with pytest.raises(ModelError, match=FILE):
        ModelDetector(directory).detect([document(TEXT)])


def test_a_long_text_is_looked_at_in_blocks_that_change_nothing(tmp_path, monkeypatch):
    screen = Screen(write(tmp_path, 0))
    ids = np.random.default_rng(5).integers(0, 400, 1_000)
    whole = screen.scores(ids)
    monkeypatch.setattr(screens, "_BLOCK", 64)
    np.testing.assert_allclose(screen.scores(ids), whole, rtol=1e-4, atol=1e-4)


@given(st.lists(st.booleans(), max_size=60), st.integers(0, 5))
def test_stretches_are_sorted_apart_and_hold_every_place(mask, margin):
    found = stretches(np.array(mask, dtype=bool), margin)
    covered = {place for start, end in found for place in range(start, end)}
    near = {
        place
        for place in range(len(mask))
        if any(mask[max(0, place - margin) : place + margin + 1])
    }
    assert covered == near
    assert all(one[1] < other[0] for one, other in itertools.pairwise(found))


pieces = st.lists(st.integers(0, 40), max_size=8, unique=True).map(
    lambda bounds: tuple(zip(sorted(bounds)[::2], sorted(bounds)[1::2], strict=False))
)


@given(pieces, pieces)
def test_what_is_common_is_in_both(one, other):
    def places(those):
        return {place for start, end in those for place in range(start, end)}

    assert places(common(one, other)) == places(one) & places(other)
