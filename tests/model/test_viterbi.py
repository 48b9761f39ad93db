"""The decoder finds the best legal row, against searches that look at every row."""

from __future__ import annotations

import functools
import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from leaksift.finding import LABELS
from leaksift.model.calibration import Biases
from leaksift.model.tags import ALL_TAGS, BACKGROUND, Tag
from leaksift.model.viterbi import _certain_background, build_grammar, decode

# Two labels, in an order of classes that no file would have: nothing may rely on the order.
FEW = (
    Tag("E", "secret"),
    Tag("B", "private_url"),
    BACKGROUND,
    Tag("S", "secret"),
    Tag("I", "private_url"),
    Tag("B", "secret"),
    Tag("E", "private_url"),
    Tag("I", "secret"),
    Tag("S", "private_url"),
)
ALL = tuple(sorted(ALL_TAGS, key=str))

# Halves and whole numbers: sums are exact, so that equal scores are equal.
biases = st.builds(Biases, *[st.integers(-6, 6).map(lambda n: n / 2)] * 6)


def allowed(previous: Tag, following: Tag) -> bool:
    """The constraints once more, in other words than the product's."""
    if previous.boundary in ("B", "I"):
        return following in (Tag("I", previous.label), Tag("E", previous.label))
    return following.boundary in ("O", "B", "S")


def is_legal(row: list[Tag]) -> bool:
    return (
        row[0].boundary in ("O", "B", "S")
        and row[-1].boundary in ("O", "E", "S")
        and all(itertools.starmap(allowed, itertools.pairwise(row)))
    )


def bias(previous: Tag, following: Tag, values: Biases) -> float:
    kind = {"O": "background", "B": "inside", "I": "inside", "E": "end", "S": "end"}
    match kind[previous.boundary], following.boundary:
        case "background", "O":
            return values.background_stay
        case "background", _:
            return values.background_to_start
        case "inside", "I":
            return values.inside_to_continue
        case "inside", _:
            return values.inside_to_end
        case _, "O":
            return values.end_to_background
        case _:
            return values.end_to_start


def total(row: list[int], tags: tuple[Tag, ...], logits: np.ndarray, values: Biases) -> float:
    return float(logits[np.arange(len(row)), row].astype(float).sum()) + sum(
        bias(tags[a], tags[b], values) for a, b in itertools.pairwise(row)
    )


@functools.cache
def legal_rows(length: int) -> list[list[int]]:
    rows = [[index] for index in range(len(FEW)) if FEW[index].boundary in ("O", "B", "S")]
    for _ in range(length - 1):
        rows = [
            [*row, index]
            for row in rows
            for index in range(len(FEW))
            if allowed(FEW[row[-1]], FEW[index])
        ]
    return [row for row in rows if FEW[row[-1]].boundary in ("O", "E", "S")]


def logits_for(classes: int, lengths: st.SearchStrategy[int]) -> st.SearchStrategy[np.ndarray]:
    values = st.integers(-20, 20).map(lambda n: n / 2)
    return lengths.flatmap(lambda n: hnp.arrays(np.float32, (n, classes), elements=values))


@settings(max_examples=150, deadline=None)
@given(logits=logits_for(9, st.integers(1, 5)), values=biases, lead=st.sampled_from([0, 12, 40]))
def test_no_legal_row_scores_higher(logits, values, lead):
    logits[1:-1, FEW.index(BACKGROUND)] += lead
    row = decode(logits, build_grammar(FEW, values)).tolist()
    assert is_legal([FEW[index] for index in row])
    best = max(total(other, FEW, logits, values) for other in legal_rows(len(logits)))
    assert total(row, FEW, logits, values) == best


