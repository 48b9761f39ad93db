"""Of spans that overlap, one stays, and which one does not depend on their order."""

import itertools
import random

from hypothesis import given
from hypothesis import strategies as st

from leaksift.detect import merge
from leaksift.finding import Span

SPANS = st.builds(
    lambda start, length, rule, score, detector, generic: Span(
        start, start + length, "secret", rule, score, detector, generic
    ),
    st.integers(0, 40),
    st.integers(1, 12),
    st.sampled_from(["a", "b", "c"]),
    st.sampled_from([0.5, 0.9]),
    st.sampled_from(["rule", "model"]),
    st.booleans(),
)


def test_a_rule_wins_over_the_model() -> None:
    model = Span(0, 30, "private_address", "private-address", 0.99, "model")
    rule = Span(5, 10, "account_number", "iban", 0.5, "rule")
    assert merge([model, rule]) == [rule]


def test_a_specific_rule_wins_over_a_generic_one() -> None:
    generic = Span(0, 40, "secret", "generic-credential", 0.99, "rule", generic=True)
    specific = Span(4, 40, "secret", "github-pat", 0.9, "rule")
    assert merge([generic, specific]) == [specific]


def test_spans_that_only_touch_both_stay() -> None:
    first, second = Span(0, 4, "secret", "a", 0.9, "rule"), Span(4, 8, "secret", "a", 0.9, "rule")
    assert merge([second, first]) == [first, second]


@given(st.lists(SPANS, max_size=20), st.randoms())
def test_merged_spans_are_apart_sorted_and_independent_of_order(
    spans: list[Span], shuffle: random.Random
) -> None:
    merged = merge(spans)
    assert all(a.end <= b.start for a, b in itertools.pairwise(merged))
    shuffled = list(spans)
    shuffle.shuffle(shuffled)
    assert merge(shuffled) == merged
    # Nothing is dropped but what overlaps something that stays.
    assert all(any(s.start < k.end and k.start < s.end for k in merged) for s in spans)
