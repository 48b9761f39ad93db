"""What a large model is tuned on and measured on: the generated examples, or files of examples.

Nothing here knows a model or torch.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

from training.example import Example, parse_example

HELD_OUT = 0.1
"""The share of the origins of given examples that is for development."""

EXAMPLES_PER_SHARD = 1_024


class MaterialError(ValueError):
    """There is nothing to train on, or it is not labelled examples."""


@dataclass(frozen=True)
class Material:
    """`shard` gives the training examples of a number below `shards`, the same ones each time.
    `development` sets the calibration and is measured on, `clean` are texts without private data,
    `documents` have a category; `categorised` says whether training examples have one. `sources`
    says what all of it comes from, and the licences."""

    shards: int
    categorised: bool
    shard: Callable[[int], list[Example]]
    development: Sequence[Example]
    clean: Sequence[Example]
    documents: Sequence[Example]
    sources: Sequence[Mapping[str, Any]]


def generated(work: Path, seed: int, shards: int) -> Material:
    """The examples of the step `generate`, from the work folder of the step `data`."""
    from training.devsets import clean_for_calibration
    from training.generate import document_examples, examples
    from training.rows import examples_of

    record = work / "data.json"
    if not record.exists():
        raise MaterialError(f"{record}: missing; run `python -m training data`, or give --data")

    def shard(number: int) -> list[Example]:
        labelled, of_category = examples_of(seed, number, work)
        return [*labelled, *map(_topic_alone, of_category)]

    sources = json.loads(record.read_text(encoding="utf-8"))["sources"]
    kept = ("name", "registry", "version", "licence", "purpose")
    return Material(
        shards=shards,
        categorised=True,
        shard=shard,
        development=list(islice(examples(seed + 10, "dev", work), 1_500)),
        clean=clean_for_calibration(work),
        documents=list(islice(document_examples(seed, "dev", work), 1_000)),
        sources=[{key: source[key] for key in kept} for source in sources],
    )


def given(files: Sequence[Path]) -> Material:
    """Examples from JSON lines. A tenth of their origins is held out for development.

    Raises MaterialError that names the file and line of the first that is no example.
    """
    found: list[Example] = []
    sources = []
    for file in files:
        before = len(found)
        found += _read(file)
        sources.append(
            {
                "name": file.name,
                "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
                "examples": len(found) - before,
                # Only who gave the file knows.
                "licence": "not stated",
            }
        )
    origins = sorted({example.origin for example in found}, key=_digest)
    if len(origins) < 2:
        raise MaterialError(
            "--data: all examples are of one origin; name where each comes from as `origin`, so "
            "that some of them can be held out"
        )
    held = set(origins[: max(1, round(HELD_OUT * len(origins)))])
    development = [example for example in found if example.origin in held]
    training = [example for example in found if example.origin not in held]

    def shard(number: int) -> list[Example]:
        return training[number * EXAMPLES_PER_SHARD : (number + 1) * EXAMPLES_PER_SHARD]

    return Material(
        shards=-(-len(training) // EXAMPLES_PER_SHARD),
        categorised=any(example.category is not None for example in training),
        shard=shard,
        development=development,
        clean=[example for example in development if not example.spans and not example.unknown],
        documents=[example for example in development if example.category is not None],
        sources=sources,
    )


def _topic_alone(example: Example) -> Example:
    """Nobody vouches for the private data in the texts of a known category."""
    return replace(example, spans=(), unknown=((0, len(example.text)),))


def _read(file: Path) -> list[Example]:
    try:
        lines = file.read_text(encoding="utf-8").split("\n")
    except OSError as error:
        raise MaterialError(f"{file}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise MaterialError(f"{file}: not UTF-8") from None
    examples = []
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                examples.append(parse_example(line))
            except ValueError as error:
                raise MaterialError(f"{file}:{number}: {error}") from None
    return examples


def _digest(origin: str) -> str:
    return hashlib.sha256(origin.encode()).hexdigest()
