"""Scores that mean something: temperatures and thresholds of a model's calibration file."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaksift.finding import Span
from leaksift.model.calibration import (
    Biases,
    OperatingPoint,
    calibrated,
    parse_calibration,
    softened,
)

BIASES = {
    f"transition_bias_{name}": 0.0
    for name in (
        "background_stay",
        "background_to_start",
        "end_to_background",
        "end_to_start",
        "inside_to_continue",
        "inside_to_end",
    )
}


def content(**default: object) -> dict[str, object]:
    return {"operating_points": {"default": {"biases": BIASES, **default}}}


def span(score: float, label: str = "secret") -> Span:
    return Span(0, 4, label, f"model-{label}", score, "model")


def test_a_file_of_biases_alone_changes_no_score_and_drops_no_span():
    point = parse_calibration(content())["default"]
    assert point == OperatingPoint(Biases())
    assert calibrated([span(0.01)], point) == [span(0.01)]


def test_a_temperature_above_one_makes_a_score_less_sure():
    point = parse_calibration(content() | {"labels": {"secret": {"temperature": 2.0}}})["default"]
    [found] = calibrated([span(0.9)], point)
    assert found.score == pytest.approx(0.75)  # logit(0.9) is 2 ln 3, half of that is logit(0.75)


def test_a_span_below_the_threshold_of_its_label_is_not_reported():
    point = parse_calibration(content(thresholds={"secret": 0.8}))["default"]
    assert calibrated([span(0.79), span(0.8)], point) == [span(0.8)]
    assert calibrated([span(0.1, "private_person")], point) == [span(0.1, "private_person")]


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0.05, 20))
def test_a_temperature_keeps_the_order_and_the_bounds(one, other, temperature):
    low, high = sorted((one, other))
    assert 0 <= softened(low, temperature) <= softened(high, temperature) <= 1


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"labels": []}, "labels"),
        ({"labels": {"secret": {"temperature": 0}}}, "labels.secret.temperature"),
        ({"labels": {"secret": {"temperature": "warm"}}}, "labels.secret.temperature"),
        (content(thresholds=[]), "operating_points.default.thresholds"),
        (content(thresholds={"secret": 1.5}), "operating_points.default.thresholds.secret"),
    ],
)
def test_a_damaged_file_is_refused_with_the_place(change, place):
    with pytest.raises(ValueError, match=place):
        parse_calibration(content() | change)
