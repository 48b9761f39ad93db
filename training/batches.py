"""Labelled examples to batches for fine-tuning: each text alone in its rows, as it is read later.

The embedded model learns from rows into which several texts are packed (`rows.py`). A model that
is only tuned keeps what it knows about where a text begins. Nothing here knows a model or torch.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from leaksift.model.tokenize import encode
from training.alignment import IGNORED, classes_of
from training.example import Example
from training.material import MaterialError

if TYPE_CHECKING:
    from tokenizers import Tokenizer


@dataclass(frozen=True)
class Row:
    """`ids` and `classes` are [tokens]; `category` is an index or IGNORED."""

    ids: NDArray[np.int64]
    classes: NDArray[np.int16]
    category: int


@dataclass(frozen=True)
class Batch:
    """`ids`, `mask` and `classes` are [rows, tokens], filled up at the end of each row with the
    padding token, 0 and IGNORED; `categories` is [rows]."""

    ids: NDArray[np.int64]
    mask: NDArray[np.int64]
    classes: NDArray[np.int64]
    categories: NDArray[np.int64]


def rows_of(
    examples: Iterable[Example],
    tokenizer: Tokenizer,
    length: int,
    classes: Mapping[str, int],
    categories: Sequence[str],
) -> Iterator[Row]:
    """Each text as rows of at most `length` tokens; its category goes with the first of them.

    `classes` is the index of each class by its name. Raises MaterialError for a category that is
    not among `categories`, unless there are none at all.
    """
    for example in examples:
        tokens = encode(tokenizer, example.text)
        category = IGNORED
        if example.category is not None and categories:
            if example.category not in categories:
                raise MaterialError(f"the document head has no category {example.category!r}")
            category = categories.index(example.category)
        aligned = classes_of(example, tokens, classes)
        for start in range(0, len(tokens), length):
            part = slice(start, start + length)
            yield Row(tokens.ids[part], aligned[part], IGNORED if start else category)


def batches_of(
    rows: Sequence[Row], tokens: int, padding: int, rng: np.random.Generator
) -> list[Batch]:
    """All rows, those of similar length together, in random order.

    A batch has at most `tokens` tokens with its padding, or is one row.
    """
    order = rng.permutation(len(rows))
    # Stable, so that rows of one length stay in random order.
    order = order[np.argsort([len(rows[index].ids) for index in order], kind="stable")]
    groups: list[list[Row]] = []
    for index in order:
        row = rows[index]
        if not groups or (len(groups[-1]) + 1) * len(row.ids) > tokens:
            groups.append([])
        groups[-1].append(row)
    return [_filled(groups[index], padding) for index in rng.permutation(len(groups))]


def _filled(rows: Sequence[Row], padding: int) -> Batch:
    shape = len(rows), max(len(row.ids) for row in rows)
    batch = Batch(
        ids=np.full(shape, padding, dtype=np.int64),
        mask=np.zeros(shape, dtype=np.int64),
        classes=np.full(shape, IGNORED, dtype=np.int64),
        categories=np.array([row.category for row in rows], dtype=np.int64),
    )
    for number, row in enumerate(rows):
        batch.ids[number, : len(row.ids)] = row.ids
        batch.mask[number, : len(row.ids)] = 1
        batch.classes[number, : len(row.ids)] = row.classes
    return batch
