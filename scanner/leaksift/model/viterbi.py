"""The best legal row of tags for a row of logits: Viterbi's algorithm with BIOES constraints.

A text begins with O, B or S and ends with O, E or S; after B or I comes I or E of the same label;
after O, E or S comes O, B or S. Each transition carries one of six biases (`calibration.py`); the
first token carries none. Constraints and biases are those of openai/privacy-filter
(`opf/_core/decoding.py`). Scores are sums of logits in float64, that is, of logarithms up to a
constant per token, which changes no comparison.

Nearly all tokens of a real text are background beyond doubt. `_certain_background` proves it for
most of them in a few array operations, and only the stretches between are searched, many at a time.
The result is the same as that of one search over the whole text. Imports NumPy.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from leaksift.model.calibration import Biases
from leaksift.model.tags import BACKGROUND, Tag

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Logits beyond this are cut off, so that no sum of them becomes infinite or undefined.
_LARGEST = 1e30

# What is looked at together: bounds the memory, not the result.
_BLOCK = 8_192
_SIDE_BY_SIDE = 128
_STEPS = 64
_CELLS = 4_000_000


@dataclass(frozen=True)
class Grammar:
    """Which tag may follow which and at what price, for one order of classes and one set of biases.

    `transition[next, previous]` is a bias, or -inf where it is not allowed; `start` and `end` are 0
    or -inf. `begin`, `inside`, `last` and `single` are the classes of each label, in the same
    order; `spread` is the largest difference between two biases.
    """

    transition: NDArray[np.float64]
    start: NDArray[np.float64]
    end: NDArray[np.float64]
    background: int
    begin: NDArray[np.intp]
    inside: NDArray[np.intp]
    last: NDArray[np.intp]
    single: NDArray[np.intp]
    spread: float


def build_grammar(tags: Sequence[Tag], biases: Biases) -> Grammar:
    """The grammar for classes whose tags are `tags`, by class index."""
    values = (
        biases.background_stay,
        biases.background_to_start,
        biases.end_to_background,
        biases.end_to_start,
        biases.inside_to_continue,
        biases.inside_to_end,
    )
    labels = sorted({tag.label for tag in tags if tag.label is not None})

    def classes(boundary: str) -> NDArray[np.intp]:
        where = {tag.label: index for index, tag in enumerate(tags) if tag.boundary == boundary}
        return np.array([where[label] for label in labels], dtype=np.intp)

    return Grammar(
        transition=np.array([[_bias(a, b, biases) for a in tags] for b in tags], dtype=np.float64),
        start=np.array([0.0 if tag.boundary in "OBS" else -np.inf for tag in tags]),
        end=np.array([0.0 if tag.boundary in "OES" else -np.inf for tag in tags]),
        background=list(tags).index(BACKGROUND),
        begin=classes("B"),
        inside=classes("I"),
        last=classes("E"),
        single=classes("S"),
        spread=max(values) - min(values),
    )


def _bias(previous: Tag, following: Tag, biases: Biases) -> float:
    if previous.boundary in "BI":
        if following.label != previous.label or following.boundary not in "IE":
            return -np.inf
        if following.boundary == "I":
            return biases.inside_to_continue
        return biases.inside_to_end
    if following.boundary in "IE":
        return -np.inf
    if previous == BACKGROUND:
        stays = following == BACKGROUND
        return biases.background_stay if stays else biases.background_to_start
    return biases.end_to_background if following == BACKGROUND else biases.end_to_start


def decode(logits: NDArray[np.float32], grammar: Grammar) -> NDArray[np.intp]:
    """The class of each token, [tokens], from logits [tokens, classes].

    The result is legal whatever the logits are, infinite ones included, and has the highest score
    of all legal rows. Among rows of equal score the choice is arbitrary but always the same.
    Raises ValueError for a logit that is not a number. Time is linear in the tokens.
    """
    if np.isnan(logits).any():
        raise ValueError("a logit is not a number")
    result = np.full(len(logits), grammar.background, dtype=np.intp)
    if len(logits) == 0:
        return result
    certain = _certain_background(logits, grammar)
    runs = _uncertain_runs(certain)
    for group in _group(runs):
        for (start, end), found in zip(
            group, _search(group, logits, certain, grammar), strict=True
        ):
            result[start:end] = found
    return result


def _scores(logits: NDArray[np.float32]) -> NDArray[np.float64]:
    scores = np.clip(logits.astype(np.float64), -_LARGEST, _LARGEST)
    return np.asarray(scores - scores.max(axis=-1, keepdims=True))


def _certain_background(logits: NDArray[np.float32], grammar: Grammar) -> NDArray[np.bool_]:
    """Tokens that are background in every best row, with a proof; not all that are.

    Take a run of tokens whose background leads by more than `spread`, and a token of it. Suppose
    that a best row has a span over this token. Making the part of the span inside the run
    background gains at least the sum of (lead - spread) over that part. It costs a few more
    changed transitions, at most `spread` each, and, where the span reaches out of the run, ending
    it just before (I to E, B to S) or beginning it just after (I to B, E to S). So if the sum from
    the run's left edge up to the token exceeds the cost there, the sum from the token to the right
    edge the cost there, and the token's own lead twice the spread, the row was not best.
    """
    count = len(logits)
    lead = np.empty(count)
    end_early = np.empty(count)
    begin_late = np.empty(count)
    for low in range(0, count, _BLOCK):
        part = slice(low, min(low + _BLOCK, count))
        scores = _scores(logits[part])
        begin, inside = scores[:, grammar.begin], scores[:, grammar.inside]
        last, single = scores[:, grammar.last], scores[:, grammar.single]
        end_early[part] = np.maximum(begin - single, inside - last).max(axis=1)
        begin_late[part] = np.maximum(last - single, inside - begin).max(axis=1)
        background = scores[:, grammar.background].copy()
        scores[:, grammar.background] = -np.inf
        lead[part] = background - scores.max(axis=1)
    spread = grammar.spread
    # The cap keeps the running sums exact enough; a capped lead only proves less.
    gain = np.clip(lead - spread, 0.0, 100.0)
    leads = gain > 0
    # 1 is far more than all rounding of the sums.
    price = 2 * spread + 1.0
    left = _sum_within_runs(gain, leads) - gain
    right = _sum_within_runs(gain[::-1], leads[::-1])[::-1]
    before, after = _edges(leads)
    left_cost = np.where(before >= 0, np.maximum(end_early[before], 0.0) + price, -1.0)
    right_cost = np.where(
        after < count, np.maximum(begin_late[np.minimum(after, count - 1)], 0.0) + price, -1.0
    )
    certain = leads & (lead > 2 * spread) & (left > left_cost) & (right > right_cost)
    return np.asarray(certain)


def _sum_within_runs(values: NDArray[np.float64], inside: NDArray[np.bool_]) -> NDArray[np.float64]:
    """The sum of `values` from the first token of each run of `inside` up to the token itself."""
    total = np.cumsum(values)
    return np.asarray(total - np.maximum.accumulate(np.where(inside, 0.0, total)))


def _edges(inside: NDArray[np.bool_]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """For each token the nearest index outside of its run before it (or -1) and after (or len)."""
    index = np.arange(len(inside))
    before = np.maximum.accumulate(np.where(inside, -1, index))
    after = np.minimum.accumulate(np.where(inside, len(inside), index)[::-1])[::-1]
    return before, after


def _uncertain_runs(certain: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """The stretches to search, each with one certain token on either side where there is one."""
    padded = np.concatenate(([True], certain, [True]))
    turns = np.flatnonzero(padded[1:] != padded[:-1])
    count = len(certain)
    return [
        (max(0, int(start) - 1), min(count, int(end) + 1))
        for start, end in zip(turns[::2], turns[1::2], strict=True)
    ]


def _group(runs: list[tuple[int, int]]) -> Iterator[list[tuple[int, int]]]:
    """Runs of similar length, longest first, in groups of bounded size."""
    group: list[tuple[int, int]] = []
    for run in sorted(runs, key=lambda run: run[0] - run[1]):
        cells = (len(group) + 1) * (group[0][1] - group[0][0]) * 33 if group else 0
        if cells > _CELLS or len(group) == _SIDE_BY_SIDE:
            yield group
            group = []
        group.append(run)
    if group:
        yield group


def _search(
    runs: list[tuple[int, int]],
    logits: NDArray[np.float32],
    certain: NDArray[np.bool_],
    grammar: Grammar,
) -> list[NDArray[np.intp]]:
    """Viterbi over several runs side by side, the longest first; step t of all runs at once."""
    lengths = [end - start for start, end in runs]
    classes = len(grammar.start)
    came_from = np.zeros((lengths[0], len(runs), classes), dtype=np.int8)
    best = np.zeros((len(runs), classes))
    # The flat index of the first candidate of each (run, class), to pick the chosen ones.
    first = np.arange(len(runs) * classes).reshape(len(runs), classes) * classes
    active = len(runs)
    for step in range(lengths[0]):
        while lengths[active - 1] <= step:
            active -= 1
        if step % _STEPS == 0:
            emissions = _emissions(runs[:active], step, logits, certain, grammar)
        emission = emissions[step % _STEPS, :active]
        if step == 0:
            best[:active] = emission + grammar.start
            continue
        candidates = best[:active, None, :] + grammar.transition
        chosen = candidates.argmax(axis=-1)
        came_from[step, :active] = chosen
        best[:active] = candidates.reshape(-1)[first[:active] + chosen] + emission
    best += grammar.end
    return [
        _trace(came_from[:length, index], int(best[index].argmax()))
        for index, length in enumerate(lengths)
    ]


def _emissions(
    runs: list[tuple[int, int]],
    step: int,
    logits: NDArray[np.float32],
    certain: NDArray[np.bool_],
    grammar: Grammar,
) -> NDArray[np.float64]:
    """Scores of the next steps of each run, [steps, runs, classes]. A certain token has its own
    tag only. What lies behind a run's end repeats its last token and is not looked at."""
    starts = np.array([start for start, _ in runs])
    ends = np.array([end for _, end in runs])
    steps = min(_STEPS, int((ends - starts).max()) - step)
    at = np.minimum(starts + np.arange(step, step + steps)[:, None], ends - 1)
    scores = _scores(logits[at])
    known = certain[at]
    scores[known] = -np.inf
    scores[known, grammar.background] = 0.0
    return scores


def _trace(came_from: NDArray[np.int8], last: int) -> NDArray[np.intp]:
    path = np.empty(len(came_from), dtype=np.intp)
    for step in range(len(came_from) - 1, -1, -1):
        path[step] = last
        last = int(came_from[step, last])
    return path
