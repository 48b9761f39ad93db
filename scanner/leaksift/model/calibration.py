"""The six transition biases that move the decoder between recall and precision.

The file `viterbi_calibration.json` and its key names are those of openai/privacy-filter
(https://huggingface.co/openai/privacy-filter, `opf/_core/decoding.py` in its repository):

    {"operating_points": {"default": {"biases": {"transition_bias_background_stay": 0.0, ...}}}}

A bias is added to the score of each transition of its kind. How they are used is in `viterbi.py`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

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


NEUTRAL: Mapping[str, Biases] = {"default": Biases()}
"""The operating points of a model without a calibration file."""


def parse_calibration(data: object) -> Mapping[str, Biases]:
    """The biases of each operating point of a calibration file that was read as JSON.

    Keys beside the six biases are left to others. Raises ValueError that says what is wrong when
    there is no operating point `default`, or one lacks a bias: a damaged file must not quietly
    decode in another way.
    """
    points = data.get("operating_points") if isinstance(data, dict) else None
    if not isinstance(points, dict) or "default" not in points:
        raise ValueError("there is no operating_points.default")
    return {name: _biases(name, point) for name, point in points.items()}


def _biases(name: str, point: Any) -> Biases:
    where = f"operating_points.{name}.biases"
    biases = point.get("biases") if isinstance(point, dict) else None
    if not isinstance(biases, dict):
        raise ValueError(f"{where} is missing")
    values = {}
    for field in fields(Biases):
        value = biases.get(_PREFIX + field.name)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValueError(f"{where}.{_PREFIX}{field.name} is not a number")
        # Beyond this a bias is no preference, and sums over a long text would lose the logits.
        if not math.isfinite(value) or abs(value) > 1e4:
            raise ValueError(f"{where}.{_PREFIX}{field.name} is not between -10000 and 10000")
        values[field.name] = float(value)
    return Biases(**values)
