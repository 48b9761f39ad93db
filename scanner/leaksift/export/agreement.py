"""Whether a graph computes what the weights mean: a few rows of random tokens through it, against
the arithmetic written out (`arithmetic.py`).

A mistake in reading a graph (halves for pairs, a gate for an up) changes every answer by as much as
the answers differ among themselves. Rounding changes most answers little and a few much: where two
experts are about equally wanted, a last bit decides between them. So what is measured is the
typical token, and how many are still of the same class.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leaksift.errors import ModelError
from leaksift.export.arithmetic import Answers
from leaksift.export.sizes import Sizes
from leaksift.model.backend import open_session
from leaksift.model.directory import ModelDirectory

_SEED = 20


@dataclass(frozen=True)
class Tolerance:
    """The most that `Agreement.typical` may be, and the least of `same`."""

    typical: float
    same: float


TOLERANCES = {
    "fp32": Tolerance(0.001, 0.999),
    "q4": Tolerance(0.001, 0.999),
    "fp16": Tolerance(0.15, 0.85),
    "q4f16": Tolerance(0.15, 0.85),
    # Both round activations to 8 bits.
    "quantized": Tolerance(0.3, 0.75),
    "int8": Tolerance(0.5, 0.75),
}
"""For each form of a graph: some twice to five times what random weights of full size show, whose
answers have no margins; trained weights agree better. What a mistake does lies above: 0.4 for the
sinks of other heads, 1 for most."""


@dataclass(frozen=True)
class Agreement:
    """How two sets of logits differ: `typical` is the median over the tokens of a row of the
    largest difference among the classes, of the row where that is most (of the documents, if it is
    more there), and `worst` the largest of all, both as parts of the standard deviation of the
    logits; `same` is the part of all tokens whose best class is the same."""

    tokens: int
    typical: float
    worst: float
    same: float

    def within(self, tolerance: Tolerance) -> bool:
        """Whether this is rounding and no mistake. Untrue for NaN."""
        return self.typical <= tolerance.typical and self.same >= tolerance.same

    def __str__(self) -> str:
        return (
            f"logits differ by {self.typical:.2g} of their spread typically and by "
            f"{self.worst:.2g} at most, best class the same for {self.same:.1%} of {self.tokens:,} "
            "tokens"
        )


def sample_rows(sizes: Sizes) -> list[NDArray[np.int64]]:
    """Rows of random tokens, the same for the same sizes: short, where the sinks weigh most, a
    little longer than what a layer sees to one side, and longer than what it sees to both."""
    random = np.random.default_rng(_SEED)
    lengths = (12, sizes.window + 5, 3 * sizes.window + 11)
    return [random.integers(0, sizes.vocabulary, length) for length in lengths]


def graph_answers(directory: ModelDirectory, rows: Sequence[NDArray[np.int64]]) -> Answers:
    """What the graph of a model says of each row. Raises ModelError."""
    opened = open_session(directory, "onnxruntime", "cpu")
    if opened.substitute:
        # What another graph answers says nothing of this one.
        raise ModelError(
            f"{directory.graph}: this processor cannot compute it, so that nothing can be "
            f"compared ({opened.notices[0]}); make it on another one, or name --form q4"
        )
    found = [opened.session.run(row[None], np.ones_like(row)[None]) for row in rows]
    documents = [answer.documents for answer in found if answer.documents is not None]
    return Answers(
        [answer.tokens[0] for answer in found], np.concatenate(documents) if documents else None
    )


def compare(expected: Answers, found: Answers) -> Agreement:
    """How the logits of these rows differ, those of the tokens and those of the documents."""
    right, got = np.concatenate(expected.tokens), np.concatenate(found.tokens)
    differences = np.abs(got - right).max(-1) / right.std()
    same = got.argmax(-1) == right.argmax(-1)
    rows = np.split(differences, np.cumsum([len(row) for row in expected.tokens])[:-1])
    typical = max(float(np.median(row)) for row in rows)
    if expected.documents is not None:
        if found.documents is None:
            typical = float("inf")
        else:
            apart = np.abs(found.documents - expected.documents).max(-1) / expected.documents.std()
            # A document's logits are a mean: what is rounded differs less there.
            typical = max(typical, float(np.median(apart)))
    return Agreement(len(right), typical, float(differences.max()), float(same.mean()))


def refuse_disagreement(
    directory: ModelDirectory,
    form: str,
    rows: Sequence[NDArray[np.int64]],
    expected: Answers,
    what: str,
) -> Agreement:
    """How well a graph of this form agrees with what is expected of it. Raises ModelError, which
    begins with the graph's file and says `what`, where it does not."""
    agreement = compare(expected, graph_answers(directory, rows))
    if not agreement.within(TOLERANCES[form]):
        raise ModelError(f"{directory.graph}: {what}: {agreement}")
    return agreement
