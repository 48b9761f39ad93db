"""Sets what stands between the model's logits and a decision: biases, temperatures, thresholds.

All from generated examples of the development split and from clean files of packages held out; the
card's figures come from other texts.

- Six Viterbi biases for each operating point: `recall` weighs missed spans more (F2), `precision`
  wrong ones (F0.5), `default` both alike (F1). Found one bias at a time.
- A temperature for each label: with p the mean probability of a span's tags, the calibrated score
  is sigmoid(logit(p) / temperature). How far that is from the share of right spans is the expected
  calibration error, over ten bins.
- Thresholds for each label on that score, for `default` and `precision`: from there on so many
  spans are right, and clean files have so few false ones (`WANTED`). `recall` has none.

The layout of the file is that of openai/privacy-filter; what is ours is said in
`leaksift.model.calibration`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from leaksift.finding import LABELS
from leaksift.model.calibration import Biases
from leaksift.model.reader import ModelReader
from leaksift.model.viterbi import build_grammar
from training.evaluate import TAGS, Counts, Read, count, read_all, within
from training.example import Example

BETAS = {"recall": 2.0, "default": 1.0, "precision": 0.5}

# The first two pull at the same rope (a span begins or it does not); one of them is enough.
SEARCHED = {
    "background_to_start": (-4.0, -3.0, -2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0),
    "inside_to_end": (-1.0, -0.5, 0.0, 0.5, 1.0),
    "inside_to_continue": (-1.0, -0.5, 0.0, 0.5, 1.0),
    "end_to_start": (-2.0, -1.0, 0.0, 1.0),
    "end_to_background": (-1.0, 0.0, 1.0),
}


@dataclass(frozen=True)
class Wanted:
    """What the spans from a threshold on must keep to: the share that is right, and how many of a
    label there may be in 1,000 lines of clean files."""

    precision: float
    false_per_1000: float


WANTED = {"default": Wanted(0.8, 0.25), "precision": Wanted(0.93, 0.06)}


def f_beta(counts: Counts, beta: float) -> float:
    """F over all labels; recall weighs `beta` times as much as precision."""
    right, wrong, missed = (sum(c.values()) for c in (counts.right, counts.wrong, counts.missed))
    return (1 + beta**2) * right / max(1e-9, (1 + beta**2) * right + beta**2 * missed + wrong)


def find_biases(read: Sequence[Read], beta: float) -> Biases:
    """The biases with the highest F, one coordinate after the other."""

    def value(biases: Biases) -> float:
        return f_beta(count(read, TAGS, biases), beta)

    best = Biases()
    highest = value(best)
    for name, choices in SEARCHED.items():
        for choice in choices:
            biases = replace(best, **{name: choice})
            # A preference must be worth something, or it is noise of this half.
            if biases != best and (reached := value(biases)) > highest + 5e-4:
                best, highest = biases, reached
    return best


def softened(scores: np.ndarray, temperature: float) -> np.ndarray:
    """Calibrated scores."""
    clipped = np.clip(scores, 1e-6, 1 - 1e-6)
    return np.asarray(1 / (1 + ((1 - clipped) / clipped) ** (1 / temperature)))


def find_temperature(scores: np.ndarray, right: np.ndarray) -> float:
    """The temperature under which the outcomes are likeliest."""
    if len(scores) < 20:
        return 1.0

    def surprise(temperature: float) -> float:
        chance = np.clip(softened(scores, temperature), 1e-6, 1 - 1e-6)
        return -float(np.where(right, np.log(chance), np.log(1 - chance)).mean())

    return float(min(np.round(np.geomspace(0.25, 8.0, 61), 3), key=surprise))


def calibration_error(scores: np.ndarray, right: np.ndarray) -> float:
    """Expected calibration error over ten bins of equal width."""
    bins = np.minimum((scores * 10).astype(int), 9)
    gaps = [abs(float((scores - right)[bins == number].sum())) for number in range(10)]
    return round(sum(gaps) / max(1, len(scores)), 4)


def find_threshold(
    scores: np.ndarray, right: np.ndarray, false: np.ndarray, lines: int, wanted: Wanted
) -> float:
    """The lowest score from which on all is as wanted; 0.99 where none is.

    `scores` and `right` are those of spans in texts with private data, `false` the scores of
    spans in clean files of so many lines.
    """
    order = np.argsort(-scores, kind="stable")
    precision = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    # A handful of spans at the top says nothing.
    enough = np.flatnonzero((precision >= wanted.precision) & (np.arange(len(order)) >= 9))
    if not len(enough):
        return 0.99
    allowed = int(wanted.false_per_1000 * lines / 1000)
    quiet = sorted(false, reverse=True)[allowed] + 1e-3 if len(false) > allowed else 0.0
    return round(min(0.99, max(float(scores[order[enough[-1]]]), float(quiet))), 3)


def calibrate(
    reader: ModelReader, examples: Sequence[Example], clean: Sequence[Example]
) -> tuple[Any, Any]:
    """The content of `viterbi_calibration.json`, and a report for the card."""
    read, read_clean = read_all(reader, examples), read_all(reader, clean)
    points = {name: find_biases(read, beta) for name, beta in BETAS.items()}
    found = {name: _outcomes(read, biases) for name, biases in points.items()}
    labels, report = {}, {}
    for label in LABELS:
        raw, outcome = found["default"][label]
        temperature = find_temperature(raw, outcome)
        labels[label] = {"temperature": temperature}
        report[label] = {
            "spans": len(raw),
            "error_before": calibration_error(raw, outcome),
            "error_after": calibration_error(softened(raw, temperature), outcome),
        }
    thresholds: dict[str, dict[str, float]] = {}
    lines = sum(example.text.count("\n") + 1 for example in clean)
    for name, wanted in WANTED.items():
        false = _outcomes(read_clean, points[name])
        thresholds[name] = {}
        for label in LABELS:
            temperature = labels[label]["temperature"]
            raw, outcome = found[name][label]
            thresholds[name][label] = find_threshold(
                softened(raw, temperature),
                outcome,
                softened(false[label][0], temperature),
                lines,
                wanted,
            )
    content = {
        "operating_points": {
            name: {"biases": {f"transition_bias_{key}": v for key, v in asdict(biases).items()}}
            | ({"thresholds": thresholds[name]} if name in thresholds else {})
            for name, biases in points.items()
        },
        "labels": labels,
    }
    return content, report


def _outcomes(read: Sequence[Read], biases: Biases) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """For each label the raw scores of the spans found, and whether each is right."""
    scores: dict[str, list[float]] = {label: [] for label in LABELS}
    right: dict[str, list[bool]] = {label: [] for label in LABELS}
    grammar = build_grammar(TAGS, biases)
    for text in read:
        gold = {(span.start, span.end, span.label) for span in text.example.spans}
        for span in text.spans(TAGS, grammar):
            spot = (span.start, span.end, span.label)
            if not within(spot, text.example.unknown):
                scores[span.label].append(span.score)
                right[span.label].append(spot in gold)
    return {label: (np.array(scores[label]), np.array(right[label], bool)) for label in LABELS}


def write(content: Any, report: Any, work: Path) -> None:
    """Writes both into the work folder."""
    for name, data in (("viterbi_calibration.json", content), ("calibration_report.json", report)):
        (work / name).write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8", newline="\n")
