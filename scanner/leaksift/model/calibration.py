"""What stands between a model's logits and a span: biases, temperatures, thresholds.

The file `viterbi_calibration.json` and its key names are those of openai/privacy-filter
(https://huggingface.co/openai/privacy-filter, `opf/_core/decoding.py` in its repository):

    {"operating_points": {"default": {"biases": {"transition_bias_background_stay": 0.0, ...}}}}

A bias is added to the score of each transition of its kind, which moves the decoder between recall
and precision. How they are used is in `viterbi.py`. Our own models say two things more:

    {"labels": {"secret": {"temperature": 1.3}, ...},
     "operating_points": {"default": {"biases": {...}, "thresholds": {"secret": 0.5},
                                      "code_thresholds": {"secret": 0.9}}}}

With p the mean probability of a span's tags, its score is sigmoid(logit(p) / temperature): the
share of such spans that are right. Spans below the threshold of their label are not reported; in
code (see `prose.py`) they must reach the one for code as well.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from leaksift.finding import LABELS, Span

_PREFIX = "transition_bias_"


@dataclass(frozen=True)
class Biases:
    """Added in log space; positive makes a transition likelier. "Start" is B or S, "end" E or S.

    A higher `background_to_start` finds more; a higher `background_stay` reports less.
    """

    background_stay: float = 0.0
    background_to_start: float = 0.0
    end_to_background: float = 0.0
    end_to_start: float = 0.0
    inside_to_continue: float = 0.0
    inside_to_end: float = 0.0


@dataclass(frozen=True)
class OperatingPoint:
    """How to decode, and what to make of a span's score, by label. A label without a temperature
    keeps its score, one without a threshold all its spans."""

    biases: Biases = Biases()
    temperatures: Mapping[str, float] = field(default_factory=dict)
    thresholds: Mapping[str, float] = field(default_factory=dict)
    code_thresholds: Mapping[str, float] = field(default_factory=dict)


NEUTRAL: Mapping[str, OperatingPoint] = {"default": OperatingPoint()}
"""The operating points of a model without a calibration file."""


def calibrated(spans: Iterable[Span], point: OperatingPoint, *, code: bool = False) -> list[Span]:
    """The spans that reach their label's threshold, with calibrated scores; `code` says what kind
    of text they stand in."""
    scored = (
        replace(span, score=softened(span.score, point.temperatures.get(span.label, 1.0)))
        for span in spans
    )
    wanted = least(point, code=code)
    return [span for span in scored if span.score >= wanted.get(span.label, 0.0)]


def least(point: OperatingPoint, *, code: bool) -> Mapping[str, float]:
    """The threshold of each label that has one, in a text of this kind."""
    if not code:
        return point.thresholds
    both = (point.thresholds, point.code_thresholds)
    labels = {label for of_kind in both for label in of_kind}
    return {label: max(of_kind.get(label, 0.0) for of_kind in both) for label in labels}


def softened(score: float, temperature: float) -> float:
    """sigmoid(logit(score) / temperature), for a score from 0 to 1."""
    if temperature == 1:
        return score
    # Surer than this no model can be, and the logit of 0 and of 1 is none.
    score = min(max(score, 1e-6), 1 - 1e-6)
    return 1 / (1 + math.exp(-math.log(score / (1 - score)) / temperature))


def parse_calibration(data: object) -> Mapping[str, OperatingPoint]:
    """The operating points of a calibration file that was read as JSON.

    Keys beside the known ones are left to others. Raises ValueError that says what is wrong when
    there is no operating point `default`, or one lacks a bias: a damaged file must not quietly
    decode in another way.
    """
    points = data.get("operating_points") if isinstance(data, dict) else None
    if not isinstance(data, dict) or not isinstance(points, dict) or "default" not in points:
        raise ValueError("there is no operating_points.default")
    temperatures = _temperatures(data.get("labels", {}))
    return {
        name: OperatingPoint(
            _biases(name, point),
            temperatures,
            _thresholds(name, point, "thresholds"),
            _thresholds(name, point, "code_thresholds"),
        )
        for name, point in points.items()
    }


def _temperatures(labels: Any) -> Mapping[str, float]:
    if not isinstance(labels, dict) or not all(isinstance(one, dict) for one in labels.values()):
        raise ValueError("labels is not an object of objects")
    return {
        label: _number(f"labels.{label}.temperature", own["temperature"], 0.01, 100)
        for label, own in labels.items()
        if label in LABELS and "temperature" in own
    }


def _thresholds(name: str, point: Any, key: str) -> Mapping[str, float]:
    thresholds = point.get(key, {}) if isinstance(point, dict) else {}
    where = f"operating_points.{name}.{key}"
    if not isinstance(thresholds, dict):
        raise ValueError(f"{where} is not an object")
    return {
        label: _number(f"{where}.{label}", value, 0, 1)
        for label, value in thresholds.items()
        if label in LABELS
    }


def _biases(name: str, point: Any) -> Biases:
    where = f"operating_points.{name}.biases"
    biases = point.get("biases") if isinstance(point, dict) else None
    if not isinstance(biases, dict):
        raise ValueError(f"{where} is missing")
    # Beyond this a bias is no preference, and sums over a long text would lose the logits.
    return Biases(
        **{
            field.name: _number(
                f"{where}.{_PREFIX}{field.name}", biases.get(_PREFIX + field.name), -1e4, 1e4
            )
            for field in fields(Biases)
        }
    )


def _number(where: str, value: Any, low: float, high: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{where} is not a number")
    if not math.isfinite(value) or not low <= value <= high:
        raise ValueError(f"{where} is not between {low:g} and {high:g}")
    return float(value)
