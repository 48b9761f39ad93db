"""Windows change nothing, and shapes depend on the window alone."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaksift.document import Document, LineRange
from leaksift.model.calibration import OperatingPoint
from leaksift.model.detector import ModelDetector
from leaksift.model.directory import ModelDirectory
from leaksift.model.reader import ModelReader
from leaksift.model.tokenize import encode, open_tokenizer
from leaksift.model.windows import (
    aligned,
    canonical_length,
    plan_batches,
    plan_rows,
    plan_windows,
    window_length,
)

LONG = "\n".join(
    f"{line}: ask {name} at {name.lower()}@example.com, room {line * 37 % 400}"
    for line, name in enumerate(["Ada", "Bram", "Chiara", "Dmitri", "Esi"] * 12)
)


@given(count=st.integers(0, 5_000), context=st.integers(0, 200), more=st.integers(1, 300))
def test_each_token_is_kept_once_from_a_window_that_holds_its_context(count, context, more):
    length = 2 * context + more
    windows = plan_windows(count, length, context)
    kept = [index for window in windows for index in range(window.keep_start, window.keep_end)]
    assert kept == list(range(count))
    for window in windows:
        assert 0 <= window.start < window.end <= count
        assert window.length <= length
        for token in (window.keep_start, window.keep_end - 1):
            assert window.start <= max(0, token - context)
            assert window.end >= min(count, token + context + 1)


def test_windows_too_short_for_the_context_are_refused():
    with pytest.raises(ValueError, match="too short"):
        plan_windows(100, 64, 32)


@given(st.integers(0, 100_000))
def test_a_canonical_length_holds_the_window_and_wastes_at_most_half(count):
    length = canonical_length(count)
    assert length >= count
    assert length <= max(32, count * 3 // 2 + 1)
    assert canonical_length(length) == length


@given(st.integers(0, 4_096))
def test_a_default_window_is_canonical_and_at_most_three_quarters_context(context):
    length = window_length(context)
    assert canonical_length(length) == length
    assert 2 * context <= length * 3 // 4


@given(st.integers(0, 4_096))
def test_a_long_window_is_canonical_and_at_most_a_third_context(context):
    length = window_length(context, by_parts=True)
    assert canonical_length(length) == length
    assert 2 * context <= length / 3


@given(st.lists(st.sampled_from([32, 48, 64, 512]), max_size=40), st.sampled_from([0, 64, 512]))
def test_batches_hold_every_window_once_in_equal_shapes_within_the_budget(lengths, budget):
    batches = list(plan_batches(lengths, budget))
    assert Counter(index for batch in batches for index in batch) == Counter(range(len(lengths)))
    for batch in batches:
        assert len({lengths[index] for index in batch}) == 1
        assert len(batch) == 1 or sum(lengths[index] for index in batch) <= budget


def test_windows_give_the_spans_of_the_whole_text(tiny: ModelDirectory):
    whole = ModelReader(tiny, OperatingPoint(), window_tokens=4_096)
    cut = ModelReader(tiny, OperatingPoint(), window_tokens=64)
    tokens = encode(open_tokenizer(tiny.tokenizer, tiny.vocabulary), LONG)
    assert len(plan_windows(len(tokens), 64, tiny.receptive_field)) > 20
    assert len(plan_windows(len(tokens), 4_096, tiny.receptive_field)) == 1
    difference = np.abs(cut.logits([tokens])[0] - whole.logits([tokens])[0]).max()
    assert difference < 1e-4
    of_whole, of_cut = whole.read([LONG])[0], cut.read([LONG])[0]
    assert len(of_whole) > 100
    assert [(s.start, s.end, s.label) for s in of_cut] == [
        (s.start, s.end, s.label) for s in of_whole
    ]
    assert max(abs(a.score - b.score) for a, b in zip(of_cut, of_whole, strict=True)) < 1e-5


def test_one_token_less_of_context_would_change_the_logits(tiny: ModelDirectory):
    # The receptive field that config.json implies is needed to the last token.
    reader = ModelReader(tiny, OperatingPoint(), window_tokens=4_096)
    tokens = encode(open_tokenizer(tiny.tokenizer, tiny.vocabulary), LONG)
    before = reader.logits([tokens])[0]
    tokens.ids[400] = (tokens.ids[400] + 1) % 256
    moved = np.abs(reader.logits([tokens])[0] - before).max(axis=1)
    changed = np.flatnonzero(moved > 0)
    field = tiny.receptive_field
    assert (changed.min(), changed.max()) == (400 - field, 400 + field)


def test_changed_lines_are_read_as_in_the_whole_text_and_the_rest_is_not_read(tiny: ModelDirectory):
    text = "\n".join([LONG] * 6)
    whole = Document("a", text, len(text))
    line = whole.line_count // 2
    part = Document("a", text, len(text), changed=(LineRange(line, line),))
    detector = ModelDetector(tiny)
    (of_whole,), (of_part,) = detector.detect([whole]), detector.detect([part])
    touched = [span for span in of_whole if part.touches_change(span.start, span.end)]
    assert touched, "the text must have something to find on that line"
    found = [span for span in of_part if part.touches_change(span.start, span.end)]
    assert [(s.start, s.end, s.rule) for s in found] == [(s.start, s.end, s.rule) for s in touched]
    assert [s.score for s in found] == pytest.approx([s.score for s in touched], abs=1e-5)
    assert len(of_part) < len(of_whole) / 2


@given(st.data())
def test_windows_of_a_stretch_keep_it_once_and_give_it_its_context(data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 400))
    context = data.draw(st.integers(0, 20))
    length = data.draw(st.integers(2 * context + 1, 90))
    first = data.draw(st.integers(0, count - 1))
    last = data.draw(st.integers(first + 1, count))
    windows = plan_windows(count, length, context, first, last)
    kept = [n for window in windows for n in range(window.keep_start, window.keep_end)]
    assert kept == list(range(first, last))
    for window in windows:
        assert window.length <= length
        assert window.start == max(0, window.keep_start - context)
        assert window.end >= min(count, window.keep_end + context)


@given(st.data())
def test_windows_that_start_on_a_grid_keep_each_token_once_with_its_context(data):
    context, block = data.draw(st.integers(0, 20)), data.draw(st.integers(1, 16))
    count = data.draw(st.integers(1, 400))
    length = data.draw(st.integers(2 * context + block, 120))
    first = data.draw(st.integers(0, count - 1))
    windows = plan_windows(count, length, context, first, block=block)
    kept = [n for window in windows for n in range(window.keep_start, window.keep_end)]
    assert kept == list(range(first, count))
    for window in windows:
        assert window.length <= length
        assert window.start % block == 0
        assert window.start <= max(0, window.keep_start - context)
        assert window.end >= min(count, window.keep_end + context)


@given(
    st.lists(st.integers(1, 300), max_size=60),
    st.sampled_from([1, 8, 64]),
    st.sampled_from([0, 64, 256, 1_024]),
)
def test_rows_hold_every_window_once_and_are_at_least_half_full(lengths, block, capacity):
    rows = plan_rows(lengths, block, capacity)
    assert sorted(index for row in rows for index in row) == list(range(len(lengths)))
    sizes = [sum(aligned(lengths[index], block) for index in row) for row in rows]
    for row, size in zip(rows, sizes, strict=True):
        assert len(row) == 1 or size <= capacity
    half = [size for size in sizes if size * 2 <= capacity]
    assert len(half) <= 1
