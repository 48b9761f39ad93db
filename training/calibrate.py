"""Sets what stands between the model's logits and a decision: biases, temperatures, thresholds.

All from generated examples of the development split and from clean files of packages held out; the
card's figures come from other texts.

- Six Viterbi biases for each operating point: `recall` weighs missed spans more (F2), `precision`
  wrong ones (F0.5), `default` both alike (F1). Found one bias at a time.
- A temperature for each label: with p the mean probability of a span's tags, the calibrated score
  is sigmoid(logit(p) / temperature). How far that is from the share of right spans is the expected
  calibration error, over ten bins.
- Thresholds for each label on that score. In `default` a span must be more likely right than not,
  and in code so sure that clean files have very few false ones (`IN_CODE`); in `precision` nine of
  ten are right, and clean files have next to none (`PRECISE`). `recall` has none.

The layout of the file is that of openai/privacy-filter; what is ours is said in
`leaksift.model.calibration`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from leaksift.finding import LABELS
from leaksift.model.calibration import Biases
from leaksift.model.reader import ModelReader
from leaksift.model.tags import Tag
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


EVEN = 0.5

IN_CODE = {"private_person": 0.6, "secret": 0.02, "private_url": 0.2}
"""How many false spans of a label 1,000 lines of clean files may have; of the others `OTHERS`.
Names are what the model is for; a false secret stops a commit whoever reads it."""
OTHERS = 0.1
PRECISE = 0.05
PRECISE_SHARE = 0.9


def f_beta(counts: Counts, beta: float) -> float:
    """F over all labels; recall weighs `beta` times as much as precision."""
    right, wrong, missed = (sum(c.values()) for c in (counts.right, counts.wrong, counts.missed))
    return (1 + beta**2) * right / max(1e-9, (1 + beta**2) * right + beta**2 * missed + wrong)


def find_biases(read: Sequence[Read], beta: float, tags: Sequence[Tag] = TAGS) -> Biases:
    """The biases with the highest F, one coordinate after the other."""

    def value(biases: Biases) -> float:
        return f_beta(count(read, tags, biases), beta)

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
    scores: np.ndarray, right: np.ndarray, false: np.ndarray, allowed: float, share: float = EVEN
) -> float:
    """The lowest score from which on that share of spans is right and at most `allowed` spans are
    found in clean files; 0.99 where none is.

    `scores` and `right` are those of spans in texts with private data, `false` the scores of
    spans in clean files.
    """
    order = np.argsort(-scores, kind="stable")
    precision = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    # A handful of spans at the top says nothing.
    enough = np.flatnonzero((precision >= share) & (np.arange(len(order)) >= 9))
    if not len(enough):
        return 0.99
    most = int(allowed)
    quiet = sorted(false, reverse=True)[most] + 1e-3 if len(false) > most else 0.0
    least = max(EVEN, float(scores[order[enough[-1]]]), float(quiet))
    return round(min(0.99, least), 3)


def calibrate(
    reader: ModelReader,
    examples: Sequence[Example],
    clean: Sequence[Example],
    tags: Sequence[Tag] = TAGS,
) -> tuple[Any, Any]:
    """The content of `viterbi_calibration.json`, and a report for the card. `tags` are those of
    the reader's classes, in their order."""
    read, read_clean = read_all(reader, examples), read_all(reader, clean)
    points = {name: find_biases(read, beta, tags) for name, beta in BETAS.items()}
    found = {name: _outcomes(read, biases, tags) for name, biases in points.items()}
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
    lines = sum(example.text.count("\n") + 1 for example in clean)
    thresholds: dict[str, dict[str, dict[str, float]]] = {
        "default": {"thresholds": dict.fromkeys(LABELS, EVEN), "code_thresholds": {}},
        "precision": {"thresholds": {}},
    }
    false = {name: _outcomes(read_clean, points[name], tags) for name in thresholds}
    for label in LABELS:
        temperature = labels[label]["temperature"]
        wanted = {
            "default": ("code_thresholds", IN_CODE.get(label, OTHERS), EVEN),
            "precision": ("thresholds", PRECISE, PRECISE_SHARE),
        }
        for name, (key, per_1000, share) in wanted.items():
            raw, outcome = found[name][label]
            soft, wrong = (softened(one, temperature) for one in (raw, false[name][label][0]))
            thresholds[name][key][label] = find_threshold(
                soft, outcome, wrong, per_1000 * lines / 1000, share
            )
    content = {
        "operating_points": {
            name: {"biases": {f"transition_bias_{key}": v for key, v in asdict(biases).items()}}
            | thresholds.get(name, {})
            for name, biases in points.items()
        },
        "labels": labels,
    }
    return content, report


def _outcomes(
    read: Sequence[Read], biases: Biases, tags: Sequence[Tag]
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """For each label the raw scores of the spans found, and whether each is right."""
    scores: dict[str, list[float]] = {label: [] for label in LABELS}
    right: dict[str, list[bool]] = {label: [] for label in LABELS}
    grammar = build_grammar(tags, biases)
    for text in read:
        gold = {(span.start, span.end, span.label) for span in text.example.spans}
        for span in text.spans(tags, grammar):
            spot = (span.start, span.end, span.label)
            if not within(spot, text.example.unknown):
                scores[span.label].append(span.score)
                right[span.label].append(spot in gold)
    return {label: (np.array(scores[label]), np.array(right[label], bool)) for label in LABELS}


def write(content: Any, report: Any, work: Path) -> None:
    """Writes both into the work folder."""
    for name, data in (("viterbi_calibration.json", content), ("calibration_report.json", report)):
        (work / name).write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8", newline="\n")