def plain_best(logits: np.ndarray, values: Biases) -> float:
    """The best score by Viterbi's algorithm in plain loops, without any shortcut."""
    best = {tag: float(x) for tag, x in zip(FEW, logits[0], strict=True) if tag.boundary in "OBS"}
    for scores in logits[1:]:
        best = {
            tag: float(scores[index])
            + max(best[old] + bias(old, tag, values) for old in best if allowed(old, tag))
            for index, tag in enumerate(FEW)
            if any(allowed(old, tag) for old in best)
        }
    return max(score for tag, score in best.items() if tag.boundary in "OES")


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), values=biases, stretch=st.integers(1, 12))
def test_leaving_out_certain_background_does_not_change_the_score(seed, values, stretch):
    random = np.random.default_rng(seed)
    logits = np.round(random.normal(0, 6, (80, len(FEW))) * 2).astype(np.float32) / 2
    quiet = (np.arange(80) // stretch) % 3 > 0
    logits[quiet, FEW.index(BACKGROUND)] += 16
    grammar = build_grammar(FEW, values)
    row = decode(logits, grammar).tolist()
    assert is_legal([FEW[index] for index in row])
    assert total(row, FEW, logits, values) == plain_best(logits, values)


def test_most_of_a_quiet_text_is_certain_background():
    random = np.random.default_rng(3)
    logits = random.normal(0, 1, (1_000, len(FEW))).astype(np.float32)
    logits[:, FEW.index(BACKGROUND)] += 10
    logits[500:505, FEW.index(BACKGROUND)] -= 20
    certain = _certain_background(logits, build_grammar(FEW, Biases()))
    assert certain.mean() > 0.95
    assert not certain[500:505].any()


# As float32 holds them: hypothesis refuses others with NumPy 1.
EXTREMES = np.array([0, 1, -1, 1e30, -1e30, 3e38, -3e38, np.inf, -np.inf, 1e-45], dtype=np.float32)
extreme = st.sampled_from([float(value) for value in EXTREMES])


@settings(deadline=None)
@given(
    logits=st.integers(1, 12).flatmap(
        lambda n: hnp.arrays(np.float32, (n, len(ALL)), elements=extreme)
    ),
    values=biases,
)
def test_any_logits_decode_to_a_legal_row(logits, values):
    row = decode(logits, build_grammar(ALL, values))
    assert is_legal([ALL[index] for index in row])


def test_a_logit_that_is_not_a_number_is_an_error():
    logits = np.zeros((3, len(ALL)), dtype=np.float32)
    logits[1, 4] = np.nan
    with pytest.raises(ValueError, match="not a number"):
        decode(logits, build_grammar(ALL, Biases()))


def test_no_tokens_decode_to_no_tags():
    logits = np.empty((0, len(ALL)), dtype=np.float32)
    assert len(decode(logits, build_grammar(ALL, Biases()))) == 0


def test_a_span_cannot_stay_open_at_the_end_of_the_text():
    logits = np.zeros((2, len(FEW)), dtype=np.float32)
    logits[0, FEW.index(Tag("B", "secret"))] = 9
    logits[1, FEW.index(Tag("I", "secret"))] = 5
    row = decode(logits, build_grammar(FEW, Biases()))
    assert [FEW[index] for index in row] == [Tag("B", "secret"), Tag("E", "secret")]


def test_more_eagerness_to_start_gives_more_spans():
    random = np.random.default_rng(5)
    logits = random.normal(0, 2, (300, len(ALL))).astype(np.float32)
    logits[:, ALL.index(BACKGROUND)] += 5

    def background(eagerness: float) -> int:
        row = decode(logits, build_grammar(ALL, Biases(background_to_start=eagerness)))
        return int((row == ALL.index(BACKGROUND)).sum())

    assert background(-8.0) > background(0.0) > background(8.0)


def test_the_order_of_classes_in_the_file_does_not_matter():
    random = np.random.default_rng(9)
    logits = random.normal(0, 3, (200, len(ALL))).astype(np.float32)
    order = random.permutation(len(ALL))
    straight = decode(logits, build_grammar(ALL, Biases(end_to_start=-1.0)))
    shuffled_tags = tuple(ALL[index] for index in order)
    shuffled = decode(logits[:, order], build_grammar(shuffled_tags, Biases(end_to_start=-1.0)))
    assert [ALL[index] for index in straight] == [shuffled_tags[index] for index in shuffled]


def test_there_are_33_tags_over_the_eight_labels():
    assert len(ALL_TAGS) == 33
    assert {tag.label for tag in ALL_TAGS} == {None, *LABELS}
