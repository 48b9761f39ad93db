"""Labelled examples to rows of token ids and classes, shard by shard, for training.

A shard is made from a seed and its number alone, so that training can go on where it stopped and
several processes can make shards at once (`shards.py`). Texts are packed into rows of equal length;
nothing is filled up. Nothing here knows the model or torch.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from leaksift.finding import CATEGORIES
from leaksift.model.tokenize import encode
from training.alignment import classes_of
from training.example import Example
from training.tokenizer import END

if TYPE_CHECKING:
    from tokenizers import Tokenizer

ROW = 256
DOCUMENT = 96
EXAMPLES_PER_SHARD = 1_024
DOCUMENTS_PER_SHARD = 256


@dataclass(frozen=True)
class Shard:
    """`ids` and `classes` are [rows, ROW]; `documents` [n, DOCUMENT] is filled up with 0 and
    `lengths` [n] says from where; `categories` is [n]."""

    number: int
    ids: np.ndarray
    classes: np.ndarray
    documents: np.ndarray
    lengths: np.ndarray
    categories: np.ndarray


def pack(examples: Iterable[Example], tokenizer: Tokenizer) -> tuple[np.ndarray, np.ndarray]:
    """Rows of ids and classes, [rows, ROW] each; what does not fill a last row is dropped.

    A text that fits into a row and was cut at the end of one begins the next again: most texts
    that the model will read begin where a row begins.
    """
    end = tokenizer.token_to_id(END)
    rows: list[np.ndarray] = []
    row, filled = np.zeros((2, ROW), dtype=np.int16), 0
    for example in examples:
        tokens = encode(tokenizer, example.text)
        both = np.empty((2, len(tokens) + 1), dtype=np.int16)
        both[0, :-1], both[1, :-1] = tokens.ids, classes_of(example, tokens)
        both[:, -1] = end, 0
        start = 0
        while start < both.shape[1]:
            taken = both[:, start : start + ROW - filled]
            row[:, filled : filled + taken.shape[1]] = taken
            filled += taken.shape[1]
            if filled < ROW:
                break
            rows.append(row)
            row, filled = np.zeros((2, ROW), dtype=np.int16), 0
            # Short texts begin again, long ones go on.
            again = start == 0 and taken.shape[1] < both.shape[1] <= ROW
            start = 0 if again else start + taken.shape[1]
    both = np.stack(rows) if rows else np.zeros((0, 2, ROW), dtype=np.int16)
    return both[:, 0], both[:, 1]


def documents_of(
    examples: Iterable[Example], tokenizer: Tokenizer, length: int = DOCUMENT
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Ids [n, length], numbers of tokens [n] and categories [n] of texts that have a category."""
    read = [
        (encode(tokenizer, example.text[: 12 * length]).ids[:length], example.category)
        for example in examples
        if example.category is not None
    ]
    ids = np.zeros((len(read), length), dtype=np.int16)
    for number, (row, _) in enumerate(read):
        ids[number, : len(row)] = row
    lengths = np.array([len(row) for row, _ in read], dtype=np.int16)
    return ids, lengths, np.array([CATEGORIES.index(category) for _, category in read])


def examples_of(seed: int, number: int, work: Path) -> tuple[Iterator[Example], Iterator[Example]]:
    """What the shard of that number of the training split is made from: its examples, and its
    documents of a known category."""
    from training.generate import document_examples, examples

    # Apart from the numbers that other steps use.
    own = seed + 1_000 + number
    return (
        islice(examples(own, "train", work), EXAMPLES_PER_SHARD),
        islice(document_examples(own, "train", work), DOCUMENTS_PER_SHARD),
    )


def make_shard(seed: int, number: int, work: Path, tokenizer: Tokenizer) -> Shard:
    """The shard of that number of the training split, its rows in random order."""
    labelled, of_category = examples_of(seed, number, work)
    ids, classes = pack(labelled, tokenizer)
    order = np.random.default_rng(seed + 1_000 + number).permutation(len(ids))
    documents, lengths, categories = documents_of(of_category, tokenizer)
    return Shard(number, ids[order], classes[order], documents, lengths, categories)
