"""Fits the weights of `leaksift.rules.validators.evidence` on places that people have judged.

    python -m training.evidence FOLDER... --quiet TREE...

Each FOLDER is laid out as `benchmarks/credentials.py` wants it; only its half `tune` is read. The
TREEs are well-kept Python, in which everything found outside of tests counts as false. Prints the
table of weights to be pasted into `evidence.py`.

Logistic regression with a penalty on the squares of the weights, so that what was seen a few times
stays near nothing. Each line counts once, however often a repository repeats it. A quiet line
counts for more than a judged one: of the lines that a scanner reads, few are of judged files.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from benchmarks.credentials import Place, read_judged
from leaksift.document import Document
from leaksift.policy.examples import is_example
from leaksift.rules import engine
from leaksift.rules.rule import Rule, parse_rules, preset_bytes
from leaksift.rules.validators import VALIDATORS, Candidate
from leaksift.rules.validators.credential import evidence_of

QUIET_COUNTS = 2.0
PENALTY = 1.0
LEAST = 0.15
"""Weights nearer to nothing than this are left out of the table."""

Row = tuple[frozenset[str], bool, float]


class _Collecting(engine.RuleDetector):
    """The engine with a validator that takes notes and refuses everything."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        super().__init__([rule for rule in rules if rule.validator == "credential"])
        self.seen: list[Candidate] = []

    def take(self, candidate: Candidate) -> bool:
        self.seen.append(candidate)
        return False


def candidates(documents: Iterable[Document]) -> Iterator[Candidate]:
    """The candidates of the rules whose validator weighs evidence, placeholders left out."""
    detector = _Collecting(parse_rules(preset_bytes("generic"), "generic"))
    kept = engine.VALIDATORS
    engine.VALIDATORS = {**dict.fromkeys(VALIDATORS), "credential": detector.take}
    try:
        for document in documents:
            detector.detect([document])
            for candidate in detector.seen:
                decoded = candidate.text is not document.text
                if not decoded and not is_example(candidate.value, "secret", "generic-credential"):
                    yield candidate
            detector.seen.clear()
    finally:
        engine.VALIDATORS = kept


def judged_rows(folder: Path) -> Iterator[Row]:
    """The evidence at judged places of the half `tune`, each line once."""
    judged = read_judged(folder, "tune")
    by_path: dict[str, list[Place]] = {}
    for place in judged.places:
        by_path.setdefault(place.path, []).append(place)
    lines = set()
    for candidate in candidates(_document(folder / path, path) for path in sorted(judged.paths)):
        seen = evidence_of(candidate)
        line = candidate.line_before(60) + candidate.value
        if seen is None or (candidate.path.split("/")[1], line) in lines:
            continue
        lines.add((candidate.path.split("/")[1], line))
        first = candidate.text.count("\n", 0, candidate.start) + 1
        here = Place(candidate.path, first, first)
        true = any(place.touches(here) for place in by_path.get(candidate.path, ()))
        yield seen, true, 1.0


def quiet_rows(trees: Iterable[Path]) -> Iterator[Row]:
    """The evidence in quiet trees: nothing there is a credential."""
    paths = {path.read_bytes(): path for tree in trees for path in sorted(tree.rglob("*.py"))}
    quiet = [path for path in paths.values() if "test" not in path.as_posix()]
    lines = set()
    for candidate in candidates(_document(path, path.as_posix()) for path in quiet):
        seen = evidence_of(candidate)
        line = candidate.line_before(60) + candidate.value
        if seen is not None and line not in lines:
            lines.add(line)
            yield seen, False, QUIET_COUNTS


def _document(path: Path, name: str) -> Document:
    data = path.read_bytes()
    return Document(name, data.decode("utf-8", "replace"), len(data))


def fit(rows: list[Row]) -> dict[str, float]:
    """The weights, by Newton's method."""
    counts = Counter(name for seen, _, _ in rows for name in seen)
    names = sorted(name for name, count in counts.items() if count >= 4)
    inputs = np.array([[name in seen for name in names] for seen, _, _ in rows], dtype=float)
    truth = np.array([true for _, true, _ in rows], dtype=float)
    share = np.array([count for _, _, count in rows])
    weights = np.zeros(len(names))
    for _ in range(30):
        guess = 1 / (1 + np.exp(-inputs @ weights))
        slope = inputs.T @ (share * (guess - truth)) + PENALTY * weights
        bend = (inputs.T * (share * guess * (1 - guess))) @ inputs
        weights -= np.linalg.solve(bend + PENALTY * np.eye(len(names)), slope)
    return dict(zip(names, weights.tolist(), strict=True))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, nargs="+")
    parser.add_argument("--quiet", type=Path, nargs="*", default=[])
    arguments = parser.parse_args()
    rows = [row for folder in arguments.folder for row in judged_rows(folder)]
    rows += quiet_rows(arguments.quiet)
    print(f"# {len(rows)} places, {sum(true for _, true, _ in rows)} with a credential")
    for name, weight in fit(rows).items():
        if abs(weight) >= LEAST or name == "always":
            print(f'    "{name}": {weight:.1f},')


if __name__ == "__main__":
    main()
